"""Ask every rule, then judge what was found: levels, excuses, baselines. Pure: policy and live in, report out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from reconciler.lint.audience import Audience
from reconciler.lint.baseline import Baseline
from reconciler.lint.ended import about_ended
from reconciler.lint.excuse import Excuse, Excuses
from reconciler.lint.excuses import about_excuses
from reconciler.lint.own import STALE_BASELINE
from reconciler.lint.registry import RULES
from reconciler.lint.report import EVERY_RULE, Excused, LintReport, Selection
from reconciler.lint.rule import Looked, Rule
from reconciler.model.evidence import Evidence
from reconciler.model.lint import Finding, LintLevel, RuleSetting
from reconciler.model.policy import Policy
from reconciler.model.problem import NOWHERE, Position

if TYPE_CHECKING:
    from reconciler.plan.survey import Survey

__all__ = ["level_of", "lint"]

_MOST_STALE: Final = 50
"""Entries of one baseline that are told one by one when they are not found any more; the rest is counted."""


def lint(  # noqa: PLR0913 - what is looked at, and by which rules
    policy: Policy,
    *,
    today: date,
    survey: Survey | None = None,
    evidence: Sequence[Evidence] | None = None,
    broken_evidence: str = "",
    unseen: Collection[str] = (),
    selection: Selection = EVERY_RULE,
    excuses: Sequence[Excuse] = (),
    baselines: Mapping[str, Baseline] | None = None,
    rules: Sequence[Rule] = RULES,
) -> LintReport:
    """Return what the rules find. `baselines` are by the rule that names them; `rules` are those there are.

    Without `survey` a rule that needs live is not asked, nor is one of `unseen`: what it judges by was not looked at.
    What is not told of excuses and baselines: that they have
    become needless, where live or the rest of the policy was not looked at.
    """
    asked = [rule for rule in rules if selection.takes(rule.id) and level_of(rule, policy) is not LintLevel.OFF]
    judged = [rule for rule in asked if (survey is not None or not rule.needs_live) and rule.id not in unseen]
    everything = Looked(
        policy=policy,
        today=today,
        setting=RuleSetting(at=NOWHERE),
        survey=survey,
        evidence=evidence,
        broken_evidence=broken_evidence,
        audience=Audience(policy),
    )
    found = [finding for rule in judged for finding in _findings(rule, everything)]
    held = Excuses(excuses, {rule.id for rule in judged})
    sorted_out = _SortedOut.of(found, held, baselines or {})
    in_part = [rule.id for rule in judged if survey is None and rule.more_with_live]
    in_full = frozenset(rule.id for rule in judged if not policy.missing and rule.id not in in_part)
    own = [
        *about_excuses(excuses, held, in_full=in_full, rules=[rule.id for rule in rules]),
        *_stale(baselines or {}, found, in_full),
        *about_ended(policy, today=today),
    ]
    told = [*sorted_out.findings, *(finding for finding in own if selection.takes(finding.rule))]
    return LintReport(
        findings=tuple(sorted(told, key=_order)),
        excused=tuple(sorted(sorted_out.excused, key=lambda each: _order(each.finding))),
        baselined=tuple(sorted(sorted_out.baselined, key=_order)),
        judged=tuple(rule.id for rule in judged),
        judged_in_part=tuple(in_part),
        not_judged=tuple(rule.id for rule in asked if rule not in judged),
    )


def level_of(rule: Rule, policy: Policy) -> LintLevel:
    """Return how bad this policy takes the rule's findings; the rule's own level where it does not say."""
    setting = policy.rules.get(rule.id)
    return rule.level if setting is None or setting.level is None else setting.level


def _findings(rule: Rule, everything: Looked) -> Iterator[Finding]:
    """Yield what one rule finds, each once."""
    policy = everything.policy
    looked = replace(everything, setting=policy.rules.get(rule.id) or everything.setting)
    level = level_of(rule, policy)
    yield from dict.fromkeys(
        Finding(
            rule=rule.id,
            level=level,
            at=found.at,
            message=found.message,
            subject=found.subject,
            about=found.about,
            found=found.found,
            expected=found.expected,
            fix=found.fix,
            also_at=found.also_at,
            edits=tuple(found.edits),
            unwritten=found.unwritten,
        )
        for found in rule.judge(looked)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _SortedOut:
    """Findings by what becomes of them."""

    findings: Sequence[Finding]
    excused: Sequence[Excused]
    baselined: Sequence[Finding]

    @classmethod
    def of(cls, found: Iterable[Finding], excuses: Excuses, baselines: Mapping[str, Baseline]) -> _SortedOut:
        told: list[Finding] = []
        excused: list[Excused] = []
        baselined: list[Finding] = []
        for finding in found:
            excuse = excuses.of(finding)
            if excuse is not None:
                excused.append(Excused(finding=finding, excuse=excuse))
            elif _was_there_before(finding, baselines):
                baselined.append(finding)
            else:
                told.append(finding)
        return cls(findings=told, excused=excused, baselined=baselined)


def _was_there_before(finding: Finding, baselines: Mapping[str, Baseline]) -> bool:
    baseline = baselines.get(finding.rule)
    return baseline is not None and finding.subject in baseline.entries.get(finding.rule, {})


def _stale(baselines: Mapping[str, Baseline], found: Iterable[Finding], in_full: frozenset[str]) -> Iterator[Finding]:
    """Yield the entries of baselines that a rule, asked in full, did not find again."""
    subjects = {(finding.rule, finding.subject) for finding in found}
    for rule in sorted(baselines.keys() & in_full):
        entries = baselines[rule].entries.get(rule, {}).items()
        stale = [(subject, at) for subject, at in entries if (rule, subject) not in subjects]
        for subject, at in stale[:_MOST_STALE]:
            yield _stale_entry(rule, subject, at, f"`{rule}` does not find {subject} any more")
        for _subject, at in stale[_MOST_STALE : _MOST_STALE + 1]:
            rest = f"{len(stale) - _MOST_STALE:,} more"
            yield _stale_entry(rule, rest, at, f"`{rule}` does not find {rest} of the baseline's entries")


def _stale_entry(rule: str, subject: str, at: Position, message: str) -> Finding:
    return Finding(
        rule=STALE_BASELINE.id,
        level=STALE_BASELINE.level,
        at=at,
        subject=f"{rule} {subject}",
        message=message,
        found=subject,
        fix="run `dbt-alerts lint --write-baseline`, or delete the line",
    )


def _order(finding: Finding) -> tuple[object, ...]:
    return (finding.at, finding.rule, finding.subject, finding.message)
