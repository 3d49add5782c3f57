"""A production job that fails and tells nobody is found days later, by whoever reads the wrong number.

dbt Cloud tells nobody of a new job until somebody thinks of it. So each job of a production environment must be decided
about in the policy: somebody is told when it fails, or it is declared silent and says why. Told counts by a rule under
`failure`, by a level of its escalation, by a digest that holds failures, or by an entry of `notifications:`. What
somebody clicked together in dbt Cloud does not count: no review sees it, and nobody notices when it goes; `import`
writes it into the policy. Nor does `metrics:` count, which every job has, or a promotion, before which failures go
unseen.

A decision for silence is `tier: none` with a `reason`, or `failure: []` with one. Jobs that are switched off and CI
jobs need none. A job without any line is reported at the last rule for its project, because there it would be added;
without one, at `account`. No comment there excuses it, because it would excuse every new job too: what was there
before goes into a baseline. A file that is checked alone is not asked: the line may be in another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from reconciler.lint.effects import effects
from reconciler.lint.job_words import few, job_subject, job_text
from reconciler.lint.purpose import is_production
from reconciler.lint.rule import Found, Looked, Rule
from reconciler.lint.wording import scalar
from reconciler.model.inventory import Inventory
from reconciler.model.lint import LintLevel
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Policy
from reconciler.model.problem import Position
from reconciler.model.selector import job_name_for_matching
from reconciler.routing.effective import Effective
from reconciler.routing.place import Placed

if TYPE_CHECKING:
    from reconciler.plan.survey import Survey

__all__ = ["RULE"]

_EXPECTED: Final = "somebody under `failure`, or `tier: none` and a `reason`"


def _judge(looked: Looked) -> Iterator[Found]:
    survey = looked.survey
    if survey is None or looked.policy.missing:
        return
    decided = {at: _decided(found, looked.policy) for at, found in effects(looked.policy).items()}
    disputed = {conflict.job.id for conflict in survey.ownership.conflicts}
    uncovered = [
        placed
        for placed in survey.places.values()
        if is_production(placed)
        and not placed.job.deactivated
        and placed.job.id not in disputed
        and not (placed.rule is not None and decided.get(placed.rule.at, True))
        and not any(Outcome.FAILURE in each.on for each in placed.notifications)
    ]
    if uncovered:
        report = _Report(looked.policy, survey)
        yield from map(report.found, uncovered)


def _decided(found: Effective, policy: Policy) -> bool:
    """Tell whether a rule says who hears of a failure, or why nobody does."""
    if found.silent:
        return found.values.reason is not None
    failure, digest = found.notify.get(Outcome.FAILURE), found.values.digest
    if failure is not None and (failure.targets or found.values.reason is not None):
        return True
    escalation = policy.escalations.get(found.values.escalation or "")
    return bool(escalation and escalation.levels) or bool(
        digest and (not digest.include or "failures" in digest.include)
    )


class _Report:
    """Says where each finding belongs and who is told by hand; made only if there is one."""

    def __init__(self, policy: Policy, survey: Survey) -> None:
        self._account = policy.account.at
        self._inventory = survey.inventory
        self._by_hand = _told_by_hand(survey.inventory)
        self._nearest = _last_rules(survey)

    def found(self, placed: Placed) -> Found:
        job = placed.job
        by_hand = sorted(self._by_hand.get(job.id, ()))
        return Found(
            at=self._place(placed),
            subject=job_subject(job.id),
            about=", ".join(_names(placed).values()),
            message=f"nobody is told when the production job {job_text(job)} fails: {_why(placed)}",
            found=f"told by hand in dbt Cloud: {few(by_hand)}" if by_hand else "no failure route",
            expected=_EXPECTED,
            fix=_fix(placed, by_hand=bool(by_hand)),
            unwritten=placed.rule is None,
        )

    def _place(self, placed: Placed) -> Position:
        if placed.rule is not None:
            return placed.rule.at
        place = (placed.job.project_id, placed.job.environment_id)
        return self._nearest.get(place) or self._nearest.get(place[:1]) or self._account


def _why(placed: Placed) -> str:
    if placed.rule is None:
        return "no entry of `jobs:` speaks for it" + (
            ", and its `notifications:` name no failure" if placed.notifications else ""
        )
    if placed.rule.silent:
        return "it is declared silent without a reason"
    return "its rule names nobody for `failure`"


def _fix(placed: Placed, *, by_hand: bool) -> str:
    if placed.rule is not None and placed.rule.silent:
        return "add `reason: …` beside `tier: none`"
    if placed.rule is not None:
        return "give the rule a tier that tells of failures, or `notify: {failure: […]}`"
    added = f"add `- {{match: {_selector(placed)}, tier: …}}` to `jobs:`"
    return f"{added}, or let `dbt-alerts import` write what was made by hand" if by_hand else added


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


def _told_by_hand(inventory: Inventory) -> Mapping[int, set[str]]:
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
