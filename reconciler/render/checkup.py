"""What `doctor` found: text for a terminal, data for scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from reconciler.escape import terminal
from reconciler.model.checkup import Check, Verdict
from reconciler.render.terminal import Styled

__all__ = ["check_lines", "checkup_document", "verdict_line"]

_SIGNS: Final = {Verdict.OK: "ok  ", Verdict.WARNING: "warn", Verdict.FAILED: "FAIL", Verdict.UNKNOWN: "?   "}
_STYLES: Final = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.FAILED: "red", Verdict.UNKNOWN: "dim"}


def check_lines(check: Check) -> Iterator[Styled]:
    """Yield one check: what was found, and under it what to do."""
    yield Styled(terminal(f"{_SIGNS[check.verdict]}  {check.name:<12} {check.found}"), _STYLES[check.verdict])
    if check.next_step:
        yield Styled(terminal(f"{'':<19}→ {check.next_step}"))


def verdict_line(checks: Sequence[Check]) -> Styled:
    """Return the last line: how many things are wrong."""
    failed = sum(check.verdict is Verdict.FAILED for check in checks)
    warned = sum(check.verdict is Verdict.WARNING for check in checks)
    if failed:
        return Styled(f"{failed} failed, {warned} to look at.", "bold")
    return Styled(f"Nothing failed; {warned} to look at." if warned else "All well.", "bold")


def checkup_document(checks: Sequence[Check]) -> dict[str, Any]:
    """Return the checks as JSON-ready data."""
    return {
        "checks": [
            {"name": each.name, "verdict": each.verdict.value, "found": each.found, "next_step": each.next_step}
            for each in checks
        ]
    }
