"""Guardrails on a file that is checked alone: what it does not declare stands somewhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.lint.rule import Looked
from reconciler.model.lint import RuleSetting
from reconciler.model.problem import NOWHERE
from reconciler.policy import load
from tests.lint.cases import TODAY, rule_called

SOME = {
    "critical-must-page: the pager is declared elsewhere": """\
tiers:
  critical: {rank: 1, notify: {failure: [oncall]}}
""",
    "critical-must-page: the escalation is declared elsewhere": """\
channels: {chat: {type: slack, url: $URL}}
tiers:
  critical: {rank: 1, notify: {failure: [chat]}, escalation: standard}
""",
    "critical-must-page: a channel of the escalation is declared elsewhere": """\
channels: {chat: {type: slack, url: $URL}}
tiers:
  critical: {rank: 1, notify: {failure: [chat]}, escalation: standard}
escalations:
  standard: [{after: 5m, notify: [oncall], unless: resolved}]
""",
    "critical-must-page: teams elsewhere name their pagers": """\
tiers:
  critical: {rank: 1}
""",
    "timeout-untold: who is told of cancelled is declared elsewhere": """\
channels: {maria: {type: dbt_user, email: maria@acme.example}}
tiers:
  critical: {rank: 1, notify: {failure: [maria], cancelled: [priya]}}
""",
    "escalation-has-end: whom the last level reaches is declared elsewhere": """\
channels: {chat: {type: slack, url: $URL}}
escalations:
  standard:
    - {after: 5m, notify: [chat]}
    - {after: 9m, notify: [chat, bosses], unless: resolved}
""",
    "mixed-severity-channel: what kind the channel is, is declared elsewhere": """\
tiers:
  critical: {rank: 1, escalation: standard}
  low: {rank: 3, digest: {every: day, at: "09:00", to: [datadog]}}
escalations:
  standard: [{after: 5m, notify: [datadog], unless: resolved}]
jobs:
  - {match: {name: A}, tier: critical}
  - {match: {name: B}, tier: low}
""",
    "actionable-alert: the tier is declared elsewhere": """\
jobs:
  - {match: {name: A}, tier: critical}
""",
    "duplicate-delivery: the rule's tier is declared elsewhere": """\
jobs:
  - {match: {name: A}, tier: critical}
notifications:
  - {to: maria, on: [failure], jobs: {name: A}}
""",
}


@pytest.mark.parametrize("told", SOME)
def test_what_stands_elsewhere_is_not_missed(told: str, tmp_path: Path) -> None:
    path = tmp_path / "tiers.yml"
    path.write_text(SOME[told], encoding="utf-8")
    rule, policy = rule_called(told.partition(":")[0]), load([path])
    assert list(rule.judge(Looked(policy=policy, today=TODAY, setting=RuleSetting(at=NOWHERE)))) == []
