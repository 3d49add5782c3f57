"""Whom a failed node belongs to, and who of them may be told."""

import pytest

from reconciler.alerts.owners import node_owners, node_owners_of_policy, owners_who_match
from reconciler.model.alert import FailedThing
from reconciler.model.policy import RelayedChannel
from reconciler.model.telling import NodeKind
from tests import builders


def _owned(*addresses: str) -> tuple[FailedThing, ...]:
    return tuple(FailedThing(name="orders", kind=NodeKind.MODEL, owner_email=each) for each in addresses)


def _mail(*patterns: str) -> RelayedChannel:
    return RelayedChannel(name="mail", at=builders.at(), kind="email", settings={"node_owners": list(patterns)})


def test_only_owners_whose_address_fits_a_pattern_may_be_told() -> None:
    things = _owned("ana@acme.example", "eve@evil.example", "Ben@Acme.example")
    policy = builders.policy(channels=[_mail("*@acme.example")])
    assert node_owners_of_policy(things, policy) == ("ana@acme.example", "ben@acme.example")


def test_without_a_pattern_nobody_is_told() -> None:
    assert node_owners_of_policy(_owned("ana@acme.example"), builders.policy(channels=[builders.relayed()])) == ()


def test_each_owner_is_told_once() -> None:
    assert node_owners(_owned("ana@acme.example", "ANA@acme.example", "", "ana@acme.example")) == ("ana@acme.example",)


@pytest.mark.parametrize(
    "odd",
    [
        "eve@evil.example,x@acme.example",
        "eve@evil.example x@acme.example",
        "eve@evil.example\nBcc: x@acme.example",
        "<x@acme.example>",
        '"eve@evil.example"@acme.example',
        "x@evil.example@acme.example",
        "@acme.example",
        "the team of acme.example",
    ],
)
def test_what_is_no_plain_address_is_left_out_whatever_it_ends_with(odd: str) -> None:
    assert owners_who_match(node_owners(_owned(odd)), ["*acme.example", "*@acme.example", "*"]) == ()


def test_a_manifest_full_of_owners_tells_twenty() -> None:
    everybody = [f"p{number}@acme.example" for number in range(100)]
    assert owners_who_match(everybody, ["*@acme.example"]) == tuple(everybody[:20])
