"""A staging job that wakes somebody at 03:00 teaches that person to sleep through the next page.

Nobody waits for staging, development or CI at night, and documentation that is a day old harms nobody. What fails there
shows in the pull request, or in a channel that is read in the morning. So no job of a staging or development
environment, no CI or merge job, and no job that only builds docs may reach a channel that pages (`type: pagerduty`, or
`pages: true`): at once, by a level of its escalation, by a promotion, by the tier of its deadline or by an entry of
`notifications:`.

Offline the rule judges entries whose selector says it: `environment: {type: staging}`, `job_type: ci`. With live it
knows the jobs. An environment that is called Staging and is not marked as such in dbt Cloud is not taken for one. A
channel that pages only as the `fallback` of another is no finding.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reconciler.lint.effects import effects
from reconciler.lint.job_words import few, jobs_text
from reconciler.lint.purpose import beside_production, selects_beside_production
from reconciler.lint.rule import Found, Looked, Rule
from reconciler.lint.wording import flow_list, listed, notification_subject, rule_subject
from reconciler.model.duration import exact_duration
from reconciler.model.edit import Edit, RemoveItem, SetKey
from reconciler.model.inventory import Job
from reconciler.model.lint import LintLevel
from reconciler.model.outcome import Outcome
from reconciler.model.policy import JobRule, NotificationRule, Policy, RelayedChannel
from reconciler.model.selector import Selector
from reconciler.routing.effective import Effective, effective

if TYPE_CHECKING:
    from reconciler.plan.survey import Survey

__all__ = ["RULE"]

_EXPECTED: Final = "pages for production work only"
_PLURALS: Final = {
    "a staging job": "staging jobs",
    "a development job": "development jobs",
    "a CI job": "CI jobs",
    "a merge job": "merge jobs",
    "a job that only builds docs": "jobs that only build docs",
}


def _judge(looked: Looked) -> Iterator[Found]:
    policy = looked.policy
    pagers = frozenset(
        name for name, channel in policy.channels.items() if isinstance(channel, RelayedChannel) and channel.pages
    )
    if not pagers:
        return
    results = effects(policy)
    for rule, whom in _rules(policy, looked.survey):
        found = None if rule.silent else results.get(rule.at)
        ways = list(dict.fromkeys(_ways(policy, rule, found, pagers))) if found is not None else []
        if ways:
            yield _of_rule(rule, whom, ways)
    for entry in policy.notifications:
        paged = [name for name in entry.to if name in pagers]
        whom = _selected(entry.jobs, looked.survey) if paged else None
        if whom is not None:
            yield _of_notification(entry, paged, whom)


# --- which jobs ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class _Whom:
    """Jobs beside production that an entry speaks for, in words; `alone` if it speaks for no others."""

    words: str
    alone: bool


def _rules(policy: Policy, survey: Survey | None) -> Iterator[tuple[JobRule, _Whom]]:
    """Yield the rules that speak for jobs beside production."""
    if survey is None:
        for rule in policy.jobs:
            words = selects_beside_production(rule.match)
            if words:
                yield rule, _Whom(words=words, alone=True)
        return
    for rule, job_ids in survey.ownership.jobs:
        whom = _whom(job_ids, survey)
        if whom is not None:
            yield rule, whom


def _selected(selector: Selector, survey: Survey | None) -> _Whom | None:
    if survey is not None:
        return _whom(sorted(survey.index.select(selector) & survey.scope.jobs), survey)
    words = selects_beside_production(selector)
    return _Whom(words=words, alone=True) if words else None


def _whom(job_ids: Sequence[int], survey: Survey) -> _Whom | None:
    found: defaultdict[str, list[Job]] = defaultdict(list)
    for job_id in job_ids:
        what = beside_production(survey.places[job_id])
        if what:
            found[what].append(survey.places[job_id].job)
    if not found:
        return None
    kinds = [f"{jobs_text(jobs)}, {what if len(jobs) == 1 else _PLURALS[what]}" for what, jobs in found.items()]
    return _Whom(words="; ".join(kinds), alone=sum(map(len, found.values())) == len(job_ids))


# --- how they page ---------------------------------------------------------------------------------------------------
def _ways(policy: Policy, rule: JobRule, found: Effective, pagers: Container[str]) -> Iterator[str]:
    """Yield in words how a rule's alerts come to page somebody, the first way first."""
    yield from _pages(policy, found, tuple(found.notify), pagers, when="")
    sla = found.values.sla
    if sla is not None and sla.tier in policy.tiers:
        late = effective(policy, rule, tier=sla.tier)
        yield from _pages(policy, late, (Outcome.LATE,), pagers, when=f" when a deadline is missed (tier {sla.tier})")
    for tier in _promoted(policy, rule, found):
        worse = effective(policy, rule, tier=tier)
        yield from _pages(policy, worse, (Outcome.FAILURE,), pagers, when=f" when promoted to {tier}")


def _pages(
    policy: Policy, found: Effective, outcomes: Iterable[Outcome], pagers: Container[str], *, when: str
) -> Iterator[str]:
    for outcome in outcomes:
        for target in found.notify[outcome].targets if outcome in found.notify else ():
            if target.channel in pagers:
                yield f"{target.channel} at once on {outcome}{when}"
    name = found.values.escalation or ""
    for level in policy.escalations[name].levels if name in policy.escalations else ():
        for channel in level.notify:
            if channel in pagers:
                yield f"{channel} after {exact_duration(level.after)} by escalation {name}{when}"


def _promoted(policy: Policy, rule: JobRule, found: Effective) -> Iterable[str]:
    """Return the tiers that alerts of a rule may become: each step is to a worse one."""
    reached: dict[str, None] = {}
    waiting = [(found, policy.tiers[rule.tier].rank if rule.tier is not None else None)]
    while waiting:
        says, rank = waiting.pop()
        for step in says.values.promote or ():
            tier = policy.tiers.get(step.to)
            if tier is not None and step.to not in reached and (rank is None or tier.rank < rank):
                reached[step.to] = None
                waiting.append((effective(policy, rule, tier=step.to), tier.rank))
    return reached


# --- what to say -----------------------------------------------------------------------------------------------------
def _of_rule(rule: JobRule, whom: _Whom, ways: Sequence[str]) -> Found:
    return Found(
        at=rule.at,
        subject=rule_subject(rule),
        message=f"{whom.words}: the rule pages {few(ways)}",
        found=ways[0],
        expected=_EXPECTED,
        fix="give the rule a tier that does not page, or `tier: none` and a reason"
        if whom.alone
        else "give these jobs a rule of their own, with a tier that does not page",
    )


def _of_notification(entry: NotificationRule, paged: Sequence[str], whom: _Whom) -> Found:
    left = [name for name in entry.to if name not in paged]
    drop: Edit = SetKey(inside=entry.at, key="to", value=flow_list(left)) if left else RemoveItem(at=entry.at)
    return Found(
        at=entry.at,
        subject=notification_subject(entry),
        message=f"{whom.words}: this entry of `notifications:` pages {listed(paged)} at once on {listed(entry.on)}",
        found=f"to: {listed(paged)}",
        expected=_EXPECTED,
        fix=f"take {listed(paged)} out of `to`" if whom.alone else "select production jobs only",
        edits=(drop,) if whom.alone else (),
    )


RULE: Final = Rule(
    id="non-production-pages",
    title="a staging, development, CI or docs-only job that pages",
    level=LintLevel.ERROR,
    judge=_judge,
    more_with_live=True,
)
