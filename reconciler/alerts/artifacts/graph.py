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
        self._reached: dict[str, tuple[str, ...]] = {}
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
        """Return everything that depends on a node, however far: the nearest first, each once, itself never.

        Nothing names a test as its parent. What depends on all that it tests waits for it in `dbt build`, and is below
        it; other tests only where they stand on something that waits.
        """
        return self._behind(unique_id) if is_test(unique_id) else self._reach(unique_id)

    def _behind(self, test: str) -> tuple[str, ...]:
        tested = dict.fromkeys(self.parents(test))
        if not tested:
            return _NONE
        first, *others = (self._reach(each) for each in tested)
        everywhere = set(first).intersection(*others) - {test}
        waiting = {each for each in everywhere if not is_test(each)}
        return tuple(
            each
            for each in first
            if each in waiting or (each in everywhere and waiting.intersection(self.parents(each)))
        )

    def _reach(self, unique_id: str) -> tuple[str, ...]:
        known = self._reached.get(unique_id)
        if known is None:
            known = self._reached[unique_id] = self._walked(unique_id)
        return known

    def _walked(self, unique_id: str) -> tuple[str, ...]:
        seen = {unique_id: None}
        row = [unique_id]
        while row:
            found = (child for each in row for child in self._children.get(each, _NONE))
            row = list(dict.fromkeys(child for child in found if child not in seen))
            seen.update(dict.fromkeys(row))
        del seen[unique_id]
        return tuple(seen)

    def all_below(self, roots: Iterable[str]) -> tuple[dict[str, tuple[str, ...]], int]:
        """Return what is below each root, until the lists are too long together; and how many roots were left out."""
        found: dict[str, tuple[str, ...]] = {}
        of_tests = left_out = 0
        for root in roots:
            if of_tests + sum(map(len, self._reached.values())) >= BELOW_IN_ALL:
                left_out += 1
            else:
                found[root] = self.below(root)
                of_tests += len(found[root]) if is_test(root) else 0
        return found, left_out
