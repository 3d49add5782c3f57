"""Whose alert a test looks like: a job of the policy that this route would tell of, so that readers see their own."""

from __future__ import annotations

from reconciler.alerts.synthetic import Likeness
from reconciler.drill.bench import Bench
from reconciler.drill.routes import Route
from reconciler.model.alert import AlertJob
from reconciler.routing.effective import effective

__all__ = ["likeness"]


def likeness(bench: Bench, route: Route) -> Likeness:
    """Return the first job, by id, of a tier that uses the route; the made-up one where there is none."""
    inventory = bench.survey.inventory
    base = f"https://{inventory.host}/deploy/{inventory.account_id}"
    for placed in bench.survey.places.values():
        rule = placed.rule
        if rule is None or rule.tier not in route.tiers or placed.project is None:
            continue
        found = effective(bench.policy, rule)
        tier = bench.policy.tiers[rule.tier]
        project = f"{base}/projects/{placed.job.project_id}"
        return Likeness(
            job=AlertJob(
                id=placed.job.id,
                name=placed.job.name,
                project=placed.project.name,
                environment="" if placed.environment is None else placed.environment.name,
                url=f"{project}/jobs/{placed.job.id}",
            ),
            severity=tier.name.upper(),
            rank=tier.rank,
            zone=found.values.timezone or bench.policy.timezone,
            account_id=inventory.account_id,
            response=found.values.response or "",
            impact=found.values.impact or "",
            owner=found.values.owner or "",
            team=rule.team,
            oncall=None,  # a test mentions no one: a mention wakes whoever it names
            runbook=found.values.runbook or "",
            run_url=f"{project}/runs/1",
        )
    return Likeness(oncall=None, account_id=inventory.account_id)
