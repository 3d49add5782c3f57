"""What lint found as SARIF 2.1.0, the form that code scanning reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from reconciler import __version__
from reconciler.lint.own import OWN_RULES
from reconciler.lint.registry import RULES, why
from reconciler.model.lint import LintLevel

if TYPE_CHECKING:
    from reconciler.lint.report import LintReport
    from reconciler.model.lint import Finding
    from reconciler.model.problem import Position

__all__ = ["Replacement", "sarif_document"]

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {LintLevel.ERROR: "error", LintLevel.WARN: "warning", LintLevel.INFO: "note", LintLevel.OFF: "none"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """What a fix does to one file: the text from `start` up to, and without, `end` gives way to `text`."""

    start: Position
    end: Position
    text: str


def sarif_document(
    report: LintReport,
    *,
    path: Callable[[str], str],
    fixes: Mapping[Finding, Sequence[Replacement]] | None = None,
    with_suppressed: bool = False,
) -> Mapping[str, Any]:
    """Return one run. `path` gives a file as the repository knows it.

    What is excused or in a baseline is left out: code scanning shows a suppressed result as an open one. With
    `with_suppressed` it is there, for who reads suppressions. Rules that were not asked are notifications of the run.
    """
    known = fixes or {}
    results = [_result(each, path, known.get(each, ())) for each in report.findings]
    if with_suppressed:
        results += _all_suppressed(report, path)
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "dbt-alerts", "semanticVersion": __version__, "rules": _rules()}},
                "invocations": [
                    {"executionSuccessful": True, "toolExecutionNotifications": [*map(_not_asked, report.not_judged)]}
                ],
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }


def _not_asked(rule: str) -> dict[str, Any]:
    return {
        "level": "note",
        "message": {"text": f"{rule} was not asked: it needs the account (--online or --live FILE)"},
        "associatedRule": {"id": rule},
    }


def _all_suppressed(report: LintReport, path: Callable[[str], str]) -> list[dict[str, Any]]:
    return [
        *(_suppressed(_result(each.finding, path, ()), "inSource", each.excuse.reason) for each in report.excused),
        *(_suppressed(_result(each, path, ()), "external", "it is in the baseline") for each in report.baselined),
    ]


def _rules() -> list[dict[str, Any]]:
    described = [(rule.id, rule.title, rule.level, why(rule)) for rule in RULES]
    described += [(own.id, own.title, own.level, own.why) for own in OWN_RULES]
    return [
        {
            "id": name,
            "shortDescription": {"text": f"Finds {title}."},
            "fullDescription": {"text": reason.partition("\n\n")[0].replace("\n", " ")},
            "help": {"text": reason},
            "defaultConfiguration": {"level": _LEVELS[level]},
        }
        for name, title, level, reason in described
    ]


def _result(finding: Finding, path: Callable[[str], str], fix: Sequence[Replacement]) -> dict[str, Any]:
    advice = (("Found: ", finding.found), ("Expected: ", finding.expected), ("Fix: ", finding.fix))
    text = "\n".join([finding.message, *(f"{label}{said}" for label, said in advice if said)])
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.level],
        "message": {"text": text},
        "locations": [_location(finding.at, path)],
        "partialFingerprints": {"ruleAndSubject/v1": _fingerprint(finding)},
    }
    if finding.also_at:
        result["relatedLocations"] = [_location(place, path) for place in finding.also_at]
    if fix:
        changes = [_change(each, path) for each in fix]
        result["fixes"] = [{"description": {"text": finding.fix or "what --fix does"}, "artifactChanges": changes}]
    return result


def _suppressed(result: dict[str, Any], kind: str, reason: str) -> dict[str, Any]:
    return {**result, "suppressions": [{"kind": kind, "justification": reason}]}


def _fingerprint(finding: Finding) -> str:
    return sha256(f"{finding.rule}\0{finding.subject}".encode(errors="backslashreplace")).hexdigest()[:32]


def _location(at: Position, path: Callable[[str], str]) -> dict[str, Any]:
    region = {"startLine": max(at.line, 1), "startColumn": max(at.column, 1)}
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(path(at.file))}, "region": region}}


def _change(replacement: Replacement, path: Callable[[str], str]) -> dict[str, Any]:
    start, end = replacement.start, replacement.end
    region = {
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    }
    return {
        "artifactLocation": {"uri": _uri(path(start.file))},
        "replacements": [{"deletedRegion": region, "insertedContent": {"text": replacement.text}}],
    }


def _uri(file: str) -> str:
    """Return a relative reference; a whole address for a file outside the repository."""
    found = Path(file)
    if found.is_absolute():
        return found.as_uri()
    return quote(found.as_posix().encode(errors="surrogateescape"), safe="/")
