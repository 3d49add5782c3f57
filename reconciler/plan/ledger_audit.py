"""Hold a ledger against live: what of it is not, or no longer, as it says. Pure; changes nothing."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from reconciler.model.ledger import SubscriptionClaim, SubscriptionState
from reconciler.model.ledger_finding import FindingKind, LedgerFinding
from reconciler.model.marker import Marker
from reconciler.plan.ledger_audit_models import audit_models
from reconciler.plan.naming import live_names

if TYPE_CHECKING:
    from reconciler.model.edge import Edge, RecipientKey
    from reconciler.model.inventory import Inventory
    from reconciler.model.lease import Lease
    from reconciler.model.ledger import Ledger, Others
    from reconciler.model.outcome import Outcome
    from reconciler.model.plan import Names

__all__ = ["Audited", "audit"]

_MOST_EXAMPLES: Final = 5
_APPLY: Final = "`dbt-alerts apply`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """What a ledger is held against. `hidden` are recipients whose address nobody could name any more."""

    ledger: Ledger
    others: Others
    inventory: Inventory
    lease: Lease | None
    now: datetime
    hidden: int = 0


def audit(audited: Audited) -> tuple[LedgerFinding, ...]:
    """Return every finding, those that ask for something first."""
    models = audit_models(audited.ledger, audited.others, audited.inventory)
    found = (*_lease(audited), *_empty(audited), *_edges(audited), *_webhooks(audited), *models, *_hidden(audited))
    return tuple(sorted(found, key=lambda finding: not finding.asks))


def _lease(audited: Audited) -> Iterator[LedgerFinding]:
    lease = audited.lease
    if lease is None:
        return
    expired = lease.expired(audited.now)
    yield LedgerFinding(
        kind=FindingKind.LEASE,
        what=f"a run {'that did not end ' if expired else ''}holds the account: {lease}",
        next_step="make sure that it has ended, then `dbt-alerts ledger unlock`"
        if expired
        else f"wait for it; if it died, `dbt-alerts ledger unlock --run {lease.run}`",
    )


def _empty(audited: Audited) -> Iterator[LedgerFinding]:
    if audited.ledger.empty:
        yield LedgerFinding(
            kind=FindingKind.EMPTY,
            what="nothing was ever recorded: the ledger is new, or lost",
            next_step="if it was lost, `dbt-alerts ledger rebuild` restores what policy and live both have",
        )


def _edges(audited: Audited) -> Iterator[LedgerFinding]:
    ledger, inventory = audited.ledger, audited.inventory
    claims = sorted(ledger.claims)
    jobs = inventory.jobs
    told = partial(_of, live_names(inventory))
    seen = [edge for edge in claims if edge.job_id in jobs and not jobs[edge.job_id].deleted]
    yield from told(
        FindingKind.PENDING,
        sorted(ledger.pending),
        "announced by a run that did not end",
        f"run {_APPLY} again: it goes on where that run stopped",
    )
    yield from told(
        FindingKind.NOT_LIVE,
        [edge for edge in seen if edge not in inventory.edges],
        "ours, but no longer in dbt Cloud",
        "somebody took them away: `dbt-alerts apply --repair-drift` puts back what the policy still wants",
    )
    yield from told(
        FindingKind.DELETED_JOB,
        [edge for edge in claims if edge.job_id in jobs and jobs[edge.job_id].deleted],
        "on jobs that are deleted",
        f"{_APPLY} removes them",
    )
    yield from told(
        FindingKind.INVISIBLE_JOB,
        [edge for edge in claims if edge.job_id not in jobs],
        "on jobs that are in no list",
        "check that the token still sees every project: nothing is removed before that",
    )
    yield from told(
        FindingKind.SHARED,
        sorted(ledger.claims.keys() & audited.others.edges),
        "claimed by another manager too",
        "fine during a hand-over: who drops them first removes nothing",
    )


def _of(names: Names, kind: FindingKind, edges: Collection[Edge], what: str, next_step: str) -> Iterator[LedgerFinding]:
    if edges:
        examples, shown = _lines(edges, names)
        yield LedgerFinding(
            kind=kind,
            what=f"{len(edges)} alert{'' if len(edges) == 1 else 's'} {what}",
            next_step=next_step,
            count=len(edges),
            examples=examples,
            shown=shown,
        )


def _lines(edges: Iterable[Edge], names: Names) -> tuple[tuple[str, ...], int]:
    """Return the first lines, one for each recipient and outcome, and how many edges they stand for."""
    groups: dict[tuple[RecipientKey, Outcome], list[int]] = {}
    for edge in edges:
        groups.setdefault((edge.recipient, edge.outcome), []).append(edge.job_id)
    first = list(groups.items())[:_MOST_EXAMPLES]
    lines = [f"{names.recipients.get(key, str(key))} {outcome}: {_jobs(jobs, names)}" for (key, outcome), jobs in first]
    return tuple(lines), sum(len(jobs) for _, jobs in first)


def _jobs(jobs: list[int], names: Names) -> str:
    named = ", ".join(names.jobs.get(job) or f"job {job}" for job in jobs[:_MOST_EXAMPLES])
    return named + (f" and {len(jobs) - _MOST_EXAMPLES} more" if len(jobs) > _MOST_EXAMPLES else "")


def _first(found: Iterable[object]) -> tuple[str, ...]:
    return tuple(f"{each}" for each, _ in zip(found, range(_MOST_EXAMPLES), strict=False))


def _webhooks(audited: Audited) -> Iterator[LedgerFinding]:
    """Yield what is not as it should be; of webhooks that the token may not read only that: they are not gone."""
    if audited.inventory.webhooks_hidden:
        yield from _unseen(audited.ledger)
        return
    live = {each.id for each in audited.inventory.subscriptions}
    marks = {each.description for each in audited.inventory.subscriptions}
    unknown: list[str] = []
    for key, claim in sorted(audited.ledger.subscriptions.items()):
        team, _, name = key.partition("/")
        mark = f"{Marker(manager=audited.ledger.manager, team=team, name=name)}"
        there = claim.id in live or any(text.rstrip().endswith(mark) for text in marks)
        finding = _webhook(key, claim, there=there)
        if finding is None and claim.state is SubscriptionState.SECRET_UNKNOWN:
            unknown.append(key)
        elif finding is not None:
            kind, what, next_step = finding
            yield LedgerFinding(kind=kind, what=f"webhook {key} {what}", next_step=next_step)
    yield from _secrets_unknown(unknown)


def _secrets_unknown(keys: list[str]) -> Iterator[LedgerFinding]:
    """Yield one finding that names all: the plan's note sends here."""
    if keys:
        have = "1 webhook has a secret" if len(keys) == 1 else f"{len(keys)} webhooks have a secret"
        yield LedgerFinding(
            kind=FindingKind.SECRET_UNKNOWN,
            what=f"{have} that we do not know; what was there before us has a receiver that does",
            next_step="nothing where the receiver works; else `dbt-alerts rotate KEY` gives it one that is known",
            count=len(keys),
            examples=tuple(keys),
            shown=len(keys),
        )


def _unseen(ledger: Ledger) -> Iterator[LedgerFinding]:
    if ledger.subscriptions:
        yield LedgerFinding(
            kind=FindingKind.WEBHOOKS_UNSEEN,
            what="this token may not read webhooks: whether ours are still there was not looked at",
            next_step="verify with a token that has the permission set Webhook",
            count=len(ledger.subscriptions),
            examples=(found := _first(sorted(ledger.subscriptions))),
            shown=len(found),
        )


def _webhook(key: str, claim: SubscriptionClaim, *, there: bool) -> tuple[FindingKind, str, str] | None:
    rotate = f"`dbt-alerts rotate {shlex.quote(key)}`"
    if claim.state is SubscriptionState.TOMBSTONED:
        what = "was switched off because the policy dropped it"
        return FindingKind.TOMBSTONE, what, "nothing; `dbt-alerts purge` deletes it for good"
    if claim.state is SubscriptionState.CREATING:
        return FindingKind.WEBHOOK_UNFINISHED, "was being made by a run that did not end", f"run {_APPLY} again"
    if claim.rotating:
        return FindingKind.WEBHOOK_UNFINISHED, "is in a rotation that did not end", f"{rotate} finishes it"
    if not there:
        return FindingKind.WEBHOOK_GONE, "is gone from dbt Cloud", "`dbt-alerts apply --repair-drift` makes it anew"
    return None


def _hidden(audited: Audited) -> Iterator[LedgerFinding]:
    if audited.hidden:
        yield LedgerFinding(
            kind=FindingKind.HIDDEN,
            what=f"{audited.hidden} recipient(s) are known by a hash only: neither live nor policy names them",
            next_step=f"nothing; {_APPLY} forgets what is no longer there",
            count=audited.hidden,
        )
