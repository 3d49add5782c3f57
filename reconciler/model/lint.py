"""What lint found: by which rule, how bad, where, about whom, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.edit import Edit
from reconciler.model.problem import Position

__all__ = ["Finding", "LintLevel", "RuleSetting"]


class LintLevel(StrEnum):
    """The words of `rules:`. Only `error` makes `lint` fail."""

    ERROR = "error"
    WARN = "warn"
    INFO = "info"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetting:
    """What `rules:` says about one rule. None is the rule's own default."""

    at: Position
    level: LintLevel | None = None
    baseline: str | None = None
    limit: int | None = None
    names: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a rule found.

    `subject` names what the finding is about in words that stay the same when lines move ("job 101", "channel oncall"):
    with the rule it is what a baseline keeps. `about` tells people what a subject is that does not say it itself, as
    the id of a job; nobody compares it. `edits` are what `--fix` does; without any, `fix` is advice.
    `unwritten`: what is wrong is that no line speaks of the subject; `at` is where one would be added.
    """

    rule: str
    at: Position
    message: str
    subject: str
    level: LintLevel = LintLevel.WARN
    about: str = ""
    found: str = ""
    expected: str = ""
    fix: str = ""
    also_at: tuple[Position, ...] = ()
    edits: tuple[Edit, ...] = ()
    unwritten: bool = False
