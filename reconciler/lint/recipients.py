"""Who is behind a channel, as far as a file shows: two names with one recipient reach the same person twice."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from reconciler.model.edge import compared_address
from reconciler.model.policy import Channel, DbtEmail, DbtSlack, DbtUser, RelayedChannel
from reconciler.model.secret import Secret

__all__ = ["Recipient", "addresses", "recipients"]

_REACHED_BY: Final = {
    "pagerduty": ("routing_key",),
    "teams": ("url",),
    "datadog": ("api_key",),
    "monte_carlo": ("key_id",),
    "webhook": ("url",),
    "apprise": ("url",),
}
"""The settings of which the same value means the same recipient. A reference is compared by its name."""


class Recipient(NamedTuple):
    """One inbox: what kind it is, and which. Never shown: it may hold a secret's text."""

    kind: str
    which: str


def addresses(channel: Channel) -> tuple[str, ...]:
    """Return the e-mail addresses that a channel writes to, as written, each once."""
    if isinstance(channel, DbtUser):
        return (channel.email,)
    if isinstance(channel, DbtEmail):
        return (channel.address,)
    if isinstance(channel, RelayedChannel) and channel.kind == "email":
        return tuple({compared_address(each): each for each in reversed(channel.settings.get("to", ()))}.values())[::-1]
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
            return _by_setting(channel, _REACHED_BY.get(channel.kind, ()))


def _slack(channel: RelayedChannel) -> frozenset[Recipient]:
    """Return the channel that a bot writes to, or the hook, whose channel is not written down."""
    channel_id = channel.settings.get("channel_id")
    return frozenset({Recipient("slack", channel_id)}) if channel_id else _by_setting(channel, ("url",))


def _by_setting(channel: RelayedChannel, keys: tuple[str, ...]) -> frozenset[Recipient]:
    return frozenset(
        Recipient(channel.kind, _shown(channel.settings[key])) for key in keys if channel.settings.get(key) is not None
    )


def _shown(value: Any) -> str:  # noqa: ANN401 - a reference, a secret or a text
    return value.reveal() if isinstance(value, Secret) else str(value)
