from datetime import UTC, datetime

import pytest

from reconciler.sandbox.schedules import cron_of, describe, next_run

DAILY = {"type": "every_day"}


@pytest.mark.parametrize(
    ("date", "time", "cron"),
    [
        (DAILY, {"type": "every_hour", "interval": 1}, "0 * * * *"),
        (DAILY, {"type": "every_hour", "interval": 6}, "0 */6 * * *"),
        (DAILY, {"type": "at_exact_hours", "hours": [7, 19]}, "0 7,19 * * *"),
        ({"type": "days_of_week", "days": [1, 5]}, {"type": "at_exact_hours", "hours": [7]}, "0 7 * * 1,5"),
        ({"type": "custom_cron", "cron": "5 4 1 * *"}, {"type": "every_hour", "interval": 1}, "5 4 1 * *"),
        ({"type": "custom_cron"}, {"type": "every_hour", "interval": 1}, "0 * * * *"),
    ],
)
def test_the_cron_line(date: dict[str, object], time: dict[str, object], cron: str) -> None:
    assert cron_of({"date": date, "time": time}) == cron


def test_the_next_run_is_after_now_in_utc() -> None:
    assert next_run("0 6 1 * *", datetime(2026, 3, 2, tzinfo=UTC)) == datetime(2026, 4, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize("cron", ["nonsense", "", "99 * * * *", "0 0 30 2 *"])
def test_a_line_that_never_fires_has_no_next_run(cron: str) -> None:
    assert next_run(cron, datetime(2026, 3, 2, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("0 * * * *", "Every hour"),
        ("20 * * * *", "At 20 minutes past the hour"),
        ("0 */6 * * *", "Every 6 hours"),
        ("30 9 * * *", "At 09:30"),
        ("0 4 * * 1", "At 04:00, only on Monday"),
        ("0 5 1 * *", "At 05:00, on day 1 of the month"),
        ("*/30 * * * *", "*/30 * * * *"),
        ("junk", "junk"),
    ],
)
def test_in_words(cron: str, words: str) -> None:
    assert describe(cron) == words
