"""A webhook that dbt Cloud switched off gets a new URL, and the run dies: nobody finds it switched on unasked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from reconciler.model.ledger import Ledger
from reconciler.model.plan import GuardName, Plan
from reconciler.model.policy import Policy
from reconciler.plan.build import build_plan
from reconciler.plan.desire import desire
from reconciler.plan.intent import Intent
from tests.apply.apply_lab import Lab, account, sink
from tests.builders import policy, selector, webhook
from tests.doubles import Killed, Trips, dies

KEY = "default/lineage"
REPAIR = Intent(repair_drift=True)


def wants(url: str = "https://new.example/dbt", *, active: bool = True) -> Policy:
    made = webhook(jobs=selector(ids=(101,)), secret_sink=sink(), url=url)
    return policy(webhooks=[replace(made, active=active)])


def switched_off() -> Lab:
    """Return an account whose webhook was armed, and which dbt Cloud has switched off without saying why."""
    made = Lab(cloud=account())
    assert made.apply(wants("https://old.example/dbt")).exit_code == 0
    (live,) = made.cloud.subs.values()
    made.cloud.subs[live.id] = replace(live, active=False)
    made.arm(Trips())
    return made


@cache
def undisturbed() -> Lab:
    """Return the end of a run that nothing disturbed. Only looked at, so made once."""
    made = switched_off()
    assert made.apply(wants()).exit_code == 0
    return made


def points() -> Iterator[tuple[int, str]]:
    for number in range(1, undisturbed().cloud.trips.counts["any"] + 1):
        yield number, "before"
        yield number, "after"


def crashed(number: int, when: str) -> Lab:
    made = switched_off()
    getattr(made.cloud.trips, when)[("any", number)] = dies
    with pytest.raises(Killed):
        made.apply(wants())
    made.arm(Trips())
    return made


def repaired(made: Lab, wanted: Policy) -> Plan:
    """Plan the repair, with nothing allowed."""
    live = made.cloud.inventory()
    ledger: Ledger = made.store.ledger
    return build_plan(desired=desire(wanted, live), inventory=live, ledger=ledger, intent=REPAIR)


def guards(found: Plan) -> list[GuardName]:
    return [finding.guard for finding in found.guards]


at_every_point = pytest.mark.parametrize(("number", "when"), list(points()))


def test_undisturbed_it_gets_its_url_and_stays_off() -> None:
    made = undisturbed()
    assert made.cloud.active_webhooks == frozenset()
    assert [each.url for each in made.cloud.subs.values()] == ["https://new.example/dbt"]
    assert guards(repaired(made, wants())) == [GuardName.REARM]


@at_every_point
def test_the_guard_speaks_after_a_crash_as_well(number: int, when: str) -> None:
    assert guards(repaired(crashed(number, when), wants())) == [GuardName.REARM]


@at_every_point
def test_a_plain_run_ends_with_it_off_and_the_guard_still_there(number: int, when: str) -> None:
    made = crashed(number, when)
    assert made.apply(wants()).exit_code == 0
    assert made.cloud.active_webhooks == frozenset()
    assert [each.url for each in made.cloud.subs.values()] == ["https://new.example/dbt"]
    assert guards(repaired(made, wants())) == [GuardName.REARM]
    assert made.store.ledger.subscriptions[KEY].applied["active"] is True, "what a person switches on now stays on"


@at_every_point
def test_a_repair_that_was_allowed_switches_it_on_for_good(number: int, when: str) -> None:
    made = crashed(number, when)
    assert made.apply(wants(), intent=REPAIR).exit_code == 0
    assert made.cloud.active_webhooks == {"lineage"}
    assert made.plan(wants(), intent=REPAIR).actions == ()


@at_every_point
def test_a_policy_that_wants_it_off_by_then_has_it_off(number: int, when: str) -> None:
    made = crashed(number, when)
    assert made.apply(wants(active=False)).exit_code == 0
    assert made.cloud.active_webhooks == frozenset()
    assert made.plan(wants(active=False)).actions == ()


@at_every_point
def test_the_change_reverted_leaves_it_off(number: int, when: str) -> None:
    made, old = crashed(number, when), wants("https://old.example/dbt")
    assert made.apply(old).exit_code == 0
    assert made.cloud.active_webhooks == frozenset()
    assert guards(repaired(made, old)) == [GuardName.REARM]
