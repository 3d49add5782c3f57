"""The values of a policy that should be references, and are written out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reconciler.lint.secrets_in_text import pasted_secret
from reconciler.model.policy import Policy, RelayedChannel
from reconciler.model.problem import Position
from reconciler.model.secret import Secret

__all__ = ["SecretValue", "secret_values"]

_HARMLESS_HEADERS: Final = frozenset({"accept", "accept-language", "content-type", "user-agent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretValue:
    """A literal secret: whose it is, under which key, and where."""

    at: Position
    subject: str
    key: str
    value: Secret


def secret_values(policy: Policy) -> Iterator[SecretValue]:
    """Yield every literal value that is secret. An address that anybody may know, as of one's own endpoint, is none."""
    account = policy.account
    if isinstance(account.token, Secret):
        yield SecretValue(at=account.at, subject="account", key="token", value=account.token)
    if policy.smtp is not None and isinstance(policy.smtp.password, Secret):
        yield SecretValue(at=policy.smtp.at, subject="smtp", key="password", value=policy.smtp.password)
    if policy.canary is not None and isinstance(policy.canary.token, Secret):
        yield SecretValue(at=policy.canary.at, subject="canary", key="token", value=policy.canary.token)
    for channel in policy.channels.values():
        if isinstance(channel, RelayedChannel):
            yield from _of_channel(channel)


def _of_channel(channel: RelayedChannel) -> Iterator[SecretValue]:
    for setting, key, value in _settings(channel):
        at = channel.places.get(setting, channel.at)
        yield SecretValue(at=at, subject=f"channel {channel.name}", key=key, value=value)


def _settings(channel: RelayedChannel) -> Iterator[tuple[str, str, Secret]]:
    """Yield the setting, the key in it, and the value."""
    for key, value in channel.settings.items():
        match value:
            case Secret() if key != "url" or _is_secret_address(channel, value):
                yield key, key, value
            case {"secret": Secret() as secret}:
                yield key, f"{key}.secret", secret
            case dict() if key == "headers":
                for name, held in value.items():
                    if isinstance(held, Secret) and name.lower() not in _HARMLESS_HEADERS:
                        yield key, f"{key}.{name}", held


def _is_secret_address(channel: RelayedChannel, url: Secret) -> bool:
    """Tell whether who knows the address can send there: only an endpoint of one's own can be known to all."""
    return channel.kind != "webhook" or bool(pasted_secret(url.reveal()))
