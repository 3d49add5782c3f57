"""A snapshot is the inventory again, without a secret; a file that is not one says why."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from reconciler.cloud import Reader
from reconciler.cloud.snapshot import from_json, to_json
from reconciler.errors import RuntimeFailure
from reconciler.model.inventory import Inventory
from reconciler.model.redacted import is_redacted
from reconciler.sandbox import RunningSandbox

SECRET_URL = "https://hooks.chat.example/services/T000/B000/very-secret-path?key=also-secret"


@pytest.fixture
def inventory(reader: Reader, sandbox: RunningSandbox) -> Inventory:
    webhook = sandbox.control.rows("webhooks")[0]
    sandbox.control.change("webhooks", webhook["id"], client_url=SECRET_URL)
    return reader.inventory()


def _edited(text: str, edit: Callable[[dict[str, Any]], object]) -> str:
    content = json.loads(text)
    edit(content)
    return json.dumps(content)


def test_a_snapshot_is_the_inventory_again_but_for_its_urls(inventory: Inventory) -> None:
    back = from_json(to_json(inventory), source="live.json")
    assert back.url_key
    urls = {each.id: each.url for each in inventory.subscriptions}
    restored = tuple(replace(each, url=urls[each.id]) for each in back.subscriptions)
    assert replace(back, subscriptions=restored, url_key="") == inventory
    assert all(is_redacted(each.url) for each in back.subscriptions)


def test_a_snapshot_of_a_snapshot_is_the_same_text(inventory: Inventory) -> None:
    text = to_json(inventory)
    assert to_json(from_json(text, source="live.json")) == text


def test_no_secret_of_a_url_is_in_it(inventory: Inventory) -> None:
    text = to_json(inventory)
    assert "https://hooks.chat.example/redacted-" in text
    for secret in ("very-secret-path", "also-secret", "T000", "whs_"):
        assert secret not in text


def test_a_policys_url_is_compared_with_the_redacted_one(inventory: Inventory) -> None:
    back = from_json(to_json(inventory), source="live.json")
    assert back.comparable_url(SECRET_URL) in {each.url for each in back.subscriptions}
    assert back.comparable_url(SECRET_URL + "x") not in {each.url for each in back.subscriptions}
    assert inventory.comparable_url(SECRET_URL) == SECRET_URL


def test_two_snapshots_hide_the_same_url_differently(inventory: Inventory) -> None:
    assert to_json(inventory) != to_json(inventory)
    assert to_json(inventory, url_key="k") == to_json(inventory, url_key="k")


def test_host_and_account_may_be_relabelled_by_hand(inventory: Inventory) -> None:
    text = _edited(to_json(inventory), lambda content: content.update(host="other.dbt.com", account_id=5))
    back = from_json(text, source="live.json")
    assert (back.host, back.account_id) == ("other.dbt.com", 5)
    assert back.comparable_url(SECRET_URL) in {each.url for each in back.subscriptions}


def test_each_object_is_one_line(inventory: Inventory) -> None:
    lines = [line for line in to_json(inventory).splitlines() if line.startswith('{"id"')]
    objects = (
        inventory.jobs,
        inventory.projects,
        inventory.environments,
        inventory.users,
        inventory.notifications,
        inventory.subscriptions,
    )
    assert len(lines) == sum(len(each) for each in objects)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda content: content.pop("jobs"), "jobs: Field required"),
        (lambda content: content.update(jobs=None), "jobs: "),
        (lambda content: content["jobs"][3].pop("deleted"), "jobs.3.deleted: Field required"),
        (lambda content: content["jobs"][0].update(id="7"), "jobs.0.id: "),
        (lambda content: content["jobs"][0].update(colour="red"), "jobs.0.colour: Extra"),
        (lambda content: content["jobs"].append(content["jobs"][0]), "jobs: an id stands twice"),
        (lambda content: content["notifications"][0].update(key="pigeon:7"), "notifications.0.key: "),
        (lambda content: content["notifications"][0].update(key="user:x"), "notifications.0.key: "),
        (lambda content: content["notifications"][0]["jobs"].update(late=[1]), "notifications.0.jobs.late"),
        (lambda content: content["notifications"][0]["jobs"].pop("warning"), "notifications.0.jobs.warning: Field"),
        (lambda content: content["subscriptions"][0].update(jobs=[]), "subscriptions.0.jobs"),
        (lambda content: content["subscriptions"][0].update(url=SECRET_URL), "a URL is not redacted"),
        (lambda content: content.update(url_key=""), "url_key: "),
        (lambda content: content.pop("format"), "it has no `format`"),
        (lambda content: content.update(format=2), "of format 2, and this version reads format 1"),
        (lambda content: content.update(format=True), "format"),
    ],
)
def test_a_file_that_is_not_a_snapshot_says_where(
    inventory: Inventory, edit: Callable[[dict[str, Any]], object], message: str
) -> None:
    with pytest.raises(RuntimeFailure) as raised:
        from_json(_edited(to_json(inventory), edit), source="live.json")
    assert message in raised.value.message
    assert "live.json" in raised.value.message
    assert raised.value.next_step
    assert "very-secret-path" not in raised.value.message


@pytest.mark.parametrize("text", ["", "not json", "[]", "null", "{", '{"format": 1}', b"\xff\xfe", "1" * 10_000])
def test_another_file_is_no_snapshot(text: str | bytes) -> None:
    with pytest.raises(RuntimeFailure, match=r"live\.json is not a snapshot"):
        from_json(text, source="live.json")
