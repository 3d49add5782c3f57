"""An alert that is made up, and dressed with what the policy says of the job."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from reconciler.alerts.next_actions import Situation, action_values
from reconciler.alerts.of_telling import escalated_at
from reconciler.alerts.synthetic.alerts import synthetic_alert
from reconciler.cli.render_values import Scenery, told_of
from reconciler.model.action_fields import filled
from reconciler.model.alert import Action, Alert, Case, Lateness
from reconciler.model.layers import Layer, Sla
from reconciler.model.telling import Cause, Telling
from reconciler.routing.effective import effective

__all__ = ["made_up"]


def made_up(scenery: Scenery, case: Case, telling: Telling | None) -> Alert:
    """Return the same story each time, told of this job."""
    alert = synthetic_alert(case, like=told_of(scenery).likeness(), now=scenery.now)
    if scenery.happening.cause is Cause.TIMEOUT and case is Case.FAILURE:
        run = alert.run and replace(alert.run, message="The run timed out.")
        alert = replace(alert, cause=Cause.TIMEOUT, run=run, failed=(), skipped=(), likely=None, actions=())
    if case is Case.ESCALATION and telling is not None:
        waited = telling.at - scenery.happening.at
        alert = replace(alert, escalated=escalated_at(telling, scenery.routed, since=scenery.now - waited))
    values = _values(scenery)
    late = alert.late and _promised(alert.late, values.sla if values else None, scenery.now)
    return replace(alert, late=late, actions=(*alert.actions, *_own_actions(alert, values)))


def _promised(late: Lateness, sla: Sla | None, now: datetime) -> Lateness:
    """Return the deadline as the job's own: its name, its zone, and today's due time if that has passed."""
    if sla is None:
        return replace(late, name="")
    zone = sla.timezone or late.zone
    due = late.due
    if sla.due is not None:
        there = now.astimezone(ZoneInfo(zone))
        today = datetime.combine(there.date(), time.fromisoformat(sla.due), tzinfo=there.tzinfo)
        due = today.astimezone(UTC) if today <= now else late.due
    return replace(late, name=sla.name or "", zone=zone, due=due)


def _own_actions(alert: Alert, values: Layer | None) -> Iterable[Action]:
    """Yield the team's own lines, filled as for a real failure."""
    if values is None or not alert.failed:
        return
    situation = Situation(job=alert.job, run=alert.run, failed=alert.failed, change=alert.change, owner=alert.owner)
    for line in values.actions or ():
        yield Action(text=filled(line, action_values(situation)))


def _values(scenery: Scenery) -> Layer | None:
    rule = scenery.placed.rule
    return None if rule is None else effective(scenery.survey.policy, rule, tier=scenery.routed.tier).values
