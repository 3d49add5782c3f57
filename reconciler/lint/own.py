"""What lint finds by itself, about the policy's files and about its own excuses and baselines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reconciler.model.lint import LintLevel

__all__ = [
    "EXCUSE_WITHOUT_REASON",
    "INVALID_POLICY",
    "OWN_RULES",
    "POLICY_WARNING",
    "STALE_BASELINE",
    "UNKNOWN_EXCUSE",
    "UNUSED_EXCUSE",
    "OwnRule",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRule:
    """A rule without a place in `rules:`: its level is fixed. `title` ends the sentence "finds …"."""

    id: str
    title: str
    level: LintLevel
    why: str


INVALID_POLICY: Final = OwnRule(
    id="invalid-policy",
    title="what the files get wrong, so that they are no policy",
    level=LintLevel.ERROR,
    why="The policy cannot be loaded, so no rule has judged it yet. `plan` and `apply` refuse it too.",
)
POLICY_WARNING: Final = OwnRule(
    id="policy-warning",
    title="what the files say in words of other tools, or in a way that can be misread",
    level=LintLevel.WARN,
    why="The policy is understood, and says what it means in other words than its readers expect.",
)
EXCUSE_WITHOUT_REASON: Final = OwnRule(
    id="excuse-without-reason",
    title="an excuse that does not say why",
    level=LintLevel.WARN,
    why="Whoever reads the line next year must know whether it still holds. Without a reason it excuses nothing.",
)
UNKNOWN_EXCUSE: Final = OwnRule(
    id="unknown-excuse",
    title="an excuse that names no rule there is",
    level=LintLevel.WARN,
    why="A misspelt excuse excuses nothing, and looks as if it did.",
)
UNUSED_EXCUSE: Final = OwnRule(
    id="unused-excuse",
    title="an excuse where nothing is found any more",
    level=LintLevel.INFO,
    why="It would hide the next finding on its line, which nobody has looked at.",
)
STALE_BASELINE: Final = OwnRule(
    id="stale-baseline",
    title="an entry of a baseline that is not found any more",
    level=LintLevel.INFO,
    why="What was mended can be taken out of the baseline: if it comes back, it is found.",
)

OWN_RULES: Final = (
    INVALID_POLICY,
    POLICY_WARNING,
    EXCUSE_WITHOUT_REASON,
    UNKNOWN_EXCUSE,
    UNUSED_EXCUSE,
    STALE_BASELINE,
)
