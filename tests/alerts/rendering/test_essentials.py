"""A template of one's own cannot make the failure of a critical job a poor message."""

from __future__ import annotations

from dataclasses import replace

import html5lib  # pyrefly: ignore[untyped-import]
import pytest

from reconciler.alerts.rendering.essentials import with_essentials
from reconciler.alerts.words.view import view
from reconciler.model.alert import Alert, Audience
from tests.alerts.rendering.conftest import Rendering
from tests.alerts.templates.shipped_messages import ALERTS, KIND_NAMES, parts_of, whole

FAILURE = ALERTS["failure"]
POOR = '{% call part("title") %}Job failed{% endcall %}{% call part("body") %}Job failed{% endcall %}'
WANTED = ("Daily Revenue", "08:2", "Revenue dashboard shows stale data", "SQL compilation error", "maria@acme.example")


def rich(kind: str, alert: Alert, parts: dict[str, str]) -> str:
    return whole(with_essentials(kind, alert, parts, view(alert)))


@pytest.mark.parametrize("kind", [each for each in KIND_NAMES if each != "webhook"])
def test_what_a_poor_template_does_not_say_is_added(kind: str) -> None:
    text = rich(kind, FAILURE, {"title": "Job failed"})
    for wanted in (*WANTED, "Look at what it reads"):
        assert wanted in text, wanted
    if kind not in ("slack", "teams"):  # which make buttons of them
        assert "/runs/90210" in text
        assert "finance/revenue" in text


@pytest.mark.parametrize("kind", KIND_NAMES)
@pytest.mark.parametrize("name", [name for name in ALERTS if name.startswith("failure")])
def test_a_shipped_message_says_it_all(kind: str, name: str) -> None:
    parts = parts_of(kind, ALERTS[name])
    assert with_essentials(kind, ALERTS[name], parts, view(ALERTS[name])) is parts


def test_what_nobody_knows_is_said_not_to_be_known() -> None:
    bare = replace(ALERTS["failure-bare"], rank=2)
    assert bare.missing
    assert "Not known: " + bare.missing[0] in rich("apprise", bare, {"body": "Job failed"})


def test_it_is_of_critical_failures_alone() -> None:
    poor = {"body": "Job failed"}
    for alert in (replace(FAILURE, rank=3), replace(FAILURE, rank=None), ALERTS["recovered"], ALERTS["late"]):
        assert with_essentials("apprise", alert, poor, view(alert)) is poor


def test_both_halves_of_a_mail_say_it_and_the_html_stays_whole() -> None:
    hostile = replace(FAILURE, impact="<b>&</b> {{ 7 * 7 }}")
    page = "<!DOCTYPE html><html><head><title>x</title></head><body><p>Job failed</p></body></html>"
    parts = with_essentials("email", hostile, {"text": "Job failed", "html": page}, view(hostile))
    html5lib.HTMLParser(strict=True).parse(parts["html"])
    assert "Impact: &lt;b&gt;&amp;&lt;/b&gt; {{ 7 * 7 }}</p>" in parts["html"]
    assert parts["text"].startswith("Job failed\nJob: Daily Revenue\n")


def test_the_renderer_adds_it_to_overrides_and_leaves_out_what_the_channel_does(rendering: Rendering) -> None:
    with rendering({"apprise/base.j2": POOR}, {"apprise/failure.j2": POOR}) as renderer:
        assert "Impact: Revenue dashboard" in renderer.render(FAILURE, "apprise").parts["body"]
        few = renderer.render(FAILURE, "apprise", include=frozenset({"error"})).parts["body"]
        assert "SQL compilation error" in few
        assert "Impact" not in few
        plainly = renderer.render(FAILURE, "apprise", audience=Audience.STAKEHOLDERS)
        assert "SQL compilation error" not in plainly.parts["body"]
