"""Times, lengths and sentences as people read them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from reconciler.alerts.synthetic.alerts import every_synthetic_alert, synthetic_alert
from reconciler.alerts.synthetic.parts import completed
from reconciler.alerts.words.sentences import (
    failed_words,
    first_line,
    headline,
    past_words,
    skipped_words,
    tone,
    usual_words,
    verb,
)
from reconciler.alerts.words.times import ago, clock, happened, lasted, minutes, moment
from reconciler.alerts.words.view import view
from reconciler.model.alert import Case, FailedThing, Past, Skipped
from reconciler.model.telling import NodeKind

NOW = datetime(2026, 1, 3, 13, 29, tzinfo=UTC)
ALERTS = dict(every_synthetic_alert())


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "0 s"), (0, "0 s"), (42, "42 s"), (60, "1 min"), (90, "1 min 30 s"), (599, "9 min 59 s"), (1080, "18 min"),
        (1085, "18 min"), (3600, "1 h"), (4320, "1 h 12 min"), (86400, "1 d"), (183600, "2 d 3 h"),
    ],
)  # fmt: skip
def test_a_length_of_time_has_two_units_at_most(seconds: int, said: str) -> None:
    assert lasted(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("back", "said"),
    [
        (timedelta(seconds=59), "just now"), (timedelta(minutes=4), "4 min ago"), (timedelta(hours=5), "5 h ago"),
        (timedelta(hours=1, minutes=12), "1 h 12 min ago"), (timedelta(days=1), "1 day ago"),
        (timedelta(days=9), "9 days ago"), (timedelta(minutes=-20), "in 20 min"),
        (timedelta(seconds=60), "1 min ago"), (timedelta(seconds=119.9), "1 min ago"), (timedelta(0), "just now"),
        (timedelta(minutes=59, seconds=59), "59 min ago"), (timedelta(minutes=60), "1 h ago"),
        (timedelta(hours=23, minutes=59, seconds=59), "23 h 59 min ago"), (timedelta(hours=24), "1 day ago"),
        (timedelta(hours=47, minutes=59), "1 day ago"), (timedelta(days=2), "2 days ago"),
        (timedelta(seconds=-59), "just now"), (timedelta(seconds=-60), "in 1 min"),
    ],
)  # fmt: skip
def test_how_long_ago_is_rough(back: timedelta, said: str) -> None:
    assert ago(NOW - back, NOW) == said


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (-timedelta(minutes=4), "4 min ago"), (timedelta(seconds=59), "just now"), (timedelta(minutes=5), "just now"),
        (timedelta(minutes=5, seconds=1), "5 min ahead of this clock"), (timedelta(hours=2), "2 h ahead of this clock"),
    ],
)  # fmt: skip
def test_nothing_that_happened_is_told_of_the_future(ahead: timedelta, said: str) -> None:
    assert happened(NOW + ahead, NOW) == said


def test_a_run_that_a_fast_clock_says_has_just_finished_has_just_finished_and_a_deadline_may_be_ahead() -> None:
    failure, late = ALERTS["failure"], ALERTS["late"]
    assert failure.run is not None
    fast = replace(failure, run=replace(failure.run, finished_at=failure.now + timedelta(minutes=3)))
    assert view(fast)["finished"]["ago"] == "just now"
    assert late.late is not None
    ahead = replace(late, late=replace(late.late, due=late.now + timedelta(minutes=3)))
    assert view(ahead)["late"]["due"]["ago"] == "in 3 min"


@pytest.mark.parametrize(
    ("at", "said", "before"),
    [
        (datetime(2026, 11, 1, 5, 30, tzinfo=UTC), "Sun 1 Nov 2026, 01:30 EDT", "2 h ago"),  # the hour comes twice
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "Sun 1 Nov 2026, 01:30 EST", "1 h ago"),
        (datetime(2026, 3, 8, 6, 59, tzinfo=UTC), "Sun 8 Mar 2026, 01:59 EST", "1 h 1 min ago"),  # one is left out
        (datetime(2026, 3, 8, 7, 0, tzinfo=UTC), "Sun 8 Mar 2026, 03:00 EDT", "1 h ago"),
    ],
)
def test_in_a_night_when_clocks_are_changed_hours_are_those_that_passed(at: datetime, said: str, before: str) -> None:
    zone = ZoneInfo("America/New_York")
    now = datetime(2026, at.month, at.day, 7 if at.month == 11 else 8, 30 if at.month == 11 else 0, tzinfo=UTC)
    assert moment(at, "America/New_York") == said
    assert ago(at, now) == happened(at, now) == ago(at.astimezone(zone), now.astimezone(zone)) == before


def test_whoever_is_told_of_a_delay_is_never_told_of_less() -> None:
    assert [minutes(timedelta(seconds=each)) for each in (0, 1, 60, 61, 1500)] == [0, 1, 1, 2, 25]


def test_a_time_is_told_in_its_zone_with_its_letters_also_in_summer() -> None:
    assert moment(NOW, "America/New_York") == "Sat 3 Jan 2026, 08:29 EST"
    assert clock(NOW.replace(month=7), "America/New_York") == "09:29 EDT"
    assert clock(NOW, "America/Sao_Paulo") == "10:29 UTC-03"
    assert clock(NOW, "Nowhere/Else") == "13:29 UTC"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("failure", "Daily Revenue failed"),
        ("failure-timeout", "Daily Revenue timed out"),
        ("warning", "Daily Revenue finished with warnings"),
        ("cancelled", "Daily Revenue was cancelled"),
        ("late", "Daily Revenue is late"),
        ("late-completed", "Daily Revenue completed 25 min late"),
        ("late-deactivated", "Daily Revenue is deactivated"),
        ("recovered", "Daily Revenue recovered"),
        ("grouped", "3 jobs failed"),
        ("escalation", "Daily Revenue failed and is not acknowledged after 15 min"),
    ],
)
def test_a_headline_says_what_happened_to_what(name: str, said: str) -> None:
    assert headline(ALERTS[name]) == said


def test_what_is_late_is_told_in_the_zone_of_its_deadline_with_the_delay_in_minutes() -> None:
    alert = synthetic_alert(Case.LATE)
    assert alert.late is not None
    seen = view(replace(alert, late=replace(alert.late, zone="Europe/Berlin")))["late"]
    assert (seen["due"]["clock"], seen["delay"]["minutes"], seen["open"]) == ("14:00 CET", 29, True)
    done = view(completed(alert))["late"]
    assert (done["words"], done["delay"]["minutes"], done["open"]) == ("completed 25 min late", 25, False)


def test_what_ended_late_is_a_warning_and_no_longer_bad() -> None:
    assert [tone(ALERTS[each]) for each in ("late", "late-completed", "success", "started")] == [
        "bad",
        "warn",
        "good",
        "quiet",
    ]


def test_durations_are_held_against_what_is_usual() -> None:
    failure = ALERTS["failure"]
    assert usual_words(failure) == "took 42 min, usually 18 min"
    assert usual_words(replace(failure, past=replace(failure.past, usual=None))) == "took 42 min"
    assert usual_words(replace(failure, run=None)) == "usually 18 min"


@pytest.mark.parametrize(
    ("row", "before", "like_it", "said"),
    [
        (1, 0, 0, ""),
        (1, 1, 0, "1 earlier failure"),
        (2, 1, 0, "failure 2 in a row"),  # the one before is the earlier one
        (2, 3, 0, "failure 2 in a row, 3 earlier failures"),
        (2, 1, 1, "failure 2 in a row, 1 earlier failure like this one"),
        (15, 10, 0, "failure 15 in a row"),
    ],
)
def test_an_earlier_failure_is_told_once(row: int, before: int, like_it: int, said: str) -> None:
    assert past_words(Past(failures_in_a_row=row, occurrences=(NOW,) * before, same_error=like_it)) == said


def test_what_failed_is_counted_by_its_kind() -> None:
    def thing(kind: NodeKind) -> FailedThing:
        return FailedThing(name="x", kind=kind)

    many = [thing(NodeKind.MODEL), thing(NodeKind.MODEL), thing(NodeKind.TEST), thing(NodeKind.FRESHNESS)]
    assert failed_words(many) == "2 models, 1 test and 1 source"
    assert failed_words(()) == ""


def test_skipped_nodes_are_never_said_to_have_failed() -> None:
    assert skipped_words(Skipped(because="orders", count=1)) == "1 node was skipped because orders failed"
    assert skipped_words(Skipped(because="", count=2)) == "2 nodes were skipped"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        (" \n x \n y", "x"),
        ("Database Error in model a (b.sql)\n  002003: gone", "002003: gone"),
        ("Database Error in model a (b.sql)", "Database Error in model a (b.sql)"),
    ],
)
def test_the_first_line_of_an_error_is_the_one_that_says_something(text: str, line: str) -> None:
    assert first_line(text) == line


def test_every_made_up_alert_has_a_verb_and_is_the_same_each_time() -> None:
    again = dict(every_synthetic_alert())
    assert all(verb(alert) for alert in ALERTS.values())
    assert again == ALERTS
