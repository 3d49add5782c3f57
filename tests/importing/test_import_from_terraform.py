"""What a Terraform state holds is imported, and nothing else; what it holds and live has not is a comment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import PolicyError
from reconciler.importing.account import import_account
from reconciler.importing.oddity import OddityKind
from reconciler.importing.standing import Standing
from reconciler.importing.terraform import read_terraform
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import Inventory, Subscription
from reconciler.model.outcome import Outcome
from tests.builders import inventory, job, row
from tests.importing.import_world import MANAGER, loaded, planned

SECRET = "whs_THIS_IS_NEVER_TOLD"


def notification(**values: object) -> dict[str, Any]:
    empty: dict[str, Any] = {name: [] for name in ("on_cancel", "on_failure", "on_warning", "on_success")}
    return {"id": "901", "user_id": 1, "notification_type": 1, "state": 1, "external_email": None, **empty, **values}


WEBHOOK = {"id": "wsu_1", "webhook_id": "wsu_1", "name": "lineage", "hmac_secret": SECRET, "job_ids": [101]}
INSTANCES: tuple[tuple[str, str, str, int | str | None, Mapping[str, Any]], ...] = (
    ("", "dbtcloud_notification", "maria", None, notification(on_failure=[101, 999])),
    ("module.a", "dbtcloud_partial_notification", "mail", 0,
     notification(notification_type=4, external_email="Ops@acme.example", on_cancel=[101])),
    ("module.a.module.b", "dbtcloud_partial_notification", "slack", 'say "hi"',
     notification(notification_type=2, slack_channel_id="C1", on_success=[101])),
    ("", "dbtcloud_webhook", "hook", None, WEBHOOK),
    ("", "dbtcloud_job", "job", None, {"id": 101}),
)  # fmt: skip
ADDRESSES = (
    "dbtcloud_notification.maria",
    "module.a.dbtcloud_partial_notification.mail[0]",
    'module.a.module.b.dbtcloud_partial_notification.slack["say \\"hi\\""]',
    "dbtcloud_webhook.hook",
)
EDGES = {
    Edge(RecipientKey.user(1), Outcome.FAILURE, 101): ADDRESSES[0],
    Edge(RecipientKey.user(1), Outcome.FAILURE, 999): ADDRESSES[0],
    Edge(RecipientKey.email("ops@acme.example"), Outcome.CANCELLED, 101): ADDRESSES[1],
    Edge(RecipientKey.slack("C1"), Outcome.SUCCESS, 101): ADDRESSES[2],
}


def stored() -> dict[str, Any]:
    """Return the instances as a state file holds them."""
    resources = []
    for module, kind, name, index, attributes in INSTANCES:
        instance: dict[str, Any] = {"schema_version": 0, "attributes": attributes, "sensitive_attributes": []}
        keyed = instance if index is None else {"index_key": index, **instance}
        place = {"module": module} if module else {}
        resources.append({**place, "mode": "managed", "type": kind, "name": name, "instances": [keyed]})
    resources.append({"mode": "data", "type": "dbtcloud_notification", "name": "x", "instances": [
        {"attributes": notification(on_failure=[555])}]})  # fmt: skip
    return {"version": 4, "terraform_version": "1.9.0", "resources": resources}


def shown() -> dict[str, Any]:
    """Return the same as `terraform show -json` prints it: modules inside modules, addresses written out."""
    at = dict(zip((name for _, _, name, _, _ in INSTANCES), (*ADDRESSES, "dbtcloud_job.job"), strict=True))
    by_module: dict[str, list[dict[str, Any]]] = {}
    for module, kind, name, index, values in INSTANCES:
        resource = {"address": at[name], "mode": "managed", "type": kind, "name": name, "index": index}
        by_module.setdefault(module, []).append({**resource, "values": values, "sensitive_values": {}})
    inner = {"address": "module.a.module.b", "resources": by_module["module.a.module.b"]}
    outer = {"address": "module.a", "resources": by_module["module.a"], "child_modules": [inner]}
    root = {"resources": by_module[""], "child_modules": [outer]}
    return {"format_version": "1.0", "terraform_version": "1.9.0", "values": {"root_module": root}}


def test_a_state_file_and_what_show_prints_hold_the_same() -> None:
    of_file, of_show = (read_terraform("x.json", json.dumps(form).encode()) for form in (stored(), shown()))
    assert of_file.edges == of_show.edges == EDGES
    assert of_file.webhooks == of_show.webhooks == {"wsu_1": ADDRESSES[3]}
    assert sorted(of_file.addresses) == sorted(of_show.addresses) == sorted(ADDRESSES)


def live() -> Inventory:
    hook: dict[str, Any] = {"events": frozenset({"job.run.completed"}), "jobs": frozenset({101}), "active": True}
    return inventory(
        jobs=[job(), job(id=102, name="Other")],
        rows=[
            row(key=RecipientKey.user(1), jobs={Outcome.FAILURE: [101, 102]}),
            row(id=902, key=RecipientKey.email("ops@acme.example"), jobs={Outcome.CANCELLED: [101]}),
            row(id=903, key=RecipientKey.email("not-terraforms@acme.example"), jobs={Outcome.FAILURE: [101]}),
        ],
        subscriptions=[
            Subscription(id="wsu_1", name="lineage", url="https://catalog.acme.example/dbt", **hook),
            Subscription(id="wsu_2", name="by hand", url="https://by-hand.acme.example/dbt", **hook),
        ],
    )


def test_only_what_terraform_holds_and_live_has_is_written() -> None:
    held = read_terraform("x.json", json.dumps(stored()).encode())
    found = import_account(live(), manager=MANAGER, standing=Standing(), held=held)
    plan = planned(loaded(found.files), live())
    assert {each.edge for each in plan.actions if hasattr(each, "edge")} == set(EDGES) & live().edges
    assert (found.edges, found.webhooks, found.oddities[OddityKind.NOT_LIVE]) == (2, 1, 2)
    text = "".join(found.files.values())
    assert (
        "Terraform's “dbtcloud_notification.maria” also tells “maria@acme.example” of 1 job of which dbt Cloud"
        " does not, left out: 999."
    ) in text.replace("\n# ", " ")
    assert "not-terraforms" not in text
    assert "by hand" not in text


def test_where_dbt_cloud_has_nothing_of_it_there_is_no_file() -> None:
    held = read_terraform("x.json", json.dumps(stored()).encode())
    found = import_account(inventory(), manager=MANAGER, standing=Standing(), held=held)
    assert (found.files, len(found.left_out)) == ({}, 4)


def test_a_secret_of_the_state_is_nowhere() -> None:
    held = read_terraform("x.json", json.dumps(stored()).encode())
    found = import_account(live(), manager=MANAGER, standing=Standing(), held=held)
    assert SECRET not in repr(held) + repr(found)


def test_webhooks_that_the_token_may_not_read_are_not_taken_for_gone() -> None:
    held = read_terraform("x.json", json.dumps(stored()).encode())
    there = replace(live(), subscriptions=(), webhooks_hidden=True)
    found = import_account(there, manager=MANAGER, standing=Standing(), held=held)
    assert found.oddities[OddityKind.HIDDEN] == 1
    assert "which dbt Cloud does not have" not in "".join(found.files.values())


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"not json", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "no state"),
        (b"{}", "no state"),
        (b'{"serial": 1, "encrypted_data": "x"}', "encrypted"),
        (b'{"version": 3, "terraform_version": "0.11"}', "version"),
        (b'{"format_version": "1.2", "planned_values": {}}', "a plan"),
    ],
)
def test_what_is_no_state_is_refused_with_what_it_is(raw: bytes, said: str) -> None:
    with pytest.raises(PolicyError) as refused:
        read_terraform("state.json", raw)
    assert said in refused.value.problems[0].message


def test_a_state_without_any_of_ours_is_another_workspaces() -> None:
    forms: tuple[dict[str, Any], ...] = (
        {"version": 4, "resources": []},
        {"format_version": "1.0", "terraform_version": "1.9"},
    )
    for form in forms:
        with pytest.raises(PolicyError, match="1 problem in the Terraform state") as refused:
            read_terraform("x.json", json.dumps(form).encode())
        assert "right workspace" in refused.value.problems[0].fix


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("resources", "values", "root_module",
        "mode", "type", "instances", "attributes", "version", "on_failure", "user_id")), inner, max_size=4),
)  # fmt: skip


@given(document=st.dictionaries(st.sampled_from(("version", "format_version", "values", "resources")), JSON))
def test_any_json_is_read_or_refused(document: object) -> None:
    with suppress(PolicyError):
        assert read_terraform("x.json", json.dumps(document).encode()) is not None
