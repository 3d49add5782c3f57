"""Where the steps of loading leave what they find, so that one run tells everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.problem import Position, Problem, Severity
from reconciler.policy.words import did_you_mean, listed, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

__all__ = ["Report"]


class Report:
    """Collects problems. `partial`: single files are checked, so a name may be declared in a file that is not here."""

    def __init__(self, *, partial: bool = False) -> None:
        self.problems: list[Problem] = []
        self.names_unknown = False
        """True when a file could not be read at all: what it declares is not known, and no name is called unknown."""
        self._partial = partial

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity is Severity.WARNING)

    def extend(self, problems: Iterable[Problem]) -> None:
        self.problems.extend(problems)

    def error(self, at: Position, message: str, *, found: str = "", expected: str = "", fix: str = "") -> None:
        self.problems.append(Problem(at=at, message=message, found=found, expected=expected, fix=fix))

    def warning(self, at: Position, message: str, *, found: str = "", expected: str = "", fix: str = "") -> None:
        self.problems.append(
            Problem(at=at, message=message, found=found, expected=expected, fix=fix, severity=Severity.WARNING)
        )

    def twice(self, at: Position, first: Position, message: str, *, fix: str) -> None:
        """Report what may be said once only, naming both places."""
        self.problems.append(Problem(at=at, message=message, expected="it once", fix=fix, also_at=(first,)))

    def unresolved(self, at: Position, *, kind: str, name: str, known: Collection[str]) -> None:
        """Report a name that no file declares; a warning when not every file is here."""
        if self.names_unknown:
            return
        meant = did_you_mean(name, list(known))
        section = f"{kind}s"
        self.problems.append(
            Problem(
                at=at,
                message=f"there is no {kind} called `{shown(name, quote='')}`",
                found=shown(name),
                expected=listed(sorted(known)) or f"a name declared under `{section}`",
                fix=f"did you mean `{meant}`?" if meant else f"declare it under `{section}`, or correct the name",
                severity=Severity.WARNING if self._partial else Severity.ERROR,
            )
        )
