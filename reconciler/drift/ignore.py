"""`ignore_drift:` against what was found. An entry covers findings, or those jobs of a finding that it names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from reconciler.model.drift import DriftFinding, Ignored

if TYPE_CHECKING:
    from reconciler.drift.looked import Looked
    from reconciler.model.edge import RecipientKey
    from reconciler.model.policy import IgnoredDrift
    from reconciler.model.selector import Selector

__all__ = ["Sifted", "sift"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """What is left to tell, what entries cover, and what is to be said of the entries themselves."""

    findings: tuple[DriftFinding, ...]
    ignored: tuple[Ignored, ...] = ()
    notes: tuple[str, ...] = ()


def sift(findings: Iterable[DriftFinding], entries: Sequence[IgnoredDrift], *, looked: Looked, timezone: str) -> Sifted:
    """Take out what an entry in force covers; it ends with the first moment of its day in the policy's timezone."""
    left, ignored, notes = list(findings), list[Ignored](), list[str]()
    channels = _channels(looked) if entries else {}
    for entry in entries:
        if looked.now >= datetime.combine(entry.until, time.min, tzinfo=ZoneInfo(timezone)):
            notes.append(f"{_named(entry)} ended on {entry.until} and covers nothing any more: remove it ({entry.at})")
            continue
        parts = [(finding, _covered(finding, entry, channels, looked)) for finding in left]
        covered = tuple(part for _, part in parts if part is not None)
        left = [rest for finding, part in parts if (rest := _rest(finding, part)) is not None]
        if covered:
            ignored.append(Ignored(entry=entry, findings=covered))
        else:
            notes.append(f"{_named(entry)} covers nothing that was found ({entry.at})")
    return Sifted(findings=tuple(left), ignored=tuple(ignored), notes=tuple(notes))


def _named(entry: IgnoredDrift) -> str:
    return f"ignore_drift of {entry.webhook or entry.to or 'jobs'}"


def _channels(looked: Looked) -> Mapping[str, frozenset[RecipientKey]]:
    """Return the recipients behind each channel's name, as the ledger and the policy know them."""
    found: defaultdict[str, set[RecipientKey]] = defaultdict(set)
    for edge, claim in looked.owned.items():
        for _, channel in claim.wanters:
            found[channel].add(edge.recipient)
    for key, recipient in looked.desired.recipients.items():
        found[recipient.channel].add(key)
    return {name: frozenset(keys) for name, keys in found.items()}


def _covered(
    finding: DriftFinding, entry: IgnoredDrift, channels: Mapping[str, frozenset[RecipientKey]], looked: Looked
) -> DriftFinding | None:
    """Return the part of a finding that an entry covers.

    A channel's entry does not cover that nobody is told any more: who moves a channel does not mean silence. What is
    neither of a webhook nor of notifications has no entry that could mean it.
    """
    if finding.about:
        return None
    if entry.webhook is not None or finding.webhook is not None:
        return finding if entry.webhook is not None and finding.webhook == f"{entry.team}/{entry.webhook}" else None
    if entry.to is not None and finding.recipient not in channels.get(entry.to, frozenset()):
        return None
    if entry.jobs is None:
        return finding
    selector = entry.jobs
    jobs = tuple(job_id for job_id in finding.jobs if _selected(selector, job_id, looked))
    return replace(finding, jobs=jobs) if jobs else None


def _selected(selector: Selector, job_id: int, looked: Looked) -> bool:
    """Tell whether a selector means a job, deleted ones too; one in no list is known by its id only."""
    inventory = looked.inventory
    job = inventory.jobs.get(job_id)
    if job is None:
        return selector.everything or job_id in selector.ids
    return selector.matches(job, inventory.projects.get(job.project_id), inventory.environments.get(job.environment_id))


def _rest(finding: DriftFinding, covered: DriftFinding | None) -> DriftFinding | None:
    """Return what is left of a finding once a part of it is covered."""
    if covered is None:
        return finding
    jobs = tuple(sorted(set(finding.jobs) - set(covered.jobs)))
    return replace(finding, jobs=jobs) if jobs else None
