"""Which rules match a job and do not speak for it, and the first difference that decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reconciler.model.policy import JobRule
from reconciler.model.selector import Specificity
from reconciler.plan.survey import Survey

__all__ = ["Lost", "lost_rules"]

_SAYS: Final = {
    "name": ("gives no name", "names a pattern", "names the job exactly", "names its id"),
    "environment": ("gives no environment", "gives a type of environment", "names the environment"),
    "project": ("gives no project", "gives the project"),
    "kind": ("gives no job type or schedule", "gives job type or schedule"),
}
"""By the key that decides, in the order in which it is asked; within it by rank."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A rule that matches and is not heard. `why` ends the sentence "it …"."""

    rule: JobRule
    why: str


def lost_rules(survey: Survey, job_id: int) -> tuple[Lost, ...]:
    """Return them in the order of files; none where two rules contradict each other, because then none has won."""
    winner = survey.ownership.rules.get(job_id)
    if winner is None:
        return ()
    matched = zip(survey.policy.jobs, survey.ownership.matched, strict=True)
    others = (rule for rule, jobs in matched if job_id in jobs and rule is not winner)
    found = (Lost(rule=rule, why=_why(rule.match.specificity, winner.match.specificity)) for rule in others)
    return tuple(sorted(found, key=lambda lost: lost.rule.at))


def _why(loser: Specificity, winner: Specificity) -> str:
    for key, words in _SAYS.items():
        mine, theirs = int(getattr(loser, key)), int(getattr(winner, key))
        if mine != theirs:
            return f"{words[mine]}; the rule that is heard {words[theirs]}"
    return "is as precise and comes to the same"
