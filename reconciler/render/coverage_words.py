"""Coverage in words and tables of plain cells: what terminal, Markdown and page lay out. Nothing is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from reconciler.model.coverage import Coverage, Gap, Group, JobCoverage, Share
from reconciler.model.outcome import Outcome

if TYPE_CHECKING:
    from reconciler.model.coverage import PagingGroup

__all__ = [
    "FEW",
    "MUST_BE_HEARD",
    "Table",
    "counted_line",
    "gap_jobs",
    "gap_line",
    "heading",
    "headline",
    "job_names",
    "moment",
    "tables",
    "today_line",
]

FEW: Final = 8
"""Names that one line tells before it counts the rest."""

MUST_BE_HEARD: Final = frozenset({Outcome.FAILURE, Outcome.LATE})
"""The outcomes that somebody has to hear of; of the others nobody may be meant to."""

_NO_TEAM: Final = "(no team)"
_NO_TIER: Final = "(no tier)"
_SILENT: Final = "none: declared silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A titled table. The first column names the row; `shares`, one for each row, may be drawn as bars.

    In the rows of `quiet`, by number, it alarms nobody that nobody is told.
    """

    key: str
    title: str
    hint: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shares: tuple[Share, ...] = ()
    quiet: frozenset[int] = frozenset()


def heading(coverage: Coverage) -> str:
    chosen = f" · {coverage.chosen}" if str(coverage.chosen) else ""
    return f"Alert coverage of {coverage.manager} · account {coverage.account_id} on {coverage.host}{chosen}"


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def headline(coverage: Coverage) -> str:
    """Say what the percentage means, after the percentage."""
    if coverage.whole.of == 0:
        return "there is no active job to cover"
    have, they = ("has", "it fails") if coverage.whole.of == 1 else ("have", "they fail")
    jobs = _jobs(coverage.whole.of, "active ")
    return f"of {jobs} {have} somebody who hears when {they}, or a reason why nobody does"


def counted_line(share: Share) -> str:
    """Count the standings, those that are there and always what is told and uncovered."""
    partly = f" · {share.partly:,} told in part" if share.partly else ""
    digest = f" · {share.digest:,} in a digest only" if share.digest else ""
    silent = f" · {share.silent:,} declared silent" if share.silent else ""
    return f"{share.told:,} told{digest}{silent}{partly} · {share.uncovered:,} uncovered"


def today_line(coverage: Coverage) -> str:
    """Say what is true now, whatever the policy says."""
    live = "today" if not coverage.taken_at else f"in the snapshot of {coverage.taken_at[:16].replace('T', ' ')} UTC"
    told, of = coverage.today.told, coverage.whole.of
    fails = "it fails" if of == 1 else "they fail"
    return f"What is in force {live}: of {told:,} of {_jobs(of)} somebody hears when {fails}."


def tables(coverage: Coverage, *, most: int = FEW) -> tuple[Table, ...]:
    """Return the tables in the order in which they are read; one cell tells `most` names before it counts the rest."""
    return (
        _groups("teams", "By team", "team", coverage.teams, none=_NO_TEAM),
        _groups("tiers", "By tier", "tier", coverage.tiers, none=_NO_TIER),
        _outcomes(coverage),
        _today(coverage, most),
        _paging(coverage),
        _deadlines(coverage, most),
        _details(coverage),
    )


def gap_line(gap: Gap) -> str:
    return f"{_jobs(len(gap.jobs))}: {gap.why}"


def gap_jobs(gap: Gap, coverage: Coverage, *, most: int = FEW) -> str:
    """Name the jobs of a gap, with where they are when that is one place."""
    jobs = [coverage.by_id[job_id] for job_id in gap.jobs]
    places = {_place(job) for job in jobs}
    where = f" ({places.pop()})" if len(places) == 1 else ""
    return f"{job_names(jobs, most=most)}{where}"


def job_names(jobs: Iterable[JobCoverage], *, most: int = FEW) -> str:
    """Name the first and count the rest; one more is named, not counted."""
    names = sorted(job.name for job in jobs)
    shown = names if len(names) <= most + 1 else names[:most]
    rest = len(names) - len(shown)
    return ", ".join(shown) + (f" and {rest:,} more" if rest else "")


def _place(job: JobCoverage) -> str:
    return " / ".join(part for part in (job.project, job.environment) if part)


def _jobs(count: int, kind: str = "") -> str:
    return f"{count:,} {kind}job{'' if count == 1 else 's'}"


def _groups(key: str, title: str, what: str, groups: Sequence[Group], *, none: str) -> Table:
    partly = any(group.share.partly for group in groups)
    head = (what, "covered", "uncovered", "jobs", "told", "digest", *(("in part",) if partly else ()), "silent")
    return Table(
        key=key,
        title=title,
        hint="Of a failure. Covered: told, in a digest, or declared silent with a reason; in production apart.",
        head=(*head, "production"),
        rows=tuple(_group_row(group, none=none, partly=partly) for group in groups),
        shares=tuple(group.share for group in groups),
    )


def _group_row(group: Group, *, none: str, partly: bool) -> tuple[str, ...]:
    name = _SILENT if group.name == "none" else group.name or none
    share = group.share
    return (name, share.percent_text, *_counts(share, partly=partly), group.production.percent_text)


def _counts(share: Share, *, partly: bool) -> Iterator[str]:
    some = (share.partly,) if partly else ()
    for count in (share.uncovered, share.of, share.told, share.digest, *some, share.silent):
        yield f"{count:,}"


def _outcomes(coverage: Coverage) -> Table:
    found = coverage.outcomes
    partly = any(share.partly for share in found.values())
    some = ("in part",) if partly else ()
    head = ("outcome", "share", "nobody", "can happen to", "told", "digest", *some, "silent")
    return Table(
        key="outcomes",
        title="By outcome",
        hint="Failure is what counts. Nobody has to hear of every success, and `late` needs a deadline.",
        head=head,
        rows=tuple(
            (outcome.value, share.percent_text, *_counts(share, partly=partly)) for outcome, share in found.items()
        ),
        shares=tuple(found.values()),
        quiet=frozenset(at for at, outcome in enumerate(found) if outcome not in MUST_BE_HEARD),
    )


def _today(coverage: Coverage, most: int) -> Table:
    today = coverage.today
    unsaid = coverage.whole.of - today.told - len(today.unapplied) - len(today.relay_only) - today.silent
    rows = (
        ("told, as the policy wants", today.told - len(today.foreign), ""),
        ("told, by alerts that are not in this policy", len(today.foreign), _named(today.foreign, coverage, most)),
        ("not told: in the policy, not applied yet", len(today.unapplied), _named(today.unapplied, coverage, most)),
        ("not told: waits for the relay", len(today.relay_only), _named(today.relay_only, coverage, most)),
        ("not told: declared silent", today.silent, ""),
        ("not told: uncovered", unsaid, ""),
    )
    return Table(
        key="today",
        title="In force now",
        hint="What dbt Cloud delivers now, whoever set it up. A relay that is not there counts for nothing.",
        head=("when a job fails today", "jobs", "which"),
        rows=tuple((what, f"{count:,}", names) for what, count, names in rows),
    )


def _paging(coverage: Coverage) -> Table:
    return Table(
        key="paging",
        title="Who is woken",
        hint="Whether a failure reaches a channel that pages, at once or by escalation. Silent jobs are left out.",
        head=("tier", "rank", "at once", "later", "never"),
        rows=tuple(_paging_row(each) for each in coverage.paging),
    )


def _paging_row(group: PagingGroup) -> tuple[str, ...]:
    rank = "–" if group.rank is None else str(group.rank)
    return (group.tier or _NO_TIER, rank, f"{group.at_once:,}", f"{group.later:,}", f"{len(group.never):,}")


def _deadlines(coverage: Coverage, most: int) -> Table:
    found = coverage.deadlines
    without = len(found.production_without)
    rows = (
        ("production jobs with one", found.production - without, ""),
        ("production jobs without", without, _named(found.production_without, coverage, most)),
        ("jobs with one, in all", found.with_deadline, ""),
        ("of these nobody hears when it is missed", len(found.late_untold), _named(found.late_untold, coverage, most)),
    )
    return Table(
        key="deadlines",
        title="Deadlines",
        hint="A job that never runs fails nowhere: only a deadline notices. Silent jobs need none.",
        head=("deadline", "jobs", "which"),
        rows=tuple((what, f"{count:,}", names) for what, count, names in rows),
    )


def _details(coverage: Coverage) -> Table:
    found = coverage.details
    rows = (("owner", found.owner), ("runbook", found.runbook), ("impact", found.impact))
    return Table(
        key="details",
        title="What the message can say",
        hint=f"Of the {_jobs(found.of)} whose failure somebody is told.",
        head=("it names", "jobs", "of", "share"),
        rows=tuple((what, f"{count:,}", f"{found.of:,}", _part(count, found.of)) for what, count in rows),
    )


def _part(count: int, of: int) -> str:
    return "–" if of == 0 else f"{count * 1000 // of / 10:g} %"


def _named(job_ids: Sequence[int], coverage: Coverage, most: int) -> str:
    return job_names((coverage.by_id[job_id] for job_id in job_ids), most=most)
