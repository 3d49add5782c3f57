"""What a template sees: plain data, every name always there, and every name on the page."""

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.alerts.synthetic.alerts import every_synthetic_alert
from reconciler.alerts.synthetic.hostile import HOSTILE, hostile_alert, huge_alert
from reconciler.alerts.words.view import view
from reconciler.alerts.words.vocabulary import NAMES, TABLES, kind_of, named
from reconciler.model.alert import Alert, Case

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "templates.md"
EVERY = dict(every_synthetic_alert())


def _plain(value: Any) -> bool:  # noqa: ANN401
    match value:
        case dict():
            return all(type(key) is str and _plain(each) for key, each in value.items())
        case list():
            return all(_plain(each) for each in value)
        case _:
            return value is None or type(value) in {str, int, float, bool}


@pytest.mark.parametrize("alert", EVERY.values(), ids=EVERY)
def test_a_view_is_plain_data_with_names_of_the_list_alone(alert: Alert) -> None:
    seen = view(alert)
    assert _plain(seen)
    assert {name for name, _ in named(seen)} <= set(NAMES)
    assert {name for name in NAMES if "." not in name} == set(seen)


def test_every_name_of_the_list_is_made_by_some_alert() -> None:
    assert {name for alert in EVERY.values() for name, _ in named(view(alert))} == set(NAMES)


def test_the_names_below_times_lengths_and_things_are_those_of_their_tables() -> None:
    seen = view(EVERY["failure"])
    assert seen["started"].keys() == TABLES["time"].keys()
    assert seen["duration"].keys() == TABLES["length"].keys()
    assert seen["failed"][0].keys() == TABLES["thing"].keys()
    assert [kind_of(seen[each]) for each in ("started", "duration", "failed", "job")] == [
        "time",
        "length",
        "list of things",
        "part",
    ]


def test_the_page_names_each_of_them_with_its_meaning() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for table in (NAMES, *TABLES.values()):
        for name, meaning in table.items():
            assert f"| `{name}` | " in page
            assert f" | {meaning} | " in page


def test_every_meaning_is_one_line_for_a_table() -> None:
    told = [meaning for table in (NAMES, *TABLES.values()) for meaning in table.values()]
    assert all(meaning and "|" not in meaning and "\n" not in meaning for meaning in told)


@pytest.mark.parametrize("case", list(Case))
def test_whatever_stands_in_names_a_view_is_plain_data_of_the_same_names(case: Case) -> None:
    for text in HOSTILE:
        seen = view(hostile_alert(case, text))
        assert _plain(seen)
        assert {name for name, _ in named(seen)} <= set(NAMES)


def test_a_huge_alert_is_seen_whole() -> None:
    seen = view(huge_alert(Case.FAILURE))
    assert len(seen["failed"]) == 500
    assert len(json.dumps(seen["failed"])) > 40_000_000
