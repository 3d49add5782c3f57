"""However much went wrong, the template that was meant for it is the one that tells it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.alerts.rendering.bounds import MOST_ITEMS, bounded
from reconciler.alerts.rendering.renderer import Renderer
from reconciler.alerts.synthetic.alerts import synthetic_alert
from reconciler.alerts.words.view import view
from reconciler.model.alert import Alert, Case


def failed(nodes: int, error: str, *, name: str = "model") -> Alert:
    alert = synthetic_alert(Case.FAILURE)
    things = tuple(replace(alert.failed[0], name=f"{name}_{number}", error=error) for number in range(nodes))
    return replace(alert, failed=things)


@pytest.mark.parametrize("kind", ["slack", "email"])
@pytest.mark.parametrize(
    "alert",
    [
        failed(40, "Database Error\n" + "x" * 100_000),
        failed(1_000, "Database Error\n" + "x\n" * 2_000),
        failed(3, "x", name="n" * 100_000),
    ],
    ids=["long errors", "many nodes", "long names"],
)
def test_a_shipped_template_tells_of_any_number_of_errors_of_any_length(kind: str, alert: Alert) -> None:
    with Renderer() as renderer:
        message = renderer.render(alert, kind)
    assert message.trouble is None
    said = "\n".join(message.parts.values())
    assert f"{len(alert.failed):,}".replace(",", "") in said.replace(",", "")
    assert "stale data" in said


def test_an_ordinary_alert_is_seen_as_it_is() -> None:
    for case in Case:
        seen = view(synthetic_alert(case))
        assert bounded(seen) == seen


def test_what_is_cut_says_so_and_names_stay_what_they_are_found_by() -> None:
    seen = bounded(view(failed(3, "Database Error\n" + "x" * 200_000, name="n" * 100_000)))
    assert seen["error"].endswith("\n… 100,015 characters more")
    assert seen["error_of"] == seen["failed"][0]["name"]
    assert len(seen["error_of"]) == 301


def test_many_errors_take_nothing_from_the_first_one_and_from_the_next_steps() -> None:
    alert = failed(100, "Database Error\n" + "x" * 90_000)
    seen = bounded(view(alert))
    assert seen["error"] == alert.failed[0].error
    assert [step["code"] for step in seen["actions"]] == [step.code for step in alert.actions]
    assert sum(len(each["error"]) for each in seen["failed"]) < 400_000


def test_an_address_is_whole_or_not_there() -> None:
    seen = bounded({"url": "https://a.example/" + "x" * 9_000, "docs_url": "https://a.example/" + "x" * 90_000})
    assert (len(seen["url"]), seen["docs_url"]) == (9_018, "")


def test_a_list_ends_and_all_texts_together_do() -> None:
    seen = bounded({"failed": [{"text": "x" * 10_000}] * 100_000})
    assert len(seen["failed"]) == MOST_ITEMS
    assert sum(len(each["text"]) for each in seen["failed"]) < 600_000
