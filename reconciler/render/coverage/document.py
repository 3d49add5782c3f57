"""Coverage as versioned JSON data, every job and every cell. Pure: the caller writes the text."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.coverage import Answer, Cell, Coverage, Gap, Group, JobCoverage, Page, Route, Share
    from reconciler.model.problem import Position

__all__ = ["FORMAT", "coverage_document"]

FORMAT: Final = "1.0"
"""Major and minor: a reader refuses another major and ignores what a newer minor adds."""


def coverage_document(coverage: Coverage) -> dict[str, Any]:
    """Return the coverage as JSON-ready data. What is the same for many jobs stands once in `answers`, by number."""
    answers = list({id(job.answer): job.answer for job in coverage.jobs}.values())
    numbers = {id(answer): number for number, answer in enumerate(answers)}
    chosen, today = coverage.chosen, coverage.today
    return {
        "format": FORMAT,
        "host": coverage.host,
        "account_id": coverage.account_id,
        "manager": coverage.manager,
        "policy_digest": coverage.policy_digest,
        "at": coverage.at.isoformat(timespec="seconds"),
        "snapshot_taken_at": coverage.taken_at or None,
        "chosen": {"team": chosen.team, "tier": chosen.tier, "production": chosen.production},
        "percent": coverage.whole.percent,
        "failure": _share(coverage.whole),
        "production": _share(coverage.production),
        "in_force": {"percent": coverage.in_force.percent, "told": today.told, "silent": len(today.silent)},
        "deactivated": coverage.deactivated,
        "outcomes": {outcome.value: _share(share) for outcome, share in coverage.outcomes.items()},
        "projects": _groups(coverage.projects),
        "teams": _groups(coverage.teams),
        "tiers": _groups(coverage.tiers),
        "deadlines": _deadlines(coverage),
        "paging": _paging(coverage),
        "details": {
            "of": coverage.details.of,
            "owner": coverage.details.owner,
            "runbook": coverage.details.runbook,
            "impact": coverage.details.impact,
        },
        "today": {
            "told": today.told,
            **{each.name: list(getattr(today, each.name)) for each in fields(today)},
        },
        "silences": [
            {"reason": each.reason, "at": [_place(at) for at in each.at], "jobs": list(each.jobs)}
            for each in coverage.silences
        ],
        "mutes": [
            {"until": str(each.until), "reason": each.reason, "at": _place(each.at), "jobs": list(each.jobs)}
            for each in coverage.mutes
        ],
        "uncovered": [_gap(each) for each in coverage.gaps],
        "steps": [{"text": each.text, "do": each.do, "section": each.section} for each in coverage.steps],
        "answers": [_answer(each) for each in answers],
        "jobs": [_job(each, numbers[id(each.answer)]) for each in coverage.jobs],
    }


def _deadlines(coverage: Coverage) -> dict[str, Any]:
    found = coverage.deadlines
    return {
        "with": found.with_deadline,
        "late_untold": list(found.late_untold),
        "late_waits": list(found.late_waits),
        "production": found.production,
        "production_without": list(found.production_without),
    }


def _paging(coverage: Coverage) -> list[dict[str, Any]]:
    return [
        {
            "tier": each.tier or None,
            "rank": each.rank,
            **{wake.value: count for wake, count in each.by.items()},
            "never": list(each.never),
        }
        for each in coverage.paging
    ]


def _share(share: Share) -> dict[str, Any]:
    return {
        "percent": share.percent,
        "jobs": share.of,
        "told": share.told,
        "waits": share.waits,
        "digest": share.digest,
        "partly": share.partly,
        "silent": share.silent,
        "uncovered": share.uncovered,
        "never": share.never,
    }


def _groups(groups: Iterable[Group]) -> list[dict[str, Any]]:
    return [
        {"name": each.name or None, "failure": _share(each.share), "production": _share(each.production)}
        for each in groups
    ]


def _gap(gap: Gap) -> dict[str, Any]:
    return {"jobs": list(gap.jobs), "why": gap.why, "where": gap.where, "lines": list(gap.lines)}


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "team": answer.team or None,
        "tier": answer.tier or None,
        "rank": answer.rank,
        "rule": _place(answer.at),
        "notifications": [_place(each) for each in answer.notifications],
        "deadline": answer.deadline or None,
        "pages": [_page(each) for each in answer.pages],
        "missing": list(answer.missing),
        "outcomes": {outcome.value: _cell(cell) for outcome, cell in answer.cells.items()},
    }


def _page(page: Page) -> dict[str, Any]:
    return {
        "channel": page.channel,
        "wake": page.wake.value,
        "after_seconds": int(page.after.total_seconds()),
        "detail": page.detail or None,
        "because": _place(page.because),
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "standing": cell.standing.value,
        "routes": [_route(each) for each in cell.routes],
        "reason": cell.reason or None,
        "declared_at": _place(cell.at),
    }


def _route(route: Route) -> dict[str, Any]:
    return {
        "channel": route.channel,
        "means": route.means.value,
        "condition": route.condition or None,
        "broken": route.broken or None,
        "because": [_place(each) for each in route.because],
    }


def _job(job: JobCoverage, answer: int) -> dict[str, Any]:
    return {
        "id": job.id,
        "name": job.name,
        "project": job.project,
        "environment": job.environment,
        "production": job.production,
        "deactivated": job.deactivated,
        "failure": job.answer.failure.standing.value,
        "today": job.today.value,
        "answer": answer,
    }


def _place(at: Position | None) -> str | None:
    return None if at is None else str(at)
