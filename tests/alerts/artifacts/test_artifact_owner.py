"""Who owns a node: the first declaration that says anything, and an address only where one stands."""

from typing import Any

import pytest

from reconciler.alerts.artifacts.owner import Owner, owner_of

GROUPS: dict[str, object] = {
    "group.shop.finance": {"name": "Finance", "email": "finance@acme.example"},
    "finance": {"name": "Another package's", "email": None},
    "empty": {"name": None, "email": None},
}


@pytest.mark.parametrize(
    ("node", "name", "email"),
    [
        ({"owner": {"name": "Ann", "email": "ann@acme.example"}}, "Ann", "ann@acme.example"),
        ({"owner": {"email": "ann@acme.example"}}, "ann@acme.example", "ann@acme.example"),
        ({"owner": {"name": "Ann", "email": ["a@acme.example", "b@acme.example"]}}, "Ann", "a@acme.example"),
        ({"group": "finance", "package_name": "shop"}, "Finance", "finance@acme.example"),
        ({"config": {"group": "finance"}, "package_name": "shop"}, "Finance", "finance@acme.example"),
        ({"group": "finance", "package_name": "other"}, "Another package's", ""),
        ({"group": "finance", "package_name": "shop", "meta": {"owner": "@bob"}}, "Finance", "finance@acme.example"),
        ({"group": "empty", "meta": {"owner": "@bob"}}, "@bob", ""),
        ({"group": "unknown", "meta": {"owner": "@bob"}}, "@bob", ""),
        ({"meta": {"owner": "@bob"}, "config": {"meta": {"owner": "@eve"}}}, "@bob", ""),
        ({"config": {"meta": {"owner": "@eve"}}}, "@eve", ""),
        ({"config": {"meta": {"owner": "Eve", "owner_email": "eve@acme.example"}}}, "Eve", "eve@acme.example"),
        ({"meta": {"owner_email": "eve@acme.example"}}, "eve@acme.example", "eve@acme.example"),
        ({"meta": {"owner": ["@ann", "bob@acme.example"]}}, "@ann, bob@acme.example", "bob@acme.example"),
        ({"meta": {"owner": {"name": "Ann"}}}, "Ann", ""),
        ({"meta": {"owner": "Ann\n<ann@acme.example>"}}, "Ann <ann@acme.example>", "ann@acme.example"),
        ({"meta": {"owner": "@channel"}}, "@channel", ""),
        ({"meta": {"owner": "a@b"}}, "a@b", ""),
        ({"meta": {"owner": "x@y@acme.example"}}, "x@y@acme.example", ""),
        ({"meta": {"owner": 7}}, "", ""),
        ({"meta": {"owner": ""}}, "", ""),
        ({}, "", ""),
    ],
)
def test_the_first_declaration_counts(node: dict[str, Any], name: str, email: str) -> None:
    assert owner_of(node, GROUPS) == Owner(name=name, email=email)


@pytest.mark.parametrize("header", ["a@acme.example\nBcc: all@acme.example", "a@acme.example, b@acme.example"])
def test_an_address_is_one_and_on_one_line(header: str) -> None:
    assert owner_of({"meta": {"owner": header}}, {}).email == "a@acme.example"


def test_a_name_is_bounded_and_a_hostile_one_costs_nothing() -> None:
    owner = owner_of({"meta": {"owner": "a" * 500_000 + "@"}}, {})
    assert (len(owner.name), owner.email) == (200, "")
