"""Coverage as Markdown for a pull request or an issue, from `templates/coverage/report.md.j2`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from reconciler.escape import markdown, terminal
from reconciler.model.coverage import Muted, Silence
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
from reconciler.render.markdown import render_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from reconciler.model.coverage import Coverage, Gap

__all__ = ["coverage_markdown"]

_OPEN: Final = frozenset({"projects"})
"""The tables that a reader sees unfolded."""

_ALL: Final = 1_000_000
"""Names that a cell tells: every one of them. The whole is cut where it is too long for a comment."""


def coverage_markdown(coverage: Coverage, *, templates: Sequence[Path] = ()) -> str:
    """Render the coverage; a `coverage/report.md.j2` in one of `templates` comes before the shipped one."""
    whole = "all of it is in `dbt-alerts coverage --json`"
    return render_template("coverage/report.md.j2", _values(coverage), templates=templates, whole=whole)


def _values(coverage: Coverage) -> dict[str, Any]:
    return {
        "heading": markdown(heading(coverage)),
        "percent": markdown(coverage.whole.percent_text),
        "headline": markdown(headline(coverage)),
        "told": markdown(told_percent(coverage)),
        "today": markdown(today_claim(coverage)) if coverage.whole.of else "",
        "quiet": [_quiet(each, coverage) for each in (*coverage.silences, *coverage.mutes)],
        "lines": [markdown(line) for line in _lines(coverage)],
        "steps": [{"text": markdown(each.text), "do": _with_code(each.do)} for each in coverage.steps],
        "missing": f"{len(coverage.missing):,}",
        "gaps": [_gap(each, coverage) for each in coverage.gaps],
        "tables": [_table(each) for each in tables(coverage, most=_ALL) if coverage.whole.of],
        "at": markdown(moment(coverage.at)),
        "digest": markdown(coverage.policy_digest[:12]),
    }


def _lines(coverage: Coverage) -> Iterator[str]:
    if coverage.whole.of == 0:
        return
    yield f"named: {counted_line(coverage.whole)}"
    yield f"today: {today_counts(coverage)}"
    production = coverage.production
    if production.of and production != coverage.whole:
        yield f"named in production: {production.percent_text} of {production.of:,}: {counted_line(production)}"


def _quiet(found: Silence | Muted, coverage: Coverage) -> dict[str, Any]:
    return {
        "muted": isinstance(found, Muted),
        "line": markdown(silence_line(found) if isinstance(found, Silence) else muted_line(found)),
        "jobs": markdown(gap_jobs(found, coverage, most=_ALL)),
        "at": markdown(places_text(found.at if isinstance(found, Silence) else (found.at,))),
    }


def _gap(gap: Gap, coverage: Coverage) -> dict[str, Any]:
    return {
        "line": _with_code(gap_line(gap)),
        "jobs": markdown(gap_jobs(gap, coverage, most=_ALL)),
        "where": _with_code(gap.where),
        "code": [terminal(line) for line in gap.lines],
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "title": markdown(table.title),
        "hint": _with_code(table.hint),
        "head": [markdown(cell) for cell in table.head],
        "rows": [[markdown(cell) for cell in row] for row in table.rows],
        "open": table.key in _OPEN,
    }


def _with_code(text: str) -> str:
    """Escape a text of ours, and leave what stands between two backticks as code, in which nothing is markup."""
    parts = text.split("`")
    if len(parts) % 2 == 0 or not all(parts[1::2]):
        return markdown(text)
    return "".join(f"`{terminal(part)}`" if place % 2 else markdown(part) for place, part in enumerate(parts))
