"""Coverage as terminal text: the headline, tables with bars, the uncovered jobs each with the line to add."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from reconciler.escape import terminal
from reconciler.render.coverage_words import (
    Table,
    counted_line,
    gap_jobs,
    gap_line,
    heading,
    headline,
    moment,
    tables,
    today_line,
)
from reconciler.render.terminal import Styled

if TYPE_CHECKING:
    from reconciler.model.coverage import Coverage, Gap, Share

__all__ = ["coverage_lines", "coverage_text", "floor_lines"]

_BAR: Final = 20
_NAMED_UNDER_THE_FLOOR: Final = 50
_TO_COPY: Final = "green"
"""The style of YAML that a reader copies: it stays in one line however long it is."""

_NUMERIC: Final = frozenset("0123456789,.%– ")


def coverage_lines(coverage: Coverage, *, width: int | None = None) -> Iterator[Styled]:
    """Yield the coverage line by line, escaped for a terminal; with a width, all but YAML to copy is wrapped."""
    for line in _lines(coverage, width):
        if line.style == _TO_COPY:
            yield line
        else:
            yield from _wrapped(line, width)


def coverage_text(coverage: Coverage) -> str:
    """Return the coverage as plain text, for files, pipes and snapshots."""
    return "\n".join(line.text.rstrip() for line in coverage_lines(coverage)) + "\n"


def _lines(coverage: Coverage, width: int | None) -> Iterator[Styled]:
    yield Styled(terminal(f"{heading(coverage)} · {moment(coverage.at)}"), "bold")
    yield Styled("")
    yield from _headline(coverage)
    for table in tables(coverage) if coverage.whole.of else ():
        if table.rows:
            yield Styled("")
            yield from _table(table, width)
    if coverage.gaps:
        yield from (Styled(""), Styled(f"Not covered: {len(coverage.missing):,}", "bold"))
    for gap in coverage.gaps:
        yield from _gap(gap, coverage)
    if coverage.steps:
        yield from (Styled(""), Styled("Next", "bold"))
    for number, step in enumerate(coverage.steps, start=1):
        yield Styled(f"  {number}. {step.text}")
        yield Styled(f"     {step.do}", "dim")


def floor_lines(coverage: Coverage, floor: float) -> Iterator[Styled]:
    """Say that coverage is under its floor, and of which jobs nobody is told."""
    share, missing = coverage.whole, coverage.missing
    if share.of == 0:
        yield Styled(f"Coverage under the floor of {floor:g} %: there is no active job, so nothing is proved.", "red")
        return
    yield Styled(f"Coverage {share.percent_text} is under the floor of {floor:g} %. Uncovered:", "red")
    for job in missing[:_NAMED_UNDER_THE_FLOOR]:
        place = " / ".join(part for part in (job.project, job.environment) if part)
        yield Styled(terminal(f"  ! {job.name} ({job.id}, {place})"), "red")
    if len(missing) > _NAMED_UNDER_THE_FLOOR:
        yield Styled(f"  … and {len(missing) - _NAMED_UNDER_THE_FLOOR:,} more", "red")


def _headline(coverage: Coverage) -> Iterator[Styled]:
    whole, production = coverage.whole, coverage.production
    yield Styled(f"  {whole.percent_text:>7}  {headline(coverage)}", _colour(whole))
    if whole.of:
        yield Styled(f"  {'':7}  {counted_line(whole)}")
    if production.of and production != whole:
        yield Styled(f"  {production.percent_text:>7}  of {production.of:,} in production", _colour(production))
        yield Styled(f"  {'':7}  {counted_line(production)}")
    if coverage.deactivated:
        count = coverage.deactivated
        yield Styled(f"  {'':7}  {count:,} deactivated {'job is' if count == 1 else 'jobs are'} not counted", "dim")
    if whole.of:
        yield Styled("")
        yield Styled(f"  {terminal(today_line(coverage))}")


def _colour(share: Share) -> str:
    return "green" if share.percent == 100 else "yellow"


def _table(table: Table, width: int | None) -> Iterator[Styled]:
    yield Styled(table.title, "bold")
    yield Styled(terminal(f"  {table.hint}"), "dim")
    rows = [[terminal(cell) for cell in row] for row in (table.head, *table.rows)]
    columns = list(zip(*rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    right = [all(set(cell) <= _NUMERIC for cell in column[1:]) for column in columns]
    fits = bool(table.shares) and (width is None or sum(widths) + 2 * len(widths) + _BAR + 3 <= width)
    bars = ["", *(f"   {_bar(share)}" for share in table.shares)] if fits else [""] * len(rows)
    for place, (row, bar) in enumerate(zip(rows, bars, strict=True)):
        cells = [_aligned(cell, wide, to_right) for cell, wide, to_right in zip(row, widths, right, strict=True)]
        text = f"  {'  '.join(cells)}{bar}".rstrip()
        yield from _wrapped(Styled(text, "" if place else "dim"), width, hang=_last_column(widths))


def _aligned(cell: str, width: int, to_right: bool) -> str:  # noqa: FBT001 - one column's side
    return cell.rjust(width) if to_right else cell.ljust(width)


def _last_column(widths: Sequence[int]) -> int:
    return 2 + sum(wide + 2 for wide in widths[:-1])


def _bar(share: Share) -> str:
    """Draw the decided part; full only where nothing is missing, and never empty where something is there."""
    if share.of == 0:
        return ""
    filled = share.decided * _BAR // share.of
    return "█" * filled + "░" * (_BAR - filled)


def _gap(gap: Gap, coverage: Coverage) -> Iterator[Styled]:
    production = "production, " if coverage.by_id[gap.jobs[0]].production else ""
    yield Styled(terminal(f"  ! {production}{gap_line(gap)}"), "red")
    yield Styled(terminal(f"      {gap_jobs(gap, coverage)}"))
    yield Styled(terminal(f"      {gap.where}"), "dim")
    for line in gap.lines:
        yield Styled(terminal(f"        {line}"), _TO_COPY)


def _wrapped(line: Styled, width: int | None, *, hang: int = 0) -> Iterator[Styled]:
    text = line.text
    if width is None or len(text) <= width:
        yield line
        return
    start = hang if 0 < hang < width // 2 else len(text) - len(text.lstrip()) + 2
    indent = " " * start
    for each in textwrap.wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False):
        yield Styled(each, line.style)
