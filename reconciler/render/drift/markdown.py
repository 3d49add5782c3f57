"""Drift as Markdown for an issue or a job's summary, from `templates/drift/report.md.j2`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.escape import markdown
from reconciler.render.drift.text import (
    facts,
    heading,
    ignored_text,
    left_line,
    notes,
    repair_lines,
    subject,
    summary_line,
)
from reconciler.render.markdown import render_template

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconciler.model.drift import Drift, DriftFinding

__all__ = ["drift_markdown"]


def drift_markdown(drift: Drift, *, templates: Sequence[Path] = ()) -> str:
    """Render the drift; a `drift/report.md.j2` in one of `templates` comes before the shipped one."""
    whole = "all of it is in `dbt-alerts drift --json`"
    return render_template("drift/report.md.j2", _values(drift), templates=templates, whole=whole)


def _values(drift: Drift) -> dict[str, Any]:
    return {
        "heading": markdown(heading(drift)),
        "summary": markdown(summary_line(drift)),
        "left": markdown(left_line(drift)),
        "ledger_empty": drift.ledger_empty,
        "parts": [
            {"title": title, "rows": [_row(each, drift) for each in drift.findings if each.loud is loud]}
            for title, loud in (("Loud", True), ("Not as it was left", False))
        ],
        "ignored": [markdown(ignored_text(each)) for each in drift.ignored],
        "notes": [markdown(text) for text in notes(drift)],
        "repair": [markdown(text) for text in repair_lines(drift)],
    }


def _row(finding: DriftFinding, drift: Drift) -> dict[str, Any]:
    return {
        "subject": markdown(subject(finding, drift)),
        "what": markdown("; ".join((finding.what, *facts(finding, drift)))),
        "next_step": markdown(finding.next_step),
    }
