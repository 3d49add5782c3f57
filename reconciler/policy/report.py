"""Where the steps of loading leave what they find, so that one run tells everything."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from reconciler.model.edit import ReplaceScalar
from reconciler.model.problem import Position, Problem, Severity
from reconciler.policy.words import did_you_mean, listed, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

__all__ = ["MAX_PROBLEMS", "Report"]

MAX_PROBLEMS: Final = 500
"""How many problems of one file are told; the rest is counted."""
MAX_IN_ALL: Final = 6_000
"""How many problems of all files are told."""


class Report:
    """Collects problems. `partial`: single files are checked, so a name may be declared in a file that is not here."""

    def __init__(self, *, partial: bool = False) -> None:
        self.problems: list[Problem] = []
        self.names_unknown = False
        """True when a file could not be read at all: what it declares is not known, and no name is called unknown."""
        self._partial = partial
        self._undeclared: list[Problem] = []
        self._told: Counter[str] = Counter()
        self._untold: Counter[str] = Counter()

    @property
    def errors(self) -> tuple[Problem, ...]:
        return self._in_order(Severity.ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return self._in_order(Severity.WARNING)

    @property
    def undeclared(self) -> tuple[Problem, ...]:
        """The names that no file declares, each where it is used."""
        return tuple(sorted(dict.fromkeys(self._undeclared), key=lambda problem: (problem.at, problem.message)))

    def _in_order(self, severity: Severity) -> tuple[Problem, ...]:
        """Return each problem once, in the order of files and lines."""
        chosen = dict.fromkeys(problem for problem in self.problems if problem.severity is severity)
        told = sorted(chosen, key=lambda problem: (problem.at, problem.message))
        has_errors = any(problem.severity is Severity.ERROR for problem in self.problems)
        is_worst = bool(told) and has_errors is (severity is Severity.ERROR)
        return (*told, *(self._rest(severity) if is_worst else ()))

    def _rest(self, severity: Severity) -> Iterator[Problem]:
        """Yield a line for each file of which not all is told, and one for all files of which nothing is."""
        silent = {file: count for file, count in self._untold.items() if not self._told[file]}
        counts = {file: (count, "this file") for file, count in self._untold.items() if file not in silent}
        if silent:
            where = f"{len(silent)} more files, of which this is the first" if len(silent) > 1 else "this file"
            counts[next(iter(silent))] = (sum(silent.values()), where)
        for file, (count, where) in counts.items():
            message = f"and {count} more problem{'s' if count > 1 else ''} in {where}"
            yield Problem(at=Position(file, 1, 1), message=message, fix="correct the others first", severity=severity)

    def extend(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self._add(problem)

    def _add(self, problem: Problem) -> None:
        file = problem.at.file
        if not problem.message or self._is_full(problem.at):
            self._untold[file] += 1
        else:
            self._told[file] += 1
            self.problems.append(problem)

    def _is_full(self, at: Position) -> bool:
        return self._told[at.file] >= MAX_PROBLEMS or len(self.problems) >= MAX_IN_ALL

    def error(self, at: Position, message: str, *, found: str = "", expected: str = "", fix: str = "") -> None:
        self._add(Problem(at=at, message=message, found=found, expected=expected, fix=fix))

    def warning(self, at: Position, message: str, *, found: str = "", expected: str = "", fix: str = "") -> None:
        self._add(Problem(at=at, message=message, found=found, expected=expected, fix=fix, severity=Severity.WARNING))

    def renamed(self, at: Position, word: str, meant: str) -> None:
        """Warn of a word of other tools that is read as ours."""
        self._add(
            Problem(
                at=at,
                message=f"`{word}` is read as `{meant}`",
                found=word,
                expected=meant,
                fix=f"write `{meant}`",
                severity=Severity.WARNING,
                edits=(ReplaceScalar(at=at, value=meant),),
            )
        )

    def twice(self, at: Position, first: Position, message: str, *, fix: str) -> None:
        """Report what may be said once only, naming both places."""
        self._add(Problem(at=at, message=message, expected="it once", fix=fix, also_at=(first,)))

    def unresolved(self, at: Position, *, kind: str, name: str, known: Collection[str]) -> None:
        """Report a name that no file declares; a warning when not every file is here."""
        if self.names_unknown:
            return
        if self._is_full(at):
            self._untold[at.file] += 1
            return
        meant = did_you_mean(name, list(known))
        section = f"{kind}s"
        problem = Problem(
            at=at,
            message=f"there is no {kind} called `{shown(name, quote='')}`",
            found=shown(name),
            expected=listed(sorted(known)) or f"a name declared under `{section}`",
            fix=f"did you mean `{meant}`?" if meant else f"declare it under `{section}`, or correct the name",
            severity=Severity.WARNING if self._partial else Severity.ERROR,
        )
        self._undeclared.append(problem)
        self._add(problem)
