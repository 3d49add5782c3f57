"""A year judged by shapes says what looking at every slot says, also in the nights that change clocks."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.lint.due_windows import DueWindows
from reconciler.model.cron import schedule
from reconciler.model.layers import Sla
from reconciler.model.problem import NOWHERE
from reconciler.routing.clock import instant, local_day
from reconciler.routing.deadlines import deadlines
from reconciler.routing.place import Placed
from tests.builders import job, layer, policy, rule

START = datetime(2026, 1, 5, tzinfo=UTC)
CRONS = [
    "0 12 * * *",
    "30 1 * * *",
    "5 0 * * 1-5",
    "0 23 * * 0",
    "0 4 1 * *",
    "59 23 * * *",
    "0 6 29 2 *",
    "0 8,9 * * 2",
]


@given(
    cron=st.sampled_from(CRONS),
    due=st.sampled_from(["00:00", "00:30", "02:30", "08:00", "23:59"]),
    since=st.sampled_from([None, "-4h", "-26h", "07:00", "23:30"]),
    grace=st.sampled_from([None, timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=30)]),
    zone=st.sampled_from(["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"]),
)
@settings(max_examples=25)
def test_the_days_that_are_missed_are_those_of_each_slot_by_itself(
    cron: str, due: str, since: str | None, grace: timedelta | None, zone: str
) -> None:
    when = schedule(cron)
    assert when is not None
    sla = Sla(at=NOWHERE, due=due, since=since, grace=grace, timezone=zone)
    placed = Placed(job=job(), rule=rule(layer=layer(sla=sla)))
    slots = deadlines(policy(), placed, after=START, until=START + timedelta(days=365))
    missed = DueWindows(slots, zone).missed(when)
    late: list[date] = []
    idle: list[date] = []
    for slot in slots:
        day = local_day(slot.due, zone)
        if not when.fires_within(slot.since, slot.judged_at):
            end = instant(day + timedelta(days=1), time(), zone)
            (late if when.fires_within(slot.since, end) else idle).append(day)
    assert (missed.late, missed.idle, missed.slots) == (late, idle, len(slots))


def test_no_slots_miss_nothing() -> None:
    when = schedule("0 12 * * *")
    assert when is not None
    assert DueWindows((), "UTC").missed(when) == ([], [], 0)
