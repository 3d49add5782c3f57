"""A production job that fails and tells nobody is found days later, by whoever reads the wrong number.

dbt Cloud tells nobody of a new job until somebody thinks of it. So each job of a production environment must be decided
about in the policy: somebody is told when it fails, or it is declared silent and says why. Told counts by a rule under
`failure`, by a level of its escalation, by a digest that holds failures, or by an entry of `notifications:`. A native
channel through which nothing arrives, as of a user who is deactivated, counts for none. What dbt Cloud tells today by
no line of the policy does not count: no review sees it, and what an earlier apply wrote goes with the next one, as
`plan` tells. Nor does `metrics:` count, which every job has, or a promotion, before which failures go unseen.

A decision for silence is `tier: none` with a `reason`, or `failure: []` with one. Jobs that are switched off and CI
jobs need none. A job without any line is reported at the last rule for its project, because there it would be added;
without one, at `account`. No comment there excuses it, because it would excuse every new job too: declare the job
silent, with its reason; what was there before goes into a baseline. A file that is checked alone is not asked: the line
may be in another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from reconciler.lint.effects import effects
from reconciler.lint.job_words import few, job_subject, job_text
from reconciler.lint.purpose import is_production
from reconciler.lint.rule import Found, Looked, Rule
from reconciler.lint.wording import scalar
from reconciler.model.inventory import Inventory
from reconciler.model.lint import LintLevel
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Policy, RelayedChannel
from reconciler.model.problem import Position
from reconciler.model.selector import job_name_for_matching
from reconciler.routing.effective import Effective
from reconciler.routing.place import Placed

if TYPE_CHECKING:
    from reconciler.plan.survey import Survey

__all__ = ["RULE"]

_NO_ROUTE: Final = {False: "no failure route", True: "no failure route that delivers"}
_EXPECTED: Final = "somebody under `failure`, or `tier: none` and a `reason`"


def _judge(looked: Looked) -> Iterator[Found]:
    survey = looked.survey
    if survey is None or looked.policy.missing:
        return
    disputed = {conflict.job.id for conflict in survey.ownership.conflicts}
    asked = [
        placed
        for placed in survey.places.values()
        if is_production(placed) and not placed.job.deactivated and placed.job.id not in disputed
    ]
    routes = _Routes(looked.policy, survey)
    uncovered = [placed for placed in asked if not routes.decided(placed)]
    if uncovered:
        report = _Report(looked.policy, survey, routes)
        yield from map(report.found, uncovered)


class _Routes:
    """Knows who is to hear of a job's failure, and through which channels nothing arrives."""

    def __init__(self, policy: Policy, survey: Survey) -> None:
        self._policy = policy
        self._survey = survey
        self._effects = effects(policy)
        self._of_rule: dict[Position, frozenset[str]] = {}

    def decided(self, placed: Placed) -> bool:
        """Tell whether somebody hears of a failure, or the policy says why nobody does."""
        if placed.rule is not None:
            found = self._effects.get(placed.rule.at)
            if found is None or _reasoned(found):
                return True
        return not all(map(self._survey.why_broken, self.named(placed)))

    def named(self, placed: Placed) -> frozenset[str]:
        """Return the channels that the policy names for the job's failure."""
        added = frozenset(name for each in placed.notifications if Outcome.FAILURE in each.on for name in each.to)
        return added if placed.rule is None else added | self._by_rule(placed.rule.at)

    def _by_rule(self, at: Position) -> frozenset[str]:
        if at not in self._of_rule:
            self._of_rule[at] = _heard(self._effects[at], self._policy)
        return self._of_rule[at]


def _reasoned(found: Effective) -> bool:
    failure = found.notify.get(Outcome.FAILURE)
    silent = found.silent or (failure is not None and not failure.targets)
    return silent and found.values.reason is not None


def _heard(found: Effective, policy: Policy) -> frozenset[str]:
    """Return the channels under `failure`, of the levels of its escalation, and of a digest that holds failures."""
    if found.silent:
        return frozenset()
    failure, digest = found.notify.get(Outcome.FAILURE), found.values.digest
    heard = {target.channel for target in failure.targets} if failure is not None else set()
    escalation = policy.escalations.get(found.values.escalation or "")
    heard.update(name for level in (escalation.levels if escalation else ()) for name in level.notify)
    if digest and (not digest.include or "failures" in digest.include):
        heard.update(digest.to)
    return frozenset(heard)


class _Report:
    """Says where each finding belongs and who is told all the same; made only if there is one."""

    def __init__(self, policy: Policy, survey: Survey, routes: _Routes) -> None:
        self._account = policy.account.at
        self._survey = survey
        self._routes = routes
        self._told = _told_today(survey.inventory)
        self._route = _route(policy, survey)
        self._nearest = _last_rules(survey)

    def found(self, placed: Placed) -> Found:
        job = placed.job
        told = few(sorted(self._told.get(job.id, ())))
        broken = [self._survey.why_broken(name) for name in sorted(self._routes.named(placed))]
        fix = _fix(placed, self._route, is_broken=bool(broken))
        return Found(
            at=self._place(placed),
            subject=job_subject(job.id),
            about=", ".join(_names(placed).values()),
            message=f"nobody is told when the production job {job_text(job)} fails: {_why(placed, broken)}",
            found=f"told in dbt Cloud today, by no line of this policy: {told}" if told else _NO_ROUTE[bool(broken)],
            expected=_EXPECTED,
            fix=f"{fix}; `dbt-alerts plan` tells whom the next apply takes away" if told else fix,
            unwritten=placed.rule is None,
        )

    def _place(self, placed: Placed) -> Position:
        if placed.rule is not None:
            return placed.rule.at
        place = (placed.job.project_id, placed.job.environment_id)
        return self._nearest.get(place) or self._nearest.get(place[:1]) or self._account


def _why(placed: Placed, broken: Sequence[str]) -> str:
    if broken:
        return f"nothing arrives where the policy sends it ({few(broken)})"
    if placed.rule is None:
        return "no entry of `jobs:` speaks for it" + (
            ", and its `notifications:` name no failure" if placed.notifications else ""
        )
    if placed.rule.silent:
        return "it is declared silent without a reason"
    return "its rule names nobody for `failure`"


def _route(policy: Policy, survey: Survey) -> str:
    """Return how a rule would name somebody: a tier where there are any, else a native channel that works."""
    if policy.tiers:
        return "tier: …"
    native = (name for name, channel in policy.channels.items() if not isinstance(channel, RelayedChannel))
    channel = next((name for name in native if not survey.why_broken(name)), None)
    return f"notify: {{failure: [{'…' if channel is None else scalar(channel)}]}}"


def _fix(placed: Placed, route: str, *, is_broken: bool) -> str:
    if is_broken:
        return "name somebody who is there"
    if placed.rule is not None and placed.rule.silent:
        return "add `reason: …` beside `tier: none`"
    if placed.rule is not None:
        return "give the rule a tier that tells of failures, or `notify: {failure: […]}`"
    return f"add `- {{match: {_selector(placed)}, {route}}}` to `jobs:`"


def _selector(placed: Placed) -> str:
    return "{" + ", ".join(f"{key}: {scalar(name)}" for key, name in _names(placed).items()) + "}"


def _names(placed: Placed) -> Mapping[str, str]:
    """Return what a job is called and where it is, by the keys of a selector; a name that is unknown is left out."""
    names = {
        "project": placed.project.name if placed.project is not None else "",
        "environment": placed.environment.name if placed.environment is not None else "",
        "name": job_name_for_matching(placed.job.name),
    }
    return {key: name for key, name in names.items() if name}


def _last_rules(survey: Survey) -> Mapping[tuple[int, ...], Position]:
    """Return the last rule for jobs of each project, and of each environment of it."""
    last: dict[tuple[int, ...], Position] = {}
    for placed in survey.places.values():
        if placed.rule is not None:
            for key in ((placed.job.project_id,), (placed.job.project_id, placed.job.environment_id)):
                last[key] = max(last.get(key, placed.rule.at), placed.rule.at)
    return last


def _told_today(inventory: Inventory) -> Mapping[int, set[str]]:
    """Return by job who is told of its failures by live edges, in words."""
    from reconciler.plan.naming import called, live_names  # noqa: PLC0415 - wanted where live is

    names = live_names(inventory)
    found: defaultdict[int, set[str]] = defaultdict(set)
    for key, rows in inventory.rows.items():
        for row in rows:
            if inventory.can_deliver(row):
                for job_id in row.jobs.get(Outcome.FAILURE, ()):
                    found[job_id].add(called(key, names))
    return found


RULE: Final = Rule(
    id="production-job-covered",
    title="a production job with no failure route and no declared silence",
    level=LintLevel.WARN,
    judge=_judge,
    needs_live=True,
)
