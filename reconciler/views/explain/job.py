"""Who is told when this happens to that job, through what, and which lines say so: routing, with its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Final

from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import NotificationRow
from reconciler.model.outcome import Outcome
from reconciler.model.policy import JobRule, NotificationRule
from reconciler.model.telling import Cause, Happening, History, Occasion, Promoted, Reaction, Routed, Telling, Via
from reconciler.plan.naming import live_names
from reconciler.plan.resolve import Recipient
from reconciler.plan.survey import Survey
from reconciler.routing.effective import Effective, LayerName, Source, Told, effective
from reconciler.routing.place import Placed
from reconciler.routing.route import Router
from reconciler.views.explain.find import JobPlace, job_place
from reconciler.views.explain.late import NoDeadline, no_deadline
from reconciler.views.explain.relay import RelayState, relay_state
from reconciler.views.explain.rules import Lost, lost_rules
from reconciler.views.explain.timeline import Timeline, timeline
from reconciler.views.explain.who import who

__all__ = ["Asked", "Foreign", "Given", "JobExplained", "Standing", "explain_job"]

_KEYS: Final = (
    *("response", "owner", "oncall", "runbook", "impact", "actions", "reason", "repository", "repository_path"),
    *("escalation", "hours", "group", "promote", "digest", "sla", "anomalies", "timezone"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The question: what happens, after what, and what people do then; without `reaction` nobody reacts."""

    happening: Happening
    history: History = field(default_factory=History)
    reaction: Reaction | None = None


class Standing(StrEnum):
    """Why a job has the rule that it has, or none."""

    RULED = "a rule speaks for it"
    NO_RULE = "no rule matches it"
    CONFLICT = "two rules contradict each other"
    OUTSIDE = "outside scope"
    DELETED = "deleted in dbt Cloud"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One value that counts for the job, and the place that gave it."""

    key: str
    value: object
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """Somebody whom dbt Cloud tells of it too, and this policy does not. `delivers`: as far as live shows."""

    recipient: RecipientKey
    name: str
    outcome: Outcome
    delivers: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JobExplained:
    """Everything that is known about one job and one happening. `told` is the rule's list for the outcome."""

    place: JobPlace
    asked: Asked
    zone: str
    standing: Standing
    routed: Routed
    timeline: Timeline
    rule: JobRule | None = None
    lost: tuple[Lost, ...] = ()
    conflict: tuple[JobRule, ...] = ()
    values: tuple[Given, ...] = ()
    told: Told | None = None
    notifications: tuple[NotificationRule, ...] = ()
    foreign: tuple[Foreign, ...] = ()
    relay: RelayState = RelayState.NOT_NEEDED
    no_deadline: NoDeadline | None = None

    @property
    def promoted(self) -> Promoted | None:
        return self.routed.promoted


def explain_job(survey: Survey, job_id: int, asked: Asked, *, router: Router | None = None) -> JobExplained:
    """Answer for one job of the inventory, deleted ones too: of those, and outside scope, this policy tells nobody."""
    place = job_place(survey.inventory.jobs[job_id], survey.inventory)
    placed = survey.places.get(job_id)
    conflict = next((each.rules for each in survey.ownership.conflicts if each.job.id == job_id), ())
    routed, reacted = _routed(router or Router(survey.policy), placed, asked)
    tellings = [*routed.tellings, *(reacted.tellings if reacted else ())]
    found = _effective(survey, placed, routed)
    return JobExplained(
        place=place,
        asked=asked,
        zone=survey.policy.timezone,
        standing=_standing(place, placed, conflict),
        routed=routed,
        timeline=timeline(
            routed,
            start=asked.happening.at,
            whom=cache(lambda name: who(survey, name)),
            reacted=reacted,
            live=lambda telling: _is_live(survey, telling, job_id),
        ),
        rule=placed.rule if placed else None,
        lost=lost_rules(survey, job_id),
        conflict=conflict,
        values=tuple(_values(placed.rule, found)) if placed and placed.rule and found else (),
        told=found.notify.get(asked.happening.outcome) if found else None,
        notifications=_notifications(
            placed, frozenset({asked.happening.outcome, *(each.outcome for each in tellings)})
        ),
        foreign=_foreign(survey, job_id, asked.happening, tellings),
        relay=_relay(survey, job_id, tellings),
        no_deadline=no_deadline(survey.policy, placed, asked.happening) if placed else None,
    )


def _routed(router: Router, placed: Placed | None, asked: Asked) -> tuple[Routed, Routed | None]:
    if placed is None:
        return Routed(tier=None, tellings=()), None
    routed = router.route(placed, asked.happening, history=asked.history)
    if asked.reaction is None:
        return routed, None
    return routed, router.route(placed, asked.happening, history=asked.history, reaction=asked.reaction)


def _standing(place: JobPlace, placed: Placed | None, conflict: tuple[JobRule, ...]) -> Standing:
    if place.job.deleted:
        return Standing.DELETED
    if placed is None:
        return Standing.OUTSIDE
    if conflict:
        return Standing.CONFLICT
    return Standing.RULED if placed.rule else Standing.NO_RULE


# --- where each value comes from -------------------------------------------------------------------------------------
def _effective(survey: Survey, placed: Placed | None, routed: Routed) -> Effective | None:
    """Return what the rule comes to with the tier that counted in the end: a promotion's, or a deadline's own."""
    if placed is None or placed.rule is None:
        return None
    return effective(survey.policy, placed.rule, tier=routed.tier)


def _values(rule: JobRule, found: Effective) -> Iterable[Given]:
    if rule.silent or rule.tier is not None:
        at = rule.layer.places.get("tier", rule.at)
        yield Given(key="tier", value=rule.tier or "none", source=Source(layer=LayerName.RULE, at=at))
    for key in _KEYS:
        if key in found.sources:
            yield Given(key=key, value=getattr(found.values, key), source=found.sources[key])


def _notifications(placed: Placed | None, outcomes: frozenset[Outcome]) -> tuple[NotificationRule, ...]:
    """Return those that speak of one of these outcomes: to dbt Cloud, a run that timed out was cancelled."""
    return tuple(each for each in placed.notifications if not outcomes.isdisjoint(each.on)) if placed else ()


# --- what live says about it ------------------------------------------------------------------------------------------
def _is_live(survey: Survey, telling: Telling, job_id: int) -> bool | None:
    found = survey.resolved.get(telling.channel)
    if not isinstance(found, Recipient):
        return None
    edge = Edge(found.key, telling.outcome, job_id)
    return any(job_id in row.jobs.get(edge.outcome, ()) for row in survey.inventory.rows.get(edge.recipient, ()))


def _foreign(survey: Survey, job_id: int, happening: Happening, tellings: Iterable[Telling]) -> tuple[Foreign, ...]:
    """Return who else is told by dbt Cloud. To it, a run that timed out was cancelled."""
    outcome = Outcome.CANCELLED if happening.cause is Cause.TIMEOUT else happening.outcome
    wanted = {_key(survey, each) for each in tellings if each.via is Via.NATIVE and each.outcome is outcome}
    rows = [
        row
        for row in survey.inventory.notifications
        if row.key is not None and not row.deleted and job_id in row.jobs.get(outcome, ()) and row.key not in wanted
    ]
    names: Mapping[RecipientKey, str] = live_names(survey.inventory).recipients if rows else {}
    return tuple(sorted((_foreigner(survey, row, outcome, names) for row in rows), key=lambda each: each.recipient))


def _key(survey: Survey, telling: Telling) -> RecipientKey | None:
    found = survey.resolved.get(telling.channel)
    return None if found is None else found.key


def _foreigner(survey: Survey, row: NotificationRow, outcome: Outcome, names: Mapping[RecipientKey, str]) -> Foreign:
    key = row.key
    assert key is not None  # noqa: S101 - who calls left the others out
    delivers = survey.inventory.can_deliver(row)
    return Foreign(recipient=key, name=names.get(key, str(key)), outcome=outcome, delivers=delivers)


def _relay(survey: Survey, job_id: int, tellings: Iterable[Telling]) -> RelayState:
    """Return whether the relay hears of it. Metrics need no subscription: the sweeper sees every run."""
    if all(each.via is Via.NATIVE or each.occasion is Occasion.METRICS for each in tellings):
        return RelayState.NOT_NEEDED
    return relay_state(survey, (job_id,))
