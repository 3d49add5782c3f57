"""One job, one owner, one rule: which entry of `jobs:` speaks for each job, and which two contradict each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.model.inventory import Inventory, Job
from reconciler.model.policy import JobRule, Policy
from reconciler.model.problem import Position, Problem
from reconciler.routing.effective import effective
from reconciler.routing.selection import JobIndex

__all__ = ["Ownership", "RuleConflict", "conflict_problems", "own"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleConflict:
    """A job that two rules claim and none wins: of two teams, or equally specific with different results."""

    job: Job
    rules: tuple[JobRule, ...]

    @property
    def teams(self) -> tuple[str, ...]:
        return tuple(sorted({rule.team for rule in self.rules}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """The rule of each job, the jobs of each rule in the policy's order, and the jobs without an answer.

    `matched` holds what each rule's selector means, also outside scope and where another rule wins: an empty one
    is a rule that live does not answer.
    """

    rules: Mapping[int, JobRule] = field(default_factory=dict)
    jobs: Sequence[tuple[JobRule, tuple[int, ...]]] = ()
    matched: Sequence[frozenset[int]] = ()
    conflicts: tuple[RuleConflict, ...] = ()


def own(policy: Policy, inventory: Inventory, *, within: frozenset[int], index: JobIndex | None = None) -> Ownership:
    """Decide for every job of `within` (those in scope) which rule speaks for it; a job no rule matches has none."""
    found = index or JobIndex(inventory)
    matched = [found.select(rule.match) for rule in policy.jobs]
    claimed: defaultdict[int, list[int]] = defaultdict(list)
    for place, job_ids in enumerate(matched):
        for job_id in job_ids & within:
            claimed[job_id].append(place)
    judge = _Judge(policy)
    winners = {job_id: judge.winner(tuple(places)) for job_id, places in claimed.items()}
    return Ownership(
        rules={job_id: policy.jobs[won] for job_id, won in winners.items() if isinstance(won, int)},
        jobs=_by_rule(policy, winners),
        matched=matched,
        conflicts=tuple(
            RuleConflict(job=inventory.jobs[job_id], rules=won)
            for job_id, won in sorted(winners.items())
            if not isinstance(won, int)
        ),
    )


def conflict_problems(conflicts: Iterable[RuleConflict]) -> tuple[Problem, ...]:
    """Return one problem for each set of rules in conflict, however many jobs they share."""
    groups: defaultdict[tuple[Position, ...], list[RuleConflict]] = defaultdict(list)
    for conflict in conflicts:
        groups[tuple(rule.at for rule in conflict.rules)].append(conflict)
    return tuple(_problem(group) for _, group in sorted(groups.items()))


class _Judge:
    """Chooses among the rules that match one job; jobs with the same candidates are judged once."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._specificity = [rule.match.specificity for rule in policy.jobs]
        self._known: dict[tuple[int, ...], int | tuple[JobRule, ...]] = {}

    def winner(self, places: tuple[int, ...]) -> int | tuple[JobRule, ...]:
        """Return the place of the rule that wins, or the rules that contradict each other."""
        if places not in self._known:
            self._known[places] = self._choose(places)
        return self._known[places]

    def _choose(self, places: Sequence[int]) -> int | tuple[JobRule, ...]:
        rules = self._policy.jobs
        teams = {rules[place].team for place in places}
        if len(teams) > 1:
            best = [self._most_specific([place for place in places if rules[place].team == team])[0] for team in teams]
            return _in_file_order(rules[place] for place in best)
        tied = self._most_specific(places)
        if len(tied) == 1:
            return tied[0]
        results = [effective(self._policy, rules[place]) for place in tied]
        if all(result.same_result(results[0]) for result in results[1:]):
            return tied[0]
        return _in_file_order(rules[place] for place in tied)

    def _most_specific(self, places: Sequence[int]) -> list[int]:
        best = max(self._specificity[place] for place in places)
        return [place for place in places if self._specificity[place] == best]


def _in_file_order(rules: Iterable[JobRule]) -> tuple[JobRule, ...]:
    return tuple(sorted(rules, key=lambda rule: rule.at))


def _by_rule(
    policy: Policy, winners: Mapping[int, int | tuple[JobRule, ...]]
) -> tuple[tuple[JobRule, tuple[int, ...]], ...]:
    jobs: defaultdict[int, list[int]] = defaultdict(list)
    for job_id, won in winners.items():
        if isinstance(won, int):
            jobs[won].append(job_id)
    return tuple((rule, tuple(sorted(jobs[place]))) for place, rule in enumerate(policy.jobs) if place in jobs)


def _problem(conflicts: Sequence[RuleConflict]) -> Problem:
    first, *others = conflicts[0].rules
    lines = " and ".join(f"{rule.at.file}:{rule.at.line}" for rule in conflicts[0].rules)
    job = conflicts[0].job
    more = f" and {len(conflicts) - 1} more" if len(conflicts) > 1 else ""
    teams = conflicts[0].teams
    also_at = tuple(rule.at for rule in others)
    if len(teams) > 1:
        return Problem(
            at=first.at,
            also_at=also_at,
            message=f"job {job.name!r} ({job.id}){more} is in `jobs:` of {len(teams)} teams: {lines}",
            found=", ".join(teams),
            expected="one team for one job",
            fix="leave the rule with the team that owns the job; the other team writes `notifications:`",
        )
    return Problem(
        at=first.at,
        also_at=also_at,
        message=f"job {job.name!r} ({job.id}){more} is matched by rules that are equally specific and differ: {lines}",
        expected="one rule that is more specific than the others",
        fix="add a key to the selector that shall win, or make the rules say the same",
    )
