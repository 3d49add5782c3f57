"""After an import the plan adopts what is live, and does nothing else: on any account."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from reconciler.apply.claims import Facts, recorded
from reconciler.importing.account import Imported, import_account
from reconciler.importing.files import Layout
from reconciler.importing.oddity import OddityKind
from reconciler.importing.standing import Standing
from reconciler.model.actions import AdoptEdge, AdoptModels, AdoptSubscription, RemoveEdge, StopModels
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import Inventory
from reconciler.model.ledger import Ledger
from reconciler.model.model_notifications import ModelNotifications, ModelOutcome
from reconciler.model.plan import BlockedKind, Plan
from reconciler.model.policy import DbtUser
from reconciler.model.problem import NOWHERE
from reconciler.model.selector import compared_name
from reconciler.plan.resolve import Recipient, resolve_channel
from tests.importing.import_world import MANAGER, accounts, loaded, planned


def imported(inventory: Inventory, *, split: bool = True) -> Imported:
    return import_account(inventory, manager=MANAGER, standing=Standing(), layout=Layout(split=split))


def representable(key: RecipientKey, inventory: Inventory) -> bool:
    """Say by other means than the import's which recipients a policy can name."""
    local, _, domain = key.value.rpartition("@")
    match key.kind.value:
        case "user":
            user = inventory.users.get(int(key.value))
            if user is None or not user.email.partition("@")[2] or user.email.split() != [user.email]:
                return False
            found = resolve_channel(DbtUser(name="x", at=NOWHERE, email=user.email), inventory)
            return isinstance(found, Recipient) and found.key == key
        case "email":
            return bool(local and domain and "@" not in local) and key.value.split() == [key.value]
        case _:
            return key.value.isalnum() and key.value.isupper() and key.value[0].isalpha()


def plain(name: str) -> bool:
    """Say by other means than the import's that a policy can hold a name: far from all such names, but only such."""
    return bool(name) and name.replace(" ", "").isalpha() and name == name.strip() and len(name) < 100


def expected_models(inventory: Inventory) -> frozenset[tuple[int, ModelOutcome]]:
    """Every outcome of an environment whose name, in its project's name, is plain and its own."""
    places = {number: (each.project_id, each.name) for number, each in inventory.environments.items()}
    projects = [compared_name(each.name) for each in inventory.projects.values()]
    return frozenset(
        (number, outcome)
        for number, (project, name) in places.items()
        if plain(name)
        and plain(inventory.projects[project].name)
        and projects.count(inventory.projects[project].name) == 1
        if [compared_name(there) for near, there in places.values() if near == project].count(name) == 1
        if isinstance(answer := inventory.models.get(number), ModelNotifications)
        for outcome in answer.told
    )


def adopted_models(plan: Plan) -> list[tuple[int, ModelOutcome]]:
    return [(each.environment_id, each.outcome) for each in plan.actions if isinstance(each, AdoptModels)]


def expected(inventory: Inventory) -> frozenset[Edge]:
    """Every edge of a live job whose recipient can be named and has one row."""
    return frozenset(
        edge
        for edge in inventory.edges
        if edge.job_id in inventory.jobs
        and not inventory.jobs[edge.job_id].deleted
        and len(inventory.rows[edge.recipient]) == 1
        and representable(edge.recipient, inventory)
    )


@pytest.mark.parametrize("split", [True, False])
def test_every_edge_that_can_be_said_is_adopted_and_nothing_else_happens(split: bool) -> None:
    @given(inventory=accounts())
    def check(inventory: Inventory) -> None:
        found = imported(inventory, split=split)
        plan = planned(loaded(found.files), inventory)
        assert {type(each) for each in plan.actions} <= {AdoptEdge, AdoptModels, AdoptSubscription}, (
            plan.actions,
            found.files,
        )
        assert {each.edge for each in plan.actions if isinstance(each, AdoptEdge)} == expected(inventory)
        assert len([each for each in plan.actions if isinstance(each, AdoptSubscription)]) == found.webhooks
        told = {(n, each) for n, live in inventory.models.items() for each in getattr(live, "told", ())}
        assert expected_models(inventory) <= set(adopted_models(plan)) <= told
        blocked = [each.kind for each in plan.blocked]
        assert blocked == [BlockedKind.TWO_ROWS] * found.oddities.get(OddityKind.TWO_ROWS, 0), plan.blocked
        assert not [note for note in plan.notes if "outside scope" in note]

    check()


@given(inventory=accounts())
def test_once_applied_the_next_plan_is_empty(inventory: Inventory) -> None:
    policy = loaded(imported(inventory).files)
    plan = planned(policy, inventory)
    known = Ledger(host=inventory.host, account_id=inventory.account_id, manager=policy.manager)
    after = recorded(known, plan, Facts(done=plan.actions))
    assert not planned(policy, inventory, after).actions


@given(inventory=accounts())
def test_what_an_imported_rule_had_was_there_before_us_when_it_is_taken_away(inventory: Inventory) -> None:
    files = imported(inventory).files
    policy = loaded(files)
    known = Ledger(host=inventory.host, account_id=inventory.account_id, manager=policy.manager)
    plan = planned(policy, inventory)
    after = recorded(known, plan, Facts(done=plan.actions))
    without = loaded({path: text for path, text in files.items() if path in {"account.yml", "channels.yml"}})
    removed = [each for each in planned(without, inventory, after).actions if isinstance(each, RemoveEdge)]
    assert {each.edge for each in removed} == expected(inventory)
    assert all(each.claim.origin.was_there for each in removed)
    stopped = [each for each in planned(without, inventory, after).actions if isinstance(each, StopModels)]
    assert [(each.environment_id, each.outcome) for each in stopped] == adopted_models(plan)
    assert all(each.outcome in each.claim.found for each in stopped)


@given(inventory=accounts())
def test_the_same_account_gives_the_same_files_in_whatever_order_live_lists_it(inventory: Inventory) -> None:
    turned = replace(
        inventory,
        jobs=dict(reversed([*inventory.jobs.items()])),
        projects=dict(reversed([*inventory.projects.items()])),
        users=dict(reversed([*inventory.users.items()])),
        subscriptions=inventory.subscriptions[::-1],
    )
    assert imported(turned).files == imported(inventory).files


@given(inventory=accounts())
def test_every_line_can_be_seen(inventory: Inventory) -> None:
    for text in imported(inventory).files.values():
        assert text.endswith("\n")
        assert all(line.isprintable() for line in text.splitlines())
