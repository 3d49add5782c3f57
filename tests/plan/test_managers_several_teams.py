"""Several teams of one repository on one edge: the claim remembers all of them, and the edge goes with the last."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.actions import Action, AddEdge, Cause, RemoveEdge, UpdateClaim
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import Inventory
from reconciler.model.ledger import Claim, Ledger
from reconciler.model.outcome import Outcome
from reconciler.model.plan import GuardName, KeptWhy, Plan
from reconciler.model.policy import NotificationRule, Policy
from reconciler.plan.build import build_plan
from reconciler.plan.desire import desire
from reconciler.plan.document import plan_document
from reconciler.plan.intent import Intent
from tests.builders import (
    ACCOUNT_ID,
    HOST,
    claim,
    dbt_user,
    inventory,
    job,
    notification,
    policy,
    row,
    selector,
)

MARIA = RecipientKey.user(1)
EDGE = Edge(MARIA, Outcome.FAILURE, 101)
BOTH = replace(claim(EDGE, team="finance"), also=(("growth", "maria"),))
CHANNELS = [dbt_user("maria"), dbt_user("maria-too")]


def account(*told: int) -> Inventory:
    jobs = [job(id=number, name=f"Job {number}") for number in range(101, 111)]
    return inventory(jobs=jobs, rows=[row(key=MARIA, jobs={Outcome.FAILURE: told or [101]})])


def wants(team: str, *, name: str = "Job 101", to: str = "maria") -> NotificationRule:
    return notification(to=(to,), jobs=selector(names=[name]), team=team)


def asks(*rules: NotificationRule) -> Policy:
    return policy(channels=CHANNELS, notifications=rules)


def plan(wanted: Policy, *owned: Claim, there: Inventory | None = None) -> Plan:
    there = there or account()
    kept = Ledger(
        host=HOST,
        account_id=ACCOUNT_ID,
        manager="acme-data-alerts",
        generation=1,
        claims={each.edge: each for each in owned},
    )
    return build_plan(desired=desire(wanted, there), inventory=there, ledger=kept, intent=Intent(repair_drift=True))


def only(found: Plan) -> Action:
    (action,) = found.actions
    return action


def test_a_claim_names_every_team_and_channel_that_wants_the_edge() -> None:
    wanted = asks(wants("growth"), wants("finance"), wants("finance", to="maria-too"), wants("finance"))
    (found,) = desire(wanted, account()).claims.values()
    assert found.wanters == (("finance", "maria"), ("finance", "maria-too"), ("growth", "maria"))


def test_the_order_of_the_files_does_not_matter() -> None:
    rules = (wants("growth"), wants("finance"), wants("finance", to="maria-too"))
    one, other = desire(asks(*rules), account()), desire(asks(*reversed(rules)), account())
    assert one.claims == other.claims


def test_one_of_two_teams_drops_it_and_only_the_ledger_hears_of_it() -> None:
    for stays in ("finance", "growth"):
        found = only(plan(asks(wants(stays)), BOTH))
        assert isinstance(found, UpdateClaim)
        assert found.claim.wanters == ((stays, "maria"),)


def test_a_second_team_that_wants_it_too_is_an_entry_in_the_ledger() -> None:
    found = only(plan(asks(wants("finance"), wants("growth")), claim(EDGE, team="finance")))
    assert isinstance(found, UpdateClaim)
    assert found.claim == BOTH


def test_the_last_team_takes_it_away() -> None:
    assert isinstance(only(plan(asks(), BOTH)), RemoveEdge)


def test_nothing_changes_while_both_want_it() -> None:
    assert plan(asks(wants("growth"), wants("finance")), BOTH).actions == ()


def test_one_drops_it_while_the_others_rule_is_not_answered() -> None:
    for drops, stays in (("finance", "growth"), ("growth", "finance")):
        found = plan(asks(wants(stays, name="Misspelt")), BOTH)
        assert found.actions == (), drops
        assert [(kept.claim, kept.why) for kept in found.kept] == [(BOTH, KeptWhy.BLOCKED)]


def test_a_team_whose_rule_is_not_answered_stays_in_the_claim_of_the_one_that_goes_on() -> None:
    assert plan(asks(wants("finance"), wants("growth", name="Misspelt")), BOTH).actions == ()
    assert plan(asks(wants("growth"), wants("finance", name="Misspelt")), BOTH).actions == ()


def test_a_team_whose_channel_is_not_answered_stays_in_the_claim() -> None:
    channels = [dbt_user("maria"), dbt_user("maria-too", email="nobody@acme.example")]
    rules = [wants("finance"), wants("growth", to="maria-too")]
    both = replace(claim(EDGE, team="finance"), also=(("growth", "maria-too"),))
    assert plan(policy(channels=channels, notifications=rules), both).actions == ()
    dropped = plan(policy(channels=channels, notifications=rules[1:]), both)
    assert (dropped.actions, [kept.why for kept in dropped.kept]) == ((), [KeptWhy.BLOCKED])


def test_drift_keeps_the_teams_that_are_not_answered() -> None:
    elsewhere = account(102)
    found = only(plan(asks(wants("finance"), wants("growth", name="Misspelt")), BOTH, there=elsewhere))
    assert isinstance(found, AddEdge)
    assert (found.cause, found.claim) == (Cause.DRIFT, BOTH)


def test_a_rename_of_a_team_updates_the_claims_and_nothing_else() -> None:
    found = only(plan(asks(wants("revenue")), claim(EDGE, team="finance")))
    assert isinstance(found, UpdateClaim)


def test_a_removal_counts_for_every_team_that_had_it() -> None:
    jobs = range(101, 107)
    owned = [replace(claim(Edge(MARIA, Outcome.FAILURE, each), team="finance"), also=BOTH.also) for each in jobs]
    found = plan(asks(), *owned, there=account(*jobs))
    (prune,) = [each for each in found.guards if each.guard is GuardName.PRUNE]
    assert prune.items == (
        "team finance: 6 of 6 edges",
        "team growth: 6 of 6 edges",
        "this repository: 6 of 6 edges",
    )
    assert [each.allow for each in found.guards if each.guard is GuardName.EMPTY_TEAM] == [
        "empty-team=finance",
        "empty-team=growth",
    ]


def test_the_plan_says_which_teams_come_and_go() -> None:
    (action,) = plan_document(plan(asks(wants("growth")), BOTH))["actions"]
    before, after = action["before"]["ours"], action["after"]["ours"]
    assert (before["team"], before["also"]) == ("finance", [{"team": "growth", "channel": "maria"}])
    assert (after["team"], "also" in after) == ("growth", False)
