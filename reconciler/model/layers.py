"""What one place of the policy says about a job: in `defaults`, in a tier, at the head of a team's file, in a rule.

Every value is plain and typed; what several layers come to together is `routing/effective.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import StrEnum

from reconciler.model.outcome import Outcome
from reconciler.model.problem import NOWHERE, Position
from reconciler.model.selector import NamePattern

__all__ = [
    "Anomalies",
    "Cycle",
    "Digest",
    "GroupBy",
    "Grouping",
    "Layer",
    "NotifyEdit",
    "OfficeHours",
    "Oncall",
    "Promotion",
    "Sla",
    "Target",
    "When",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One item of `notify`: a channel, perhaps only for failures *of* a kind of node, or when *over* a delay."""

    channel: str
    of: str | None = None
    over: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyEdit:
    """What one layer says for one outcome: `replace` the list, or edit the inherited one by `add` and `remove`.

    `inside` is where the mapping of outcomes begins, for who writes another outcome into it; `key` is where the
    outcome itself stands, for who takes it away: nowhere for one that `any` stands for.
    """

    at: Position
    replace: tuple[Target, ...] | None = None
    add: tuple[Target, ...] = ()
    remove: tuple[str, ...] = ()
    inside: Position = NOWHERE
    key: Position = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Sla:
    """What must have happened by when. Times of day are "HH:MM" in `timezone`; durations are exact."""

    at: Position
    name: str | None = None
    due: str | None = None
    since: str | None = None
    every: timedelta | None = None
    stale_after: timedelta | None = None
    max_duration: timedelta | None = None
    grace: timedelta | None = None
    timezone: str | None = None
    calendar: str | None = None
    tier: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeHours:
    """Relayed messages are told only then; outside they are held, and summed up once at the next opening.

    An `end` at or before `start` lies on the next day; the day that counts for the calendar is that of `start`.
    `timezone` None is the job's own.
    """

    start: time
    end: time
    calendar: str | None = None
    timezone: str | None = None


class GroupBy(StrEnum):
    PROJECT = "project"
    ENVIRONMENT = "environment"
    CAUSE = "cause"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """Related failures become one message, which waits for `window` from the first of them."""

    by: GroupBy
    window: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """Holds for one failed node of which every given key is true; a list means any of its members."""

    models: tuple[NamePattern, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """When the alert becomes one of tier `to`: after so many failures in a row, this one included, or `when`."""

    to: str
    after_consecutive_failures: int | None = None
    when: When | None = None


class Cycle(StrEnum):
    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One message that sums up the runs since the last one. `weekday` counts from Monday = 0, of a weekly digest.

    Without `include` it holds everything. `timezone` None is the policy's. `inside` is where its mapping begins.
    """

    every: Cycle
    at: time
    to: tuple[str, ...]
    weekday: int = 0
    calendar: str | None = None
    timezone: str | None = None
    include: tuple[str, ...] = ()
    inside: Position = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomalies:
    """When `anomaly` and `slow` are told. Shares are percent; None is what the language's defaults say."""

    success_rate_below: float | None = None
    success_rate_over: timedelta | None = None
    slower_by: float | None = None
    slower_recent: int | None = None
    slower_min_runs: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Oncall:
    """Who is on call; `slack` is a user group's id, so that it rings, and `teams` a person's address or id there."""

    slack: str | None = None
    teams: str | None = None
    name: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one place says. None means that it says nothing. `places` holds where each of its keys stands.

    `repository` is the web address of the dbt project's code, `repository_path` the project's folder in it.
    """

    at: Position
    notify: Mapping[Outcome, NotifyEdit] = field(default_factory=dict)
    escalation: str | None = None
    response: str | None = None
    owner: str | None = None
    oncall: Oncall | None = None
    runbook: str | None = None
    impact: str | None = None
    actions: tuple[str, ...] | None = None
    reason: str | None = None
    timezone: str | None = None
    sla: Sla | None = None
    hours: OfficeHours | None = None
    group: Grouping | None = None
    promote: tuple[Promotion, ...] | None = None
    digest: Digest | None = None
    anomalies: Anomalies | None = None
    repository: str | None = None
    repository_path: str | None = None
    places: Mapping[str, Position] = field(default_factory=dict)
