"""A Terraform state that somebody made on purpose: what is no address is not shown, and nothing ends in a bug."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from reconciler.errors import PolicyError
from reconciler.importing.terraform import read_terraform

SECRET = "hmac-canary-8c1f"


def state(*resources: dict[str, Any]) -> bytes:
    return json.dumps({"version": 4, "terraform_version": "1.9", "resources": resources}).encode()


def resource(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever JSON can say
    instance = {"attributes": {"id": "wsu_1", "hmac_secret": SECRET}, **more.pop("instance", {})}
    return {"mode": "managed", "type": "dbtcloud_webhook", "name": "a", "instances": [instance], **more}


@pytest.mark.parametrize(
    "hostile",
    [
        {"name": {"hmac_secret": SECRET}},
        {"module": {"hmac_secret": SECRET}},
        {"instance": {"index_key": {"hmac_secret": SECRET}}},
        {"instance": {"index_key": [SECRET]}},
    ],
)
def test_what_is_no_address_is_not_shown(hostile: dict[str, Any]) -> None:
    held = read_terraform("state", state(resource(**hostile)))
    assert list(held.webhooks) == ["wsu_1"]
    assert SECRET not in f"{held.addresses} {held.webhooks} {held.notes}"


def test_nor_in_the_form_that_terraform_shows() -> None:
    shown = {"mode": "managed", "type": "dbtcloud_webhook", "address": {"s": SECRET}, "values": {"id": "wsu_1"}}
    raw = json.dumps({"format_version": "1.0", "values": {"root_module": {"resources": [shown]}}}).encode()
    held = read_terraform("state", raw)
    assert SECRET not in f"{held.addresses} {held.webhooks} {held.notes}"


@pytest.mark.parametrize("key", ["name", "type", "module", "index_key"])
def test_no_depth_of_nesting_is_a_bug(key: str) -> None:
    """Just deep enough to be read and too deep to be written again."""
    for depth in range(sys.getrecursionlimit() - 250, sys.getrecursionlimit() + 50, 3):
        deep = json.dumps("@").replace('"@"', "[" * depth + "]" * depth)
        hostile = {"instance": {key: "@"}} if key == "index_key" else {key: "@"}
        raw = state(resource(**hostile)).replace(b'"@"', deep.encode())
        try:
            read_terraform("state", raw)
        except PolicyError:
            continue


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe", b"[]", b"NaN", b'{"resources": NaN, "version": 5}', b'"' + b"a" * 10_000]
)
def test_what_is_no_state_is_an_error_with_a_way_out(raw: bytes) -> None:
    with pytest.raises(PolicyError) as refused:
        read_terraform("state", raw)
    assert refused.value.problems[0].fix


def test_what_is_no_resource_is_passed_over() -> None:
    odd = b'[1, null, [], {"mode": "managed", "instances": NaN}, '
    held = read_terraform("state", state(resource()).replace(b'"resources": [', b'"resources": ' + odd))
    assert list(held.webhooks) == ["wsu_1"]
