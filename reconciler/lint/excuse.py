"""An excuse: a comment in a policy file that says why a finding is meant, `# dbt-alerts: ignore[rule-id] reason`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from reconciler.model.lint import Finding
from reconciler.model.problem import Position

__all__ = ["Excuse", "Excuses"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuse:
    """A comment. It covers lines `first` to `last` of its file: the line it is about, or the entry that begins there.

    `rules` are the ids as they are written, whether there are such rules or not.
    """

    at: Position
    rules: tuple[str, ...]
    reason: str
    first: int
    last: int


_Lines = tuple[str, str, int, int]
"""A rule, a file, and the first and the last line: what several comments above one entry have in common."""


class Excuses:
    """Finds the excuse of a finding by its lines, and remembers which were met."""

    def __init__(self, excuses: Iterable[Excuse], rules: Collection[str]) -> None:
        self._same: defaultdict[_Lines, list[Excuse]] = defaultdict(list)
        self._on_line: defaultdict[tuple[str, str, int], list[_Lines]] = defaultdict(list)
        self._used: set[_Lines] = set()
        self._powerless: set[_Lines] = set()
        for excuse in excuses:
            for rule in excuse.rules:
                if rule in rules:
                    self._same[rule, excuse.at.file, excuse.first, excuse.last].append(excuse)
        for lines in self._same:
            rule, file, first, last = lines
            for line in range(first, last + 1):
                self._on_line[rule, file, line].append(lines)

    def of(self, finding: Finding) -> Excuse | None:
        """Return what excuses a finding: a comment that names its rule and covers the line that it is reported at.

        A comment at a line that the finding only names beside does not count: one rule of a team would excuse what is
        found at everybody's tier. Nor does one without a reason, or any where the line is missing that the finding is
        about.
        """
        there = self._on_line.get((finding.rule, finding.at.file, finding.at.line), ())
        if finding.unwritten:
            self._powerless.update(there)
            return None
        self._used.update(there)
        return next((each for lines in there for each in self._same[lines] if each.reason), None)

    @property
    def powerless(self) -> frozenset[tuple[Excuse, str]]:
        """The excuses at lines where something is reported that no line speaks of, each with its rule."""
        return frozenset((excuse, lines[0]) for lines in self._powerless for excuse in self._same[lines])

    @property
    def used(self) -> frozenset[tuple[Excuse, str]]:
        """The excuses at whose lines something is found, each with the rule that finds it."""
        return frozenset((excuse, lines[0]) for lines in self._used for excuse in self._same[lines])
