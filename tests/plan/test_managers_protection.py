"""Protection lives in the ledger: whatever happens to the YAML around it, only an applied `protect: false` lifts it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.actions import (
    AddEdge,
    AdoptEdge,
    DeactivateSubscription,
    ForgetEdge,
    ReleaseEdge,
    RemovalReason,
    RemoveEdge,
    UpdateClaim,
)
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.outcome import Outcome
from reconciler.model.plan import GuardName, KeptWhy, Plan
from reconciler.model.policy import NativeChannel, NotificationRule, Policy, Release
from reconciler.plan.intent import Intent
from tests.apply.apply_lab import Lab, account, sink
from tests.builders import at, dbt_slack, dbt_user, notification, policy, row, selector, webhook

MARIA, SLACK = RecipientKey.user(1), RecipientKey.slack("C0123456789")
EDGE = Edge(MARIA, Outcome.FAILURE, 101)
HOOK = "default/lineage"


def asks(*channels: NativeChannel, rules: tuple[NotificationRule, ...] | None = None, team: str = "default") -> Policy:
    to = [channels[0].name] if channels else []
    wanted = [notification(to=to, jobs=selector(ids=(101, 102)), team=team)] if channels else []
    return policy(channels=channels, notifications=wanted if rules is None else rules)


def protected() -> Lab:
    """Return an account in which Maria's two alerts are applied as protected."""
    made = Lab(cloud=account())
    assert made.apply(asks(dbt_user(protect=True))).exit_code == 0
    return made


def refusing(found: Plan) -> list[GuardName]:
    return [finding.guard for finding in found.guards if not finding.allowed]


DELETIONS = {
    "the rules": asks(dbt_user(protect=True), rules=()),
    "the rules, and the channel says nothing": asks(dbt_user(), rules=()),
    "the channel with its rules": policy(channels=[]),
    "the file, but for another team's": asks(dbt_slack()),
}


@pytest.mark.parametrize("left", DELETIONS.values(), ids=DELETIONS)
def test_whatever_is_deleted_from_the_files_protection_stays(left: Policy) -> None:
    made = protected()
    found = made.plan(left)
    assert refusing(found) == [GuardName.PROTECTED]
    assert [kept.why for kept in found.kept] == [KeptWhy.PROTECTED] * 2
    assert not [action for action in found.actions if isinstance(action, RemoveEdge)]


EDITS = {
    "the key is deleted": asks(dbt_user()),
    "the channel has another name": asks(dbt_user("maria-2")),
    "the team has another name": asks(dbt_user(), team="finance"),
    "another team wants it too": asks(
        dbt_user(),
        rules=(
            notification(jobs=selector(ids=(101, 102))),
            notification(jobs=selector(ids=(101, 102)), team="growth"),
        ),
    ),
}


@pytest.mark.parametrize("edited", EDITS.values(), ids=EDITS)
def test_whatever_is_edited_around_it_protection_stays(edited: Policy) -> None:
    made = protected()
    assert made.apply(edited).exit_code == 0
    assert all(claim.protected for claim in made.store.ledger.claims.values())
    assert refusing(made.plan(policy(channels=[]))) == [GuardName.PROTECTED]


def test_it_is_lifted_by_protect_false_and_removed_by_the_next_apply() -> None:
    made = protected()
    lifted = made.plan(asks(dbt_user(protect=False), rules=()))
    assert [type(action) for action in lifted.actions] == [UpdateClaim] * 2
    assert refusing(lifted) == []
    made.run(lifted)
    assert made.cloud.edges == {EDGE, EDGE._replace(job_id=102)}
    removed = made.plan(policy(channels=[]))
    assert [type(action) for action in removed.actions] == [RemoveEdge] * 2
    assert refusing(removed) == []


def test_it_is_lifted_while_the_edge_is_still_wanted_as_well() -> None:
    made = protected()
    assert made.apply(asks(dbt_user(protect=False))).exit_code == 0
    assert not any(claim.protected for claim in made.store.ledger.claims.values())


def test_two_channels_of_one_recipient_lift_it_only_together() -> None:
    made = protected()
    found = made.plan(asks(dbt_user("other", protect=False), dbt_user(protect=True), rules=()))
    assert refusing(found) == [GuardName.PROTECTED]


def test_an_edge_that_somebody_took_away_comes_back_protected() -> None:
    made = protected()
    made.cloud.edit(next(iter(made.cloud.rows)), {})
    repair = Intent(repair_drift=True)
    found = made.plan(asks(dbt_user()), intent=repair)
    assert [type(action) for action in found.actions] == [AddEdge] * 2
    made.run(found, intent=repair)
    assert all(claim.protected for claim in made.store.ledger.claims.values())


def test_an_edge_that_was_there_before_us_is_protected_from_its_adoption_on() -> None:
    made = Lab(cloud=account(row(key=MARIA, jobs={Outcome.FAILURE: [101, 102]})))
    found = made.plan(asks(dbt_user(protect=True)))
    assert [type(action) for action in found.actions] == [AdoptEdge] * 2
    made.run(found)
    assert refusing(made.plan(policy(channels=[]))) == [GuardName.PROTECTED]


def test_giving_it_up_touches_nothing_so_protection_has_nothing_against_it() -> None:
    made = protected()
    given_up = policy(channels=[dbt_user()], releases=[Release(at=at(), team="default", to="maria")])
    found = made.plan(given_up)
    assert ([type(action) for action in found.actions], refusing(found)) == ([ReleaseEdge] * 2, [])


def test_a_deleted_job_refuses_nothing_and_its_protected_edge_stays() -> None:
    made = protected()
    gone = {101: replace(made.cloud.base.jobs[101], deleted=True)}
    made.cloud.base = replace(made.cloud.base, jobs={**made.cloud.base.jobs, **gone})
    found = made.plan(asks(dbt_user(protect=True)))
    assert (found.actions, refusing(found)) == ((), [])
    assert [(kept.edge, kept.why) for kept in found.kept] == [(EDGE, KeptWhy.PROTECTED)]
    made.apply(asks(dbt_user(protect=False)))
    (removed,) = made.plan(asks(dbt_user(protect=False))).actions
    assert isinstance(removed, RemoveEdge)
    assert removed.reason is RemovalReason.DANGLING


def test_what_is_neither_wanted_nor_there_has_nothing_to_protect() -> None:
    made = protected()
    made.cloud.edit(next(iter(made.cloud.rows)), {})
    found = made.plan(policy(channels=[]))
    assert ([type(action) for action in found.actions], refusing(found)) == ([ForgetEdge] * 2, [])


def test_another_recipient_behind_the_channel_leaves_the_old_one_protected() -> None:
    made = Lab(cloud=account())
    made.apply(asks(dbt_slack(protect=True)))
    found = made.plan(asks(dbt_slack(protect=True, channel_id="C0000000002")))
    assert refusing(found) == [GuardName.PROTECTED]
    assert {kept.edge.recipient for kept in found.kept} == {SLACK}


class TestWebhooks:
    def wants(self, *, protect: bool | None, team: str = "default") -> Policy:
        made = webhook(jobs=selector(ids=(101,)), secret_sink=sink(), team=team)
        return policy(webhooks=[replace(made, protect=protect)])

    def protected(self) -> Lab:
        made = Lab(cloud=account())
        assert made.apply(self.wants(protect=True)).exit_code == 0
        return made

    def test_the_key_may_be_deleted_first_and_the_block_after_it(self) -> None:
        made = self.protected()
        assert made.apply(self.wants(protect=None)).exit_code == 0
        assert made.store.ledger.subscriptions[HOOK].protected
        assert refusing(made.plan(policy())) == [GuardName.PROTECTED]

    def test_a_team_with_another_name_leaves_the_old_one_protected(self) -> None:
        assert refusing(self.protected().plan(self.wants(protect=True, team="finance"))) == [GuardName.PROTECTED]

    def test_one_made_anew_is_still_protected(self) -> None:
        made = self.protected()
        made.cloud.subs.clear()
        made.apply(self.wants(protect=None), intent=Intent(repair_drift=True))
        assert made.store.ledger.subscriptions[HOOK].protected

    def test_it_is_lifted_by_protect_false_and_switched_off_by_the_next_apply(self) -> None:
        made = self.protected()
        made.apply(self.wants(protect=False))
        found = made.plan(policy())
        assert [type(action) for action in found.actions] == [DeactivateSubscription]
        assert refusing(found) == []
