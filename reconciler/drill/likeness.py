"""Whose alert a test looks like: a job of the policy that this route would tell of, so that readers see their own."""

from __future__ import annotations

from dataclasses import replace

from reconciler.alerts import of_telling
from reconciler.alerts.synthetic.alerts import Likeness
from reconciler.drill.bench import Bench
from reconciler.drill.routes import Route
from reconciler.model.layers import Oncall

__all__ = ["likeness"]


def likeness(bench: Bench, route: Route) -> Likeness:
    """Return the first job, by id, of a tier that uses the route; the made-up one where there is none.

    A test mentions no one, for a mention wakes whoever it names: who is on call stands there as a plain name.
    """
    account_id = bench.survey.inventory.account_id
    for placed in bench.survey.places.values():
        if placed.rule is not None and placed.rule.tier in route.tiers and placed.project is not None:
            found = of_telling.likeness(
                bench.policy, placed, tier=placed.rule.tier, host=bench.host, account_id=account_id
            )
            return replace(found, oncall=_named(found.oncall))
    return Likeness(oncall=None, account_id=account_id)


def _named(oncall: Oncall | None) -> Oncall | None:
    return None if oncall is None else Oncall(name=oncall.name or oncall.email or oncall.teams or oncall.slack)
