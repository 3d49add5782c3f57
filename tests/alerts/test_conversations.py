"""What mails and events are gathered by: one incident from its first failed run to the recovery, and no other."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from reconciler.alerts.build import build_alert
from reconciler.alerts.history import first_of_row
from reconciler.model.alert import Drill, Escalated, Lateness
from reconciler.model.outcome import Outcome
from reconciler.model.run import PastRun, RunStatus
from reconciler.model.telling import Cause, Occasion
from tests.alerts import alert_facts as made

INCIDENT = "dbt-alerts:7:101:failure"
GOOD, BAD, CANCELLED = RunStatus.SUCCESS, RunStatus.ERROR, RunStatus.CANCELLED


def _past(*newest_first: tuple[int, RunStatus]) -> tuple[PastRun, ...]:
    return tuple(PastRun(id=run, status=status, started_at=None, finished_at=None) for run, status in newest_first)


def _told(run_id: int, *past: tuple[int, RunStatus], **given: object) -> str:
    facts = made.facts(run=made.run(id=run_id), past=_past(*past))
    return build_alert(made.asked(facts, **given)).conversation


def test_a_failure_begins_one_and_those_after_it_join_it() -> None:
    assert _told(5, (4, GOOD)) == f"{INCIDENT}:5"
    assert _told(7, (6, CANCELLED), (5, BAD), (4, GOOD), (3, BAD)) == f"{INCIDENT}:5"


def test_where_no_good_run_is_known_the_beginning_is_not_and_the_incident_stands_alone() -> None:
    assert _told(5) == _told(5, (4, BAD)) == INCIDENT


def test_a_run_that_timed_out_is_a_failure_and_begins_one_though_dbt_cloud_calls_it_cancelled() -> None:
    timeout = PastRun(id=5, status=CANCELLED, started_at=None, finished_at=None, message="Run timed out after 1 h")
    assert first_of_row((timeout, *_past((4, GOOD)))) == 5
    assert _told(5, (4, GOOD), cause=Cause.TIMEOUT) == f"{INCIDENT}:5"


def test_an_escalation_is_part_of_it_and_a_test_of_none() -> None:
    level = Escalated(level=1, since=made.ENDED, unless="acknowledged")
    assert _told(5, (4, GOOD), occasion=Occasion.ESCALATION, escalated=level) == f"{INCIDENT}:5"
    drilled = build_alert(made.asked(made.facts(past=_past((4, GOOD))), drill=Drill(correlation="d")))
    assert drilled.conversation == drilled.incident


def test_what_opens_no_incident_is_told_by_its_run() -> None:
    assert _told(5, (4, GOOD), outcome=Outcome.WARNING) == "dbt-alerts:7:101:warning:5"
    assert _told(6, (5, GOOD), outcome=Outcome.WARNING) == "dbt-alerts:7:101:warning:6"


def test_a_missed_deadline_is_one_until_it_is_met() -> None:
    def told(day: int, **more: object) -> str:
        late = Lateness(name="revenue", due=made.NOW - timedelta(days=day), zone="UTC", **more)  # pyrefly: ignore
        return build_alert(made.asked(outcome=Outcome.LATE, late=late)).conversation

    assert told(0) == told(0, completed_at=made.NOW) != told(1)
    late = Lateness(name="revenue", due=made.NOW, zone="UTC")
    over = made.asked(outcome=Outcome.RECOVERED, recovered_outcome=Outcome.LATE, late=late)
    assert build_alert(over).conversation == told(0)


def test_what_an_incident_is_called_elsewhere_never_changes_with_what_is_known_of_the_past() -> None:
    keys = {
        build_alert(made.asked(made.facts(past=past))).incident
        for past in ((), _past((4, GOOD)), _past((5, BAD), (4, GOOD)))
    }
    assert keys == {INCIDENT}


@given(st.lists(st.sampled_from([GOOD, BAD, CANCELLED]), min_size=1, max_size=12))
def test_every_failure_since_the_last_good_run_and_the_recovery_share_it_and_no_other_incident_does(
    statuses: list[RunStatus],
) -> None:
    """The job runs as drawn, oldest first, and then well."""
    runs = [(0, GOOD), *enumerate(statuses, start=1), (len(statuses) + 1, GOOD)]
    incidents: list[set[str]] = [set()]
    for place, (number, status) in enumerate(runs[1:], start=1):
        before = tuple(reversed(runs[:place]))
        if status is BAD:
            incidents[-1].add(_told(number, *before))
        elif status is GOOD and incidents[-1]:
            incidents[-1].add(_told(number, *before, outcome=Outcome.RECOVERED))
            incidents.append(set())
    assert all(len(each) == 1 for each in incidents[:-1])
    assert len(set().union(*incidents)) == len(incidents) - 1
