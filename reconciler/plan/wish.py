"""What each entry of the policy asks for in this account: its routes and the jobs in scope that it speaks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.model.edge import RecipientKey
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Blocked, BlockedKind
from reconciler.model.policy import Canary, JobRule, NotificationRule, Policy
from reconciler.model.problem import Position
from reconciler.model.selector import Selector, selector_text
from reconciler.plan.hold import Hold
from reconciler.plan.resolve import Recipient, Unresolved
from reconciler.plan.scope import ScopeJudge
from reconciler.routing.effective import Effective, effective
from reconciler.routing.routes import NativeRoute, Routes, notification_routes, rule_routes
from reconciler.routing.rules import Ownership
from reconciler.routing.selection import JobIndex

__all__ = ["Asked", "Resolved", "Wish", "read_rules", "route_ends", "unanswered"]

_CANARY_TEAM: Final = "default"
"""Whose the canary's edges are: it belongs to the whole policy, as what stands in a file without `team:`."""

Resolved = Mapping[str, Recipient | Unresolved]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One entry of `jobs:` (with what it inherits) or of `notifications:`, and the ids of its jobs in scope."""

    at: Position
    team: str
    jobs: tuple[int, ...]
    routes: Routes
    effective: Effective | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """All wishes, what live did not answer, and what a reader should know."""

    wishes: tuple[Wish, ...]
    holds: tuple[Hold, ...]
    notes: tuple[str, ...]


def read_rules(
    policy: Policy, *, ownership: Ownership, index: JobIndex, scope: ScopeJudge, resolved: Resolved
) -> Asked:
    """Read `jobs:` and `notifications:` against the account."""
    wishes: list[Wish] = []
    holds: list[Hold] = []
    notes: list[str] = []
    for rule, matched in zip(policy.jobs, ownership.matched, strict=True):
        for blocked in unanswered(rule.match, "jobs", index=index, matched=matched):
            routes = rule_routes(effective(policy, rule), policy.channels)
            holds.append(_rule_hold(rule, blocked, routes=routes, resolved=resolved))
        notes.extend(_outside(rule.at, matched, scope))
    for rule, jobs in ownership.jobs:
        found = effective(policy, rule)
        routes = rule_routes(found, policy.channels)
        wishes.append(Wish(at=rule.at, team=rule.team, jobs=jobs, routes=routes, effective=found))
    for notification in policy.notifications:
        routes = notification_routes(notification, policy.channels)
        matched = index.select(notification.jobs)
        jobs = tuple(sorted(matched & scope.jobs))
        blocked = unanswered(notification.jobs, "notifications", index=index, matched=matched)
        holds.extend(_rule_hold(notification, each, routes=routes, resolved=resolved) for each in blocked)
        if jobs:
            wishes.append(Wish(at=notification.at, team=notification.team, jobs=jobs, routes=routes))
        notes.extend(_outside(notification.at, matched, scope))
    canary = _canary(policy, index=index, scope=scope, resolved=resolved)
    return Asked(wishes=(*wishes, *canary.wishes), holds=(*holds, *canary.holds), notes=(*notes, *canary.notes))


def _canary(policy: Policy, *, index: JobIndex, scope: ScopeJudge, resolved: Resolved) -> Asked:
    """Read `canary:`: its native channels are told when the one job fails that `alert-test` makes fail.

    No route of production: coverage and explain, which read the rules, do not know it.
    """
    canary = policy.canary
    if canary is None or canary.job is None or not canary.channels:
        return Asked(wishes=(), holds=(), notes=())
    routes = Routes(native=tuple(NativeRoute(name, Outcome.FAILURE) for name in dict.fromkeys(canary.channels)))
    matched = index.select(canary.job)
    blocked = tuple(unanswered(canary.job, "canary.job", index=index, matched=matched))
    if len(matched) > 1:
        blocked = (_several(canary, len(matched)),)
    if blocked:
        ends = route_ends(routes, resolved)
        holds = tuple(Hold(blocked=each, team=_CANARY_TEAM, routes=ends) for each in blocked)
        return Asked(wishes=(), holds=holds, notes=())
    jobs = tuple(sorted(matched & scope.jobs))
    wishes = (Wish(at=canary.at, team=_CANARY_TEAM, jobs=jobs, routes=routes),) if jobs else ()
    return Asked(wishes=wishes, holds=(), notes=tuple(_outside(canary.at, matched, scope)))


def _several(canary: Canary, number: int) -> Blocked:
    return Blocked(
        kind=BlockedKind.NO_MATCH,
        what=f"`canary.job` means {number} jobs, and one is made to fail",
        next_step=f"let its selector at {canary.at} mean exactly one job, best by `id`",
        at=canary.at,
    )


def unanswered(
    selector: Selector, section: str, *, index: JobIndex, matched: frozenset[int], where: str = ""
) -> Iterator[Blocked]:
    """Yield the blocked item of an entry that means no live job, or that lists something live does not have."""
    if selector.optional:
        return
    missing = index.missing(selector)
    if not matched:
        what = f"matches no job{where} ({selector_text(selector)})" + (f": {'; '.join(missing)}" if missing else "")
    elif missing:
        what = f"lists what live does not have: {'; '.join(missing)}"
    else:
        return
    yield Blocked(
        kind=BlockedKind.NO_MATCH,
        what=f"an entry of `{section}:` {what}",
        next_step=f"correct or remove it at {selector.at}, or say `optional: true` in the selector",
        at=selector.at,
    )


def route_ends(routes: Routes, resolved: Resolved) -> frozenset[tuple[RecipientKey | str, Outcome]]:
    """Return the native routes by channel name and, where it is known, by recipient."""
    ends: set[tuple[RecipientKey | str, Outcome]] = set()
    for route in routes.native:
        key = resolved[route.channel].key
        ends.add((route.channel, route.outcome))
        if key is not None:
            ends.add((key, route.outcome))
    return frozenset(ends)


def _rule_hold(rule: JobRule | NotificationRule, blocked: Blocked, *, routes: Routes, resolved: Resolved) -> Hold:
    return Hold(blocked=blocked, team=rule.team, routes=route_ends(routes, resolved))


def _outside(at: Position, matched: frozenset[int], scope: ScopeJudge) -> Iterable[str]:
    if matched and not matched & scope.jobs:
        yield f"{at.file}:{at.line} matches jobs outside scope only: nothing is planned for it"
