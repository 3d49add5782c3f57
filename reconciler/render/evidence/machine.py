"""A run of `alert-test` for machines: JSON, and the cases of a JUnit file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.escape import terminal
from reconciler.model.evidence import Evidence, Standing, Tested
from reconciler.render.junit import CheckCase

__all__ = ["evidence_cases", "evidence_document", "plain_evidence"]


def evidence_document(tested: Tested) -> dict[str, Any]:
    """Return the run as JSON data, with `result` and `exit_code` first."""
    return {
        "result": tested.exit_code.word,
        "exit_code": int(tested.exit_code),
        "correlation": tested.correlation,
        "at": tested.at.isoformat(),
        "stages": [str(each) for each in tested.stages],
        "evidence": [plain_evidence(each) for each in tested.evidence],
        "skipped": list(tested.skipped),
        "noted": list(tested.noted),
        "patch": list(tested.patch),
    }


def plain_evidence(each: Evidence) -> dict[str, Any]:
    return {
        "at": each.at.isoformat(),
        "id": each.id,
        "stage": str(each.stage),
        "route": each.route,
        "kind": each.kind,
        "standing": str(each.standing),
        "answer": each.answer,
        "fix": each.fix,
        "seconds": None if each.seconds is None else round(each.seconds, 3),
        "correlation": each.correlation,
        "owners": list(each.owners),
    }


def evidence_cases(tested: Tested) -> Iterator[CheckCase]:
    """Yield one case for each look; a run that tested nothing is one failed case.

    In one line each, as on a terminal: CI reads a line of its log that begins with `::` as a command.
    """
    if not tested.evidence:
        yield CheckCase(name="anything", group="alert-test", problem="nothing was tested, so nothing is proved")
    for each in tested.evidence:
        failed = each.standing is Standing.FAILED
        yield CheckCase(
            name=terminal(each.route),
            group=f"alert-test.{each.stage}",
            seconds=each.seconds or 0.0,
            problem="\n".join(map(terminal, filter(None, (each.answer, each.fix)))) if failed else None,
        )
