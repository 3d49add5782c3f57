"""A webhook with our mark that no claim and no rule accounts for is named: a lost ledger must not hide what sends."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.inventory import ALL_JOBS, Subscription
from reconciler.model.ledger import Ledger, SubscriptionClaim, SubscriptionState
from reconciler.model.marker import Marker, marked
from reconciler.model.plan import Plan
from reconciler.plan.build import build_plan
from reconciler.plan.desire import desire
from reconciler.plan.intent import Intent
from tests import builders


def planned(*, manager: str = "acme", claims: dict[str, SubscriptionClaim] | None = None) -> Plan:
    mark = Marker(manager=manager, team="finance", name="lineage")
    hook = Subscription(
        id="wsu_9",
        name="lineage",
        url="https://catalog.acme.example/dbt",
        events=frozenset({"job.run.completed"}),
        jobs=ALL_JOBS,
        active=True,
        description=marked("", mark),
    )
    live = builders.inventory(subscriptions=[hook])
    ledger = Ledger(host=live.host, account_id=live.account_id, manager="acme", subscriptions=claims or {})
    return build_plan(desired=desire(builders.policy(), live), inventory=live, ledger=ledger, intent=Intent())


def named(plan: Plan) -> bool:
    return any("wsu_9" in note and "carries our mark" in note for note in plan.notes)


def test_a_webhook_of_a_lost_ledger_is_named_and_not_touched() -> None:
    plan = planned()
    assert named(plan)
    assert plan.actions == ()


def test_what_the_ledger_knows_is_no_stray() -> None:
    claim = SubscriptionClaim(key="finance/lineage", team="finance", state=SubscriptionState.TOMBSTONED, id="wsu_9")
    assert not named(planned(claims={claim.key: replace(claim, applied={"active": False})}))


def test_another_managers_mark_is_not_ours_to_name() -> None:
    assert not named(planned(manager="growth"))
