"""What an apply refuses before its first write, whoever calls it: the command line is not the only door."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.errors import AlertsError, Refused, StalePlan
from reconciler.model.edge import RecipientKey
from reconciler.model.outcome import Outcome
from reconciler.model.plan import GuardFinding, GuardName, Plan
from reconciler.model.policy import Policy
from tests.apply.apply_lab import Lab, account
from tests.builders import dbt_user, notification, policy, row, selector

STANDING = GuardFinding(guard=GuardName.PRUNE, message="many removals", allow="prune=4")
FOREVER = GuardFinding(guard=GuardName.PROTECTED, message="protected items would be removed")


def tells_maria(*ids: int) -> Policy:
    return policy(channels=[dbt_user()], notifications=[notification(jobs=selector(ids=ids))])


def lab() -> Lab:
    return Lab(cloud=account(row(id=1, key=RecipientKey.user(1), jobs={Outcome.FAILURE: [999]})))


def refused(made: Lab, plan: Plan, error: type[AlertsError]) -> str:
    with pytest.raises(error) as caught:
        made.run(plan)
    assert made.cloud.trips.log == []
    assert made.store.ledger.generation == 0
    return caught.value.message


def test_a_plan_from_a_snapshot_is_not_applied() -> None:
    made = lab()
    plan = replace(made.plan(tells_maria(101)), from_snapshot=True)
    assert "snapshot" in refused(made, plan, StalePlan)


def test_a_plan_from_another_generation_of_the_ledger_is_not_applied() -> None:
    made = lab()
    plan = replace(made.plan(tells_maria(101)), ledger_generation=7)
    assert "generation 7, not 0" in refused(made, plan, StalePlan)


@pytest.mark.parametrize("finding", [STANDING, FOREVER], ids=["may be allowed", "cannot be allowed"])
def test_a_plan_with_a_standing_guard_is_not_applied(finding: GuardFinding) -> None:
    made = lab()
    refused(made, replace(made.plan(tells_maria(101)), guards=(finding,)), Refused)


def test_an_allowed_guard_is_recorded_in_the_ledger_with_its_number() -> None:
    made = lab()
    allowed = replace(STANDING, allowed=True)
    assert made.run(replace(made.plan(tells_maria(101)), guards=(allowed,))).exit_code == 0
    assert [dict(write.allowed) for write in made.store.ledger.log] == [{"prune": "prune=4"}] * 2
