"""Three managers, their hand-overs, people in the UI and killed runs on one account, in any order.

Nobody's edge is lost, no moment is without an edge that stays, and once all have applied there is nothing left to do.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from reconciler.errors import LedgerError, Refused
from reconciler.plan.intent import Intent
from tests.builders import inventory, job, row
from tests.doubles import FakeCloud, Killed, dies
from tests.property.managers_lab import WRITES, Company
from tests.property.three_managers_world import (
    EDGES,
    JOBS,
    KEYS,
    MANAGERS,
    NONE,
    OUTCOMES,
    TEAMS,
    Books,
    Edges,
    Oracle,
    Wishes,
)

managers = st.sampled_from(MANAGERS)
some_edges = st.integers(0, 2 ** len(EDGES) - 1).map(
    lambda mask: frozenset(edge for place, edge in enumerate(EDGES) if mask >> place & 1)
)
few_keys = st.just(frozenset()) | st.sampled_from(KEYS).map(lambda key: frozenset({key}))
wishes = st.builds(
    Wishes,
    teams=st.fixed_dictionaries(dict.fromkeys(TEAMS, some_edges)),
    slack_name=st.sampled_from([None, None, "#alerts", "#other"]),
    exclusive=st.just(frozenset()) | few_keys,
    released=st.just(frozenset()) | few_keys,
)


def account() -> FakeCloud:
    """Return an account whose recipients have a row each, and whose jobs nobody is told of."""
    jobs = [job(id=number, name=f"Job {number}") for number in JOBS]
    rows = [row(id=901 + place, key=key, slack_channel_name="#made-by-hand") for place, key in enumerate(KEYS)]
    return FakeCloud(rows=rows, base=inventory(jobs=jobs))


class ThreeManagers(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.company = Company(cloud=account())
        self.oracle = Oracle()
        self.wishes = dict.fromkeys(MANAGERS, Wishes())
        self.sound = True

    @initialize(told=some_edges)
    def years_of_alerts_made_by_hand(self, told: Edges) -> None:
        self.people_edit(told)

    # --- what happens --------------------------------------------------------------------------------------------
    @rule(told=some_edges)
    def people_edit(self, told: Edges) -> None:
        """Save a form: each active row has exactly these edges from now on."""
        cloud = self.company.cloud
        for each in list(cloud.rows.values()):
            if not each.deleted:
                chosen = {o: [e.job_id for e in told if (e.recipient, e.outcome) == (each.key, o)] for o in OUTCOMES}
                cloud.edit(each.id, chosen)
        self.oracle.live = self.company.live

    @rule(edge=st.sampled_from(EDGES))
    def people_add_one(self, edge: object) -> None:
        self.people_edit(self.company.live | {edge})

    @rule(key=st.sampled_from(KEYS))
    def people_delete_a_row(self, key: object) -> None:
        cloud = self.company.cloud
        for each in list(cloud.rows.values()):
            if each.key == key:
                cloud.rows[each.id] = replace(each, deleted=True)
        self.oracle.live = self.company.live

    @rule(manager=managers, wanted=wishes, repair=st.booleans())
    def a_policy_is_merged(self, manager: str, wanted: Wishes, repair: bool) -> None:
        self.wishes[manager] = wanted
        self.it_is_applied(manager, repair=repair)

    @rule(manager=managers, wanted=some_edges)
    def rules_change(self, manager: str, wanted: Edges) -> None:
        """Change who is told, and leave names and what is exclusive as they are."""
        changed = replace(self.wishes[manager], teams={"one": wanted}, released=frozenset())
        self.a_policy_is_merged(manager, changed, repair=True)

    @rule(manager=managers, repair=st.booleans())
    def it_is_applied(self, manager: str, repair: bool) -> None:
        with self.watched(manager, repair=repair):
            self.company.apply(self.wishes[manager].policy(manager), Intent(repair_drift=repair))

    @rule(giver=managers, taker=managers, moved=some_edges)
    def edges_are_handed_over(self, giver: str, taker: str, moved: Edges) -> None:
        """Both declare, and then one drops."""
        moved &= self.wishes[giver].edges
        if giver == taker or not moved:
            return
        self.wishes[taker] = self.wishes[taker].plus(moved)
        self.it_is_applied(taker, repair=True)
        self.wishes[giver] = self.wishes[giver].minus(moved)
        self.it_is_applied(giver, repair=True)

    @rule(manager=managers, wanted=some_edges, write=st.integers(1, 4), after=st.booleans())
    def a_run_is_killed(self, manager: str, wanted: Edges, write: int, after: bool) -> None:
        """Kill it before or after one of its writes; the policy that it was to apply stays merged."""
        self.wishes[manager] = replace(self.wishes[manager], teams={"two": wanted})
        trips = self.company.cloud.trips
        hooks = trips.after if after else trips.before
        hooks["update_row", trips.counts["update_row"] + write] = dies
        try:
            with self.watched(manager, repair=True):
                self.company.apply(self.wishes[manager].policy(manager), Intent(repair_drift=True))
        except Killed:
            self.company.shared.held, self.sound = False, True
            self.oracle.live = self.company.live
            if manager in self.company.shared.ledgers:
                self.oracle.books[manager] = Books.of(self.company.ledger(manager))
        finally:
            self.company.watch_again()

    @rule(first=managers, second=managers)
    def another_is_faster(self, first: str, second: str) -> None:
        """Plan one, apply another, and only then apply the first: it must not act on what it saw."""
        if first == second or self.oracle.contradicts(first, self.wishes[first]):
            return
        begun = self.company.begin(self.wishes[first].policy(first))
        version = self.company.shared.version
        self.it_is_applied(second, repair=True)
        live, book = self.company.live, self.company.shared.ledgers.get(first)
        if self.company.shared.version == version:
            return
        with suppress(LedgerError):
            self.company.carry_out(begun)
        assert self.company.live == live
        assert self.company.shared.ledgers.get(first) == book

    # --- what must hold ------------------------------------------------------------------------------------------
    @contextmanager
    def watched(self, manager: str, *, repair: bool) -> Generator[None]:
        """Hold one apply against the oracle, after every single write and at its end."""
        wanted, self.sound = self.wishes[manager], False
        if self.oracle.contradicts(manager, wanted):
            before = (self.company.live, dict(self.company.shared.ledgers))
            with pytest.raises(Refused, match="conflict"):
                yield
            assert (self.company.live, self.company.shared.ledgers) == before
            self.sound = True
            return
        told = self.oracle.foretold(manager, wanted, repair=repair)
        before = self.oracle.live
        self.company.watch = lambda: self._at_this_moment(before, before & told.after, told.after)
        yield
        self.company.watch = lambda: None
        assert self.company.live == told.after
        assert self.company.owned(manager) == told.claims
        self.oracle.applied(manager, wanted, told)
        self._each_claim_names_its_teams(manager, wanted)
        self.sound = True

    def _each_claim_names_its_teams(self, manager: str, wanted: Wishes) -> None:
        """What is drift that nobody repaired yet keeps the claim that it had."""
        ledger = self.company.shared.ledgers.get(manager)
        for edge, claim in ledger.claims.items() if ledger is not None else ():
            if edge in self.oracle.live:
                assert [team for team, _ in claim.wanters] == wanted.wanting(edge)

    def _at_this_moment(self, before: Edges, stays: Edges, after: Edges) -> None:
        live = self.company.live
        assert stays <= live, f"a moment without {sorted(map(str, stays - live))}"
        assert live <= before | after

    @invariant()
    def nobody_elses_claims_were_touched(self) -> None:
        for name in MANAGERS:
            assert self.company.owned(name) == self.oracle.books[name].claims

    def teardown(self) -> None:
        """Let all apply twice: then nothing is left to do, and everybody is told."""
        order = sorted(MANAGERS, key=lambda name: (len(self.wishes[name].edges), name))
        for name in (*order, *order):
            if not self.sound or any(self.oracle.contradicts(each, self.wishes[each]) for each in MANAGERS):
                return
            self.it_is_applied(name, repair=True)
        live, version = self.company.live, self.company.shared.version
        for name in order:
            assert self.company.plan(self.wishes[name].policy(name)).plan.actions == ()
            self.it_is_applied(name, repair=True)
        assert (self.company.live, self.company.shared.version) == (live, version)
        assert NONE.union(*(self.wishes[name].edges for name in MANAGERS)) <= live


ThreeManagers.TestCase.settings = settings(stateful_step_count=15)
TestThreeManagers = ThreeManagers.TestCase


def test_the_writes_that_are_watched_are_all_there_are() -> None:
    assert {name for name in dir(FakeCloud) if name.endswith(("_notification", "_row"))} >= set(WRITES)
