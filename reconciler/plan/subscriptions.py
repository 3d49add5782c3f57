"""Hand-written `webhooks:` → the subscriptions that shall be. An empty list of jobs can never come out (design §5)."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.actions import SubscriptionSettings
from reconciler.model.inventory import ALL_JOBS, AllJobs, JobScope
from reconciler.model.marker import Marker, marked
from reconciler.model.plan import Blocked
from reconciler.model.policy import Policy, SecretSink, WebhookRule
from reconciler.model.problem import Position, Problem
from reconciler.plan.hold import Hold
from reconciler.plan.scope import ScopeJudge
from reconciler.plan.wish import unanswered
from reconciler.routing.selection import JobIndex

__all__ = ["DesiredSubscription", "DesiredSubscriptions", "desired_subscriptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredSubscription:
    """A subscription that shall be as `wanted`. `sink` may be missing: only creating it needs one.

    `take_over` is the id of one that is already there, and shall be this one from now on.
    """

    key: str
    team: str
    wanted: SubscriptionSettings
    sink: SecretSink | None
    protect: bool
    at: Position
    take_over: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredSubscriptions:
    """Every webhook of the policy is one of three: wanted, held as it is, or wrong; an optional one may be none."""

    wanted: tuple[DesiredSubscription, ...]
    holds: tuple[Hold, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def desired_subscriptions(policy: Policy, *, index: JobIndex, scope: ScopeJudge) -> DesiredSubscriptions:
    """Resolve the jobs of every webhook. `optional: true` without a match wants none: ours is then switched off."""
    wanted: list[DesiredSubscription] = []
    holds: list[Hold] = []
    problems: list[Problem] = []
    notes: list[str] = []
    for rule in policy.webhooks:
        jobs = _jobs(rule, index=index, scope=scope)
        if jobs == ALL_JOBS and not policy.scope.all_jobs_webhooks:
            problems.append(_all_jobs_outside_scope(rule))
        elif blocked := _unanswered(rule, jobs, index=index):
            holds.append(Hold(blocked=blocked, team=rule.team, webhooks=frozenset({rule.key})))
        elif jobs:
            wanted.append(_desired(rule, jobs, manager=policy.manager))
        else:
            notes.append(f"webhook {rule.key} matches no job in scope: there is nothing to subscribe to")
    return DesiredSubscriptions(wanted=tuple(wanted), holds=tuple(holds), problems=tuple(problems), notes=tuple(notes))


def _unanswered(rule: WebhookRule, jobs: JobScope, *, index: JobIndex) -> Blocked | None:
    """Return why a webhook stays as it is: it is owned whole, so one name that live does not have holds all of it."""
    matched = frozenset[int]() if isinstance(jobs, AllJobs) else jobs
    if rule.jobs.everything:
        return None
    return next(iter(unanswered(rule.jobs, "webhooks", index=index, matched=matched, where=" in scope")), None)


def _jobs(rule: WebhookRule, *, index: JobIndex, scope: ScopeJudge) -> JobScope:
    return ALL_JOBS if rule.jobs.everything else index.select(rule.jobs) & scope.jobs


def _desired(rule: WebhookRule, jobs: JobScope, *, manager: str) -> DesiredSubscription:
    return DesiredSubscription(
        key=rule.key,
        team=rule.team,
        wanted=SubscriptionSettings(
            name=rule.name,
            url=rule.url,
            events=frozenset(event.value for event in rule.on),
            jobs=jobs,
            description=marked(rule.description, Marker(manager=manager, team=rule.team, name=rule.name)),
            active=rule.active,
        ),
        sink=rule.secret_sink,
        protect=bool(rule.protect),
        at=rule.at,
        take_over=rule.id,
    )


def _all_jobs_outside_scope(rule: WebhookRule) -> Problem:
    return Problem(
        at=rule.jobs.at,
        message=f"webhook {rule.key} subscribes to every job of the account, and scope does not allow that",
        found="jobs: all",
        expected="a selector, or `scope: {all_jobs_webhooks: true}`",
        fix="name the jobs, or let the platform team allow it in `scope`",
    )
