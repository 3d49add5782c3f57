"""Stage contacts, for what dbt Cloud delivers: who is there, who is gone, and what to write in the policy instead."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.drill.contacts_native import native, successor
from reconciler.drill.found import Contact
from reconciler.model.edge import RecipientKey
from reconciler.model.evidence import Standing
from reconciler.model.inventory import Inventory
from tests.builders import inventory, policy, row, user
from tests.drill.bench_lab import bench, route

MARIA = route("maria", kind="dbt_user", relayed=False)
HERS = row(key=RecipientKey.user(1))


def looked(live: Inventory) -> Contact:
    return native(bench(routes=[MARIA], of=policy(), live=live), MARIA)


def test_a_notification_of_an_active_user_is_in_order_and_proves_nothing() -> None:
    found = looked(inventory(rows=[HERS]))
    assert (found.standing, found.said) == (Standing.ACCEPTED, "notification 901 is there and complete")


def test_a_notification_that_is_not_there_fails() -> None:
    found = looked(inventory())
    assert (found.standing, found.fix) == (Standing.FAILED, "run `dbt-alerts apply`")


def test_a_user_who_left_fails() -> None:
    found = looked(inventory(users=[user(active=False)], rows=[HERS]))
    assert found.standing is Standing.FAILED
    assert "deactivated" in found.said
    assert found.fix.startswith("name somebody else in channel maria")


def test_a_user_whom_dbt_cloud_does_not_know_fails() -> None:
    assert looked(inventory(users=[])).standing is Standing.FAILED


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("Maria Lopez", "Maria Lopez"), "maria.lopez@acme.example"),
        (("Maria Lopez", "Maria Lopes"), None),
        (("", ""), None),
        (("Maria Lopez", "Maria Lopez", "Maria Lopez"), None),
    ],
)
def test_a_new_address_is_of_the_one_active_user_with_the_same_full_name(
    names: tuple[str, ...], found: str | None
) -> None:
    old, *others = names
    gone = replace(user(active=False), name=old)
    new = [
        replace(user(id=2 + place, email=f"maria.lopez{place or ''}@acme.example"), name=name)
        for place, name in enumerate(others)
    ]
    heir = successor(" Maria@acme.example ", inventory(users=[gone, *new]))
    assert (heir.email if heir else None) == found


def test_who_is_still_active_has_no_successor() -> None:
    assert successor("maria@acme.example", inventory(users=[user(), user(id=2, email="m@acme.example")])) is None
