"""What depends on what, as ids only, and what stands around the nodes that went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

__all__ = ["BELOW_IN_ALL", "Graph", "is_test"]

BELOW_IN_ALL: Final = 200_000
"""How many ids are listed below all nodes together: an alert counts them and shows a few."""

_NONE: Final[tuple[str, ...]] = ()


def is_test(unique_id: str) -> bool:
    return unique_id.startswith(("test.", "unit_test."))


class Graph:
    """A project's dependencies. A circle, which dbt refuses and a hostile file may have, is walked once."""

    def __init__(self, parents: Mapping[str, Sequence[str]]) -> None:
        self._parents = parents
        self._children: dict[str, list[str]] = {}
        for child, above in parents.items():
            for parent in above:
                self._children.setdefault(parent, []).append(child)

    def __contains__(self, unique_id: object) -> bool:
        return unique_id in self._parents

    def parents(self, unique_id: str) -> Sequence[str]:
        return self._parents.get(unique_id, _NONE)

    def tests(self, unique_id: str) -> list[str]:
        """Return the tests that stand directly on a node."""
        return [child for child in self._children.get(unique_id, _NONE) if is_test(child)]

    def below(self, unique_id: str) -> tuple[str, ...]:
        """Return everything that depends on a node, however far: the nearest first, each once, itself never."""
        seen = {unique_id: None}
        row = [unique_id]
        while row:
            row = [child for each in row for child in self._children.get(each, _NONE) if child not in seen]
            row = list(dict.fromkeys(row))
            seen.update(dict.fromkeys(row))
        del seen[unique_id]
        return tuple(seen)

    def all_below(self, roots: Iterable[str]) -> tuple[dict[str, tuple[str, ...]], int]:
        """Return what is below each root, until the lists are too long together; and how many roots were left out."""
        found: dict[str, tuple[str, ...]] = {}
        left, left_out = BELOW_IN_ALL, 0
        for root in roots:
            if left <= 0:
                left_out += 1
            elif root not in found:
                found[root] = self.below(root)
                left -= len(found[root])
        return found, left_out
