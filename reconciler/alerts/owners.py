"""Whom a failed node belongs to, and who of them may be told: an address in a manifest is remote."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from reconciler.model.alert import FailedThing
from reconciler.model.policy import Policy, RelayedChannel
from reconciler.model.selector import NamePattern

__all__ = ["node_owners", "node_owners_of_policy", "owners_who_match"]

_ADDRESS: Final = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_MOST: Final = 20


def node_owners(things: Iterable[FailedThing]) -> tuple[str, ...]:
    """Return the addresses of the owners of what failed, each once; what is no plain address is left out."""
    found = (each.owner_email.strip() for each in things)
    return tuple(dict.fromkeys(each.lower() for each in found if _ADDRESS.fullmatch(each)))


def owners_who_match(addresses: Iterable[str], patterns: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses that one of the patterns allows, twenty at most; without patterns nobody."""
    allowed = [NamePattern(each.lower()) for each in patterns]
    return tuple(each for each in addresses if any(pattern.matches(each.lower()) for pattern in allowed))[:_MOST]


def node_owners_of_policy(things: Iterable[FailedThing], policy: Policy) -> tuple[str, ...]:
    """Return the owners whom at least one e-mail channel of the policy may tell; each asks its own patterns again."""
    patterns = [
        pattern
        for channel in policy.channels.values()
        if isinstance(channel, RelayedChannel)
        for pattern in channel.settings.get("node_owners") or ()
    ]
    return owners_who_match(node_owners(things), patterns)
