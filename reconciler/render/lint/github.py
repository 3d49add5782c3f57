"""What lint found as annotations of GitHub's runner: workflow commands, one line for each finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from reconciler.escape import annotation, annotation_property
from reconciler.model.lint import LintLevel

if TYPE_CHECKING:
    from reconciler.lint.report import LintReport
    from reconciler.model.lint import Finding

__all__ = ["annotation_lines"]

_COMMANDS: Final = {LintLevel.ERROR: "error", LintLevel.WARN: "warning", LintLevel.INFO: "notice"}


def annotation_lines(report: LintReport, *, path: Callable[[str], str]) -> Iterator[str]:
    """Yield an annotation for each finding, one for the rules not asked. `path`: a file as the repository knows it."""
    for finding in report.findings:
        where = f"file={annotation_property(path(finding.at.file))},line={finding.at.line},col={finding.at.column}"
        title = annotation_property(finding.rule)
        yield f"::{_COMMANDS[finding.level]} {where},title={title}::{annotation(_message(finding))}"
    if report.not_judged:
        first, others = report.not_judged[0], len(report.not_judged) - 1
        which = f"{first} and {others} more need" if others else f"{first} needs"
        yield f"::notice title=not asked::{annotation(f'{which} the account: --online, or --live FILE')}"


def _message(finding: Finding) -> str:
    lines = [finding.message, *(f"{label}: {text}" for label, text in _more(finding) if text)]
    return "\n".join(lines)


def _more(finding: Finding) -> tuple[tuple[str, str], ...]:
    return (("found", finding.found), ("expected", finding.expected), ("fix", finding.fix))
