"""What became of an apply: what was done, what was not and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from reconciler.escape import terminal
from reconciler.plan.document_actions import identity
from reconciler.plan.wording import describe
from reconciler.render.terminal import Styled

if TYPE_CHECKING:
    from reconciler.model.actions import Action
    from reconciler.model.plan import Names, Plan
    from reconciler.model.report import ActionResult, ApplyReport
    from reconciler.plan.saved import SavedPlan

__all__ = ["report_document", "report_lines", "saved_document", "saved_line"]

_MOST_LINES = 30


def report_lines(report: ApplyReport, *, unreviewed: Sequence[Action], names: Names) -> Iterator[Styled]:
    """Yield the report line by line, escaped for a terminal; the last line says where the run stands.

    `unreviewed` are actions of today that a saved plan does not have; `names` are the plan's.
    """
    yield Styled("")
    for title, results, style in (
        ("Failed", report.failed, "red"),
        ("Withheld", report.withheld, "yellow"),
    ):
        yield from _results(title, results, style, names)
    for edge in report.foreign_lost:
        yield Styled(terminal(f"  ! lost while we wrote, and not ours: {edge}"), "red")
    for note in report.notes:
        yield Styled(terminal(f"  {note}"), "dim")
    for why, count in Counter(result.message for result in report.deferred).items():
        yield Styled(f"{count} action{'' if count == 1 else 's'} left for another run: {why}")
    yield from _waiting(unreviewed, names)
    if report.stopped is not None:
        yield Styled(terminal(f"Stopped: {report.stopped.message}"), "red")
        if report.stopped.next_step:
            yield Styled(terminal(f"Next step: {report.stopped.next_step}"))
    yield Styled(_verdict(report), "bold")


def _results(title: str, results: tuple[ActionResult, ...], style: str, names: Names) -> Iterator[Styled]:
    if not results:
        return
    yield Styled(title, "bold")
    for result in results[:_MOST_LINES]:
        yield Styled(terminal(f"  ! {describe(result.action, names)}: {result.message}"), style)
        if result.next_step:
            yield Styled(terminal(f"      {result.next_step}"))
    if len(results) > _MOST_LINES:
        yield Styled(f"  and {len(results) - _MOST_LINES} more")


def _waiting(unreviewed: Sequence[Action], names: Names) -> Iterator[Styled]:
    if not unreviewed:
        return
    yield Styled(f"{len(unreviewed)} new action(s) are not in the saved plan and wait for the next one:")
    for action in unreviewed[:_MOST_LINES]:
        yield Styled(terminal(f"  {describe(action, names)}"), "dim")
    if len(unreviewed) > _MOST_LINES:
        yield Styled(f"  and {len(unreviewed) - _MOST_LINES} more")


def saved_line(saved: SavedPlan, now: Plan) -> str:
    """Say which saved plan is applied, what it was made from, and what of that is not the same any more."""
    policy, today = _digest(saved.policy_digest), _digest(now.policy_digest)
    generation, today_generation = saved.ledger_generation, now.ledger_generation
    moved = (
        f"policy {policy}" if policy == today else f"policy {policy} (now {today})",
        f"commit {saved.commit[:12]}" if saved.commit else "",
        f"ledger generation {generation}" + ("" if generation == today_generation else f" (now {today_generation})"),
    )
    parts = (f"Saved plan {_digest(saved.digest)}", f"made {saved.created_at}", *moved)
    return terminal(" · ".join(part for part in parts if part))


def saved_document(saved: SavedPlan) -> dict[str, Any]:
    """Return what is recorded of a saved plan, as JSON-ready data."""
    return {
        "digest": saved.digest,
        "policy_digest": saved.policy_digest,
        "commit": saved.commit,
        "ledger_generation": saved.ledger_generation,
        "created_at": saved.created_at,
        "expires_at": saved.expires_at.isoformat(),
    }


def _digest(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12]


def _verdict(report: ApplyReport) -> str:
    done, failed, withheld = len(report.done), len(report.failed), len(report.withheld)
    if not (failed or withheld or report.blocked or report.stopped or report.foreign_lost):
        return f"Applied: {done} done, each verified." if done else "Nothing to do."
    parts = [f"{done} done", f"{failed} failed", f"{withheld} withheld", f"{report.blocked} left alone"]
    return f"Partly applied: {', '.join(parts)}. It is safe to run again."


def report_document(report: ApplyReport, *, unreviewed: Sequence[Action]) -> dict[str, Any]:
    """Return the report as JSON-ready data."""
    return {
        "counts": {
            "done": len(report.done),
            "failed": len(report.failed),
            "withheld": len(report.withheld),
            "deferred": len(report.deferred) + len(unreviewed),
            "blocked": report.blocked,
        },
        "results": [
            {
                "id": identity(result.action),
                "state": result.state.value,
                "message": result.message,
                "next_step": result.next_step,
            }
            for result in report.results
        ],
        "not_in_saved_plan": [identity(action) for action in unreviewed],
        "foreign_lost": [str(edge) for edge in report.foreign_lost],
        "notes": list(report.notes),
        "stopped": None
        if report.stopped is None
        else {"reason": report.stopped.reason.value, "message": report.stopped.message},
        "wrote": report.wrote,
        "ledger_generation": report.generation,
    }
