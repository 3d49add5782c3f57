"""Tests files → tests: every problem of every file at once, with its place, as of the policy itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from reconciler.errors import PolicyError
from reconciler.model.outcome import Outcome
from reconciler.model.problem import Problem
from reconciler.model.selector import Purpose
from reconciler.model.telling import Cause, FailedNode, Happening, History, NodeKind, Reaction
from reconciler.policy.files import read_file
from reconciler.policy.mistakes import mistakes, unlike
from reconciler.policy.policy_tests.document import ExpectedDoc, JobNameDoc, TestDoc, TestsDocument
from reconciler.policy.report import Report
from reconciler.policy.yaml_tree import parse, paused_gc
from reconciler.views.expectations.jobs import MadeUpJob
from reconciler.views.expectations.judge import Expected, Never, PolicyTest, Strictness
from reconciler.views.explain.find import JobSearch
from reconciler.views.explain.time import BadTimeError, instant

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.policy import Policy
    from reconciler.model.problem import Position
    from reconciler.policy.policy_tests.document import FailedDoc, GivenDoc, MadeUpJobDoc
    from reconciler.policy.yaml_tree import Tree

__all__ = ["PolicyTests", "read_tests"]

_NOTHING: Final = timedelta()
_ANY_TIME: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""For a test whose own time is wrong, so that the rest of it is checked too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTests:
    """All tests of all files, in the order of files, and the jobs that they make up together."""

    tests: tuple[PolicyTest, ...]
    jobs: tuple[MadeUpJob, ...]


def read_tests(
    files: Sequence[Path],
    policy: Policy,
    *,
    beside: Sequence[Path] = (),
    text_reader: Callable[[Path], bytes | Problem] = read_file,
) -> PolicyTests:
    """Read the tests of a policy, whose channels and time zone they speak of; of files `beside` the made-up jobs only.

    Raises PolicyError with every problem of every file.
    """
    report = Report()
    with paused_gc():
        parts = [part for path in files if (part := _part(path, text_reader, report))]
        around = [part for path in beside if (part := _part(path, text_reader, report))]
        tests = tuple(test for tree, document in parts for test in _File(tree, policy, report).tests(document))
        jobs = tuple(job for tree, document in (*parts, *around) for job in _jobs(tree, document))
    _check_jobs(jobs, report)
    _check_names(tests, report)
    if report.errors:
        raise PolicyError(report.errors, what="the policy's tests")
    return PolicyTests(tests=tests, jobs=jobs)


def _part(
    path: Path, text_reader: Callable[[Path], bytes | Problem], report: Report
) -> tuple[Tree, TestsDocument] | None:
    raw = text_reader(path)
    if isinstance(raw, Problem):
        report.extend([raw])
        return None
    tree, problems = parse(str(path), raw)
    report.extend(problems)
    try:
        return tree, TestsDocument.model_validate(tree.data)
    except ValidationError as refusal:
        report.extend(unlike(mistakes(tree, TestsDocument, refusal), problems))
        return None


# --- made-up jobs -----------------------------------------------------------------------------------------------------
def _jobs(tree: Tree, document: TestsDocument) -> Iterator[MadeUpJob]:
    for place, each in enumerate(document.jobs or ()):
        yield _job(each, tree.value_at(("jobs", place)))


def _job(document: MadeUpJobDoc, at: Position) -> MadeUpJob:
    return MadeUpJob(
        at=at,
        name=document.name,
        project=document.project,
        environment=document.environment or "Production",
        purpose=Purpose(document.type or "production"),
        id=document.id,
        job_type=document.job_type or "scheduled",
        cron=document.schedule or "",
    )


def _check_jobs(jobs: Iterable[MadeUpJob], report: Report) -> None:
    """Report the same job, and the same id, twice."""
    first: dict[object, MadeUpJob] = {}
    for each in jobs:
        known = first.setdefault((each.name, each.project, each.environment, each.purpose), each)
        same_id = first.setdefault(each.id, each) if each.id is not None else each
        if known is not each:
            message = f"the job `{each.name}` is made up twice in {each.project}, {each.environment}"
            report.twice(each.at, known.at, message, fix="keep one of them: the jobs of all tests files count")
        elif same_id is not each:
            report.twice(each.at, same_id.at, f"two jobs have the id {each.id}", fix="give one of them another id")


def _check_names(tests: Iterable[PolicyTest], report: Report) -> None:
    first: dict[tuple[str, str], PolicyTest] = {}
    for each in tests:
        known = first.setdefault((each.at.file, each.name), each)
        if known is not each:
            report.twice(each.at, known.at, f"two tests are called `{each.name}`", fix="say what each of them shows")


# --- tests ------------------------------------------------------------------------------------------------------------
class _File:
    """Compiles the tests of one file."""

    def __init__(self, tree: Tree, policy: Policy, report: Report) -> None:
        self._tree = tree
        self._policy = policy
        self._report = report

    def tests(self, document: TestsDocument) -> Iterator[PolicyTest]:
        for place, each in enumerate(document.tests or ()):
            loc = ("tests", place)
            start = self._instant(each.at, (*loc, "at"))
            test = self._test(each, loc, start or _ANY_TIME)
            if start is not None:
                yield test

    def _test(self, document: TestDoc, loc: tuple[str | int, ...], start: datetime) -> PolicyTest:
        given = document.given
        if given is not None and given.late_by is not None and document.on != Outcome.LATE:
            at = self._tree.key_at((*loc, "given", "late_by"))
            fix = "write `on: late`, or delete the line"
            self._report.error(at, "only what is late is late by so long", found=f"on: {document.on}", fix=fix)
        if given is not None and given.incident_tier is not None:
            self._incident_tier(given, (*loc, "given", "incident_tier"))
        strictness, key = _strictness(document)
        listed = getattr(document, key)
        return PolicyTest(
            at=self._tree.value_at(loc),
            name=document.name,
            job=_job_search(document.job),
            job_at=self._tree.value_at((*loc, "job")),
            happening=_happening(document, start),
            history=_history(given, start),
            reaction=_reaction(given, start),
            strictness=strictness,
            expected=tuple(self._expected(listed, (*loc, key), start)) if isinstance(listed, list) else (),
            never=tuple(self._never(document.never or (), (*loc, "never"))),
        )

    def _incident_tier(self, given: GivenDoc, loc: tuple[str | int, ...]) -> None:
        tier, tiers = given.incident_tier or "", self._policy.tiers
        if tier not in tiers:
            self._report.unresolved(self._tree.value_at(loc), kind="tier", name=tier, known=tiers)
        if given.incident_open_for is None:
            fix = "add `incident_open_for: 1h`, or delete the line"
            self._report.error(self._tree.key_at(loc), "a tier of an incident that is not open", found=tier, fix=fix)

    def _expected(
        self, documents: Sequence[str | ExpectedDoc], loc: tuple[str | int, ...], start: datetime
    ) -> Iterator[Expected]:
        for place, each in enumerate(documents):
            here = (*loc, place)
            at = self._tree.value_at(here)
            if isinstance(each, str):
                self._channel(each, at)
                yield Expected(at=at, channel=each)
                continue
            self._channel(each.channel, self._tree.value_at((*here, "channel")))
            told_at = self._told_at(each, here, start)
            yield Expected(at=at, channel=each.channel, told_at=told_at, outcome=each.on and Outcome(each.on))

    def _told_at(self, document: ExpectedDoc, loc: tuple[str | int, ...], start: datetime) -> datetime | None:
        if document.after is not None:
            return start + document.after
        return None if document.at is None else self._instant(document.at, (*loc, "at"))

    def _never(self, channels: Sequence[str], loc: tuple[str | int, ...]) -> Iterator[Never]:
        for place, channel in enumerate(channels):
            at = self._tree.value_at((*loc, place))
            self._channel(channel, at)
            yield Never(at=at, channel=channel)

    def _channel(self, name: str, at: Position) -> None:
        if name not in self._policy.channels:
            self._report.unresolved(at, kind="channel", name=name, known=self._policy.channels)

    def _instant(self, text: str, loc: tuple[str | int, ...]) -> datetime | None:
        try:
            return instant(text, self._policy.timezone)
        except BadTimeError as error:
            at = self._tree.value_at(loc)
            self._report.error(at, f"`at`: {error.message}", found=text, expected=error.expected, fix=error.fix)
            return None


def _strictness(document: TestDoc) -> tuple[Strictness, str]:
    if document.expect is not None:
        return Strictness.EXACT, "expect"
    if document.expect_at_least is not None:
        return Strictness.AT_LEAST, "expect_at_least"
    return Strictness.SILENT, "expect"


def _job_search(job: int | str | JobNameDoc) -> JobSearch:
    if isinstance(job, JobNameDoc):
        return JobSearch(text=job.name, project=job.project, environment=job.environment)
    return JobSearch(text=str(job))


def _happening(document: TestDoc, start: datetime) -> Happening:
    timeout = document.on == Cause.TIMEOUT
    given = document.given
    return Happening(
        outcome=Outcome.FAILURE if timeout else Outcome(document.on),
        at=start,
        cause=Cause.TIMEOUT if timeout else None,
        nodes=tuple(map(_node, (given.failed if given else None) or ())),
        late_by=(given.late_by if given else None) or _NOTHING,
    )


def _node(document: FailedDoc) -> FailedNode:
    kind = next(each for each in NodeKind if getattr(document, each.value) is not None)
    return FailedNode(name=getattr(document, kind.value), kind=kind, tags=tuple(document.tags or ()))


def _history(given: GivenDoc | None, start: datetime) -> History:
    if given is None:
        return History()
    return History(
        failures_before=given.failures_before or 0,
        incident_since=_before(start, given.incident_open_for),
        incident_tier=given.incident_tier,
        group_since=_before(start, given.group_open_for),
    )


def _before(start: datetime, length: timedelta | None) -> datetime | None:
    return None if length is None else start - length


def _reaction(given: GivenDoc | None, start: datetime) -> Reaction:
    acknowledged, resolved = (given.acknowledged_after, given.resolved_after) if given else (None, None)
    return Reaction(
        acknowledged_at=None if acknowledged is None else start + acknowledged,
        resolved_at=None if resolved is None else start + resolved,
    )
