"""A line that names a job which is gone protects nothing, and looks as if it did.

Jobs are deleted, switched off and renamed in dbt Cloud, and the policy does not notice. An entry that named only such a
job is blocked in every plan from then on; one that named it among others tells about the others and hides the gap. So
the rule looks at what entries of `jobs:`, `notifications:`, `webhooks:` and `mutes:` name outright, by id or by exact
name:

- deleted: dbt Cloud lists the job as deleted. The fix takes it away, or the whole entry with it;
- switched off: the job is there and never runs;
- not there: no list of the account holds it. It is misspelt or renamed, or the token does not see its project.

A selector with `optional: true` may mean nothing. `tier: none` says itself that a job is left alone, so a switched-off
job is no finding there. A pattern such as `Hourly *` names no job.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Final

from reconciler.lint.job_words import few, job_subject
from reconciler.lint.rule import Found, Looked, Rule
from reconciler.lint.wording import selector_flow
from reconciler.model.edit import Edit, RemoveItem, SetKey
from reconciler.model.lint import LintLevel
from reconciler.model.policy import JobRule, Mute, NotificationRule, Policy, WebhookRule
from reconciler.model.problem import Position
from reconciler.model.selector import NamePattern, Selector, job_name_for_matching

if TYPE_CHECKING:
    from reconciler.plan.survey import Survey

__all__ = ["RULE"]

_LISTED: Final = 5


class _State(Enum):
    DELETED = "deleted"
    SWITCHED_OFF = "switched off"
    NOT_THERE = "not there"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One entry that names jobs: of which team, in which section, under which key."""

    at: Position
    team: str
    section: str
    key: str
    selector: Selector
    may_be_off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gone:
    """A job that an entry names. `hint` says what was meant."""

    named: int | NamePattern
    state: _State
    hint: str = ""

    @property
    def subject(self) -> str:
        return job_subject(self.named) if isinstance(self.named, int) else f"job {self.named.text}"

    @property
    def told(self) -> str:
        what = str(self.named) if isinstance(self.named, int) else self.named.text
        return f"{what} ({self.state.value}{self.hint})"


def _judge(looked: Looked) -> Iterator[Found]:
    if looked.survey is None:
        return
    finder = _Finder(looked.survey)
    for entry in _entries(looked.policy):
        if (entry.selector.ids or entry.selector.names) and not entry.selector.optional:
            gone = finder.gone(entry)
            if gone:
                yield _found(entry, gone)


def _entries(policy: Policy) -> Iterator[_Entry]:
    rules: Sequence[JobRule | NotificationRule | WebhookRule | Mute] = (
        *policy.jobs,
        *policy.notifications,
        *policy.webhooks,
        *policy.mutes,
    )
    for rule in rules:
        match rule:
            case JobRule():
                yield _Entry(
                    at=rule.at, team=rule.team, section="jobs", key="match", selector=rule.match, may_be_off=rule.silent
                )
            case NotificationRule():
                yield _Entry(at=rule.at, team=rule.team, section="notifications", key="jobs", selector=rule.jobs)
            case WebhookRule():
                yield _Entry(at=rule.at, team=rule.team, section="webhooks", key="jobs", selector=rule.jobs)
            case Mute():
                yield _Entry(at=rule.at, team=rule.team, section="mutes", key="jobs", selector=rule.jobs)


class _Finder:
    """Finds what live has of the jobs that entries name."""

    def __init__(self, survey: Survey) -> None:
        self._index = survey.index
        self._inventory = survey.inventory
        self._deleted: dict[str, list[int]] = {}
        for job in survey.inventory.jobs.values():
            if job.deleted:
                self._deleted.setdefault(job_name_for_matching(job.name), []).append(job.id)

    def gone(self, entry: _Entry) -> list[_Gone]:
        ids = (self._id(job_id) for job_id in entry.selector.ids)
        names = (self._name(pattern, entry.selector) for pattern in entry.selector.names if pattern.exact)
        found = [each for each in (*ids, *names) if each is not None]
        return [each for each in found if not (entry.may_be_off and each.state is _State.SWITCHED_OFF)]

    def _id(self, job_id: int) -> _Gone | None:
        job = self._inventory.jobs.get(job_id)
        if job is None:
            return _Gone(named=job_id, state=_State.NOT_THERE)
        if job.deleted:
            return _Gone(named=job_id, state=_State.DELETED)
        return _Gone(named=job_id, state=_State.SWITCHED_OFF) if job.deactivated else None

    def _name(self, pattern: NamePattern, selector: Selector) -> _Gone | None:
        alone = replace(selector, names=(pattern,))
        jobs = [self._inventory.jobs[job_id] for job_id in self._index.select(alone)]
        if jobs:
            off = all(job.deactivated for job in jobs)
            return _Gone(named=pattern, state=_State.SWITCHED_OFF) if off else None
        if any(self._meant(alone, job_id) for job_id in self._deleted.get(pattern.compared, ())):
            return _Gone(named=pattern, state=_State.DELETED)
        missing = next((each for each in self._index.missing(alone) if each.startswith("name ")), "")
        hint = missing.removeprefix(f"name {pattern.compared}").replace(" (only elsewhere)", ", only elsewhere")
        return _Gone(named=pattern, state=_State.NOT_THERE, hint=hint)

    def _meant(self, selector: Selector, job_id: int) -> bool:
        """Tell whether a selector would mean a deleted job. How often it ran is not asked."""
        job, inventory = self._inventory.jobs[job_id], self._inventory
        return replace(selector, at_least=None).matches(
            job, inventory.projects.get(job.project_id), inventory.environments.get(job.environment_id)
        )


def _found(entry: _Entry, gone: Sequence[_Gone]) -> Found:
    edits = _edits(entry, [each for each in gone if each.state is _State.DELETED])
    states = {each.state for each in gone}
    what = "a job that does not run" if len(gone) == 1 else f"{len(gone)} jobs that do not run"
    return Found(
        at=entry.at,
        subject=f"{few([each.subject for each in gone], at_most=_LISTED)} in {entry.section} of {entry.team}",
        message=f"this entry of `{entry.section}:` names {what}: {few([each.told for each in gone], at_most=_LISTED)}",
        expected="jobs that are there and run, or `optional: true` in the selector",
        fix=_fix(states, whole=any(isinstance(edit, RemoveItem) for edit in edits)),
        edits=edits,
    )


def _fix(states: set[_State], *, whole: bool) -> str:
    if states == {_State.DELETED}:
        return "delete the entry" if whole else "take what is deleted away"
    if _State.NOT_THERE in states:
        return "correct the name or id, or take it away; a project that the token does not see looks the same"
    return "take it away, or switch the job on in dbt Cloud; in `jobs:`, `tier: none` and a reason say that it is meant"


def _edits(entry: _Entry, deleted: Sequence[_Gone]) -> tuple[Edit, ...]:
    """Return what takes deleted jobs away. A webhook's last job stays: without jobs it would have to go itself."""
    gone = {each.named for each in deleted}
    if not gone:
        return ()
    selector = entry.selector
    ids = tuple(each for each in selector.ids if each not in gone)
    names = tuple(each for each in selector.names if each not in gone)
    if (selector.ids and not ids) or (selector.names and not names):
        return () if entry.section == "webhooks" else (RemoveItem(at=entry.at),)
    left = replace(selector, ids=ids, names=names)
    return (SetKey(inside=entry.at, key=entry.key, value=selector_flow(left)),)


RULE: Final = Rule(
    id="dangling-job",
    title="an entry that names a job which is deleted, switched off or not there",
    level=LintLevel.WARN,
    judge=_judge,
    needs_live=True,
)
