"""Whether the relay hears of jobs today: what is relayed is delivered only where live brings it their runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum

from reconciler.model.inventory import AllJobs, Subscription
from reconciler.model.policy import RelayedChannel
from reconciler.plan.survey import Survey
from reconciler.views.explain.reach import Way, WayKind

__all__ = ["RelayState", "relay_of", "relay_state"]


class RelayState(StrEnum):
    """Whether what is relayed would be: the subscription that brings the jobs' runs to the relay."""

    NOT_NEEDED = "not needed"
    SUBSCRIBED = "subscribed"
    NOT_YET = "not yet"
    UNKNOWN = "unknown"


def relay_state(survey: Survey, job_ids: Collection[int]) -> RelayState:
    """Return whether the relay hears of all these jobs; who asks has something to relay."""
    inventory, url = survey.inventory, survey.policy.relay_url
    if inventory.webhooks_hidden:
        return RelayState.UNKNOWN
    wanted = None if url is None else inventory.comparable_url(url)
    there = [each for each in inventory.subscriptions if each.active and each.url == wanted]
    heard = bool(there) and all(any(_carries(each, job_id) for each in there) for job_id in job_ids)
    return RelayState.SUBSCRIBED if heard else RelayState.NOT_YET


def relay_of(survey: Survey, ways: Iterable[Way]) -> RelayState:
    """Return whether the relay hears of all that it is to tell by these ways; metrics need no subscription."""
    channels = survey.policy.channels
    relayed = [
        way for way in ways if isinstance(channels[way.channel], RelayedChannel) and way.kind is not WayKind.METRICS
    ]
    if not relayed:
        return RelayState.NOT_NEEDED
    return relay_state(survey, {job_id for way in relayed for job_id in way.jobs})


def _carries(subscription: Subscription, job_id: int) -> bool:
    return isinstance(subscription.jobs, AllJobs) or job_id in subscription.jobs
