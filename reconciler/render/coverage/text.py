"""Coverage as terminal text: the headline, tables with bars, the uncovered jobs each with the line to add."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from reconciler.escape import terminal
from reconciler.render.coverage.words import (
    Table,
    counted_line,
    gap_jobs,
    gap_line,
    heading,
    headline,
    moment,
    muted_line,
    places_text,
    silence_line,
    tables,
    today_claim,
    today_counts,
    told_percent,
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
    yield from _quiet(coverage)
    if coverage.gaps:
        yield from (Styled(""), Styled(f"Not covered: {len(coverage.missing):,}", "bold"))
    for gap in coverage.gaps:
        yield from _gap(gap, coverage)
    if coverage.steps:
        yield from (Styled(""), Styled("Next", "bold"))
    for number, step in enumerate(coverage.steps, start=1):
        yield Styled(f"  {number}. {step.text}")
        yield Styled(f"     {step.do}", "dim")


def _quiet(coverage: Coverage) -> Iterator[Styled]:
    """Yield what is silent on purpose and what is muted: why, which jobs, and the lines that say so."""
    silent = [(silence_line(each), gap_jobs(each, coverage), places_text(each.at)) for each in coverage.silences]
    muted = [(muted_line(each), gap_jobs(each, coverage), places_text([each.at])) for each in coverage.mutes]
    held = "Muted now: the relay would tell nothing of these; dbt Cloud's own alerts are not muted"
    for title, parts in ((f"Silent on purpose: {coverage.whole.silent:,}", silent), (held, muted)):
        if parts:
            yield from (Styled(""), Styled(title, "bold"))
        for what, jobs, where in parts:
            yield Styled(terminal(f"  ○ {what}"))
            yield Styled(terminal(f"      {jobs}"))
            yield Styled(terminal(f"      {where}"), "dim")


def floor_lines(coverage: Coverage, floor: float, *, in_force: bool = False) -> Iterator[Styled]:
    """Say that coverage is under its floor, and of which jobs nobody is told: in the policy, or in force today."""
    share = coverage.in_force if in_force else coverage.whole
    missing = [coverage.by_id[each] for each in coverage.today.untold] if in_force else coverage.missing
    if share.of == 0:
        yield Styled(f"Coverage under the floor of {floor:g} %: there is no active job, so nothing is proved.", "red")
        return
    what = "In force today" if in_force else "Named in the policy"
    counts = today_counts(coverage) if in_force else counted_line(share)
    yield Styled(f"{what}: {share.percent_text}, under the floor of {floor:g} % ({counts}). Missing:", "red")
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
        full = "green" if coverage.today.told == whole.of else "yellow"
        yield Styled(terminal(f"  {told_percent(coverage):>7}  {today_claim(coverage)}"), full)
        yield Styled(f"  {'':7}  {today_counts(coverage)}")
    if production.of and production != whole:
        yield Styled("")
        named = f"{production.percent_text:>7}  of {production.of:,} in production are named in the policy"
        yield Styled(f"  {named}", _colour(production))
        yield Styled(f"  {'':7}  {counted_line(production)}")


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
    """Draw what is decided, and shaded what of it waits for the relay; full only where nothing is missing."""
    if share.of == 0:
        return ""
    now, named = ((share.told + share.silent) * _BAR // share.of, share.decided * _BAR // share.of)
    return "█" * now + "▒" * (named - now) + "░" * (_BAR - named)


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
