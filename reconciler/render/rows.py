"""Rows of plain cells: what terminal and Markdown lay out, and how values, jobs and people are worded in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from reconciler.model.edge import RecipientKey
from reconciler.plan.naming import setting_called

if TYPE_CHECKING:
    from reconciler.model.actions import SettingChange
    from reconciler.model.plan import Names

__all__ = [
    "ALL_NAMES",
    "FEW_NAMES",
    "Listed",
    "Named",
    "Row",
    "Section",
    "Sign",
    "cell_text",
    "change_text",
    "edge_cells",
    "everybody",
    "jobs_cell",
    "jobs_text",
    "setting_text",
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
class Listed:
    """Sorted names in one cell, of which one line tells only the first: a medium that can unfold the rest does."""

    names: tuple[str, ...]
    most: int = FEW_NAMES

    @property
    def text(self) -> str:
        count = f"{len(self.names)} jobs: " if len(self.names) > FEW_NAMES else ""
        return count + _list(self.names, most=self.most)


def cell_text(cell: str | Listed) -> str:
    """Return a cell as one line of text."""
    return cell if isinstance(cell, str) else cell.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line: its sign, its cells (columns align within a section), and a remark that needs no column."""

    sign: str
    cells: tuple[str | Listed, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled part of a plan. `hint` is one sentence under the title."""

    title: str
    rows: tuple[Row, ...]
    hint: str = ""


def edge_cells(
    plan: Named,
    who: RecipientKey | Sequence[RecipientKey],
    outcomes: str | Iterable[str],
    jobs: Iterable[int],
    *,
    after: Sequence[RecipientKey] = (),
    most: int = FEW_NAMES,
) -> tuple[str | Listed, ...]:
    """Return who, which outcomes, and which jobs; with `after`, from whom to whom."""
    name = everybody(plan, (who,) if isinstance(who, RecipientKey) else who)
    shown = outcomes if isinstance(outcomes, str) else ", ".join(outcomes)
    moved = f"{name} → {everybody(plan, after)}" if after else name
    return (moved, shown, jobs_cell(plan, jobs, most=most))


def everybody(plan: Named, keys: Iterable[RecipientKey]) -> str:
    return ", ".join(who_text(plan, key) for key in keys)


def jobs_cell(plan: Named, job_ids: Iterable[int], *, most: int = FEW_NAMES) -> Listed:
    return Listed(names=tuple(sorted(plan.names.jobs.get(job_id, f"job {job_id}") for job_id in job_ids)), most=most)


def who_text(plan: Named, key: RecipientKey) -> str:
    return plan.names.recipients.get(key, key.value)


def jobs_text(plan: Named, job_ids: Iterable[int], *, most: int = FEW_NAMES) -> str:
    return _list([plan.names.jobs.get(job_id, f"job {job_id}") for job_id in job_ids], most=most)


def change_text(change: SettingChange) -> str:
    return f"{change.name}: {_shown(change.before)} → {_shown(change.after)}"


def setting_text(plan: Named, key: RecipientKey, change: SettingChange) -> str:
    """Word a change of a recipient in the policy's keys, and name the user who stands for it."""
    before, after = (_standing(plan, change.name, value) for value in (change.before, change.after))
    return f"{setting_called(change.name, key.kind)}: {_shown(before)} → {_shown(after)}"


def _standing(plan: Named, name: str, value: object) -> object:
    is_user = name == "user_id" and isinstance(value, int)
    return plan.names.recipients.get(RecipientKey.user(value), f"user {value}") if is_user else value


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
    """Name the first and count the rest; one more is named, not counted."""
    most = most + 1 if len(values) == most + 1 else most
    shown = ", ".join(sorted(values)[:most])
    return shown + (f" and {len(values) - most} more" if len(values) > most else "")
