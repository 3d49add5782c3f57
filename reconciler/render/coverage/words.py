"""Coverage in words and tables of plain cells: what terminal, Markdown and page lay out. Nothing is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from reconciler.model.coverage import Coverage, Gap, Group, JobCoverage, Muted, Share, Silence, Wake
from reconciler.model.outcome import Outcome

if TYPE_CHECKING:
    from reconciler.model.coverage import PagingGroup
    from reconciler.model.problem import Position

__all__ = [
    "FEW",
    "MUST_BE_HEARD",
    "NO_TEAM",
    "Table",
    "and_deactivated",
    "counted_line",
    "gap_jobs",
    "gap_line",
    "heading",
    "headline",
    "job_names",
    "moment",
    "muted_line",
    "places_text",
    "silence_line",
    "tables",
    "today_claim",
    "today_counts",
    "told_percent",
]

FEW: Final = 8
"""Names that one line tells before it counts the rest."""

MUST_BE_HEARD: Final = frozenset({Outcome.FAILURE, Outcome.LATE})
"""The outcomes that somebody has to hear of; of the others nobody may be meant to."""

NO_TEAM: Final = "no rule of `jobs:`"
_NO_PROJECT: Final = "(no project)"
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
    """Say what the percentage of the policy means, after the percentage."""
    if coverage.whole.of == 0:
        return f"there is no active job to cover{and_deactivated(coverage.deactivated)}"
    off = f" (and {coverage.deactivated:,} deactivated, not counted)" if coverage.deactivated else ""
    jobs = f"{_jobs(coverage.whole.of, 'active ')}{off}"
    they = "it fails" if coverage.whole.of == 1 else "they fail"
    return f"named in the policy: of {jobs} it says who is to hear when {they}, or why nobody"


def and_deactivated(count: int) -> str:
    """Return what stands beside a count of active jobs; deactivated ones are in no other count."""
    return f" and {count:,} deactivated" if count else ""


def counted_line(share: Share) -> str:
    """Count the standings, those that are there and always what is told and uncovered."""
    waits = f" · {share.waits:,} waiting for the relay" if share.waits else ""
    digest = f" · {share.digest:,} for a digest of the relay" if share.digest else ""
    silent = f" · {share.silent:,} declared silent" if share.silent else ""
    partly = f" · {share.partly:,} named in part" if share.partly else ""
    return f"{share.told:,} told natively{waits}{digest}{silent}{partly} · {share.uncovered:,} uncovered"


def told_percent(coverage: Coverage) -> str:
    """Return of how many of the active jobs somebody is told today, cut to a tenth as every percentage is."""
    return _part(coverage.today.told, coverage.whole.of)


def today_claim(coverage: Coverage) -> str:
    """Say what is true now, whatever the policy says, after the percentage."""
    live = "as it is" if not coverage.taken_at else f"as it was on {coverage.taken_at[:16].replace('T', ' ')} UTC"
    told, of = coverage.today.told, coverage.whole.of
    fails = "it fails" if of == 1 else "they fail"
    return f"told today: of {told:,} of {_jobs(of, 'active ')} somebody hears when {fails}, in dbt Cloud {live}"


def today_counts(coverage: Coverage) -> str:
    """Count what becomes of a failure now: every active job in one place."""
    today = coverage.today
    later = f" · {len(today.unapplied):,} after apply" if today.unapplied else ""
    waits = f" · {len(today.relay_only):,} waiting for the relay" if today.relay_only else ""
    silent = f" · {len(today.silent):,} declared silent" if today.silent else ""
    return f"{today.told:,} told{later}{waits}{silent} · {len(today.nobody):,} uncovered"


def tables(coverage: Coverage, *, most: int = FEW) -> tuple[Table, ...]:
    """Return the tables in the order in which they are read; one cell tells `most` names before it counts the rest."""
    return (
        _groups("projects", "By project", "project", coverage.projects, none=_NO_PROJECT),
        _groups("teams", "By team", "team", coverage.teams, none=NO_TEAM),
        _groups("tiers", "By tier", "tier", coverage.tiers, none=_NO_TIER),
        _outcomes(coverage),
        _today(coverage, most),
        _paging(coverage),
        _deadlines(coverage, most),
        _details(coverage),
    )


def gap_line(gap: Gap) -> str:
    return f"{_jobs(len(gap.jobs))}: {gap.why}"


def gap_jobs(gap: Gap | Silence | Muted, coverage: Coverage, *, most: int = FEW) -> str:
    """Name the jobs of a gap, with where they are when that is one place."""
    jobs = [coverage.by_id[job_id] for job_id in gap.jobs]
    places = {_place(job) for job in jobs}
    where = f" ({places.pop()})" if len(places) == 1 else ""
    return f"{job_names(jobs, most=most)}{where}"


def silence_line(silence: Silence) -> str:
    return f"{_jobs(len(silence.jobs))}: {silence.reason}"


def muted_line(muted: Muted) -> str:
    return f"{_jobs(len(muted.jobs))} until {muted.until}: {muted.reason}"


def places_text(places: Iterable[Position]) -> str:
    """Return where something stands: `policies/teams/finance.yml:19`."""
    return ", ".join(f"{at.file}:{at.line}" for at in places)


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
    shown = _shown(group.share for group in groups)
    owned = " A job's team is the one whose `jobs:` speaks for it." if key == "teams" else ""
    return Table(
        key=key,
        title=title,
        hint=f"Of a failure. Named: told natively, waiting for the relay, or declared silent with a reason.{owned}",
        head=(what, "production", "named", "uncovered", "jobs", *(word for _, word in shown)),
        rows=tuple(_group_row(group, shown, none=none) for group in groups),
        shares=tuple(group.share for group in groups),
    )


_COUNTED: Final = (
    ("told", "told natively"),
    ("waits", "waits"),
    ("digest", "digest"),
    ("partly", "in part"),
    ("silent", "silent"),
)
"""The columns of a table of standings. A digest and a part have one only where there is one."""


def _shown(shares: Iterable[Share]) -> tuple[tuple[str, str], ...]:
    every = list(shares)
    odd = {"digest", "partly"}
    return tuple((key, word) for key, word in _COUNTED if key not in odd or any(getattr(each, key) for each in every))


def _group_row(group: Group, shown: Sequence[tuple[str, str]], *, none: str) -> tuple[str, ...]:
    note = f" ({group.note})" if group.note and none == NO_TEAM else ""
    name = _SILENT if group.name == "none" else group.name or f"{none}{note}"
    return (name, group.production.percent_text, group.share.percent_text, *_counts(group.share, shown))


def _counts(share: Share, shown: Sequence[tuple[str, str]]) -> Iterator[str]:
    for count in (share.uncovered, share.of, *(getattr(share, key) for key, _ in shown)):
        yield f"{count:,}"


def _outcomes(coverage: Coverage) -> Table:
    found = coverage.outcomes
    shown = _shown(found.values())
    return Table(
        key="outcomes",
        title="By outcome",
        hint="Failure is what counts. Nobody has to hear of every success, and `late` needs a deadline and the relay.",
        head=("outcome", "named", "nobody", "can happen to", *(word for _, word in shown)),
        rows=tuple((outcome.value, share.percent_text, *_counts(share, shown)) for outcome, share in found.items()),
        shares=tuple(found.values()),
        quiet=frozenset(at for at, outcome in enumerate(found) if outcome not in MUST_BE_HEARD),
    )


def _today(coverage: Coverage, most: int) -> Table:
    today = coverage.today
    kinds = (
        ("told, as the policy wants", today.wanted),
        ("told, by alerts that are not in this policy", today.foreign),
        ("not told: in the policy, not applied yet", today.unapplied),
        ("not told: waits for the relay", today.relay_only),
        ("not told: declared silent", today.silent),
        ("not told: uncovered", today.nobody),
    )
    return Table(
        key="today",
        title="In force now",
        hint="What dbt Cloud delivers now, whoever set it up. A relay that is not there counts for nothing.",
        head=("when a job fails today", "jobs", "which"),
        rows=tuple((what, f"{len(jobs):,}", _named(jobs, coverage, most)) for what, jobs in kinds),
    )


def _paging(coverage: Coverage) -> Table:
    return Table(
        key="paging",
        title="Who would be woken",
        hint="Every pager waits for the relay, or for `notify`: by itself none rings today. Each job counts once, by "
        "its surest way; what is slow or an anomaly counts as late. Silent jobs are left out.",
        head=("tier", "rank", "at once", "by escalation", "only once promoted", "only when late", "never"),
        rows=tuple(_paging_row(each) for each in coverage.paging),
    )


def _paging_row(group: PagingGroup) -> tuple[str, ...]:
    rank = "–" if group.rank is None else str(group.rank)
    return (group.tier or _NO_TIER, rank, *(f"{group.by[wake]:,}" for wake in Wake), f"{len(group.never):,}")


def _deadlines(coverage: Coverage, most: int) -> Table:
    found = coverage.deadlines
    without = len(found.production_without)
    rows = (
        ("production jobs with one", found.production - without, ""),
        ("production jobs without", without, _named(found.production_without, coverage, most)),
        ("jobs with one, in all", found.with_deadline, ""),
        ("missed, nobody is named", len(found.late_untold), _named(found.late_untold, coverage, most)),
        ("missed, waits for the relay", len(found.late_waits), _named(found.late_waits, coverage, most)),
    )
    return Table(
        key="deadlines",
        title="Deadlines",
        hint="A job that never runs fails nowhere: only a deadline notices, and only the relay watches deadlines. "
        "Silent jobs need none.",
        head=("deadline", "jobs", "which"),
        rows=tuple((what, f"{count:,}", names) for what, count, names in rows),
    )


def _details(coverage: Coverage) -> Table:
    found = coverage.details
    rows = (("owner", found.owner), ("runbook", found.runbook), ("impact", found.impact))
    return Table(
        key="details",
        title="What the message can say",
        hint=f"Of the {_jobs(found.of)} for whose failure the policy names somebody.",
        head=("it names", "jobs", "of", "share"),
        rows=tuple((what, f"{count:,}", f"{found.of:,}", _part(count, found.of)) for what, count in rows),
    )


def _part(count: int, of: int) -> str:
    return "–" if of == 0 else f"{count * 1000 // of / 10:g} %"


def _named(job_ids: Sequence[int], coverage: Coverage, most: int) -> str:
    return job_names((coverage.by_id[job_id] for job_id in job_ids), most=most)
