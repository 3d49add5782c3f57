"""Several failures in one message, and what sums up many runs."""

from dataclasses import replace
from datetime import timedelta

from reconciler.alerts.build import build_alert
from reconciler.alerts.synthetic.alerts import MADE_UP_NOW, synthetic_alert
from reconciler.alerts.together import common_cause, digest_alert, grouped_alert
from reconciler.model.alert import Alert, AlertJob, Case, Digested
from reconciler.model.layers import GroupBy
from reconciler.routing.place import Placed
from tests import builders
from tests.alerts import alert_facts as made

NOW = made.NOW


def _failure(job_id: int, *, tier: str = "critical", minutes: int = 4, name: str = "orders") -> Alert:
    placed = Placed(
        job=builders.job(id=job_id, name=f"Job {job_id}"),
        project=builders.project(),
        environment=builders.environment(),
        rule=made.policy().jobs[0],
    )
    found = made.facts(made.failed(name))
    return build_alert(made.asked(found, placed=placed, tier=tier, at=NOW - timedelta(minutes=minutes)))


def test_it_stands_under_the_worst_tier_and_names_its_members_oldest_first() -> None:
    first, second = _failure(1, tier="high", minutes=9), _failure(2, minutes=3)
    alert = grouped_alert([second, first], by=GroupBy.PROJECT, now=NOW)
    assert (alert.case, alert.severity, alert.rank) == (Case.GROUPED, "CRITICAL", 1)
    assert alert.grouped is not None
    assert [each.job.id for each in alert.grouped.members] == [1, 2]
    assert alert.at == first.at
    assert (alert.job.project, alert.job.url, alert.job.name) == ("Finance", "", "Job 1, Job 2")


def test_the_order_in_which_members_are_known_changes_nothing() -> None:
    members = [_failure(number) for number in range(1, 5)]
    one, other = (grouped_alert(each, by=GroupBy.PROJECT, now=NOW) for each in (members, members[::-1]))
    assert one == other
    assert one.id != grouped_alert(members[:2], by=GroupBy.PROJECT, now=NOW).id


def test_what_was_held_until_an_opening_says_so() -> None:
    grouped = grouped_alert([_failure(1)], by=None, now=NOW).grouped
    assert grouped is not None
    assert (grouped.by, grouped.common_cause) == ("opening", "")


def test_a_runbook_of_some_is_not_the_runbook_of_all() -> None:
    first, second = _failure(1), _failure(2)
    assert grouped_alert([first, second], by=None, now=NOW).runbook == first.runbook
    assert grouped_alert([first, replace(second, runbook="https://w.example/2")], by=None, now=NOW).runbook == ""


def test_what_all_have_in_common_is_their_likely_cause_else_a_node_that_failed_in_each() -> None:
    first, second = _failure(1), _failure(2)
    assert first.likely is not None
    assert common_cause([first, second]) == first.likely.sentence
    assert common_cause([first, replace(second, likely=None)]) == "orders failed in all of them."
    assert common_cause([first, replace(_failure(2, name="other"), likely=None)]) == ""


def test_what_is_missing_of_each_is_said_with_its_job() -> None:
    lacking = replace(_failure(1), missing=("the runbook",))
    assert grouped_alert([lacking, _failure(2)], by=None, now=NOW).missing == ("Job 1: the runbook",)


def test_a_digest_is_about_no_job_and_has_one_key_a_time() -> None:
    def made_for(day: int) -> Alert:
        until = MADE_UP_NOW + timedelta(days=day)
        digested = Digested(since=until - timedelta(days=1), until=until)
        return digest_alert(
            "informational", digested, severity="INFORMATIONAL", rank=3, zone="UTC", account_id=7, drill=None
        )

    first = made_for(0)
    assert (first.case, first.job) == (Case.DIGEST, AlertJob(id=0, name="informational"))
    assert first.id == made_for(0).id != made_for(1).id
    assert first.incident == made_for(1).incident


def test_made_up_groups_are_of_several_jobs_and_share_nothing_with_real_keys() -> None:
    alert = synthetic_alert(Case.GROUPED)
    assert alert.grouped is not None
    assert len({each.job.id for each in alert.grouped.members}) == 3
    assert alert.id.startswith("made-up-")
