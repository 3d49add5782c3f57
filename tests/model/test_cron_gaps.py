"""How rarely a schedule fires; what is no schedule has no answer, and no error."""

import pytest

from reconciler.model.cron import longest_gap_seconds

DAY = 86400


@pytest.mark.parametrize(
    ("cron", "seconds"),
    [
        ("*/15 * * * *", 900),
        ("0 8 * * *", DAY),
        ("0 8 * * 1-5", 3 * DAY),
        ("0 0 1 * *", 31 * DAY),
        ("0 0 29 2 *", (8 * 365 + 1) * DAY),  # 2100 is no leap year
    ],
)
def test_the_longest_pause_counts(cron: str, seconds: int) -> None:
    assert longest_gap_seconds(cron) == seconds


@pytest.mark.parametrize("cron", ["", "daily", "@daily", "61 * * * *", "0 0 30 2 *", "0 8 * * * *"])
def test_what_never_fires_or_is_no_schedule_has_none(cron: str) -> None:
    assert longest_gap_seconds(cron) is None
