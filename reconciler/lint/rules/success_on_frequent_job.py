"""A channel that says "all is well" thirty times a day is muted within a week, and with it the message that matters.

A success is news for a job that people wait for: one of the tier of rank 1, or one that runs once a day or less and
that somebody asked about with an entry of `notifications:`. For a job that runs more than daily, and for all jobs of a
lesser tier, it is a habit. What people want to know of these is in the `digest`: how many runs succeeded, how long they
took, and what did not run, once a day.

Offline the rule judges tiers, and selectors that say `schedule: {at_least: hourly}`. With live it counts how often the
schedule of each job fires. The fix takes `success` away where the digest reaches the same channels, after adding
relayed ones that it does not reach yet. Where there is no digest, or where dbt Cloud's own mail would just stop, it
says what to write.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from reconciler.lint.effects import effects
from reconciler.lint.job_words import few, jobs_text, times
from reconciler.lint.rule import Found, Looked, Rule
from reconciler.lint.wording import flow_list, listed, notification_subject, rule_subject
from reconciler.model.cron import schedule
from reconciler.model.edit import Edit, RemoveItem, RemoveKey, SetKey
from reconciler.model.inventory import Job
from reconciler.model.layers import Digest, Layer, NotifyEdit
from reconciler.model.lint import LintLevel
from reconciler.model.outcome import Outcome
from reconciler.model.policy import JobRule, NotificationRule, Policy, RelayedChannel
from reconciler.model.selector import Frequency, Selector

if TYPE_CHECKING:
    from reconciler.plan.survey import Survey

__all__ = ["RULE"]

_EXPECTED: Final = (
    "success only where people wait for it: rank 1, or `notifications:` for a job that runs at most daily"
)
_HOURLY: Final = "the selector asks for jobs that run at least hourly"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Saying:
    """One layer that tells success, and the rules that it speaks for, with the digest of each."""

    subject: str
    layer: Layer
    edit: NotifyEdit
    rank: int | None = None
    rules: list[JobRule] = field(default_factory=list)
    digests: list[Digest | None] = field(default_factory=list)

    @property
    def channels(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(target.channel for target in (self.edit.replace or self.edit.add)))


def _judge(looked: Looked) -> Iterator[Found]:
    policy, survey = looked.policy, looked.survey
    live = None if survey is None else _Frequent(survey)
    for saying in _sayings(policy):
        frequent = live.of_rules(saying.rules) if live is not None else []
        hourly = survey is None and any(rule.match.at_least is Frequency.HOURLY for rule in saying.rules)
        lesser = _lesser(saying, policy)
        if frequent or hourly or lesser:
            yield _found(saying, policy, frequent, lesser=lesser)
    for entry in policy.notifications:
        if Outcome.SUCCESS in entry.on:
            yield from _notification(entry, live, policy)


# --- which layers tell success ---------------------------------------------------------------------------------------
def _sayings(policy: Policy) -> Iterable[_Saying]:
    """Return every layer that names somebody for success, with the rules in which that has a say."""
    found = {each.edit.at: each for each in _layers(policy)}
    if found:
        results = effects(policy)
        for rule in policy.jobs:
            result = results.get(rule.at)
            if result is None:
                continue
            told = result.notify.get(Outcome.SUCCESS)
            heard = {target.channel for target in told.targets} if told else frozenset()
            for source in told.sources if told else ():
                if source.at in found and not heard.isdisjoint(found[source.at].channels):
                    found[source.at].rules.append(rule)
                    found[source.at].digests.append(result.values.digest)
    return found.values()


def _layers(policy: Policy) -> Iterator[_Saying]:
    if policy.defaults is not None:
        yield from _saying("defaults", policy.defaults)
    for tier in policy.tiers.values():
        yield from _saying(f"tier {tier.name}", tier.layer, rank=tier.rank)
    for team in policy.teams.values():
        yield from _saying(f"team {team.name}", team.layer)
    for rule in policy.jobs:
        if Outcome.SUCCESS in rule.layer.notify:
            yield from _saying(rule_subject(rule), rule.layer)


def _saying(subject: str, layer: Layer, *, rank: int | None = None) -> Iterator[_Saying]:
    edit = layer.notify.get(Outcome.SUCCESS)
    if edit is not None and (edit.replace or edit.add):
        yield _Saying(subject=subject, layer=layer, edit=edit, rank=rank)


def _lesser(saying: _Saying, policy: Policy) -> str:
    """Return the tier below rank 1 that tells success by this layer; empty if there is none."""
    if saying.rank is not None:
        return saying.subject if saying.rank > 1 else ""
    tiers = (policy.tiers[rule.tier] for rule in saying.rules if rule.tier in policy.tiers)
    return next((f"tier {tier.name}" for tier in tiers if tier.rank > 1), "")


# --- how often -------------------------------------------------------------------------------------------------------
class _Frequent:
    """The jobs in scope that a schedule runs more than daily."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._jobs = survey.inventory.jobs
        self._ids = frozenset(job_id for job_id in survey.scope.jobs if _per_day(self._jobs[job_id]) > 1)
        self._owned = {rule.at: ids for rule, ids in survey.ownership.jobs}

    def of_rules(self, rules: Iterable[JobRule]) -> list[Job]:
        return [self._jobs[job_id] for rule in rules for job_id in self._owned.get(rule.at, ()) if job_id in self._ids]

    def of_selector(self, selector: Selector) -> tuple[list[Job], bool]:
        """Return those that a selector means, and whether it means no others in scope."""
        found = self._survey.index.select(selector) & self._survey.scope.jobs
        return [self._jobs[job_id] for job_id in sorted(found & self._ids)], found <= self._ids


def _per_day(job: Job) -> float:
    """Return how often a day the job's schedule makes it succeed; 0 for one that only people or tools start."""
    found = schedule(job.cron) if job.scheduled and not job.deactivated else None
    return found.average_per_day if found else 0


def _often(jobs: Sequence[Job]) -> str:
    """Return how many messages a day the schedules make, the most frequent jobs first."""
    ordered = sorted(jobs, key=lambda job: (-_per_day(job), job.id))
    total = sum(map(_per_day, jobs))
    if len(jobs) == 1:
        return f"{jobs_text(ordered)} runs {times(total)} times a day"
    return f"{len(jobs)} jobs run {times(total)} times a day together: " + few(
        [f"{job.name} ({job.id}) {times(_per_day(job))}" for job in ordered]
    )


# --- what to say -----------------------------------------------------------------------------------------------------
def _found(saying: _Saying, policy: Policy, frequent: Sequence[Job], *, lesser: str) -> Found:
    reasons = [
        *([f"{lesser} is below rank 1"] if lesser else []),
        *([_often(frequent)] if frequent else []),
        *([_HOURLY] if not lesser and not frequent else []),
    ]
    edits, fix = _digest_fix(saying, policy)
    return Found(
        at=saying.edit.at,
        subject=saying.subject,
        message=f"{listed(saying.channels)} is told of each success, and {'; '.join(reasons)}",
        found=f"success: {flow_list(saying.channels)}",
        expected=_EXPECTED,
        fix=fix,
        edits=edits,
    )


def _digest_fix(saying: _Saying, policy: Policy) -> tuple[tuple[Edit, ...], str]:
    """Return the edits that leave success to the digest; none where dbt Cloud's own mail would just stop."""
    channels = saying.channels
    if not saying.edit.key.line:
        return (), "name the outcomes that matter instead of `any`, and leave success to a digest"
    digests = saying.digests or [saying.layer.digest]
    if any(digest is None for digest in digests):
        return (
            (),
            f'delete `success`, and write `digest: {{every: day, at: "09:00", to: {flow_list(channels)}}}` instead',
        )
    if not all(isinstance(policy.channels.get(name), RelayedChannel) for name in channels):
        return (), "delete `success` if nobody reads it: a digest tells the same people only by a relayed channel"
    if all(digest and set(channels) <= set(digest.to) for digest in digests):
        return _taken_away(saying), "delete `success`: the digest tells it already"
    own = saying.layer.digest
    if own is None or any(digest != own for digest in digests):
        return (), f"delete `success`, and add {flow_list(channels)} to the `to` of the digest"
    told = flow_list(tuple(dict.fromkeys((*own.to, *channels))))
    added = SetKey(inside=own.inside, key="to", value=told)
    return (added, *_taken_away(saying)), f"delete `success`, and write `to: {told}` in the digest"


def _taken_away(saying: _Saying) -> tuple[Edit, ...]:
    """Return what deletes the outcome; `notify` itself where nothing else is in it."""
    edit, notify = saying.edit, saying.layer.notify
    return (RemoveKey(at=saying.layer.places["notify"] if len(notify) == 1 else edit.key),)


def _notification(entry: NotificationRule, live: _Frequent | None, policy: Policy) -> Iterator[Found]:
    says = _HOURLY if live is None and entry.jobs.at_least is Frequency.HOURLY else ""
    alone = False
    if live is not None:
        frequent, alone = live.of_selector(entry.jobs)
        says = _often(frequent) if frequent else ""
    if says:
        others = [outcome.value for outcome in entry.on if outcome is not Outcome.SUCCESS]
        native = not all(isinstance(policy.channels.get(name), RelayedChannel) for name in entry.to)
        drop: Edit = SetKey(inside=entry.at, key="on", value=flow_list(others)) if others else RemoveItem(at=entry.at)
        yield Found(
            at=entry.at,
            subject=notification_subject(entry),
            message=f"{listed(entry.to)} is told of each success, and {says}",
            found="on: success",
            expected=_EXPECTED,
            fix=_notification_fix(native=native, all_frequent=alone or live is None),
            edits=(drop,) if alone and not native else (),
        )


def _notification_fix(*, native: bool, all_frequent: bool) -> str:
    if native:
        what = "take `success` away" if all_frequent else "select the jobs that run at most daily"
        return f"{what} if nobody reads it: dbt Cloud tells it today, and a digest is told only where a relay runs"
    if all_frequent:
        return "take `success` away, and leave it to the digest of the jobs' tier"
    return "select the jobs that run at most daily, and leave the others to the digest of their tier"


RULE: Final = Rule(
    id="success-on-frequent-job",
    title="success on a job that runs more than daily, or from a tier below rank 1",
    level=LintLevel.WARN,
    judge=_judge,
    more_with_live=True,
)
