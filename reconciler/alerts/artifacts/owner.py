"""Who owns a node, by what its project says: its own `owner`, its group's, or the free words under `meta`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reconciler.alerts.remote import mapping, text, texts

__all__ = ["Owner", "owner_of"]

_ADDRESS: Final = re.compile(r"(?<![\w.+@-])[\w.+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?![\w@])", re.ASCII)
_MOST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """`name` is what people read, on one line; `email` an address only, or ''."""

    name: str = ""
    email: str = ""

    def __bool__(self) -> bool:
        return bool(self.name or self.email)


def owner_of(node: Mapping[str, Any], groups: Mapping[str, object]) -> Owner:
    """Return the first owner that is declared: of the node (exposures have one), of its group, in meta, in config.meta.

    `groups` holds each group's `owner` by its unique id and by its bare name.
    """
    config = mapping(node.get("config"))
    group = text(node.get("group")) or text(config.get("group"))
    declared: Sequence[object] = (
        node.get("owner"),
        groups.get(f"group.{text(node.get('package_name'))}.{group}") or groups.get(group),
        _in_meta(mapping(node.get("meta"))),
        _in_meta(mapping(config.get("meta"))),
        config.get("owner"),
    )
    return next((owner for value in declared if (owner := _read(value))), Owner())


def _in_meta(meta: Mapping[str, Any]) -> object:
    """Return the owner under meta, with an address that stands beside it as `owner_email`."""
    owner, email = meta.get("owner"), meta.get("owner_email")
    return {"name": owner, "email": email} if email and not isinstance(owner, Mapping) else owner


def _read(value: object) -> Owner:
    """Read a name, an address, a list of them, or an object with both; lists as well inside it (dbt 1.10)."""
    if isinstance(value, Mapping):
        names, addresses = texts(value.get("name"), most=10), texts(value.get("email"), most=10)
    else:
        names, addresses = texts(value, most=10), ()
    email = next((found[0] for each in (*addresses, *names) if (found := _ADDRESS.search(each[:_MOST]))), "")
    name = " ".join(", ".join(names or addresses).split())[:_MOST]
    return Owner(name=name, email=email)
