"""`schedule: {at_least: …}`: the longest pause counts, and what stands exactly on the boundary is in."""

import pytest

from reconciler.model.selector import Frequency
from tests.builders import inventory, job, selector

ORDER = (Frequency.HOURLY, Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY)


@pytest.mark.parametrize(
    ("cron", "most"),
    [
        ("0 * * * *", Frequency.HOURLY),
        ("*/59 * * * *", Frequency.HOURLY),
        ("0 6-5 * * *", None),  # no range that goes backwards
        ("0 0-22 * * *", Frequency.DAILY),  # one hour of the day is left out
        ("*/5 * * * 1-5", Frequency.WEEKLY),  # pauses at weekends
        ("0 8 * * *", Frequency.DAILY),
        ("0 8 * * 0-6", Frequency.DAILY),
        ("0 8 * * 1-6", Frequency.WEEKLY),
        ("0 8 1-30 * *", Frequency.WEEKLY),  # the 31st is left out
        ("0 8 * * 1", Frequency.WEEKLY),
        ("0 8 1,15 * *", Frequency.MONTHLY),  # from the 15th to the 1st are 17 days
        ("0 8 1,8,15,22 * *", Frequency.MONTHLY),  # from the 22nd to the 1st are 10
        ("0 8 1 * *", Frequency.MONTHLY),
        ("0 8 L * *", Frequency.MONTHLY),
        ("0 8 31 * *", None),  # seven months have a 31st
        ("0 8 1 1-11 *", None),
        ("0 8 1 1,4,7,10 *", None),
    ],
)
def test_a_schedule_is_at_least_what_its_longest_pause_is(cron: str, most: Frequency | None) -> None:
    live = inventory(jobs=[job(id=1, cron=cron)])
    chosen = [frequency for frequency in ORDER if selector(at_least=frequency).select(live)]
    assert chosen == ([] if most is None else list(ORDER[ORDER.index(most) :]))


def test_a_job_type_is_compared_with_live_s_word() -> None:
    live = inventory(jobs=[job(id=1, job_type="ci"), job(id=2, job_type="merge"), job(id=3, job_type="adaptive")])
    assert selector(job_types=["ci", "merge"]).select(live) == {1, 2}
    assert selector(job_types=["scheduled"]).select(live) == set()
