"""The page's matrix: each job once, in a row with all that stand alike, so that ten thousand are a small page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from reconciler.model.coverage import LOOKED_AT, Answer, JobCoverage, Means, Page, Standing, Wake
from reconciler.model.duration import duration_text
from reconciler.render.coverage.words import MUST_BE_HEARD, NO_TEAM, and_deactivated

if TYPE_CHECKING:
    from reconciler.model.coverage import Cell, Coverage, Route
    from reconciler.model.outcome import Outcome
    from reconciler.model.problem import Position

__all__ = ["MARKS", "QUIET", "WORDS", "job_values"]

MARKS: Final = {
    Standing.TOLD: "●",
    Standing.WAITS: "◌",
    Standing.DIGEST: "◐",
    Standing.PARTLY: "◔",
    Standing.SILENT: "○",
    Standing.UNCOVERED: "✕",
    Standing.NEVER: "–",
}
WORDS: Final = {
    Standing.TOLD: "told natively",
    Standing.WAITS: "waits for the relay",
    Standing.DIGEST: "waits for a digest of the relay",
    Standing.PARTLY: "named in part",
    Standing.SILENT: "declared silent",
    Standing.UNCOVERED: "uncovered",
    Standing.NEVER: "cannot happen",
}

QUIET: Final = ("·", "nobody")
"""How an outcome is shown of which nobody hears, and perhaps nobody has to."""

_MOST_JOBS: Final = 20_000
_IN_SIGHT: Final = 6
_OPEN: Final = 60
"""Jobs of a team up to which its table is unfolded; with more than so many in all, every team is folded."""

_MOST_WITH_LINES: Final = 300
"""Rows that say who is told by which line; with more of them, the JSON does."""


def job_values(coverage: Coverage) -> dict[str, Any]:
    """Return what the template needs of the jobs. Deactivated ones are among them, and marked."""
    jobs = coverage.jobs[:_MOST_JOBS]
    muted = {job_id: f", muted until {each.until}" for each in coverage.mutes for job_id in each.jobs}
    teams: defaultdict[str, list[JobCoverage]] = defaultdict(list)
    for job in jobs:
        teams[job.answer.team].append(job)
    grouped = {team: _alike(members) for team, members in teams.items()}
    lines = sum(map(len, grouped.values())) <= _MOST_WITH_LINES
    ordered = sorted(grouped.items(), key=lambda item: (not item[0], item[0]))
    return {
        "outcomes": [outcome.value for outcome in LOOKED_AT],
        "jobs_left": len(coverage.jobs) > len(jobs),
        "jobs_shown": f"{len(jobs):,}",
        "jobs_in_all": f"{len(coverage.jobs):,}",
        "teams": [_team(team, rows, muted, open_=len(jobs) <= _OPEN, lines=lines) for team, rows in ordered],
    }


def _alike(jobs: Sequence[JobCoverage]) -> list[list[JobCoverage]]:
    """Put jobs of one team together that show the same, the worst tier first."""
    rows: defaultdict[tuple[object, ...], list[JobCoverage]] = defaultdict(list)
    seen: dict[int, tuple[object, ...]] = {}
    for job in jobs:
        answer = job.answer
        if id(answer) not in seen:
            seen[id(answer)] = _shown(answer)
        rows[(job.deactivated, *seen[id(answer)])].append(job)
    return sorted(rows.values(), key=lambda row: _order(row[0]))


def _shown(answer: Answer) -> tuple[object, ...]:
    standings = tuple(answer.cells[outcome].standing for outcome in LOOKED_AT)
    routes = tuple((route.channel, route.condition) for cell in answer.cells.values() for route in cell.routes)
    return (answer.tier, standings, answer.deadline, answer.pages, routes)


def _order(job: JobCoverage) -> tuple[object, ...]:
    answer = job.answer
    undecided = answer.failure.standing.decided
    return (job.deactivated, undecided, answer.silent, answer.rank is None, answer.rank or 0, answer.tier, job.id)


def _team(
    team: str, rows: Sequence[Sequence[JobCoverage]], muted: Mapping[int, str], *, open_: bool, lines: bool
) -> dict[str, Any]:
    off = sum(len(row) for row in rows if row[0].deactivated)
    count = sum(map(len, rows)) - off
    missing = sum(len(row) for row in rows if not row[0].deactivated and not row[0].answer.failure.standing.decided)
    jobs = f"{count:,} job{'' if count == 1 else 's'}{and_deactivated(off)}"
    return {
        "name": team or NO_TEAM.replace("`", ""),
        "text": f"{jobs}, {missing:,} uncovered",
        "open": open_,
        "rows": [_row(row, muted, lines=lines) for row in rows],
    }


def _row(jobs: Sequence[JobCoverage], muted: Mapping[int, str], *, lines: bool) -> dict[str, Any]:
    answer, many = jobs[0].answer, len(jobs) > _IN_SIGHT
    tier = "none" if answer.silent else answer.tier or "–"
    ordered = sorted(jobs, key=lambda job: (job.name, job.id))
    return {
        "state": answer.failure.standing.value,
        "count": f"{len(jobs):,} jobs" if many else "",
        "jobs": [{"name": job.name, "place": _place(job) + muted.get(job.id, "")} for job in ordered],
        "tier": tier,
        "cells": [_cell(outcome, answer.cells[outcome]) for outcome in LOOKED_AT],
        "deadline": answer.deadline or "–",
        "pages": _pages(answer.pages) or "–",
        "routes": list(_routes(answer)) if lines else [],
    }


def _place(job: JobCoverage) -> str:
    parts = (job.project, job.environment)
    off = ", deactivated" if job.deactivated else ""
    return " / ".join(part for part in parts if part) + off


def _cell(outcome: Outcome, cell: Cell) -> dict[str, str]:
    if cell.standing is Standing.UNCOVERED and outcome not in MUST_BE_HEARD:
        return {"kind": "quiet", "mark": QUIET[0], "word": QUIET[1]}
    return {"kind": cell.standing.value, "mark": MARKS[cell.standing], "word": WORDS[cell.standing]}


def _pages(pages: Sequence[Page]) -> str:
    """Say what a job would wake, each channel once, by its surest way: `oncall once promoted to critical, +5m`."""
    surest: dict[str, Page] = {}
    for page in pages:
        surest.setdefault(page.channel, page)
    return ", ".join(_page(each) for each in surest.values())


def _page(page: Page) -> str:
    after = f"+{duration_text(page.after)}" if page.after else "at once"
    once = {Wake.PROMOTED: f"once promoted {page.detail}", Wake.LATE: f"only when {page.detail}"}
    said = once.get(page.wake, page.detail)
    return " ".join(filter(None, (page.channel, said, after)))


def _routes(answer: Answer) -> Iterator[dict[str, str]]:
    for outcome in LOOKED_AT:
        cell = answer.cells[outcome]
        for route in cell.routes:
            yield {"outcome": outcome.value, "text": _route(route), "line": _line(route.because[-1])}
        if cell.standing is Standing.SILENT and cell.at is not None and not cell.routes:
            yield {"outcome": outcome.value, "text": f"nobody: {cell.reason}", "line": _line(cell.at)}
        if answer.silent:
            return


def _route(route: Route) -> str:
    condition = f", {route.condition}" if route.condition else ""
    broken = f": does not deliver: {route.broken}" if route.broken else ""
    relay = "" if route.means is Means.NATIVE else ", waits for the relay"
    return f"{route.channel} ({route.means}{condition}{relay}){broken}"


def _line(at: Position) -> str:
    return f"{at.file}:{at.line}"
