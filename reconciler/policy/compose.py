"""Two YAML engines, one tree of nodes with positions.

The C scanner is fast and refuses `:` and `?` inside a plain scalar in flow style (`{url: https://x}`, `{due: 08:00}`),
which YAML 1.2 accepts. A file that it refuses is therefore composed again by the pure one, whose verdict counts.
Measured on 120,000 lines: C with this resolver 0.5 s, pure 15 s; so the second reading is for files up to `PURE_LIMIT`.
"""

from __future__ import annotations

import gc
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.cyaml import CParser
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import Node
from ruamel.yaml.tag import Tag

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = [
    "MAX_DEPTH",
    "MAX_EXPANDED",
    "MAX_NODES",
    "PLAIN",
    "PURE_LIMIT",
    "TEXT",
    "TooDeepError",
    "TooManyError",
    "compose",
    "compose_fast",
    "compose_pure",
    "paused_gc",
]

MAX_DEPTH: Final = 50
"""How deep collections may nest; the language needs 9."""
MAX_EXPANDED: Final = 100_000
"""How many entries aliases may repeat in one file."""
MAX_NODES: Final = 1_000_000
"""How many keys and values one file may hold: 120,000 lines have 250,000, each takes some 300 bytes."""
PURE_LIMIT: Final = 256 * 1024
"""The longest text, in characters, that the slow engine reads: some seconds."""

PLAIN: Final = Tag(suffix="plain")
TEXT: Final = Tag(suffix="text")
_COLLECTION: Final = Tag(suffix="collection")


class TooDeepError(YAMLError):
    """Collections nest deeper than `MAX_DEPTH`."""

    def __init__(self, mark: Any) -> None:  # noqa: ANN401 - both engines have mark types of their own
        super().__init__("too deep")
        self.problem_mark = mark


class TooManyError(YAMLError):
    """A file holds more than `MAX_NODES` keys and values."""


def compose(text: str) -> Node | None:
    """Return the root node of the only document, None for an empty one. Raises YAMLError; its places count from 0."""
    try:
        return compose_fast(text)
    except MarkedYAMLError as refusal:
        if len(text) > PURE_LIMIT:
            raise
        return _second_opinion(text, refusal)


def _second_opinion(text: str, refusal: MarkedYAMLError) -> Node | None:
    try:
        return compose_pure(text)
    except (ArithmeticError, ValueError, LookupError, AttributeError, AssertionError, TypeError):
        # The pure engine stumbles over some texts that it should refuse, such as an escape beyond Unicode.
        raise refusal from None


@contextmanager
def paused_gc() -> Generator[None]:
    """Stop the collector while many long-lived objects are made: it would look at all of them again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _Fast(CParser):
    """The C engine. It asks for a tag per node; plain or not is all that the walker needs to know."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._left = MAX_NODES

    def resolve(self, _kind: type[Node], _value: str | None, implicit: Any) -> Tag:  # noqa: ANN401
        self._left -= 1
        if self._left < 0:
            raise TooManyError
        if implicit is True or implicit is False:
            return _COLLECTION
        return PLAIN if implicit[0] else TEXT

    def descend_resolver(self, parent: Node | None, _index: object) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise TooDeepError(parent and parent.start_mark)

    def ascend_resolver(self) -> None:
        self._depth -= 1


class _PureResolver:
    """The same answers for the pure engine, which makes it with a version of YAML that we do not ask."""

    def __init__(self, version: object = None, **_asked: object) -> None:
        self._loader_version = version

    @property
    def processing_version(self) -> tuple[int, int]:
        return (1, 2)

    def resolve(self, _kind: type[Node], _value: str | None, implicit: Any) -> Tag:  # noqa: ANN401
        if implicit is True or implicit is False:
            return _COLLECTION
        return PLAIN if implicit[0] else TEXT

    def descend_resolver(self, _parent: object, _index: object) -> None:
        return

    def ascend_resolver(self) -> None:
        return


def compose_fast(text: str) -> Node | None:
    """Compose with the C engine."""
    return _Fast(text).get_single_node()


def compose_pure(text: str) -> Node | None:
    """Compose with the pure engine, whose word counts."""
    reader = YAML(typ="safe", pure=True)
    reader.Resolver = _PureResolver
    reader.max_depth = MAX_DEPTH
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an anchor that is used twice is legal YAML
        return reader.compose(text)
