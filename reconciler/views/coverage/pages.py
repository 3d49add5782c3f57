"""What wakes people for a job: at once, by escalation, only once its failure is promoted, only when it is late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from reconciler.model.coverage import Page, Wake
from reconciler.model.outcome import Outcome
from reconciler.model.policy import JobRule, Policy, RelayedChannel
from reconciler.routing.orders import Orders
from reconciler.routing.promotion import worse_tiers

if TYPE_CHECKING:
    from reconciler.routing.effective import Effective
    from reconciler.routing.place import Placed

__all__ = ["Pages"]

_ORDER: Final = list(Wake)
_AT_ONCE: Final = timedelta()


class Pages:
    """Knows a policy's channels that page. What reaches them is what `explain channel` says of them."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._orders = Orders(policy)
        self._paging = {
            name for name, each in policy.channels.items() if isinstance(each, RelayedChannel) and each.pages
        }

    def of(self, placed: Placed) -> tuple[Page, ...]:
        """Return every channel that this job may wake, the surest and soonest first; one reason is said once."""
        if not self._paging:
            return ()
        rule = placed.rule
        found = [*self._notified(placed), *(self._ruled(rule) if rule is not None and not rule.silent else ())]
        ordered = sorted(found, key=lambda page: (_ORDER.index(page.wake), page.after, page.channel, page.detail))
        return tuple(dict.fromkeys(ordered))

    def _notified(self, placed: Placed) -> Iterator[Page]:
        for each in placed.notifications:
            for channel in each.to:
                for outcome in each.on if channel in self._paging else ():
                    wake, detail = _first(outcome)
                    yield Page(channel=channel, wake=wake, after=_AT_ONCE, because=each.at, detail=detail)

    def _ruled(self, rule: JobRule) -> Iterator[Page]:
        found = self._orders.standing(rule).effective
        sla = found.values.sla
        for outcome in Outcome:
            if outcome is not Outcome.LATE:
                yield from self._told(found, outcome)
        yield from self._escalated(found, Wake.ESCALATION)
        if sla is not None:
            late = self._orders.standing(rule, tier=sla.tier).effective if sla.tier else found
            yield from self._told(late, Outcome.LATE)
            yield from self._escalated(late, Wake.LATE, Outcome.LATE.value)
        for tier in worse_tiers(self._orders, rule):
            yield from self._promoted(self._orders.standing(rule, tier=tier).effective, tier)

    def _promoted(self, found: Effective, tier: str) -> Iterator[Page]:
        """Yield what a failure wakes as one of a worse tier."""
        for page in self._told(found, Outcome.FAILURE):
            detail = ", ".join(filter(None, (f"to {tier}", page.detail)))
            yield Page(channel=page.channel, wake=Wake.PROMOTED, after=page.after, because=page.because, detail=detail)
        yield from self._escalated(found, Wake.PROMOTED, f"to {tier}")

    def _told(self, found: Effective, outcome: Outcome) -> Iterator[Page]:
        told = found.notify.get(outcome)
        for target in told.targets if told else ():
            if told is None or target.channel not in self._paging:
                continue
            wake, detail = _first(outcome)
            detail = ", ".join(filter(None, (detail, f"of {target.of}" if target.of else "")))
            after = target.over or _AT_ONCE
            yield Page(channel=target.channel, wake=wake, after=after, because=told.giver(target).at, detail=detail)

    def _escalated(self, found: Effective, wake: Wake, detail: str = "") -> Iterator[Page]:
        name = found.values.escalation
        if name is None:
            return
        escalation = self._policy.escalations[name]
        for level in escalation.levels:
            for channel in level.notify:
                if channel in self._paging:
                    yield Page(channel=channel, wake=wake, after=level.after, because=escalation.at, detail=detail)


def _first(outcome: Outcome) -> tuple[Wake, str]:
    """Return how an outcome wakes at level 0, and what to say of it: a failure needs no word."""
    return (Wake.AT_ONCE, "") if outcome is Outcome.FAILURE else (Wake.LATE, outcome.value)
