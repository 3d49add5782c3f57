"""A file checked alone against an account: what the other files may say is no finding, and their names no crash."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from reconciler.lint.engine import lint
from reconciler.lint.registry import RULES
from reconciler.lint.report import Selection
from reconciler.model.edge import RecipientKey
from reconciler.model.inventory import Inventory
from reconciler.model.layers import Promotion, Sla
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Policy
from reconciler.plan.survey import Survey
from tests.builders import at, environment, inventory, job, layer, notification, policy, row, rule, selector, tells

LIVE = inventory(
    jobs=[job(id=101), job(id=102, name="Staging", environment_id=12, cron="0 * * * *")],
    environments=[environment(), environment(id=12, name="Staging", deployment_type="staging")],
    rows=[row(key=RecipientKey.user(7), user_id=7, jobs={Outcome.FAILURE: [101]})],
)
ELSEWHERE = layer(
    notify={Outcome.FAILURE: tells("elsewhere"), Outcome.SUCCESS: tells("elsewhere")},
    escalation="elsewhere",
    promote=(Promotion(to="elsewhere", after_consecutive_failures=1),),
    sla=Sla(at=at(), due="08:00", tier="elsewhere", calendar="elsewhere"),
)


def found(wanted: Policy, live: Inventory = LIVE) -> Sequence[str]:
    report = lint(wanted, today=date(2026, 1, 5), survey=Survey(wanted, live))
    return [finding.rule for finding in report.findings]


def test_cover_and_orphans_are_the_business_of_the_whole_policy() -> None:
    whole = policy(channels=[])
    assert set(found(whole)) == {"production-job-covered", "orphan-recipient"}
    assert found(replace(whole, missing=("account",))) == []


@pytest.mark.parametrize("tier", [None, "elsewhere"])
def test_names_of_other_files_are_no_crash(tier: str | None) -> None:
    rules = [
        rule(match=selector(projects=["Finance"]), tier=tier, layer=ELSEWHERE, line=5),
        rule(match=selector(projects=["Finance"]), tier=tier, layer=ELSEWHERE, line=9),
    ]
    alone = policy(channels=[], jobs=rules, notifications=[notification(to=["elsewhere"], on=[Outcome.SUCCESS])])
    report = lint(
        replace(alone, missing=("account",)),
        today=date(2026, 1, 5),
        survey=Survey(alone, LIVE),
        selection=Selection(),
        rules=RULES,
    )
    assert "success-on-frequent-job" in {finding.rule for finding in report.findings}
