"""What became of an apply: what was done, what was not and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from reconciler.escape import terminal
from reconciler.plan.document_actions import identity
from reconciler.plan.wording import describe
from reconciler.render.terminal import Styled

if TYPE_CHECKING:
    from reconciler.model.actions import Action
    from reconciler.model.plan import Names
    from reconciler.model.report import ActionResult, ApplyReport

__all__ = ["report_document", "report_lines"]

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
    if report.deferred:
        left = len(report.deferred)
        yield Styled(f"{left} action(s) are left: drift needs --repair-drift, --additions-only takes nothing.")
    if unreviewed:
        yield Styled(f"{len(unreviewed)} new action(s) are not in the saved plan and wait for the next one.")
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
