"""Rows of plain cells: what terminal and Markdown lay out, and how values, jobs and people are worded in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from reconciler.model.actions import SettingChange
    from reconciler.model.edge import RecipientKey
    from reconciler.model.plan import Names

__all__ = [
    "ALL_NAMES",
    "FEW_NAMES",
    "Named",
    "Row",
    "Section",
    "Sign",
    "change_text",
    "edge_cells",
    "jobs_text",
    "who_text",
]

FEW_NAMES: Final = 8
"""How many names one line tells before it counts the rest."""

ALL_NAMES: Final = 1000
"""For who stops being told: a reviewer must not have to ask."""


class Named(Protocol):
    """A plan, or what else knows how people call what it speaks of."""

    @property
    def names(self) -> Names: ...


class Sign:
    """What stands in front of a row."""

    ADD = "+"
    REMOVE = "-"
    CHANGE = "~"
    KEEP = "="
    WARN = "!"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line: its sign, its cells (columns align within a section), and a remark that needs no column."""

    sign: str
    cells: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled part of a plan. `hint` is one sentence under the title."""

    title: str
    rows: tuple[Row, ...]
    hint: str = ""


def edge_cells(
    plan: Named,
    who: RecipientKey,
    outcome: str,
    jobs: Sequence[int],
    *,
    after: RecipientKey | None = None,
    most: int = FEW_NAMES,
) -> tuple[str, ...]:
    """Return who, which outcome, and which jobs; with `after`, from whom to whom."""
    name = who_text(plan, who) if after is None else f"{who_text(plan, who)} → {who_text(plan, after)}"
    return (name, outcome, jobs_text(plan, jobs, most=most))


def who_text(plan: Named, key: RecipientKey) -> str:
    return plan.names.recipients.get(key, key.value)


def jobs_text(plan: Named, job_ids: Iterable[int], *, most: int = FEW_NAMES) -> str:
    return _list([plan.names.jobs.get(job_id, f"job {job_id}") for job_id in job_ids], most=most)


def change_text(change: SettingChange) -> str:
    return f"{change.name}: {_shown(change.before)} → {_shown(change.after)}"


def _shown(value: object) -> str:
    match value:
        case None | "":
            return "nothing"
        case bool():
            return "on" if value else "off"
        case list():
            return _list([str(each) for each in value], most=FEW_NAMES)
        case _:
            return str(value)


def _list(values: Sequence[str], *, most: int) -> str:
    shown = ", ".join(sorted(values)[:most])
    return shown + (f" and {len(values) - most} more" if len(values) > most else "")
