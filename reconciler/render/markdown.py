"""A plan as Markdown for a pull request, from `templates/plan/comment.md.j2`. Values are escaped before that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reconciler.escape import markdown
from reconciler.render.empty_ledger import empty_ledger_line
from reconciler.render.rows import FEW_NAMES, Listed, Section
from reconciler.render.sections import coverage_line, heading, refusal_lines, sections, summary_line
from reconciler.shipped import Shipped, shipped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from reconciler.model.plan import Plan

__all__ = ["LARGEST_COMMENT", "plan_markdown", "render_template", "section_values"]

LARGEST_COMMENT: Final = 60_000
"""GitHub refuses a comment of more than 65,536 characters; the rest is room for what a workflow adds."""


_MOST_UNFOLDED: Final = 40
"""Names in one cell of a table that are still read at a glance."""


def plan_markdown(plan: Plan, *, templates: Sequence[Path] = ()) -> str:
    """Render the plan; a `plan/comment.md.j2` in one of `templates` comes before the shipped one."""
    whole = "the whole plan is in the job's log and in the saved plan"
    return render_template("plan/comment.md.j2", _values(plan), templates=templates, whole=whole)


def render_template(name: str, values: Mapping[str, Any], *, templates: Sequence[Path], whole: str) -> str:
    """Render values that are escaped already; a file of that name in one of `templates` comes before the shipped one.

    What is too long for a comment is cut at a line, and says where all of it is: `whole`.
    """
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([*templates, shipped(Shipped.TEMPLATES)]),
        undefined=StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template(name).render(values)
    return text if len(text) <= LARGEST_COMMENT else _cut(text, whole)


def _values(plan: Plan) -> dict[str, Any]:
    return {
        "heading": markdown(heading(plan)),
        "summary": markdown(summary_line(plan)),
        "coverage": markdown(coverage_line(plan)),
        "ledger_empty": empty_ledger_line(plan),
        "refusal": [markdown(line) for line in refusal_lines(plan)],
        "blocked": len(plan.blocked),
        "sections": [section_values(section) for section in sections(plan)],
        "policy_digest": markdown(plan.policy_digest),
        "commit": markdown(plan.commit),
    }


def section_values(section: Section) -> dict[str, Any]:
    """Return what a template needs of a section, escaped."""
    columns = max(len(row.cells) for row in section.rows)
    return {
        "title": markdown(section.title),
        "hint": markdown(section.hint),
        "rows": [
            {
                "sign": row.sign,
                "cells": [_cell(cell) for cell in row.cells] + [""] * (columns - len(row.cells)),
                "note": markdown(row.note),
            }
            for row in section.rows
        ],
        "columns": columns,
    }


def _cell(cell: str | Listed) -> str:
    """Return one cell; a list that is too long for a line is folded, and every name is in it."""
    if isinstance(cell, str):
        return markdown(cell)
    if len(cell.names) <= min(cell.most + 1, _MOST_UNFOLDED):
        return markdown(cell.text)
    short = markdown(replace(cell, most=min(cell.most, FEW_NAMES)).text)
    return f"<details><summary>{short}</summary>{markdown(', '.join(cell.names))}</details>"


def _cut(text: str, whole: str) -> str:
    kept = text[:LARGEST_COMMENT].rsplit("\n", 1)[0]
    return f"{kept}\n\n…cut: {whole}.\n"
