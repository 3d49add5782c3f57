"""The promise, over HTTP, against a sandbox in a process of its own: plan → `apply --repair-drift` → plan empty.

Whatever the account, the policy and the ledger are. A failing example prints the world; the oracle is World.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings

from reconciler.model.actions import Cause
from reconciler.model.edge import Edge
from reconciler.plan.document import plan_document
from reconciler.plan.intent import Intent
from reconciler.plan.saved import SavedPlan
from tests.property.convergence_lab import Account, edges_of, key_of, named
from tests.property.convergence_world import IN_NO_LIST, World, worlds
from tests.scenarios.process_lab import SandboxProcess, sandbox_process

pytestmark = pytest.mark.slow

REPAIR: Final = Intent(repair_drift=True)
RULES: Final = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}


@pytest.fixture(scope="module")
def process() -> Iterator[SandboxProcess]:
    with sandbox_process() as running:
        yield running


@pytest.mark.timeout(300)
@settings(max_examples=200, **RULES)
@given(world=worlds())
def test_plan_apply_with_repair_and_the_plan_is_empty(process: SandboxProcess, world: World) -> None:
    account = Account.of(world, process)
    rows, foreign_webhook = account.rows(), account.foreign_webhook()
    planned = account.plan(REPAIR)
    applied = account.apply(planned, REPAIR)
    again = account.plan(REPAIR)

    failed = [(result.message, result.next_step) for result in applied.report.results if result.state.value != "done"]
    assert not failed, f"every action of the plan must be done; see report.results: {failed}"
    assert named(again) == [], f"the second plan must be empty; done before: {named(planned)}"
    _same_edges(world, "live", account.live(), world.live_after)
    _same_edges(world, "claims", frozenset(account.store.ledger.claims), world.claimed_after)
    assert not account.store.ledger.pending, "nothing may stay pending once everything was read again"
    _untouched_rows_are_as_they_were(account, world, rows)
    assert account.foreign_webhook() == foreign_webhook, "a webhook without our mark was written"
    for hook in account.our_webhooks():
        if hook["active"] and hook["id"] not in {"wsu_ours1", "wsu_ours2"}:
            assert account.secrets["default/lineage"] == hook["hmac_secret"], (
                "an armed webhook whose secret nobody holds"
            )


def _same_edges(world: World, what: str, found: frozenset[Edge], expected: frozenset[Edge]) -> None:
    """Compare with the oracle, and say of each edge that is too many or missing where it stood before."""
    wrong = [f"too many: {world.about(edge)}" for edge in sorted(found - expected)]
    wrong += [f"missing: {world.about(edge)}" for edge in sorted(expected - found)]
    assert not wrong, f"{what} is not what design §5 makes of the three sides:\n" + "\n".join(wrong)


def _untouched_rows_are_as_they_were(account: Account, world: World, before: Mapping[int, Mapping[str, Any]]) -> None:
    """Compare whole rows, time stamps too, of every recipient that the policy may not or need not touch."""
    after = account.rows()
    for number, row in before.items():
        key = key_of(row)
        if key is None or key in world.blocked_keys or not world.key_in_scope(key):
            assert after[number] == row, f"row {number} of {key} must not be written"
        if key is not None and edges_of(row) == edges_of(after[number]) and row["state"] == 2:
            assert after[number] == row, f"the deleted row {number} must not be written"
    for edge in world.live ^ account.live():
        assert world.edge_in_scope(edge), f"{edge} is outside scope and changed"
        assert edge.job_id not in IN_NO_LIST, f"{edge} is on a job in no list and changed"


@settings(max_examples=25, **RULES)
@given(world=worlds())
def test_a_second_apply_writes_nothing(process: SandboxProcess, world: World) -> None:
    account = Account.of(world, process)
    account.apply(account.plan(REPAIR), REPAIR)
    process.control.clear_log()
    generation = account.store.ledger.generation
    account.apply(account.plan(REPAIR), REPAIR)
    assert process.writes() == [], "a second apply must find nothing to do; see the sandbox's log"
    assert account.store.ledger.generation == generation, "a second apply must not write the ledger either"


@settings(max_examples=25, **RULES)
@given(world=worlds())
def test_a_plain_apply_leaves_exactly_the_drift(process: SandboxProcess, world: World) -> None:
    account = Account.of(world, process)
    planned = account.plan()
    drift = {
        identity
        for identity, action in zip(named(planned), planned.plan.actions, strict=True)
        if getattr(action, "cause", None) is Cause.DRIFT
    }
    account.apply(planned)
    assert set(named(account.plan())) == drift, "what others changed of ours must be left, and nothing else"


@settings(max_examples=25, **RULES)
@given(world=worlds())
def test_additions_only_takes_nothing_from_anybody(process: SandboxProcess, world: World) -> None:
    account = Account.of(world, process)
    intent = Intent(additions_only=True)
    before = {row["id"]: row for row in account.our_webhooks()}
    account.apply(account.plan(intent), intent)
    assert account.live() == world.live | account.live(), f"gone: {sorted(map(str, world.live - account.live()))}"
    after = {row["id"]: row for row in account.our_webhooks()}
    for number, hook in before.items():
        assert number in after, f"webhook {number} was deleted"
        assert after[number]["active"] == hook["active"], f"webhook {number} was switched"
        assert _listens(after[number]["job_ids"]) >= _listens(hook["job_ids"]), f"webhook {number} was narrowed"
    assert not process.control.log(method="DELETE"), "additions only must not delete"


def _listens(job_ids: list[int]) -> frozenset[int]:
    """Return the jobs of a webhook; an empty list means every job."""
    from tests.property.convergence_world import ALL_IDS

    return frozenset(job_ids or [*ALL_IDS, 0])


@settings(max_examples=25, **RULES)
@given(world=worlds())
def test_a_saved_plan_holds_after_others_edited_what_is_theirs(process: SandboxProcess, world: World) -> None:
    account = Account.of(world, process)
    saved = SavedPlan.from_document(plan_document(account.plan(REPAIR).plan))
    added = _edit_as_others_do(account, world)
    account.apply(account.plan(REPAIR), REPAIR, saved=saved)
    _same_edges(world, "live", account.live(), world.live_after | added)
    assert named(account.plan(REPAIR)) == []


def _edit_as_others_do(account: Account, world: World) -> frozenset[Edge]:
    """Add a job in no list to every active row: an edge that nobody here owns, wants or may evict."""
    added: set[Edge] = set()
    for number, row in account.rows().items():
        others = {**row, "on_success": [*row["on_success"], 903]}
        if row["state"] == 1:
            account.sandbox.control.change("notifications", number, on_success=others["on_success"])
            added |= edges_of(others) - edges_of(row)
    return frozenset(added)
