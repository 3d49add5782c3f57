"""From what routing answered to the alert of one telling: who is told of what, and as which level."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.alerts.build import NO_TIER_WORD, Asked
from reconciler.alerts.links import Links
from reconciler.alerts.synthetic.alerts import Likeness
from reconciler.model.alert import AlertJob, Escalated
from reconciler.model.policy import Policy
from reconciler.model.telling import Happening, Occasion, Routed, Telling
from reconciler.routing.effective import effective
from reconciler.routing.place import Placed

__all__ = ["Told", "escalated_at", "likeness"]

_MADE_UP_RUN = 90210
_TELL_NOBODY = frozenset({Occasion.METRICS, Occasion.TICKET})


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What happened to a job, and what routing makes of it; `host` and `account_id` are the configured ones."""

    policy: Policy
    placed: Placed
    happening: Happening
    routed: Routed
    host: str
    account_id: int

    def asked(self, telling: Telling | None, *, now: datetime) -> Asked:
        """Return what the alert of a telling is made of; of None, one that nobody is told. The caller adds the run."""
        promoted = self.routed.promoted
        asked = Asked(
            policy=self.policy,
            placed=self.placed,
            outcome=telling.outcome if telling else self.happening.outcome,
            now=now,
            host=self.host,
            account_id=self.account_id,
            cause=self.happening.cause,
            tier=self.routed.tier,
            promoted_because=promoted.why if promoted else "",
        )
        if telling is None:
            return asked
        level = escalated_at(telling, self.routed, since=self.happening.at) if telling.level else None
        return replace(asked, occasion=telling.occasion, escalated=level)

    def likeness(self) -> Likeness:
        """Return what the policy says of the job, for an alert that is made up."""
        return likeness(self.policy, self.placed, tier=self.routed.tier, host=self.host, account_id=self.account_id)


def escalated_at(telling: Telling, routed: Routed, *, since: datetime) -> Escalated:
    """Return an escalation's level, with everybody who was told before it; points and tickets tell nobody."""
    before = (
        each
        for each in routed.tellings
        if each.at < telling.at and each.level < telling.level and each.occasion not in _TELL_NOBODY
    )
    return Escalated(
        level=telling.level,
        since=since,
        unless=telling.unless,
        note=telling.note,
        told=tuple(dict.fromkeys(each.channel for each in before)),
        ticket=telling.occasion is Occasion.TICKET,
    )


def likeness(policy: Policy, placed: Placed, *, tier: str | None, host: str, account_id: int) -> Likeness:
    """Return what the policy says of a job, for an alert that is made up."""
    job, links = placed.job, Links(host=host, account_id=account_id)
    values = effective(policy, placed.rule, tier=tier).values if placed.rule else None
    known = policy.tiers.get(tier or "")
    return Likeness(
        job=AlertJob(
            id=job.id,
            name=job.name,
            project=placed.project.name if placed.project else "",
            environment=placed.environment.name if placed.environment else "",
            production=placed.environment is not None and placed.environment.purpose == "production",
            url=links.job(job.project_id, job.id),
        ),
        severity=known.name.upper() if known else NO_TIER_WORD,
        rank=known.rank if known else None,
        zone=(values.timezone if values else None) or policy.timezone,
        account_id=account_id,
        response=(values.response if values else None) or "",
        impact=(values.impact if values else None) or "",
        owner=(values.owner if values else None) or "",
        team=placed.rule.team if placed.rule else "",
        oncall=values.oncall if values else None,
        runbook=(values.runbook if values else None) or "",
        run_url=links.run(job.project_id, _MADE_UP_RUN),
    )
