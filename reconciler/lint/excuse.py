"""An excuse: a comment in a policy file that says why a finding is meant, `# dbt-alerts: ignore[rule-id] reason`."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.lint import Finding
from reconciler.model.problem import Position

__all__ = ["Excuse"]


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

    def covers(self, finding: Finding) -> bool:
        """Tell whether the finding's rule is named and one of its places is on a line of ours."""
        return finding.rule in self.rules and any(self._holds(place) for place in (finding.at, *finding.also_at))

    def _holds(self, place: Position) -> bool:
        return place.file == self.at.file and self.first <= place.line <= self.last
