"""Alerts that are about more than one run: several failures in one message, and a digest of many runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from reconciler.model.alert import Alert, AlertJob, Case, CauseKind, Digested, Drill, Grouped
from reconciler.model.layers import GroupBy
from reconciler.model.outcome import Outcome

__all__ = ["common_cause", "digest_alert", "grouped_alert"]

_LENGTH = 32


def grouped_alert(members: Sequence[Alert], *, by: GroupBy | None, now: datetime) -> Alert:
    """Return one alert for several, which must not be none. `by` None: they were held until an opening.

    It stands under the worst tier among them, and it is about a job only as far as all of them are.
    """
    oldest_first = tuple(sorted(members, key=lambda each: (each.at, each.id)))
    worst = min(oldest_first, key=lambda each: (each.rank is None, each.rank or 0))
    runbooks = {each.runbook for each in oldest_first}
    return Alert(
        id=_id("group", *(each.id for each in oldest_first)),
        incident=f"dbt-alerts:group:{_id(*sorted(each.incident for each in oldest_first))}",
        case=Case.GROUPED,
        outcome=worst.outcome,
        job=_shared_job(oldest_first),
        at=oldest_first[0].at,
        now=now,
        severity=worst.severity,
        rank=worst.rank,
        zone=worst.zone,
        account_id=worst.account_id,
        response=worst.response,
        impact="; ".join(dict.fromkeys(each.impact for each in oldest_first if each.impact)),
        owner=worst.owner,
        team=worst.team,
        oncall=worst.oncall,
        runbook=worst.runbook if len(runbooks) == 1 else "",
        affected=tuple(dict.fromkeys(name for each in oldest_first for name in each.affected)),
        node_owners=tuple(dict.fromkeys(owner for each in oldest_first for owner in each.node_owners)),
        grouped=Grouped(by=by.value if by else "opening", members=oldest_first, common_cause=common_cause(members)),
        test=worst.test,
        ack_url=worst.ack_url,
        missing=tuple(dict.fromkeys(f"{each.job.name}: {words}" for each in oldest_first for words in each.missing)),
    )


def common_cause(members: Sequence[Alert]) -> str:
    """Say what all of them have in common: the likely cause, or a node that failed in each; "" if nothing."""
    if len(members) < 2:
        return ""
    sentences = {each.likely.sentence if each.likely else "" for each in members}
    if len(sentences) == 1 and "" not in sentences:
        return next(iter(sentences))
    names = Counter(name for each in members for name in {thing.name for thing in each.failed})
    shared = [name for name, count in names.items() if count == len(members)]
    if shared:
        return f"{shared[0]} failed in all of them."
    kinds = {each.likely.kind if each.likely else CauseKind.UNKNOWN for each in members}
    return f"Likely cause of all: {kinds.pop().value}." if len(kinds) == 1 and CauseKind.UNKNOWN not in kinds else ""


def digest_alert(
    name: str, digested: Digested, *, severity: str, rank: int | None, zone: str, account_id: int, drill: Drill | None
) -> Alert:
    """Return the message that sums up the runs of a tier or a rule, called `name`."""
    key = f"dbt-alerts:{account_id}:digest:{name}"
    return Alert(
        id=_id(key, digested.until.isoformat(), drill.correlation if drill else ""),
        incident=key,
        case=Case.DIGEST,
        outcome=Outcome.SUCCESS,
        job=AlertJob(id=0, name=name),
        at=digested.until,
        now=digested.until,
        severity=severity,
        rank=rank,
        zone=zone,
        account_id=account_id,
        digest=digested,
        test=drill,
    )


def _shared_job(members: Sequence[Alert]) -> AlertJob:
    """Return what the members' jobs have in common, under the names of all."""
    first = members[0].job
    if all(each.job.id == first.id for each in members):
        return first
    same_project = all(each.job.project == first.project for each in members)
    same_environment = all(each.job.environment == first.environment for each in members)
    return replace(
        first,
        id=0,
        name=", ".join(dict.fromkeys(each.job.name for each in members)),
        project=first.project if same_project else "",
        environment=first.environment if same_environment else "",
        url="",
    )


def _id(*parts: str) -> str:
    return sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]
