"""Write the baselines that rules name: what they find now, and what they were not asked about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.cli.lint_look import Seen
from reconciler.durable import followed
from reconciler.errors import UsageError
from reconciler.lint.job_words import few
from reconciler.lint.report import LintReport
from reconciler.model.policy import Policy
from reconciler.policy.baseline import Baselines, baseline_text
from reconciler.policy.editing.files import read_text, write_text

__all__ = ["write_baselines"]


def write_baselines(seen: Seen, *, may_add: bool) -> Sequence[str]:
    """Write each baseline whose entries have changed, and return the files with what changed. The excused need none.

    Only entries that still occur stay, of rules that were asked in full; of others nothing is taken away. A file
    that is there takes in more only where `may_add`. Raises UsageError where it would all the same, or where no rule
    names a baseline, OSError where a file cannot be written.
    """
    if seen.policy is None or seen.baselines is None:
        return ()
    if not any(setting.baseline for setting in seen.policy.rules.values()):
        raise UsageError(
            "no rule names a baseline",
            next_step="write `rules: {RULE: {baseline: guardrails-baseline.yml}}` for the rules that shall have one",
        )
    wanted: defaultdict[Path, dict[str, frozenset[str]]] = defaultdict(dict)
    for rule, path in seen.baselines.files.items():
        others = seen.baselines.by_rule[rule].entries.items()
        wanted[path] = {name: frozenset(held) for name, held in others} | wanted[path]
        wanted[path][rule] = _subjects(rule, seen.report, seen.policy, seen.baselines)
    changes = {path: _Change.of(path, entries, seen.baselines) for path, entries in wanted.items()}
    if not may_add:
        for path, change in changes.items():
            change.refuse_more(path)
    about = _about(seen.report)
    return [f"{path}: {changes[path]}" for path, entries in wanted.items() if _write(path, entries, about)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What a baseline takes in, loses and keeps: rules with subjects, and two counts."""

    added: Sequence[tuple[str, str]]
    gone: int
    kept: int

    @classmethod
    def of(cls, path: Path, entries: Mapping[str, frozenset[str]], baselines: Baselines) -> _Change:
        rule = next(rule for rule, file in baselines.files.items() if file == path)
        before = {(rule, each) for rule, held in baselines.by_rule[rule].entries.items() for each in held}
        after = {(rule, each) for rule, held in entries.items() for each in held}
        return cls(added=sorted(after - before), gone=len(before - after), kept=len(before & after))

    def refuse_more(self, path: Path) -> None:
        """Raise UsageError where a file that is there would take in what it does not hold."""
        if self.added and path.exists():
            raise UsageError(
                f"{path} would take in {self._named()}: found now, and not when it was written",
                next_step="mend what is new; where it shall be in the baseline, `--write-baseline --add`",
            )

    def _named(self) -> str:
        return few([f"{rule}: {subject}" for rule, subject in self.added])

    def __str__(self) -> str:
        named = f" ({self._named()})" if self.added else ""
        return f"{len(self.added)} added{named}, {self.gone} taken out, {self.kept} kept"


def _about(report: LintReport) -> Mapping[tuple[str, str], str]:
    """Return what findings are about, by rule and subject: in a few words, or in those of the finding."""
    return {(each.rule, each.subject): each.about or each.message for each in (*report.findings, *report.baselined)}


def _subjects(rule: str, report: LintReport, policy: Policy, baselines: Baselines) -> frozenset[str]:
    found = {each.subject for each in (*report.findings, *report.baselined) if each.rule == rule}
    in_full = rule in report.judged and rule not in report.judged_in_part and not policy.missing
    before = () if in_full else baselines.by_rule[rule].entries.get(rule, ())
    return frozenset(found.union(before))


def _write(path: Path, entries: Mapping[str, frozenset[str]], about: Mapping[tuple[str, str], str]) -> bool:
    """Write one file, if it would change. A file of which nothing is left stays, without entries."""
    exists = path.exists()
    before = read_text(path) if exists else ""
    before = before if isinstance(before, str) else ""
    text = baseline_text(entries, before=before, about=about)
    if text == before or (not exists and not any(entries.values())):
        return False
    if not exists:
        followed(path).touch(mode=0o644, exist_ok=False)
    write_text(path, text)
    return True
