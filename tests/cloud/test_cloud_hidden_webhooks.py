"""A token that may not read webhooks still plans notifications: what it cannot see is neither gone nor touched."""

from dataclasses import replace

import pytest

from reconciler.cloud import Reader, open_client
from reconciler.cloud.snapshot import from_json, to_json
from reconciler.errors import AuthenticationError
from reconciler.model.inventory import Inventory
from reconciler.model.ledger import Ledger, SubscriptionClaim, SubscriptionState
from reconciler.model.plan import BlockedKind
from reconciler.model.secret import Secret
from reconciler.plan.build import build_plan
from reconciler.plan.desire import desire
from reconciler.plan.intent import Intent
from reconciler.sandbox import RunningSandbox
from tests.builders import inventory, policy


def read(sandbox: RunningSandbox, token: str) -> Inventory:
    with open_client(host=sandbox.url, token=Secret(token)) as client:
        return Reader(client, sandbox.account_id).inventory()


def test_a_viewer_reads_everything_but_webhooks(sandbox: RunningSandbox) -> None:
    token = sandbox.control.add_token(permission="account_viewer")["token"]
    seen = read(sandbox, token)
    assert (seen.webhooks_hidden, seen.subscriptions) == (True, ())
    assert seen.jobs
    assert from_json(to_json(seen), source="saved").webhooks_hidden


def test_a_wrong_token_is_still_an_error(sandbox: RunningSandbox) -> None:
    with pytest.raises(AuthenticationError):
        read(sandbox, "dbts_wrong")


def test_what_the_ledger_owns_and_the_token_hides_stays() -> None:
    live = replace(inventory(), webhooks_hidden=True)
    claim = SubscriptionClaim(key="finance/lineage", team="finance", state=SubscriptionState.ARMED, id="wsu_1")
    ledger = Ledger(
        host=live.host, account_id=live.account_id, manager="acme", generation=1, subscriptions={claim.key: claim}
    )
    plan = build_plan(desired=desire(policy(), live), inventory=live, ledger=ledger, intent=Intent())
    assert plan.actions == ()
    assert [item.kind for item in plan.blocked] == [BlockedKind.HIDDEN]
    assert "finance/lineage" in plan.blocked[0].what


def test_without_webhooks_there_is_a_note_and_nothing_blocked() -> None:
    live = replace(inventory(), webhooks_hidden=True)
    ledger = Ledger(host=live.host, account_id=live.account_id, manager="acme")
    plan = build_plan(desired=desire(policy(), live), inventory=live, ledger=ledger, intent=Intent())
    assert plan.blocked == ()
    assert any("may not read webhooks" in note for note in plan.notes)
