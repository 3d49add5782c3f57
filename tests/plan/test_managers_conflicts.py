"""Several managers on one account: whose edges are spared, who contradicts whom, and what the ways out are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.errors import LedgerError, Refused
from reconciler.model.actions import AdoptEdge, Cause, ChangeRecipient, ReleaseEdge, RemoveEdge, UpdateClaim
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import NotificationRow, Subscription
from reconciler.model.ledger import Ledger, Origin, Others, RecipientSettings
from reconciler.model.marker import Marker, marked
from reconciler.model.outcome import Outcome
from reconciler.model.plan import GuardFinding, GuardName, Plan
from reconciler.model.policy import Channel, DbtSlack, Policy
from reconciler.plan.build import build_plan
from reconciler.plan.desire import desire
from reconciler.plan.intent import Intent
from tests.builders import (
    ACCOUNT_ID,
    HOST,
    at,
    claim,
    dbt_slack,
    dbt_user,
    inventory,
    job,
    notification,
    policy,
    row,
    selector,
    user,
)
from tests.doubles import FakeCloud
from tests.property.managers_lab import Company

FINANCE, GROWTH = "finance-alerts", "growth-alerts"
SLACK, MARIA = RecipientKey.slack("C0123456789"), RecipientKey.user(1)
USERS = [user(), user(id=2, email="jonas@acme.example")]
JOBS = [job(id=number, name=f"Job {number}") for number in range(101, 107)]


def slack(
    shown: str | None = "#data-alerts", *, file: str = "channels.yml", line: int = 3, **values: object
) -> DbtSlack:
    made = dbt_slack(channel_name=shown)
    return replace(made, at=at(line, file=file), **values)  # pyrefly: ignore[bad-argument-type]


def asks(manager: str, channel: Channel, *jobs: int) -> Policy:
    wanted = [notification(to=[channel.name], jobs=selector(ids=jobs))] if jobs else []
    return policy(channels=[channel], notifications=wanted, manager=manager)


def company(*rows: NotificationRow, subscriptions: tuple[Subscription, ...] = ()) -> Company:
    base = inventory(jobs=JOBS, users=USERS)
    return Company(cloud=FakeCloud(rows=rows, subscriptions=subscriptions, base=base))


def with_row(*told: int, name: str | None = "#data-alerts") -> Company:
    return company(row(key=SLACK, jobs={Outcome.FAILURE: told}, slack_channel_name=name))


def conflicts(found: Plan) -> list[GuardFinding]:
    return [finding for finding in found.guards if finding.guard is GuardName.CONFLICT]


def edge(job_id: int) -> Edge:
    return Edge(SLACK, Outcome.FAILURE, job_id)


class TestHandOver:
    def test_both_declare_one_drops_and_the_edge_is_live_at_every_step(self) -> None:
        made = with_row()
        made.apply(asks(FINANCE, slack(), 101))
        watched: list[bool] = []
        made.watch = lambda: watched.append(edge(101) in made.live)
        assert [type(each) for each in made.apply(asks(GROWTH, slack(), 101)).plan.actions] == [AdoptEdge]
        assert [type(each) for each in made.apply(asks(FINANCE, slack())).plan.actions] == [ReleaseEdge]
        assert made.live == {edge(101)}
        assert (made.owned(FINANCE), made.owned(GROWTH)) == (frozenset(), {edge(101)})
        assert made.ledger(GROWTH).claims[edge(101)].origin is Origin.ADOPTED
        assert all(watched)
        made.watch = lambda: None
        assert [type(each) for each in made.apply(asks(GROWTH, slack())).plan.actions] == [RemoveEdge]
        assert made.live == frozenset()

    def test_dropping_first_is_a_removal_because_nobody_else_had_it(self) -> None:
        made = with_row()
        made.apply(asks(FINANCE, slack(), 101))
        assert [type(each) for each in made.plan(asks(FINANCE, slack())).plan.actions] == [RemoveEdge]

    def test_what_another_manager_has_announced_is_spared_too(self) -> None:
        made = with_row(101)
        made.apply(asks(FINANCE, slack(), 101))
        announced = Ledger(
            host=HOST, account_id=ACCOUNT_ID, manager=GROWTH, generation=1, pending={edge(101): claim(edge(101))}
        )
        made.shared.ledgers[GROWTH] = announced
        assert [type(each) for each in made.plan(asks(FINANCE, slack())).plan.actions] == [ReleaseEdge]

    def test_one_who_claimed_it_between_plan_and_apply_keeps_it(self) -> None:
        made = with_row()
        made.apply(asks(FINANCE, slack(), 101))
        begun = made.begin(asks(FINANCE, slack()))
        assert [type(each) for each in begun[0].plan.actions] == [RemoveEdge]
        made.apply(asks(GROWTH, slack(), 101))
        with pytest.raises(LedgerError):
            made.carry_out(begun)
        assert made.live == {edge(101)}

    def test_releasing_a_protected_edge_touches_nothing(self) -> None:
        made = with_row()
        guarded = slack(protect=True)
        made.apply(asks(FINANCE, guarded, 101))
        made.apply(asks(GROWTH, slack(), 101))
        found = made.apply(asks(FINANCE, slack())).plan
        assert ([type(each) for each in found.actions], found.guards) == ([ReleaseEdge], ())

    def test_a_protected_edge_of_another_manager_outlives_our_removal(self) -> None:
        made = with_row()
        made.apply(asks(FINANCE, slack(protect=True), 101))
        made.apply(asks(GROWTH, slack(), 101))
        made.apply(asks(GROWTH, slack()))
        assert made.live == {edge(101)}
        assert made.ledger(FINANCE).claims[edge(101)].protected


class TestScalars:
    def declared(self) -> Company:
        made = with_row(name="#old")
        made.apply(asks(FINANCE, slack("#finance", file="finance/channels.yml", line=7), 101))
        return made

    def test_two_values_are_an_error_that_names_both_places_and_the_ways_out(self) -> None:
        made = self.declared()
        found = made.plan(asks(GROWTH, slack("#growth", file="growth.yml", line=4), 102)).plan
        (conflict,) = conflicts(found)
        assert conflict.items[0] == (
            "`channel_name` of #growth (C0123456789) is #growth (growth.yml:4), "
            "and #finance for manager finance-alerts (finance/channels.yml:7)"
        )
        for way_out in ("agree on one value", "leave it out in one repository", "`release:`"):
            assert way_out in conflict.message
        assert (conflict.allow, found.refused) == (None, True)

    def test_a_refused_apply_writes_nothing(self) -> None:
        made = self.declared()
        with pytest.raises(Refused, match="conflict"):
            made.apply(asks(GROWTH, slack("#growth"), 102))
        assert made.live == {edge(101)}
        assert GROWTH not in made.shared.ledgers

    def test_the_user_who_stands_for_it_is_named_by_address(self) -> None:
        made = self.declared()
        jonas = slack("#finance", linked_by="jonas@acme.example")
        (conflict,) = conflicts(made.plan(asks(GROWTH, jonas, 102)).plan)
        assert "is jonas@acme.example" in conflict.items[0]
        assert "maria@acme.example for manager finance-alerts" in conflict.items[0]

    def test_one_value_in_both_is_no_conflict(self) -> None:
        made = self.declared()
        assert conflicts(made.plan(asks(GROWTH, slack("#finance"), 102)).plan) == []

    def test_one_who_leaves_it_out_leaves_it_as_it_is(self) -> None:
        made = self.declared()
        found = made.apply(asks(GROWTH, slack(None, linked_by=None), 102)).plan
        assert not [each for each in found.actions if isinstance(each, ChangeRecipient)]
        assert made.cloud.rows[901].slack_channel_name == "#finance"

    def test_a_channel_may_have_another_name_in_each_repository(self) -> None:
        made = self.declared()
        found = made.apply(asks(GROWTH, slack("#finance", name="the-finance-channel"), 101)).plan
        assert [type(each) for each in found.actions] == [AdoptEdge]
        renamed = asks(FINANCE, slack("#finance", name="revenue"), 101)
        assert [type(each) for each in made.apply(renamed).plan.actions] == [UpdateClaim]
        assert made.live == {edge(101)}

    def test_drift_of_what_another_manager_sets_is_not_ours(self) -> None:
        made = self.declared()
        made.apply(asks(GROWTH, slack(None, linked_by=None), 102))
        made.cloud.rows[901] = replace(made.cloud.rows[901], slack_channel_name="#edited")
        assert made.plan(asks(GROWTH, slack(None, linked_by=None), 102)).plan.actions == ()
        (drifted,) = made.plan(asks(FINANCE, slack("#finance"), 101)).plan.actions
        assert isinstance(drifted, ChangeRecipient)
        assert drifted.cause is Cause.DRIFT

    def test_what_both_had_set_and_one_sets_anew_is_a_contradiction_and_no_drift(self) -> None:
        there = inventory(jobs=JOBS, rows=[row(key=SLACK, jobs={Outcome.FAILURE: [101]}, slack_channel_name="#theirs")])
        ours = replace(
            self.declared().ledger(FINANCE), recipients={SLACK: RecipientSettings(slack_channel_name="#ours")}
        )
        theirs = replace(ours, manager=GROWTH, recipients={SLACK: RecipientSettings(slack_channel_name="#theirs")})
        found = build_plan(
            desired=desire(asks(FINANCE, slack("#ours"), 101), there),
            inventory=there,
            ledger=ours,
            others=Others(ledgers=(theirs,), shared=True),
            intent=Intent(),
        )
        (change,) = found.actions
        assert isinstance(change, ChangeRecipient)
        assert change.cause is Cause.POLICY
        assert found.refused

    def test_leaving_it_out_in_one_repository_lets_the_other_change_it(self) -> None:
        made = self.declared()
        made.apply(asks(GROWTH, slack("#finance"), 102))
        with pytest.raises(Refused):
            made.apply(asks(FINANCE, slack("#new"), 101))
        made.apply(asks(GROWTH, slack(None, linked_by=None), 102))
        made.apply(asks(FINANCE, slack("#new"), 101))
        assert made.cloud.rows[901].slack_channel_name == "#new"

    def test_letting_go_of_the_recipient_ends_the_contradiction(self) -> None:
        made = self.declared()
        made.apply(asks(FINANCE, slack("#finance")))
        assert SLACK not in made.ledger(FINANCE).recipients
        assert made.apply(asks(GROWTH, slack("#growth"), 102)).report.exit_code == 0

    def test_a_moved_line_alone_writes_nothing(self) -> None:
        made = self.declared()
        before = made.shared.version
        made.apply(asks(FINANCE, slack("#finance", line=99), 101))
        assert made.shared.version == before


class TestExclusive:
    def test_a_recipient_that_another_manager_tells_cannot_be_made_exclusive(self) -> None:
        made = with_row()
        made.apply(asks(FINANCE, slack(file="finance.yml", line=7), 101))
        (conflict,) = conflicts(made.plan(asks(GROWTH, slack(exclusive=True, file="growth.yml", line=4), 102)).plan)
        assert conflict.items[0] == (
            "#data-alerts (C0123456789) is exclusive to this repository (growth.yml:4), "
            "and manager finance-alerts tells it (finance.yml:7)"
        )
        for way_out in ("remove `exclusive: true`", "tell another recipient", "`release:`"):
            assert way_out in conflict.message

    def test_one_that_another_manager_declared_exclusive_cannot_be_told(self) -> None:
        made = with_row()
        made.apply(asks(FINANCE, slack(exclusive=True, file="finance.yml", line=7), 101))
        (conflict,) = conflicts(made.plan(asks(GROWTH, slack(file="growth.yml", line=4), 102)).plan)
        assert conflict.items[0] == (
            "#data-alerts (C0123456789) is exclusive to manager finance-alerts (finance.yml:7), "
            "and this repository uses it (growth.yml:4)"
        )

    def test_one_that_is_declared_exclusive_and_not_told_counts_as_well(self) -> None:
        made = with_row()
        made.apply(asks(FINANCE, slack(exclusive=True)))
        assert made.ledger(FINANCE).exclusive == {SLACK}
        assert conflicts(made.plan(asks(GROWTH, slack(), 102)).plan)
        assert conflicts(made.plan(asks(GROWTH, slack(exclusive=True))).plan)

    def test_once_it_is_no_longer_exclusive_others_may_tell_it(self) -> None:
        made = with_row()
        made.apply(asks(FINANCE, slack(exclusive=True), 101))
        made.apply(asks(FINANCE, slack(), 101))
        assert made.ledger(FINANCE).exclusive == frozenset()
        made.apply(asks(GROWTH, slack(), 102))
        assert made.live == {edge(101), edge(102)}

    def test_what_people_added_is_evicted_and_what_managers_own_never(self) -> None:
        made = with_row(103)
        theirs = Ledger(host=HOST, account_id=ACCOUNT_ID, manager=GROWTH, generation=1, claims={})
        made.shared.ledgers[GROWTH] = replace(theirs, claims={edge(104): claim(edge(104))})
        made.cloud.edit(901, {Outcome.FAILURE: (103, 104)})
        plan = made.plan(asks(FINANCE, slack(exclusive=True), 101)).plan
        assert plan.refused
        assert edge(104) not in {getattr(each, "edge", None) for each in plan.actions}

    def test_another_recipient_is_nobodys_business(self) -> None:
        made = with_row()
        made.apply(asks(FINANCE, slack(exclusive=True), 101))
        assert conflicts(made.plan(asks(GROWTH, dbt_user(), 101)).plan) == []

    def test_while_live_does_not_answer_for_it_it_stays_exclusive(self) -> None:
        made = with_row()
        made.apply(asks(FINANCE, slack(exclusive=True), 101))
        made.apply(asks(FINANCE, slack(exclusive=True, linked_by="nobody@acme.example"), 101))
        assert made.ledger(FINANCE).exclusive == {SLACK}


class TestMarks:
    def marked_by(self, manager: str) -> Subscription:
        description = marked("", Marker(manager=manager, team="default", name="lineage"))
        return Subscription(
            id="wsu_1",
            name="lineage",
            url="https://x.example",
            events=frozenset({"job.run.completed"}),
            jobs=frozenset({101}),
            active=True,
            description=description,
        )

    def marked_company(self) -> Company:
        there = row(key=SLACK, jobs={}, slack_channel_name="#data-alerts")
        return company(there, subscriptions=(self.marked_by(GROWTH),))

    def test_one_whom_the_shared_store_knows_is_no_conflict(self) -> None:
        made = self.marked_company()
        made.shared.ledgers[GROWTH] = Ledger(host=HOST, account_id=ACCOUNT_ID, manager=GROWTH, generation=1)
        found = made.plan(asks(FINANCE, slack(), 101)).plan
        assert (conflicts(found), [note for note in found.notes if GROWTH in note]) == ([], [])

    def test_one_whom_it_does_not_know_is_told_of_and_stops_no_addition(self) -> None:
        made = self.marked_company()
        found = made.apply(asks(FINANCE, slack(), 101)).plan
        assert len([note for note in found.notes if GROWTH in note]) == 1
        assert made.live == {edge(101)}

    def test_one_whom_it_does_not_know_may_own_what_would_be_taken_away(self) -> None:
        made = self.marked_company()
        made.apply(asks(FINANCE, slack(), 101, 102))
        (conflict,) = conflicts(made.plan(asks(FINANCE, slack(), 101)).plan)
        assert (conflict.items, conflict.allow) == ((GROWTH,), None)
        for way_out in ("keep its ledger there", "--additions-only", "clear its mark"):
            assert way_out in conflict.message
        only = Intent(additions_only=True)
        assert conflicts(made.plan(asks(FINANCE, slack(), 101), only).plan) == []

    def test_two_managers_that_come_from_ledgers_in_files_can_both_join(self) -> None:
        made = self.marked_company()
        made.apply(asks(FINANCE, slack(), 101))
        made.apply(asks(GROWTH, slack(), 101))
        assert made.apply(asks(FINANCE, slack())).plan.guards == ()
        assert made.live == {edge(101)}

    def test_a_ledger_in_a_file_cannot_see_what_the_other_owns(self) -> None:
        there = inventory(jobs=JOBS, subscriptions=[self.marked_by(GROWTH)])
        alone = Ledger(host=HOST, account_id=ACCOUNT_ID, manager=FINANCE)
        wanted = desire(asks(FINANCE, slack(), 101), there)
        found = build_plan(desired=wanted, inventory=there, ledger=alone, others=Others(), intent=Intent())
        (conflict,) = conflicts(found)
        assert conflict.items == (GROWTH,)
