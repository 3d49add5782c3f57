"""Sections inside a layer: office hours, grouping, promotion, digest, anomalies, on-call; calendars; guardrails."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

from reconciler.model.calendar import WEEKDAYS, Calendar
from reconciler.model.layers import (
    Anomalies,
    Cycle,
    Digest,
    GroupBy,
    Grouping,
    OfficeHours,
    Oncall,
    Promotion,
    When,
)
from reconciler.model.lint import LintLevel, RuleSetting
from reconciler.model.selector import NamePattern

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.problem import Position
    from reconciler.policy.documents.account import AnomaliesDoc, CalendarDoc, RuleDoc
    from reconciler.policy.documents.layers import DigestDoc, GroupDoc, HoursDoc, OncallDoc, PromoteDoc

__all__ = ["anomalies", "calendar", "digest", "grouping", "hours", "oncall", "promotion", "rule_setting"]


def hours(document: HoursDoc) -> OfficeHours:
    return OfficeHours(
        start=time.fromisoformat(document.start),
        end=time.fromisoformat(document.end),
        calendar=document.calendar,
        timezone=document.timezone,
    )


def grouping(document: GroupDoc) -> Grouping:
    return Grouping(by=GroupBy(document.by), window=document.window)


def promotion(document: PromoteDoc) -> Promotion:
    when = document.when
    return Promotion(
        to=document.to,
        after_consecutive_failures=document.after_consecutive_failures,
        when=When(models=tuple(map(NamePattern, when.models or ())), tags=tuple(when.tags or ())) if when else None,
    )


def digest(document: DigestDoc) -> Digest:
    return Digest(
        every=Cycle(document.every),
        at=time.fromisoformat(document.at),
        to=tuple(dict.fromkeys(document.to)),
        weekday=WEEKDAYS.index(document.weekday or "mon"),
        calendar=document.calendar,
        timezone=document.timezone,
        include=tuple(dict.fromkeys(document.include or ())),
    )


def anomalies(document: AnomaliesDoc) -> Anomalies:
    rate, slower = document.success_rate, document.slower
    return Anomalies(
        success_rate_below=rate.below if rate else None,
        success_rate_over=rate.over if rate else None,
        slower_by=slower.by if slower else None,
        slower_recent=slower.recent if slower else None,
        slower_min_runs=slower.min_runs if slower else None,
    )


def oncall(document: OncallDoc) -> Oncall:
    return Oncall(slack=document.slack, teams=document.teams, name=document.name, email=document.email)


def calendar(document: CalendarDoc, name: str, at: Position, places: Mapping[str, Position]) -> Calendar:
    """Return the calendar. `places` says by key where a value stands."""
    days = document.weekdays or WEEKDAYS
    return Calendar(
        name=name,
        at=at,
        country=document.country,
        subdivision=document.subdivision,
        weekdays=frozenset(WEEKDAYS.index(day) for day in days),
        country_at=places.get("country", at),
        subdivision_at=places.get("subdivision", at),
    )


def rule_setting(document: RuleDoc | str, at: Position) -> RuleSetting:
    """Return what `rules:` says about one rule: a level alone, or a level with options."""
    if isinstance(document, str):
        return RuleSetting(at=at, level=LintLevel(document))
    return RuleSetting(
        at=at,
        level=LintLevel(document.level) if document.level else None,
        baseline=document.baseline,
        limit=document.limit,
        names=tuple(document.names) if document.names else None,
    )
