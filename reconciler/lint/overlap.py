"""Which of two selectors lies inside the other, judged by their words alone: what holds for every account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from typing import Final, Generic, TypeVar

from reconciler.model.selector import Frequency, NamePattern, Selector

__all__ = ["Containers", "disjoint", "inside"]

T = TypeVar("T")

_Anchor = tuple[str, str]
_RARER: Final = (Frequency.HOURLY, Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY)


def inside(inner: Selector, outer: Selector) -> bool:
    """Tell whether every job that `inner` can mean is surely meant by `outer` too. Equal ones lie inside each other.

    Where names and ids speak of the same jobs only live knows it: then the answer is no.
    """
    return (
        _within(inner.ids, outer.ids)
        and _within(inner.projects, outer.projects)
        and _within((*inner.environments, *inner.purposes), (*outer.environments, *outer.purposes))
        and _names_within(inner.names, outer.names)
        and _within(inner.job_types, outer.job_types)
        and _as_often(inner.at_least, outer.at_least)
    )


class Containers(Generic[T]):
    """Things with selectors, found by what may lie inside theirs, without asking each of them.

    Each thing also has keys: only one that shares a key is found.
    """

    def __init__(self, things: Iterable[tuple[Selector, Iterable[Hashable], T]]) -> None:
        self._found: defaultdict[Hashable, list[tuple[Selector, T]]] = defaultdict(list)
        self._lengths: set[int] = set()
        for selector, keys, thing in things:
            anchors = list(_anchors(selector))
            self._lengths.update(len(anchor[1]) for anchor in anchors if anchor[0] == "name")
            for key in keys:
                for anchor in anchors:
                    self._found[key, anchor].append((selector, thing))

    def around(self, inner: Selector, keys: Iterable[Hashable]) -> Iterator[T]:
        """Yield each thing once whose selector surely holds all that `inner` means, and that has one of the keys."""
        anchors = list(self._anchors_around(inner))
        asked: set[int] = set()
        for key in keys:
            for anchor in anchors:
                for outer, thing in self._found.get((key, anchor), ()):
                    if id(thing) not in asked:
                        asked.add(id(thing))
                        if inside(inner, outer):
                            yield thing

    def _anchors_around(self, inner: Selector) -> Iterator[_Anchor]:
        yield ("", "")
        yield from (("id", str(each)) for each in inner.ids[:1])
        yield from (("project", each) for each in inner.projects[:1])
        for name in inner.names[:1]:
            beginning = _beginning(name)
            yield from (("name", beginning[:length]) for length in self._lengths if length <= len(beginning))


def disjoint(one: Selector, other: Selector) -> bool:
    """Tell whether surely no job is meant by both. Where only live knows it, the answer is no."""
    by_name = not (one.purposes or other.purposes)
    return (
        _apart(one.ids, other.ids)
        or _apart(one.projects, other.projects)
        or (by_name and _apart(one.environments, other.environments))
        or (not one.environments and not other.environments and _apart(one.purposes, other.purposes))
        or _apart(one.job_types, other.job_types)
        or _names_apart(one.names, other.names)
    )


def _anchors(selector: Selector) -> Iterable[_Anchor]:
    """Return what an inner selector must share at least one of: ids, how names begin, projects; else nothing."""
    if selector.ids:
        return [("id", str(each)) for each in selector.ids]
    if selector.names and all(map(_beginning, selector.names)):
        return {("name", _beginning(each)) for each in selector.names}
    if selector.projects:
        return [("project", each) for each in selector.projects]
    return [("", "")]


def _beginning(name: NamePattern) -> str:
    return name.compared.partition("*")[0]


def _within(inner: tuple[object, ...], outer: tuple[object, ...]) -> bool:
    """Tell whether a list is narrower: an absent key means anything."""
    return not outer or (bool(inner) and set(inner) <= set(outer))


def _names_within(inner: tuple[NamePattern, ...], outer: tuple[NamePattern, ...]) -> bool:
    if not outer:
        return True
    return bool(inner) and all(any(_name_within(each, other) for other in outer) for each in inner)


def _name_within(inner: NamePattern, outer: NamePattern) -> bool:
    """Tell whether a pattern holds another: it matches it with each star taken as a letter that no name has."""
    if inner.exact:
        return outer.matches(inner.compared)
    return not outer.exact and (inner.compared == outer.compared or outer.matches(inner.compared.replace("*", "\0")))


def _apart(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return bool(one) and bool(other) and set(one).isdisjoint(other)


def _names_apart(one: tuple[NamePattern, ...], other: tuple[NamePattern, ...]) -> bool:
    """Compare exact names with exact names and patterns; two patterns may always have a name in common."""
    return (
        bool(one)
        and bool(other)
        and all(each.exact or against.exact for each in one for against in other)
        and not any(
            each.matches(against.compared) if against.exact else against.matches(each.compared)
            for each in one
            for against in other
        )
    )


def _as_often(inner: Frequency | None, outer: Frequency | None) -> bool:
    if outer is None:
        return True
    return inner is not None and _RARER.index(inner) <= _RARER.index(outer)
