"""What `render` shows: the messages that a happening brings, each as an alert, of a real run or of a made-up one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from reconciler.alerts.build import NO_TIER_WORD, Asked, build_alert
from reconciler.alerts.links import Links
from reconciler.alerts.next_actions import Situation, action_values
from reconciler.alerts.synthetic import Likeness, synthetic_alert
from reconciler.errors import UsageError
from reconciler.model.action_fields import filled
from reconciler.model.alert import Action, Alert, AlertJob, Case, Escalated
from reconciler.model.layers import Layer
from reconciler.model.policy import RelayedChannel
from reconciler.model.telling import Cause, Happening, Occasion, Routed, Telling
from reconciler.routing.effective import effective

if TYPE_CHECKING:
    from reconciler.alerts.build import Asked as AlertAsked
    from reconciler.model.policy import Policy
    from reconciler.model.run import Event, RunFacts
    from reconciler.plan.survey import Survey
    from reconciler.routing.place import Placed

__all__ = ["Real", "Scenery", "Shown", "messages", "the_case"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Real:
    """What is known of a real run."""

    facts: RunFacts | None = None
    event: Event | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenery:
    """One job, what happened to it, and what routing makes of that. `now` is when the message is read."""

    survey: Survey
    placed: Placed
    happening: Happening
    routed: Routed
    now: datetime
    real: Real | None = None
    case: Case | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One message to one relayed channel. `telling` is None where routing would not tell it."""

    channel: RelayedChannel
    alert: Alert
    telling: Telling | None = None


def messages(scenery: Scenery, *, only: str | None = None) -> tuple[Shown, ...]:
    """Return what the relay would send, each channel and case once; to `only`, one also where nobody would be told."""
    found: dict[tuple[str, Case], Shown] = {}
    for telling in scenery.routed.tellings:
        channel = scenery.survey.policy.channels[telling.channel]
        if isinstance(channel, RelayedChannel) and only in {None, channel.name}:
            shown = Shown(channel=channel, alert=_alert(scenery, telling), telling=telling)
            found.setdefault((channel.name, shown.alert.case), shown)
    if only is not None and not found:
        return (Shown(channel=_relayed(scenery.survey.policy, only), alert=_alert(scenery, None)),)
    return tuple(found.values())


def _relayed(policy: Policy, name: str) -> RelayedChannel:
    channel = policy.channels.get(name)
    if isinstance(channel, RelayedChannel):
        return channel
    names = sorted(each.name for each in policy.channels.values() if isinstance(each, RelayedChannel))
    raise UsageError(
        f"--channel {name}: "
        + ("dbt Cloud writes its messages itself" if channel else "the policy has no such channel"),
        next_step=f"relayed channels are {', '.join(names) or 'none: the policy has only those of dbt Cloud'}",
    )


def the_case(telling: Telling | None, happening: Happening) -> Case:
    """Return which template speaks for a telling."""
    if telling is None:
        return Case(happening.outcome.value)
    if telling.level and telling.occasion in {Occasion.ESCALATION, Occasion.TICKET}:
        return Case.ESCALATION
    return Case.DIGEST if telling.occasion is Occasion.DIGEST else Case(telling.outcome.value)


def _alert(scenery: Scenery, telling: Telling | None) -> Alert:
    case = scenery.case or the_case(telling, scenery.happening)
    if scenery.real is None or case is Case.DIGEST:
        return _made_up(scenery, case, telling)
    return build_alert(_asked(scenery, scenery.real, telling))


# --- of a real run ----------------------------------------------------------------------------------------------------
def _asked(scenery: Scenery, real: Real, telling: Telling | None) -> AlertAsked:
    inventory, promoted = scenery.survey.inventory, scenery.routed.promoted
    return Asked(
        policy=scenery.survey.policy,
        placed=scenery.placed,
        outcome=telling.outcome if telling else scenery.happening.outcome,
        now=scenery.now,
        host=inventory.host,
        account_id=inventory.account_id,
        cause=scenery.happening.cause,
        tier=scenery.routed.tier,
        promoted_because=promoted.why if promoted else "",
        occasion=telling.occasion if telling else Occasion.AT_ONCE,
        facts=real.facts,
        event=real.event,
        escalated=_escalated(scenery, telling) if telling and telling.level else None,
    )


# --- made up ----------------------------------------------------------------------------------------------------------
def _made_up(scenery: Scenery, case: Case, telling: Telling | None) -> Alert:
    alert = synthetic_alert(case, like=_likeness(scenery), now=scenery.now)
    if scenery.happening.cause is Cause.TIMEOUT and case is Case.FAILURE:
        run = alert.run and replace(alert.run, message="The run timed out.")
        alert = replace(alert, cause=Cause.TIMEOUT, run=run, failed=(), skipped=(), likely=None, actions=())
    if case is Case.ESCALATION and telling is not None:
        alert = replace(alert, escalated=_escalated(scenery, telling))
    return replace(alert, actions=(*alert.actions, *_own_actions(alert, _values(scenery))))


def _own_actions(alert: Alert, values: Layer | None) -> Iterable[Action]:
    """Yield the team's own lines, filled as for a real failure."""
    if values is None or not alert.failed:
        return
    situation = Situation(job=alert.job, run=alert.run, failed=alert.failed, change=alert.change, owner=alert.owner)
    for line in values.actions or ():
        yield Action(text=filled(line, action_values(situation)))


def _escalated(scenery: Scenery, telling: Telling) -> Escalated:
    before = (each for each in scenery.routed.tellings if each.at < telling.at and each.level < telling.level)
    return Escalated(
        level=telling.level,
        since=scenery.now - (telling.at - scenery.happening.at),
        unless=telling.unless,
        note=telling.note,
        told=tuple(dict.fromkeys(each.channel for each in before)),
        ticket=telling.occasion is Occasion.TICKET,
    )


def _values(scenery: Scenery) -> Layer | None:
    rule = scenery.placed.rule
    return None if rule is None else effective(scenery.survey.policy, rule, tier=scenery.routed.tier).values


def _likeness(scenery: Scenery) -> Likeness:
    policy, inventory, placed = scenery.survey.policy, scenery.survey.inventory, scenery.placed
    job, values, tier = placed.job, _values(scenery), policy.tiers.get(scenery.routed.tier or "")
    links = Links(host=inventory.host, account_id=inventory.account_id)
    return Likeness(
        job=AlertJob(
            id=job.id,
            name=job.name,
            project=placed.project.name if placed.project else "",
            environment=placed.environment.name if placed.environment else "",
            url=links.job(job.project_id, job.id),
        ),
        severity=tier.name.upper() if tier else NO_TIER_WORD,
        rank=tier.rank if tier else None,
        zone=(values.timezone if values else None) or policy.timezone,
        account_id=inventory.account_id,
        response=(values.response if values else None) or "",
        impact=(values.impact if values else None) or "",
        owner=(values.owner if values else None) or "",
        team=placed.rule.team if placed.rule else "",
        oncall=values.oncall if values else None,
        runbook=(values.runbook if values else None) or "",
        run_url=links.run(job.project_id, 90210),
    )
