"""Whoever is told at night must know what to do.

An alert of rank 1 or 2 interrupts somebody who may never have seen the job. Three things decide whether that person
acts or goes back to sleep: who owns the job (`owner`), where it says what to do (`runbook`), and what is broken for
whom as long as nobody acts (`impact`). The message shows all three; an alert without them is a riddle.

Each entry of `jobs:` is judged with what it inherits, so `owner` and `runbook` can stand once at the head of the team's
file. `impact` is different for every job and belongs to the entry. A deadline with a tier of its own (`sla: {tier: …}`)
counts with that tier.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from reconciler.lint.audience import Audience
from reconciler.lint.rule import Found, Looked, Rule, audience_of
from reconciler.lint.wording import listed, rule_subject
from reconciler.model.lint import LintLevel
from reconciler.model.policy import JobRule, Tier

__all__ = ["RULE"]

_WORST: Final = 2
_WANTED: Final = {
    "owner": ("who owns it", "owner: maria@acme.example"),
    "runbook": ("what to do", "runbook: https://wiki.acme.example/…"),
    "impact": ("what is broken meanwhile", "impact: Revenue dashboard shows stale data"),
}


def _judge(looked: Looked) -> Iterable[Found]:
    audience = audience_of(looked)
    for rule in looked.policy.jobs:
        tier = _worst_tier(rule, audience)
        if tier is None or tier.rank > _WORST:
            continue
        missing = [key for key in _WANTED if not audience.said(rule, key)]
        if missing:
            yield _found(rule, tier, missing)


def _worst_tier(rule: JobRule, audience: Audience) -> Tier | None:
    return min(_tiers(rule, audience), key=lambda tier: tier.rank, default=None)


def _tiers(rule: JobRule, audience: Audience) -> Iterator[Tier]:
    if rule.silent:
        return
    sla = audience.said(rule, "sla")
    for name in (rule.tier, sla and sla.tier):
        if name in audience.policy.tiers:
            yield audience.policy.tiers[name]


def _found(rule: JobRule, tier: Tier, missing: list[str]) -> Found:
    keys = listed(f"`{key}`" for key in missing)
    unsaid = listed(_WANTED[key][0] for key in missing)
    return Found(
        at=rule.layer.places.get("tier", rule.at),
        subject=rule_subject(rule),
        message=f"alerts of these jobs are of tier `{tier.name}` (rank {tier.rank}), and do not say {unsaid}",
        found=f"no {keys}",
        expected="`owner`, `runbook` and `impact`, here or inherited",
        fix="add " + listed(f"`{_WANTED[key][1]}`" for key in missing),
    )


RULE: Final = Rule(
    id="actionable-alert",
    title="ranks 1-2 without owner, runbook or impact",
    level=LintLevel.WARN,
    judge=_judge,
)
