"""What must have happened by when, the runs that it is judged by, and what was missed. All times are aware, in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reconciler.model.problem import Position
from reconciler.model.telling import Cause, Happening

__all__ = ["Deadline", "Missed", "RunFacts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """One run of a job, as far as deadlines look. `finished` None is still running; a run that warned succeeded."""

    started: datetime
    finished: datetime | None = None
    succeeded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A run that started at or after `since` must succeed by `judged_at`, which is `due` and the grace after it.

    Of `max_duration`, `since` is the start of the run that must be over. `at` is the line of the SLA.
    """

    job_id: int
    cause: Cause
    since: datetime
    due: datetime
    judged_at: datetime
    at: Position
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A deadline that nothing met, and what routing is to be asked about it."""

    deadline: Deadline
    happening: Happening
