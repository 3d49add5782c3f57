"""The calm form of a policy file. Few rules, each about characters that mean nothing; the rest is the author's.

Lines end with one line feed and no blanks, and the last one ends too; one empty line at most in a row. Two columns for
each level, items of a list inside their key. One space behind a colon or a comma, none inside brackets, except where
values of neighbouring lines stand below each other. Quotes only where they are needed. Braces stay braces while their
line fits; comments stay where they stand. Order never changes.

Each rule is judged by itself: what it makes must mean the same and hold the same comments, else it is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ruamel.yaml.error import YAMLError

from reconciler.policy.editing.edit import read_layout
from reconciler.policy.editing.meaning import meaning
from reconciler.policy.editing.places import CannotEditError
from reconciler.policy.editing.splices import Splice, spliced
from reconciler.policy.formatting.indent import indented
from reconciler.policy.formatting.lines import clean_lines
from reconciler.policy.formatting.long import unfolded
from reconciler.policy.formatting.quotes import unquoted
from reconciler.policy.formatting.spaces import spaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from reconciler.policy.editing.meaning import Meaning
    from reconciler.policy.editing.places import Layout

__all__ = ["formatted"]

_COLUMNS_KEPT: Final[tuple[Callable[[Layout], Iterable[Splice]], ...]] = (clean_lines, indented, unquoted, spaced)
"""Rules after which a comment beside a value is put back into its column."""
_ROUNDS: Final = 20
"""One rule may make room for another. Each shortens lines or splits one, so a few rounds settle it."""


def formatted(text: str) -> str:
    """Return the calm form of a file that is right as YAML. Twice is as once."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    for _round in range(_ROUNDS):
        before, text = text, _once(text)
        if text == before:
            break
    return text


def _once(text: str) -> str:
    try:
        layout = read_layout(text)
    except CannotEditError:
        return text
    meant = _meant(layout)
    for rule in _COLUMNS_KEPT:
        layout = _judged(layout, rule(layout), meant, columns_kept=True)
    return _judged(layout, unfolded(layout), meant, columns_kept=False).text


def _judged(layout: Layout, splices: Iterable[Splice], meant: Meaning, *, columns_kept: bool) -> Layout:
    """Carry out what a rule wants; leave everything as it is where that would mean something else."""
    try:
        after = _after(layout, list(splices))
        if columns_kept:
            after = _after(after, list(_columns(layout, after)))
    except (YAMLError, CannotEditError):
        return layout
    if after is layout:
        return layout
    return after if _meant(after) == meant and _comments(after) == _comments(layout) else layout


def _after(layout: Layout, splices: list[Splice]) -> Layout:
    text = spliced(layout.text, splices)
    if text is None:
        raise CannotEditError("two changes of one place")
    return read_layout(text) if splices else layout


def _columns(before: Layout, after: Layout) -> Iterator[Splice]:
    """Put each comment beside a value back: into its column if it shares one, else as far away as it was.

    Two blanks behind the value at least.
    """
    if len(before.comments) != len(after.comments):
        return
    for number, (start, _end) in enumerate(after.comments):
        new = _beside(start, after)
        if not new.code:  # files hold many lines that are comments only: nothing more is asked about them
            continue
        old, *around = (_beside(before.comments[each][0], before) for each in _with_neighbours(number, before))
        in_column = any(old.column == other.column for other in around)
        gap = max(old.column - new.code if in_column else old.column - old.code, 2)
        if new.column - new.code != gap:
            yield Splice(start - new.column + new.code, start, " " * gap)


def _with_neighbours(number: int, layout: Layout) -> list[int]:
    return [number, *(each for each in (number - 1, number + 1) if 0 <= each < len(layout.comments))]


class _Beside(NamedTuple):
    """In which column a comment stands, and how much of its line comes before the blanks in front of it."""

    column: int
    code: int


def _beside(start: int, layout: Layout) -> _Beside:
    line = layout.line_start(start)
    return _Beside(start - line, len(layout.text[line:start].rstrip()))


def _meant(layout: Layout) -> Meaning:
    return meaning(layout.root.node if layout.root else None)


def _comments(layout: Layout) -> list[str]:
    return [layout.text[start:end].rstrip() for start, end in layout.comments]
