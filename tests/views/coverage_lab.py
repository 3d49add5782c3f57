"""Small accounts for coverage: one job unless a test says more, and one word for how it stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from reconciler.model.coverage import Chosen, Coverage, Standing
from reconciler.model.inventory import Inventory
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Channel, Escalation, Level, Policy, RelayedChannel
from reconciler.plan.survey import Survey
from reconciler.views.coverage.cover import EVERYTHING, cover
from tests.builders import at, dbt_user, inventory, relayed

NOW: Final = datetime(2026, 1, 3, 8, tzinfo=UTC)


def pager(name: str = "oncall") -> RelayedChannel:
    return RelayedChannel(name=name, at=at(), kind="pagerduty", pages=True)


def escalation(*channels: str, minutes: int = 5, name: str = "standard") -> Escalation:
    level = Level(after=timedelta(minutes=minutes), notify=channels, unless="acknowledged")
    return Escalation(name=name, at=at(), levels=(level,))


def covered(policy: Policy, live: Inventory | None = None, chosen: Chosen = EVERYTHING) -> Coverage:
    return cover(Survey(policy, live or inventory()), at=NOW, chosen=chosen)


def standing(policy: Policy, outcome: Outcome = Outcome.FAILURE, live: Inventory | None = None) -> Standing:
    """Return how the one job stands."""
    (job,) = covered(policy, live).jobs
    return job.answer.cells[outcome].standing


def channels(*more: Channel) -> Sequence[Channel]:
    return (dbt_user(), relayed("data-team"), pager(), *more)
