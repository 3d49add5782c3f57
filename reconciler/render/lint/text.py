"""What lint found as terminal text: place, rule and message; the line with a caret; what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from reconciler.escape import terminal
from reconciler.lint.own import OWN_RULES
from reconciler.lint.secrets_in_text import secret_spans
from reconciler.model.lint import LintLevel
from reconciler.render.lint.source_line import pointed_at
from reconciler.render.styled import Styled

if TYPE_CHECKING:
    from reconciler.lint.report import LintReport
    from reconciler.model.lint import Finding
    from reconciler.model.problem import Position

__all__ = ["Sources", "closing_line", "finding_lines", "lint_lines", "mended_lines", "rule_page", "written_lines"]

_STYLES: Final = {LintLevel.ERROR: "red", LintLevel.WARN: "yellow", LintLevel.INFO: "bold"}
_NARROWEST: Final = 40
_READABLE: Final = 120
_LONGEST_LINE: Final = 5_000
"""Characters of a line that is shown: what is longer was written by no hand, and is not searched for secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The lines of the files, by name as given, and the secrets that they hold, which are never shown."""

    lines: Mapping[str, Sequence[str]] = field(default_factory=dict)
    secrets: frozenset[str] = field(default_factory=frozenset, repr=False)
    _hidden: dict[str, Sequence[tuple[int, int]]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def line(self, at: Position) -> str:
        """Return a line of a file; nothing where there is none to show."""
        lines = self.lines.get(at.file, ())
        line = lines[at.line - 1] if 0 < at.line <= len(lines) else ""
        return line if len(line) <= _LONGEST_LINE else ""

    def hidden(self, line: str) -> Sequence[tuple[int, int]]:
        """Return where the secrets of a line are; remembered, because several findings point at one line."""
        if line not in self._hidden:
            self._hidden[line] = secret_spans(line, self.secrets)
        return self._hidden[line]


def lint_lines(report: LintReport, sources: Sources, *, width: int | None = None) -> Iterator[Styled]:
    """Yield the findings, a blank line after each, and the closing line."""
    for finding in report.findings:
        yield from finding_lines(finding, sources, width=width)
        yield Styled(f"    {'why:':<10}{rule_page(finding.rule)}", "dim")
        yield Styled("")
    yield from _asides(report)
    worst = next((level for level in (LintLevel.ERROR, LintLevel.WARN) if report.counts[level]), None)
    yield Styled(closing_line(report), "green" if worst is None else _STYLES[worst])


def finding_lines(finding: Finding, sources: Sources, *, width: int | None = None) -> Iterator[Styled]:
    """Yield one finding: where and what, the line with its caret, and what to do."""
    yield Styled(terminal(f"{finding.at}: {finding.level}[{finding.rule}] {finding.message}"), _STYLES[finding.level])
    yield from _source(finding, sources, width or _READABLE)
    yield from _advice(finding)


def mended_lines(mended: Sequence[Finding], files: Sequence[str], refused: Mapping[Finding, str]) -> Iterator[Styled]:
    """Yield what `--fix` wrote, and what it could not write."""
    if mended:
        yield Styled(f"Fixed {_counted(len(mended), 'finding')} in {terminal(', '.join(files))}:", "green")
    else:
        yield Styled("Nothing to fix." if not refused else "Nothing was fixed:", "" if not refused else "yellow")
    for finding in mended:
        yield Styled(terminal(f"  {finding.at}: [{finding.rule}] {finding.fix or finding.message}"))
    for finding, why in refused.items():
        yield Styled(terminal(f"  {finding.at}: [{finding.rule}] left as it is: {why}"), "yellow")
    yield Styled("")


def written_lines(files: Sequence[str]) -> Iterator[Styled]:
    """Yield which baselines were written, each with what changed in it."""
    for text in [f"Wrote {each}." for each in files] or ["The baselines stay as they are."]:
        yield Styled(terminal(text), "green")
    yield Styled("")


def rule_page(rule: str) -> str:
    """Return where the rule is explained, in the repository and in the docs."""
    return f"docs/reference/rules/{'README' if rule in {own.id for own in OWN_RULES} else rule}.md"


def closing_line(report: LintReport) -> str:
    """Return the counts in words."""
    words = {LintLevel.ERROR: "error", LintLevel.WARN: "warning", LintLevel.INFO: "note"}
    counts = [_counted(count, words[level]) for level, count in report.counts.items() if count]
    apart = [
        f"{len(found)} {what}"
        for found, what in ((report.excused, "excused"), (report.baselined, "in the baseline"))
        if found
    ]
    asked = _counted(len(report.judged), "rule")
    told = ", ".join(counts) if counts else "Nothing found"
    beside = f" ({', '.join(apart)})" if apart else ""
    return f"{told}{beside}; {asked} asked."


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _source(finding: Finding, sources: Sources, width: int) -> Iterator[Styled]:
    line = sources.line(finding.at)
    if not line.strip():
        return
    number = str(finding.at.line)
    room = max(width - len(number) - 6, _NARROWEST)
    shown, caret = pointed_at(line, finding.at.column, width=room, hidden=sources.hidden(line))
    yield Styled(f"  {number} | {shown}")
    yield Styled(f"  {' ' * len(number)} | {' ' * caret}^", _STYLES[finding.level])


def _advice(finding: Finding) -> Iterator[Styled]:
    for place in finding.also_at:
        yield Styled(terminal(f"    also at:  {place}"))
    fix = f"{finding.fix}{' (`--fix` does it)' if finding.edits and finding.fix else ''}"
    for label, text in (("found", finding.found), ("expected", finding.expected), ("fix", fix)):
        for number, line in enumerate(text.splitlines()):
            yield Styled(f"    {'' if number else label + ':':<10}{terminal(line)}")


def _asides(report: LintReport) -> Iterator[Styled]:
    """Say what was not judged: silence of a rule that was not asked is no good news."""
    if report.not_judged or report.judged_in_part:
        parts = [
            f"{_counted(len(rules), 'rule')} {what}: {', '.join(rules)}"
            for rules, what in ((report.not_judged, "not asked"), (report.judged_in_part, "asked of the files alone"))
            if rules
        ]
        yield Styled(f"Without live, {'; '.join(parts)}.", "dim")
        yield Styled("`--live FILE` or `--online` asks them of the account.", "dim")
