"""Write the baselines that rules name: what they find now, and what they were not asked about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from reconciler.cli.lint_look import Seen
from reconciler.durable import followed
from reconciler.errors import UsageError
from reconciler.lint.report import LintReport
from reconciler.model.policy import Policy
from reconciler.policy.baseline import Baselines, baseline_text
from reconciler.policy.edit_files import read_text, write_text

__all__ = ["write_baselines"]


def write_baselines(seen: Seen) -> Sequence[str]:
    """Write each baseline whose entries have changed, and return the files. Excused findings need no entry.

    Only entries that still occur stay, of rules that were asked in full; of others nothing is taken away. Raises
    UsageError where no rule names a baseline, OSError where a file cannot be written.
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
    about = _about(seen.report)
    return [str(path) for path, entries in wanted.items() if _write(path, entries, about)]


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
