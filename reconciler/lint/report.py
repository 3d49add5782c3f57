"""What one run of lint has to say, and which rules were asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.lint.excuse import Excuse
from reconciler.model.lint import Finding, LintLevel

__all__ = ["EVERY_RULE", "Excused", "LintReport", "Selection"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which rules are asked: `select` alone where it is given, never those of `ignore`."""

    select: frozenset[str] | None = None
    ignore: frozenset[str] = frozenset()

    def takes(self, rule: str) -> bool:
        return rule not in self.ignore and (self.select is None or rule in self.select)


EVERY_RULE = Selection()


@dataclass(frozen=True, slots=True, kw_only=True)
class Excused:
    """A finding that a comment excuses."""

    finding: Finding
    excuse: Excuse


@dataclass(frozen=True, slots=True, kw_only=True)
class LintReport:
    """Findings in the order of files and lines; those excused and those of a baseline are counted apart.

    `judged` are the rules that ran; `not_judged` those that need live, which was not looked at. `judged_in_part` ran,
    and would find more with live. What lint says of its own excuses and baselines is among `findings`.
    """

    findings: tuple[Finding, ...] = ()
    excused: tuple[Excused, ...] = ()
    baselined: tuple[Finding, ...] = ()
    judged: tuple[str, ...] = ()
    judged_in_part: tuple[str, ...] = ()
    not_judged: tuple[str, ...] = ()

    @property
    def counts(self) -> Mapping[LintLevel, int]:
        found = Counter(finding.level for finding in self.findings)
        return {level: found[level] for level in (LintLevel.ERROR, LintLevel.WARN, LintLevel.INFO)}
