"""The barrier between additions and removals asks what is there, not what was answered."""

from __future__ import annotations

from reconciler.errors import ExitCode
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Policy
from tests.apply.apply_lab import Lab, account
from tests.builders import dbt_slack, dbt_user, notification, policy, selector

MARIA, SLACK = RecipientKey.user(1), RecipientKey.slack("C0123456789")
FAILURE = Outcome.FAILURE


def tells(*, maria: tuple[int, ...] = (), slack: tuple[int, ...] = ()) -> Policy:
    given = {"maria": maria, "data-alerts": slack}
    rules = [notification(to=(to,), jobs=selector(ids=ids)) for to, ids in given.items() if ids]
    return policy(channels=[dbt_user(), dbt_slack()], notifications=rules)


def moving() -> Lab:
    """Return an account in which job 101 is about to move from Maria to a Slack channel that has a row already."""
    made = Lab(cloud=account())
    assert made.apply(tells(maria=(101,), slack=(102,))).exit_code == 0
    made.cloud.trips.log.clear()
    made.cloud.trips.counts.clear()
    return made


def test_an_addition_that_is_answered_but_not_there_withholds_the_removal() -> None:
    made = moving()
    row_id = next(row.id for row in made.cloud.rows.values() if row.key == SLACK)
    made.cloud.trips.after[("update_row", 0)] = lambda: made.cloud.edit(row_id, {FAILURE: [102]})
    report = made.apply(tells(slack=(101, 102)))
    assert report.exit_code is ExitCode.PARTLY
    assert [len(report.failed), len(report.withheld)] == [1, 1]
    assert Edge(MARIA, FAILURE, 101) in made.cloud.edges
    assert Edge(MARIA, FAILURE, 101) in made.store.ledger.claims


def test_an_addition_that_holds_at_the_second_try_lets_the_removal_pass() -> None:
    made = moving()
    row_id = next(row.id for row in made.cloud.rows.values() if row.key == SLACK)
    made.cloud.trips.after[("update_row", 1)] = lambda: made.cloud.edit(row_id, {FAILURE: [102]})
    assert made.apply(tells(slack=(101, 102))).exit_code == 0
    assert made.cloud.edges == {Edge(SLACK, FAILURE, 101), Edge(SLACK, FAILURE, 102)}
