"""Which channels reach one inbox, as far as a file shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.lint.recipients import addresses, recipients
from reconciler.model.policy import Channel, RelayedChannel
from reconciler.model.secret import Reference, Secret
from tests.builders import dbt_email, dbt_slack, dbt_user, relayed


def _channel(kind: str, **settings: object) -> RelayedChannel:
    return replace(relayed(kind=kind), settings=settings)


URL, OTHER = Reference("URL"), Reference("OTHER_URL")
MARIA = "maria@acme.example"
SAME = {
    "a user and an address, in any case of letters": (dbt_user(email=MARIA), dbt_email(address=" MARIA@Acme.example")),
    "native and relayed mail": (dbt_email(address=MARIA), _channel("email", to=["a@acme.example", MARIA.upper()])),
    "native Slack and a bot": (dbt_slack(channel_id="C1"), _channel("slack", token=URL, channel_id="C1")),
    "one bot channel by two tokens": (
        _channel("slack", token=URL, channel_id="C1"),
        _channel("slack", token=OTHER, channel_id="C1"),
    ),
    "one hook": (_channel("slack", url=URL), _channel("slack", url=URL)),
    "one literal hook": (_channel("slack", url=Secret("x")), _channel("slack", url=Secret("x"))),
    "one integration key": (
        _channel("pagerduty", routing_key=URL),
        _channel("pagerduty", routing_key=URL, region="eu"),
    ),
    "one endpoint": (
        _channel("webhook", url=URL, headers={"A": URL, "B": OTHER}),
        _channel("webhook", url=URL, headers={"B": OTHER, "A": URL}),
    ),
}
DIFFERENT = {
    "two people": (dbt_user(email=MARIA), dbt_user(email="priya@acme.example")),
    "two Slack channels": (dbt_slack(channel_id="C1"), _channel("slack", token=URL, channel_id="C2")),
    "a hook and a channel, of which nobody knows": (dbt_slack(channel_id="C1"), _channel("slack", url=URL)),
    "two hooks": (_channel("slack", url=URL), _channel("slack", url=OTHER)),
    "one variable for two kinds": (_channel("slack", url=URL), _channel("teams", url=URL)),
    "one endpoint with other headers": (
        _channel("webhook", url=URL, headers={"Queue": URL}),
        _channel("webhook", url=URL, headers={"Queue": OTHER}),
    ),
}


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_one_inbox(pair: tuple[Channel, Channel]) -> None:
    assert recipients(pair[0]) & recipients(pair[1])


@pytest.mark.parametrize("pair", DIFFERENT.values(), ids=DIFFERENT)
def test_two_inboxes(pair: tuple[Channel, Channel]) -> None:
    assert not recipients(pair[0]) & recipients(pair[1])


def test_a_literal_secret_stays_masked() -> None:
    assert "hush" not in repr(recipients(_channel("slack", url=Secret("hush"))))


def test_addresses_are_as_they_are_written_and_each_once() -> None:
    channel = _channel("email", to=["B@acme.example", "a@acme.example", "b@acme.example"])
    assert addresses(channel) == ("B@acme.example", "a@acme.example")
