"""Carry out what rules would write: in memory first, and on disk only if the policy still loads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.cli.lint_look import Asked, Files, load_files
from reconciler.model.lint import Finding
from reconciler.model.policy import Policy
from reconciler.model.problem import Position, Problem
from reconciler.policy.editing.edit import Refusal, apply_together
from reconciler.policy.editing.files import Rewrite, write_rewrites
from reconciler.render.lint.sarif import Replacement
from reconciler.render.lint.text import Sources

__all__ = ["Mended", "mend", "replacements"]

_LARGEST: Final = 256 * 1024
"""Characters of the files of which SARIF shows fixes: each one is tried alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """The findings whose edits were written, the files, and why the others' were not."""

    findings: tuple[Finding, ...] = ()
    files: tuple[str, ...] = ()
    refused: Mapping[Finding, str] | None = None


def mend(asked: Asked, files: Files, before: Policy | tuple[Problem, ...], findings: Iterable[Finding]) -> Mended:
    """Write what the findings' edits make of the files: each file whole, only those that change, all or none.

    Nothing is written where the result would be no policy. Raises OSError where a file cannot be written, and
    RuntimeFailure where somebody changed one meanwhile.
    """
    fixable = [finding for finding in findings if finding.edits]
    texts = _texts(files)
    result = apply_together(texts, [finding.edits for finding in fixable])
    refused = _refused(fixable, result.refused)
    wrong = _worse(before, load_files(asked, Files(instead=result.texts)))
    if wrong is not None:
        why = f"the policy would be wrong then: {wrong.at}: {wrong.message}"
        return Mended(refused=dict.fromkeys(fixable, why))
    write_rewrites([Rewrite(file=name, before=texts[name], after=text) for name, text in result.texts.items()])
    done = tuple(finding for finding in fixable if finding not in refused) if result.texts else ()
    return Mended(findings=done, files=tuple(sorted(result.texts)), refused=refused)


def replacements(
    files: Files, findings: Iterable[Finding], sources: Sources
) -> Mapping[Finding, Sequence[Replacement]]:
    """Return what each finding's edits would do alone, as replaced text; nothing for those that would be refused.

    Nor for those whose text would show a secret that stands between two places of the edit: others read that file.
    """
    texts = {name: text for name, text in _texts(files).items() if len(text) <= _LARGEST}
    found: dict[Finding, Sequence[Replacement]] = {}
    for finding in findings:
        result = apply_together(texts, [finding.edits]) if finding.edits else None
        if result is None or result.refused or not result.texts:
            continue
        replaced = [_replacement(name, texts[name], text) for name, text in sorted(result.texts.items())]
        if not any(_shows_a_secret(each, result.texts[each.start.file], sources) for each in replaced):
            found[finding] = replaced
    return found


def _shows_a_secret(replacement: Replacement, after: str, sources: Sources) -> bool:
    """Tell whether a secret stands in the lines that a replacement writes, also where it writes a part of one."""
    first = replacement.start.line - 1
    lines = after.split("\n")[first : first + replacement.text.count("\n") + 1]
    return bool(replacement.text) and any(sources.hidden(line) for line in lines)


def _texts(files: Files) -> dict[str, str]:
    return {name: raw.decode("utf-8", "surrogateescape") for name, raw in files.raw.items() if isinstance(raw, bytes)}


def _refused(findings: Iterable[Finding], refused: Iterable[Refusal]) -> dict[Finding, str]:
    why = {refusal.edit: refusal.why for refusal in refused}
    return {
        finding: next(why[edit] for edit in finding.edits if edit in why)
        for finding in findings
        if not why.keys().isdisjoint(finding.edits)
    }


def _worse(before: Policy | tuple[Problem, ...], after: Policy | tuple[Problem, ...]) -> Problem | None:
    """Return a problem that the policy has only afterwards."""
    if not isinstance(after, tuple):
        return None
    known = {problem.message for problem in before} if isinstance(before, tuple) else set()
    return next((problem for problem in after if problem.message not in known), None)


def _replacement(file: str, before: str, after: str) -> Replacement:
    """Return the one replacement between two texts, without what both begin and end with."""
    mark = "\ufeff"
    before, after = before.removeprefix(mark), after.removeprefix(mark)
    shorter = min(len(before), len(after))
    start = next((place for place in range(shorter) if before[place] != after[place]), shorter)
    left = shorter - start
    end = next((place for place in range(left) if before[-1 - place] != after[-1 - place]), left)
    return Replacement(
        start=_position(file, before, start),
        end=_position(file, before, len(before) - end),
        text=after[start : len(after) - end],
    )


def _position(file: str, text: str, place: int) -> Position:
    lines = text[:place].split("\n")
    return Position(file, len(lines), len(lines[-1]) + 1)
