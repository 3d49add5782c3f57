"""What a rule is: an id, a default level, and one function from what is looked at to what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from reconciler.lint.audience import Audience
from reconciler.model.edit import Edit
from reconciler.model.evidence import Evidence
from reconciler.model.lint import LintLevel, RuleSetting
from reconciler.model.policy import Policy
from reconciler.model.problem import Position

if TYPE_CHECKING:
    from reconciler.plan.survey import Survey

__all__ = ["Found", "Looked", "Rule", "audience_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What rules look at. Without `survey` there is no live: a rule tells what the files alone show.

    `evidence` is what test alerts left, oldest first; None where there is none; `broken_evidence` says what of it is
    not as it was written, or nothing.
    `setting` is what `rules:` says about the rule that is asked: its `limit` and `names`. `audience` is worked out
    once for all rules by who asks them; without it a rule that wants it works it out alone.
    """

    policy: Policy
    today: date
    setting: RuleSetting
    survey: Survey | None = None
    evidence: Sequence[Evidence] | None = None
    broken_evidence: str = ""
    audience: Audience | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a rule returns: a finding without the rule's id and level. The rest is as in `model.lint.Finding`."""

    at: Position
    subject: str
    message: str
    about: str = ""
    found: str = ""
    expected: str = ""
    fix: str = ""
    also_at: tuple[Position, ...] = ()
    edits: Sequence[Edit] = field(default_factory=tuple)
    unwritten: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One guardrail. `needs_live`: without a snapshot or the API there is nothing that it could find.

    `more_with_live`: it finds something in the files alone, and more where live is there. What files alone do not
    show is then neither an excuse that is not needed nor an entry of a baseline that is stale.
    `title` ends the sentence "finds …". Why it matters is the docstring of the module that defines it.
    """

    id: str
    title: str
    level: LintLevel
    judge: Callable[[Looked], Iterable[Found]]
    needs_live: bool = False
    more_with_live: bool = False


def audience_of(looked: Looked) -> Audience:
    """Return the audience that all rules share, or one for this rule alone."""
    return looked.audience or Audience(looked.policy)
