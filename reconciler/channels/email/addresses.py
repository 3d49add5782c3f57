"""Whom a mail goes to: the channel's addresses, and those owners of failed nodes that its patterns allow.

An owner comes from the project's manifest, so anybody who may edit a model writes it: it is one plain address or none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from email.headerregistry import Address
from typing import Any, Final

from reconciler.channels.contract import Smtp

__all__ = ["address", "owners", "recipients", "sender"]

_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_PLAIN: Final = re.compile(rf"(?=.{{1,64}}\Z)(?!.*=\?){_ATOM}(?:\.{_ATOM})*", re.ASCII)
"""RFC 5322's dot-atom; but for `=?`, with which a header's reader begins to decode."""

_DOMAIN: Final = re.compile(
    r"(?=.{1,253}\Z)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9-]{1,63})*", re.ASCII
)
_MOST_OWNERS: Final = 20
_NOBODY: Final = Address(username="dbt-alerts", domain="localhost")


def address(text: str) -> Address | None:
    """Return the one mailbox that the text is, its domain as DNS spells it; None for anything else.

    A local part outside ASCII would need SMTPUTF8, which few servers take; such an address is none for us.
    """
    local, at, domain = text.strip().rpartition("@")
    if not at or _PLAIN.fullmatch(local) is None:
        return None
    try:
        spelled = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    return Address(username=local, domain=spelled) if _DOMAIN.fullmatch(spelled) else None


def recipients(settings: Mapping[str, Any], node_owners: Iterable[str]) -> tuple[tuple[Address, ...], tuple[str, ...]]:
    """Return whom to write to, each once, and who is left out, for people to read."""
    found: dict[str, Address] = {}
    cut: list[str] = []
    for text in _listed(settings.get("to")):
        there = address(text)
        if there is None:
            cut.append(f"not told: {text!a} is not an address that mail can be sent to")
        else:
            found.setdefault(_key(there), there)
    also = {_key(each): each for each in owners(settings, node_owners)}
    new = [each for key, each in also.items() if key not in found]
    if len(new) > _MOST_OWNERS:
        cut.append(f"not told: {len(new) - _MOST_OWNERS} of {len(new)} owners of nodes")
    return (*found.values(), *new[:_MOST_OWNERS]), tuple(cut)


def owners(settings: Mapping[str, Any], node_owners: Iterable[str]) -> list[Address]:
    """Return the owners whose address one of the channel's patterns allows. `*` is any text, case is nothing."""
    patterns = [_pattern(each) for each in _listed(settings.get("node_owners"))]
    found = (address(each) for each in node_owners)
    return [each for each in found if each is not None and any(one.fullmatch(_key(each)) for one in patterns)]


def sender(smtp: Smtp | None) -> Address:
    """Return who writes. Without a mail server of our own, this machine does."""
    return (address(smtp.sender) if smtp else None) or _NOBODY


def _key(each: Address) -> str:
    return each.addr_spec.casefold()


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in text.strip().casefold().split("*")))


def _listed(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, (list, tuple)) else []
