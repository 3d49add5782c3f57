"""What dbt Cloud does now against what the policy says: not applied yet, waiting for the relay, told by others."""

from __future__ import annotations

from reconciler.model.coverage import Today
from reconciler.model.edge import RecipientKey
from reconciler.model.outcome import Outcome
from tests.builders import inventory, job, layer, notification, policy, relayed, row, rule, selector, tells, user
from tests.views.coverage_lab import channels, covered

MARIA, JONAS = RecipientKey.user(1), RecipientKey.user(2)
PEOPLE = [user(), user(id=2, email="jonas@acme.example")]


def test_an_alert_that_is_live_and_in_the_policy_is_as_wanted() -> None:
    live = inventory(rows=[row(key=MARIA, jobs={Outcome.FAILURE: [101]})])
    found = covered(policy(notifications=[notification()]), live)
    assert [each.today for each in found.jobs] == [Today.WANTED]
    assert (found.today.told, found.today.unapplied, found.today.foreign) == (1, (), ())


def test_an_alert_that_is_not_applied_is_named() -> None:
    found = covered(policy(notifications=[notification()]))
    assert found.today.unapplied == (101,)
    assert found.whole.percent == 100


def test_an_alert_of_another_outcome_is_no_alert_of_a_failure() -> None:
    live = inventory(rows=[row(key=MARIA, jobs={Outcome.SUCCESS: [101]})])
    assert covered(policy(notifications=[notification()]), live).today.unapplied == (101,)


def test_somebody_else_s_alert_is_told_and_is_not_ours() -> None:
    live = inventory(users=PEOPLE, rows=[row(key=JONAS, jobs={Outcome.FAILURE: [101]})])
    found = covered(policy(notifications=[notification()]), live)
    assert (found.today.told, found.today.foreign, found.today.unapplied) == (1, (101,), ())


def test_an_alert_to_somebody_who_left_tells_nobody() -> None:
    live = inventory(users=[user(active=False)], rows=[row(key=MARIA, jobs={Outcome.FAILURE: [101]})])
    assert covered(policy(), live).today.told == 0


def test_a_job_that_only_the_relay_would_tell_of_waits() -> None:
    found = policy(channels=channels(), jobs=[rule(layer=layer(notify={Outcome.FAILURE: tells("data-team")}))])
    assert covered(found).today.relay_only == (101,)


def test_silence_is_counted_and_is_no_gap() -> None:
    found = covered(policy(channels=[relayed()], jobs=[rule(silent=True, layer=layer(reason="CI"))]))
    assert (found.today.silent, found.today.relay_only, found.steps) == ((101,), (), ())
    assert found.in_force.percent == 100


def test_every_counted_job_is_in_one_place() -> None:
    live = inventory(
        jobs=[job(id=n) for n in range(1, 6)], users=PEOPLE, rows=[row(key=JONAS, jobs={Outcome.FAILURE: [1, 9]})]
    )
    found = policy(
        channels=channels(),
        jobs=[
            rule(match=selector(ids=[2]), layer=layer(notify={Outcome.FAILURE: tells("data-team")})),
            rule(match=selector(ids=[3]), silent=True, layer=layer(reason="CI")),
        ],
        notifications=[notification(jobs=selector(ids=[4]))],
    )
    today = covered(found, live).today
    assert (today.told, today.relay_only, today.silent, today.unapplied) == (1, (2,), (3,), (4,))
    assert (today.nobody, today.untold) == ((5,), (2, 4, 5))
