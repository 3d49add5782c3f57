"""Each guard at its edges: who is counted, what the exact allowance is, and what cannot be allowed (design §5)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.actions import CreateSubscription, RemoveEdge
from reconciler.model.edge import RecipientKey
from reconciler.model.inventory import ALL_JOBS, Inventory, Subscription
from reconciler.model.ledger import Claim, Ledger, SubscriptionClaim, SubscriptionState
from reconciler.model.marker import Marker, marked
from reconciler.model.outcome import Outcome
from reconciler.model.plan import GuardFinding, GuardName, Plan
from reconciler.model.policy import Policy, Scope, SecretSink, SinkKind
from reconciler.plan.build import build_plan
from reconciler.plan.desire import desire
from reconciler.plan.intent import Intent
from reconciler.plan.webhook_diff import applied_settings
from tests.builders import (
    ACCOUNT_ID,
    HOST,
    at,
    claim,
    dbt_user,
    edge,
    inventory,
    job,
    notification,
    policy,
    row,
    selector,
    webhook,
)

MARIA, JONAS = RecipientKey.user(1), RecipientKey.user(2)
MANAGER = "acme-data-alerts"
JOBS = range(101, 141)
SINK = SecretSink(kind=SinkKind.FILE, at=at(), path="x.secret")


def account(*told: int, subscriptions: tuple[Subscription, ...] = ()) -> Inventory:
    """Return an account whose every job also tells Jonas, so that nobody's coverage is lost."""
    rows = [row(key=MARIA, jobs={Outcome.FAILURE: told}), row(id=902, key=JONAS, jobs={Outcome.FAILURE: JOBS})]
    there = inventory(jobs=[job(id=each, name=f"Job {each}") for each in JOBS], rows=rows, subscriptions=subscriptions)
    (known,) = there.users.values()
    return replace(there, users={1: known, 2: replace(known, id=2, email="jonas@acme.example")})


def owns(*claims: Claim, subscriptions: tuple[SubscriptionClaim, ...] = ()) -> Ledger:
    return Ledger(
        host=HOST,
        account_id=ACCOUNT_ID,
        manager=MANAGER,
        generation=1,
        claims={each.edge: each for each in claims},
        subscriptions={each.key: each for each in subscriptions},
    )


def plan(wanted: Policy, there: Inventory, ledger: Ledger, *allow: str) -> Plan:
    intent = Intent(allow=frozenset(allow), repair_drift=True)
    return build_plan(desired=desire(wanted, there), inventory=there, ledger=ledger, intent=intent)


def finding(found: Plan, guard: GuardName) -> GuardFinding | None:
    return next((each for each in found.guards if each.guard is guard), None)


def teams(small: int, big: int) -> tuple[Ledger, tuple[int, ...]]:
    ids = tuple(JOBS)[: small + big]
    owned = [claim(edge(job_id=each), team="small" if place < small else "big") for place, each in enumerate(ids)]
    return owns(*owned), ids


def wants(*ids: int, team: str) -> Policy:
    return policy(channels=[dbt_user()], notifications=[notification(jobs=selector(ids=ids), team=team)])


def test_a_small_team_is_guarded_beside_a_big_one() -> None:
    ledger, ids = teams(small=5, big=30)
    found = finding(plan(wants(*ids[4:], team="big"), account(*ids), ledger), GuardName.PRUNE)
    assert found is not None
    assert found.items == ("team small: 4 of 5 edges",)
    assert found.allow == "prune=4"


def test_a_team_that_wants_nothing_any_more_is_named_and_asked_for_by_name() -> None:
    ledger, ids = teams(small=2, big=30)
    wanted, there = wants(*ids[2:], team="big"), account(*ids)
    found = finding(plan(wanted, there, ledger), GuardName.EMPTY_TEAM)
    assert found is not None
    assert found.allow == "empty-team=small"
    assert plan(wanted, there, ledger, "empty-team=big").refused
    assert not plan(wanted, there, ledger, "empty-team=small").refused


@pytest.mark.parametrize("allow", ["prune=3", "prune=5", "prune", "prune=", "prune=04", "coverage=4"])
def test_any_other_number_allows_nothing(allow: str) -> None:
    ledger, ids = teams(small=0, big=10)
    wanted, there = wants(*ids[4:], team="big"), account(*ids)
    assert plan(wanted, there, ledger, allow).refused
    assert not plan(wanted, there, ledger, "prune=4").refused


def test_a_fifth_exactly_is_no_prune() -> None:
    ledger, ids = teams(small=0, big=20)
    assert finding(plan(wants(*ids[4:], team="big"), account(*ids), ledger), GuardName.PRUNE) is None
    assert finding(plan(wants(*ids[5:], team="big"), account(*ids), ledger), GuardName.PRUNE) is not None


# --- webhooks --------------------------------------------------------------------------------------------------------
def live(**changes: object) -> Subscription:
    there = Subscription(
        id="wsu_1",
        name="lineage",
        url="https://catalog.acme.example/dbt",
        events=frozenset({"job.run.completed"}),
        jobs=frozenset({101}),
        active=True,
        description=marked("", Marker(manager=MANAGER, team="default", name="lineage")),
    )
    return replace(there, **changes)  # pyrefly: ignore[bad-argument-type]


def subscribes(*, everything: bool = False) -> Policy:
    jobs = selector(everything=True) if everything else selector(ids=(101,))
    return policy(webhooks=[webhook(jobs=jobs, secret_sink=SINK)], scope=Scope(all_jobs_webhooks=True))


def armed() -> SubscriptionClaim:
    applied = applied_settings(desire(subscribes(), account()).subscriptions[0].wanted)
    state = SubscriptionState.ARMED
    return SubscriptionClaim(
        key="default/lineage", team="default", state=state, id="wsu_1", receipt="file:x", applied=applied
    )


def test_arming_again_what_dbt_cloud_switched_off_is_asked_for() -> None:
    there = account(subscriptions=(live(active=False, deactivate_reason="too many failures"),))
    ledger = owns(subscriptions=(armed(),))
    assert [each.allow for each in plan(subscribes(), there, ledger).guards] == ["rearm=1"]
    assert not plan(subscribes(), there, ledger, "rearm=1").refused


def test_going_from_a_list_to_every_job_is_asked_for() -> None:
    there = account(subscriptions=(live(),))
    ledger = owns(subscriptions=(armed(),))
    assert [each.allow for each in plan(subscribes(everything=True), there, ledger).guards] == ["widen=1"]


def test_what_is_for_every_job_already_widens_nothing() -> None:
    there = account(subscriptions=(live(jobs=ALL_JOBS),))
    assert plan(subscribes(everything=True), there, owns(subscriptions=(armed(),))).guards == ()


def test_another_managers_mark_cannot_be_allowed() -> None:
    theirs = live(id="wsu_2", description=marked("", Marker(manager="other", team="default", name="lineage")))
    there = account(subscriptions=(live(), theirs))
    found = plan(subscribes(), there, owns(subscriptions=(armed(),)), "conflict=1", "conflict=other")
    conflict = finding(found, GuardName.CONFLICT)
    assert conflict is not None
    assert (conflict.items, conflict.allow, found.refused) == (("other",), None, True)


def test_another_managers_webhook_of_the_same_name_is_not_taken_for_ours() -> None:
    theirs = live(description=marked("", Marker(manager="other", team="default", name="lineage")))
    found = plan(subscribes(), account(subscriptions=(theirs,)), owns())
    assert [type(action) for action in found.actions] == [CreateSubscription]


def test_a_protected_edge_stays_although_everything_is_allowed() -> None:
    ids = tuple(JOBS)[:6]
    owned = [claim(edge(job_id=each), protected=each == ids[0]) for each in ids]
    allow = ("prune=5", "prune=6", "empty-team=default", "protected=1", "coverage=1")
    found = plan(policy(channels=[dbt_user(protect=True)]), account(*ids), owns(*owned), *allow)
    assert [action.edge.job_id for action in found.actions if isinstance(action, RemoveEdge)] == list(ids[1:])
    assert [each.guard for each in found.guards if not each.allowed] == [GuardName.PROTECTED]


def test_a_protected_webhook_that_the_policy_drops_cannot_be_allowed() -> None:
    there = account(subscriptions=(live(),))
    found = plan(policy(), there, owns(subscriptions=(replace(armed(), protected=True),)), "protected=1")
    assert [each.guard for each in found.guards] == [GuardName.PROTECTED]
    assert found.refused
