"""Whoever sits between sender and receiver reads what goes over plain http, and can change it.

An alert names failed models, error texts and people; a webhook's body says what ran when. The token of dbt Cloud and
the keys of channels travel with each request. So every address that the policy sends to begins with `https://`. Only
this machine itself, `localhost` or a loopback address, needs no protection from the network.

An address that is a reference, such as `$TICKET_URL`, cannot be judged here: `lint` opens none. The command that opens
it refuses it then.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from reconciler.lint.rule import Found, Looked, Rule
from reconciler.model.lint import LintLevel
from reconciler.model.policy import Policy, RelayedChannel
from reconciler.model.problem import Position
from reconciler.model.secret import Secret

__all__ = ["RULE"]

_PLAIN: Final = frozenset({"http", "json", "xml", "form"})
"""Schemes without encryption: the last three are how Apprise calls them."""


def _judge(looked: Looked) -> Iterator[Found]:
    for at, subject, address in _endpoints(looked.policy):
        scheme, host = _origin(address)
        if scheme in _PLAIN and not _is_loopback(host):
            yield Found(
                at=at,
                subject=subject,
                message=f"{subject} is told over {scheme}, which anybody on the way can read",
                found=f"{scheme}://{host}",
                expected=f"{scheme}s://{host}",
                fix=f"write `{scheme}s://`, once the receiver answers there",
            )


def _endpoints(policy: Policy) -> Iterator[tuple[Position, str, str]]:
    """Yield the place, the name and the address of everything that something is sent to."""
    account, sections = policy.account, policy.sections
    if isinstance(account.host, str):
        yield account.at, "account", account.host
    if policy.relay_url is not None:
        yield sections.get("relay", account.at), "relay", policy.relay_url
    for webhook in policy.webhooks:
        yield webhook.at, f"webhook {webhook.key}", webhook.url
    for channel in policy.channels.values():
        url = channel.settings.get("url") if isinstance(channel, RelayedChannel) else None
        if isinstance(channel, RelayedChannel) and isinstance(url, Secret):
            yield channel.places.get("url", channel.at), f"channel {channel.name}", url.reveal()


def _origin(address: str) -> tuple[str, str]:
    """Return scheme and host, and nothing of an address that may be secret."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", ""
    return parts.scheme.lower(), parts.hostname or ""


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


RULE: Final = Rule(id="https-only", title="an endpoint that is not https", level=LintLevel.ERROR, judge=_judge)
