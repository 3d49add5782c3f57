"""Drift in words: the parts that every medium shows, and the terminal's text of them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from reconciler.drift.age import ago, moment
from reconciler.escape import terminal
from reconciler.model.actions import SettingChange
from reconciler.model.drift import DriftKind, Repair
from reconciler.render.rows import ALL_NAMES, Sign, change_text, jobs_text, who_text
from reconciler.render.terminal import Styled

if TYPE_CHECKING:
    from reconciler.model.drift import Drift, DriftFinding, Ignored

__all__ = [
    "drift_lines",
    "drift_text",
    "facts",
    "heading",
    "ignored_text",
    "left_line",
    "notes",
    "repair_lines",
    "subject",
    "summary_line",
]


_HANGS: Final = 2
"""How far a wrapped line stands further in than its first."""


def heading(drift: Drift) -> str:
    return f"Drift of {drift.manager} for account {drift.account_id} on {drift.host}"


def left_line(drift: Drift) -> str:
    """Say against what it is measured: what is found came after that, or was known then."""
    if drift.left_by is None:
        return ""
    write, then = drift.left_by, moment(drift.left_by.at)
    age = f", {ago(then, drift.at)}" if then else ""
    commit = f", commit {write.commit[:12]}" if write.commit else ""
    at = then.isoformat(timespec="seconds") if then else write.at
    return f"Measured against the ledger's last write{age}: {at} by {write.actor}{commit}."


def summary_line(drift: Drift) -> str:
    """Count what is not as it was left; with an empty ledger say that nothing can be."""
    count, loud = len(drift.findings), sum(each.loud for each in drift.findings)
    ignored = sum(len(each.findings) for each in drift.ignored)
    rest = f"; {ignored} ignored" if ignored else ""
    if count:
        shout = f", {loud} of them loud" if loud else ""
        return f"Drift: {count} findings{shout}{rest}." if count > 1 else f"Drift: 1 {'loud ' * loud}finding{rest}."
    if drift.ledger_empty:
        return "Nothing can be drift: the ledger is empty, new or lost, so nothing is known to be ours."
    if not drift.owned:
        return "Nothing can be drift: the ledger owns nothing."
    return f"No drift: {drift.owned} {'entry' if drift.owned == 1 else 'entries'} of ours looked at{rest}."


def subject(finding: DriftFinding, drift: Drift) -> str:
    """Name who or what it is about."""
    if finding.about:
        return finding.about
    if finding.webhook is not None:
        return f"webhook {finding.webhook}"
    jobs = jobs_text(drift, finding.jobs, most=ALL_NAMES)
    if finding.recipient is None:
        return jobs
    who = who_text(drift, finding.recipient)
    return f"{who}, {', '.join(finding.outcomes)} of {jobs}" if finding.outcomes else who


def facts(finding: DriftFinding, drift: Drift) -> tuple[str, ...]:
    """Return what else is known of it: settings before and now, a webhook's last delivery, the jobs behind it."""
    changes = (f"{change_text(_readable(each, drift))} now" for each in finding.changes)
    jobs: tuple[str, ...] = ()
    if finding.webhook is not None and finding.jobs:
        missing = finding.kind is DriftKind.WEBHOOK_CHANGED
        jobs = (f"{'no longer told of' if missing else 'told of'}: {jobs_text(drift, finding.jobs, most=ALL_NAMES)}",)
    return (*changes, *finding.details, *jobs)


def _readable(change: SettingChange, drift: Drift) -> SettingChange:
    """Call jobs by their names."""
    if change.name != "jobs":
        return change

    def named(value: object) -> object:
        return [drift.names.jobs.get(each, f"job {each}") for each in value] if isinstance(value, list) else value

    return SettingChange(name=change.name, before=named(change.before), after=named(change.after))


def ignored_text(ignored: Ignored) -> str:
    entry, count = ignored.entry, len(ignored.findings)
    what = entry.webhook or entry.to or "jobs"
    findings = f"{count} finding{'' if count == 1 else 's'}"
    return f"{what}: {findings} ignored until {entry.until}: {entry.reason} ({entry.at})"


def repair_lines(drift: Drift) -> tuple[str, ...]:
    """Say what an apply that repairs would come with, and what it would be refused by."""
    if all(each.repair is not Repair.REPAIR_DRIFT for each in drift.findings):
        return ()
    lines = ["dbt-alerts plan --repair-drift shows what a repair would do."]
    if drift.policy_changes:
        changes = f"{drift.policy_changes} change{'' if drift.policy_changes == 1 else 's'}"
        lines.append(f"An apply would also make {changes} that the policy asks for.")
    for guard in drift.guards:
        way = f"--allow {guard.allow}" if guard.allow else "cannot be allowed"
        lines.append(f"It would be refused by {guard.guard.value}: {guard.message} ({way}).")
    return tuple(lines)


def notes(drift: Drift) -> tuple[str, ...]:
    """Return what is no drift and worth knowing."""
    other = "the policy in this folder is not the one last applied" if drift.policy_applied is False else ""
    snapshot = f"live is a snapshot{f' of {drift.taken_at}' if drift.taken_at else ''}" if drift.from_snapshot else ""
    return (*drift.notes, *(text for text in (other, snapshot) if text))


def drift_lines(drift: Drift, *, width: int | None = None) -> Iterator[Styled]:
    """Yield the findings line by line, the loud ones first, escaped for a terminal; with a width, wrapped."""
    for line in _lines(drift):
        yield from _wrapped(line, width)


def _wrapped(line: Styled, width: int | None) -> Iterator[Styled]:
    if width is None or len(line.text) <= width:
        yield line
        return
    start = len(line.text) - len(line.text.lstrip())
    indent = " " * (start + _HANGS if start else 0)
    for text in textwrap.wrap(
        line.text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    ):
        yield Styled(text, line.style)


def _lines(drift: Drift) -> Iterator[Styled]:
    yield Styled(terminal(heading(drift)), "bold")
    if left_line(drift):
        yield Styled(terminal(left_line(drift)), "dim")
    for title, loud in (("Loud", True), ("Not as it was left", False)):
        found = [each for each in drift.findings if each.loud is loud]
        if found:
            yield from (Styled(""), Styled(title, "bold"))
        for finding in found:
            yield from _finding(finding, drift)
    yield from _listed("Ignored", Sign.KEEP, [ignored_text(each) for each in drift.ignored])
    yield from _listed("Also", Sign.KEEP, notes(drift))
    yield from _listed("Repair", " ", repair_lines(drift))
    yield Styled("")
    yield Styled(summary_line(drift), "magenta" if drift.ledger_empty else "bold")


def _finding(finding: DriftFinding, drift: Drift) -> Iterator[Styled]:
    sign, style = (Sign.WARN, "magenta") if finding.loud else (Sign.REMOVE, "yellow")
    yield Styled(terminal(f"  {sign} {subject(finding, drift)}: {finding.what}"), style)
    for fact in facts(finding, drift):
        yield Styled(terminal(f"      {fact}"))
    yield Styled(terminal(f"      next: {finding.next_step}"), "dim")


def _listed(title: str, sign: str, texts: tuple[str, ...] | list[str]) -> Iterator[Styled]:
    if texts:
        yield Styled("")
        yield Styled(title, "bold")
    for text in texts:
        yield Styled(terminal(f"  {sign} {text}"))


def drift_text(drift: Drift) -> str:
    """Return the drift as plain text, for files, pipes and snapshots."""
    return "\n".join(line.text.rstrip() for line in drift_lines(drift)) + "\n"
