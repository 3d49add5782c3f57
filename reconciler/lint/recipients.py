"""Who is behind a channel, as far as a file shows: two names with one recipient reach the same person twice."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Final, NamedTuple

from reconciler.model.edge import compared_address
from reconciler.model.policy import Channel, DbtEmail, DbtSlack, DbtUser, RelayedChannel

__all__ = ["Recipient", "addresses", "recipients"]

_REACHED_BY: Final = {
    "slack": ("url",),
    "pagerduty": ("routing_key",),
    "teams": ("url",),
    "datadog": ("api_key",),
    "monte_carlo": ("key_id",),
    "webhook": ("url", "headers"),
    "apprise": ("url",),
}
"""The settings of which the same values mean the same recipient. A reference is compared by its name."""


class Recipient(NamedTuple):
    """One inbox: what kind it is, and which. A secret stays the masked value that it is."""

    kind: str
    which: Hashable


def addresses(channel: Channel) -> tuple[str, ...]:
    """Return the e-mail addresses that a channel writes to, as written, each once."""
    if isinstance(channel, DbtUser):
        return (channel.email,)
    if isinstance(channel, DbtEmail):
        return (channel.address,)
    if isinstance(channel, RelayedChannel) and channel.kind == "email":
        first: dict[str, str] = {}
        for each in channel.settings.get("to", ()):
            first.setdefault(compared_address(each), each)
        return tuple(first.values())
    return ()


def recipients(channel: Channel) -> frozenset[Recipient]:
    """Return every inbox behind a channel; none where the file does not show it."""
    match channel:
        case DbtUser() | DbtEmail():
            return frozenset(Recipient("mail", compared_address(each)) for each in addresses(channel))
        case DbtSlack():
            return frozenset({Recipient("slack", channel.channel_id.strip())})
        case RelayedChannel(kind="email"):
            return frozenset(Recipient("mail", compared_address(each)) for each in addresses(channel))
        case RelayedChannel(kind="slack"):
            return _slack(channel)
        case RelayedChannel():
            return _by_settings(channel)


def _slack(channel: RelayedChannel) -> frozenset[Recipient]:
    """Return the channel that a bot writes to, or the hook, whose channel is not written down."""
    channel_id = channel.settings.get("channel_id")
    return frozenset({Recipient("slack", channel_id)}) if channel_id else _by_settings(channel)


def _by_settings(channel: RelayedChannel) -> frozenset[Recipient]:
    values = [channel.settings.get(key) for key in _REACHED_BY.get(channel.kind, ())]
    if not values or values[0] is None:
        return frozenset()
    return frozenset({Recipient(channel.kind, tuple(map(_hashable, values)))})


def _hashable(value: Any) -> Hashable:  # noqa: ANN401 - a reference, a secret, a text, or headers
    return tuple(sorted(value.items())) if isinstance(value, Mapping) else value
