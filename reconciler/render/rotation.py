"""What became of a rotation, for people and for scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from reconciler.escape import terminal
from reconciler.model.rotation import RotationReport, RotationState
from reconciler.render.terminal import Styled

__all__ = ["rotation_document", "rotation_lines"]

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEADS: Final[Mapping[RotationState, tuple[str, str]]] = {
    RotationState.ROTATED: ("Rotated", "green"),
    RotationState.FINISHED: ("Finished the rotation that had begun", "green"),
    RotationState.NOT_VERIFIED: ("Not rotated", "red"),
    RotationState.STOPPED: ("Stopped half-way", "red"),
}


def rotation_lines(report: RotationReport) -> Iterator[Styled]:
    """Yield the report line by line, escaped for a terminal."""
    head, style = _HEADS[report.state]
    yield Styled(terminal(f"{head}: webhook {report.key}"), style)
    for what, text in _facts(report):
        yield Styled(terminal(f"  {what:<11} {text}"))
    if report.message:
        yield Styled(terminal(f"  {report.message}"))
    if report.next_step:
        yield Styled(terminal(f"Next step: {report.next_step}"))


def _facts(report: RotationReport) -> Iterator[tuple[str, str]]:
    yield "in use", report.id
    if report.state in {RotationState.ROTATED, RotationState.FINISHED}:
        yield "secret", report.receipt
        yield "verified", f"a test delivery was answered with {report.status}" if report.status else _unverified(report)
    if report.former:
        yield "off", ", ".join(report.former)
    if report.retire_from:
        yield (
            "old secret",
            f"stays in the sink for what is sent again; `purge` takes it out from {report.retire_from} on",
        )


def _unverified(report: RotationReport) -> str:
    if report.state is RotationState.FINISHED:
        return "by the run that began it"
    return "no: the policy keeps this webhook off, and nothing was sent"


def rotation_document(report: RotationReport) -> dict[str, Any]:
    """Return the report as plain JSON, with the exit code and its word."""
    return {
        "result": report.exit_code.word,
        "exit_code": int(report.exit_code),
        "webhook": report.key,
        "state": report.state.value,
        "id": report.id,
        "former": list(report.former),
        "status": report.status,
        "receipt": report.receipt,
        "retire_from": report.retire_from,
        "message": report.message,
        "next_step": report.next_step,
    }
