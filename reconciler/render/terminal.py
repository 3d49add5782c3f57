"""A plan as terminal text, line by line; the text says everything without its colour."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from reconciler.escape import terminal
from reconciler.render.empty_ledger import empty_ledger_line, perhaps_lost
from reconciler.render.rows import Listed, Row, Section, Sign, cell_text
from reconciler.render.sections import coverage_line, heading, origin_line, refusal_lines, sections, summary_line
from reconciler.render.styled import Styled

if TYPE_CHECKING:
    from reconciler.model.plan import Plan

__all__ = ["Styled", "plan_lines", "plan_text", "section_lines"]

_WIDEST: Final = 44
_READABLE: Final = 100
_STAYS: Final = "\N{NO-BREAK SPACE}"
_STYLES: Final = {Sign.ADD: "green", Sign.REMOVE: "red", Sign.CHANGE: "yellow", Sign.WARN: "magenta", Sign.KEEP: "dim"}


def plan_lines(plan: Plan, *, width: int | None = None) -> Iterator[Styled]:
    """Yield the plan line by line, escaped for a terminal; with a width, rows are wrapped below their last column."""
    yield Styled(terminal(heading(plan)), "bold")
    if plan.ledger_empty:
        for line in textwrap.wrap(empty_ledger_line(plan), min(width or _READABLE, _READABLE)):
            yield Styled(line, "magenta" if perhaps_lost(plan) else "dim")
    if plan.blocked:
        yield Styled(f"{len(plan.blocked)} item(s) are left alone until answered: see below.", "magenta")
    for section in sections(plan):
        yield Styled("")
        yield from section_lines(section, width=width)
    yield Styled("")
    yield Styled(terminal(origin_line(plan)), "dim")
    yield Styled(coverage_line(plan))
    yield Styled(summary_line(plan), "bold")
    for line in refusal_lines(plan):
        yield Styled(terminal(line), "red")


def plan_text(plan: Plan) -> str:
    """Return the plan as plain text, for files, pipes and snapshots."""
    return "\n".join(line.text.rstrip() for line in plan_lines(plan)) + "\n"


def section_lines(section: Section, *, width: int | None = None) -> Iterator[Styled]:
    """Yield a section's title, hint and aligned rows."""
    yield Styled(section.title, "bold")
    if section.hint:
        yield Styled(f"  {section.hint}", "dim")
    widths = _widths(section.rows)
    for row in section.rows:
        for line in _row(row, widths, width):
            yield Styled(line, _STYLES.get(row.sign, ""))


def _widths(rows: Iterable[Row]) -> list[int]:
    """Return how wide each column but the last is; a very long cell does not push the others away."""
    widths: list[int] = []
    for row in rows:
        for place, cell in enumerate(row.cells[:-1]):
            if place == len(widths):
                widths.append(0)
            widths[place] = max(widths[place], min(len(terminal(cell_text(cell))), _WIDEST))
    return widths


def _row(row: Row, widths: list[int], width: int | None) -> list[str]:
    cells = [_cell(cell) for cell in row.cells]
    padded = [cell.ljust(wide) for cell, wide in zip(cells[:-1], widths, strict=False)]
    note = f"  ({terminal(row.note)})" if row.note else ""
    start = f"  {row.sign} {''.join(f'{cell}  ' for cell in padded)}"
    text = f"{start}{cells[-1]}{note}"
    if width is None or len(text) <= width:
        return [text.replace(_STAYS, " ")]
    indent = " " * min(len(start), width // 2)
    wrapped = textwrap.wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return [line.replace(_STAYS, " ") for line in wrapped]


def _cell(cell: str | Listed) -> str:
    """Return a cell as text; a name of a list is not broken between two lines."""
    text = terminal(cell_text(cell))
    return text if isinstance(cell, str) else text.replace(" ", _STAYS).replace(f",{_STAYS}", ", ")
