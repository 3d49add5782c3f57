"""Edits of policy files, as data: what `lint --fix` and `migrate` do. `policy/editing/edit.py` carries them out.

Places are those of the YAML nodes that the loader saw, all in the file as it is now. New values are YAML on one line,
such as `errored`, `"08:00"` or `{type: slack, url: $URL}`; keys and names are plain text.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.position import Position

__all__ = ["AddEntry", "AppendItem", "Edit", "RemoveItem", "RemoveKey", "ReplaceScalar", "SetKey"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceScalar:
    """Write another scalar in place of the one (a value or a key) that begins at `at`."""

    at: Position
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetKey:
    """Give a key of the mapping that begins at `inside` (its `{`, or its first key) this value, adding it if absent."""

    inside: Position
    key: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveKey:
    """Take away the key that begins at `at`, with its value and the comment on its line."""

    at: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendItem:
    """Add an item to the list that begins at `inside`; a single value there becomes a list of two."""

    inside: Position
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveItem:
    """Take away the item of a list that begins at `at`."""

    at: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class AddEntry:
    """Add an entry to a top-level section of a file: under `name` in a mapping, at the end of a list without one.

    A section that the file does not have is made.
    """

    file: str
    section: str
    value: str
    name: str | None = None


Edit = ReplaceScalar | SetKey | RemoveKey | AppendItem | RemoveItem | AddEntry
