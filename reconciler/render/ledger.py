"""A ledger in words: who owns what, by team and recipient, who holds it, and what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from reconciler.escape import terminal
from reconciler.model.ledger import Claim
from reconciler.model.model_notifications import ModelOutcome, outcomes_text
from reconciler.render.terminal import Styled

if TYPE_CHECKING:
    from reconciler.model.edge import RecipientKey
    from reconciler.model.lease import Lease
    from reconciler.model.ledger import Ledger, LedgerWrite, Others
    from reconciler.model.ledger_finding import LedgerFinding
    from reconciler.model.model_notifications import ModelClaim

__all__ = ["Shown", "finding_documents", "finding_lines", "ledger_document", "ledger_lines"]

LAST_WRITES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What `ledger show` tells of. `place` says where the ledger is kept."""

    ledger: Ledger
    others: Others
    lease: Lease | None
    place: str
    now: datetime
    whole_log: bool = False

    @property
    def log(self) -> Sequence[LedgerWrite]:
        return self.ledger.log if self.whole_log else self.ledger.log[-LAST_WRITES:]


# --- text ----------------------------------------------------------------------------------------------------------
def ledger_lines(shown: Shown) -> Iterator[Styled]:
    """Yield the ledger line by line, escaped for a terminal."""
    ledger = shown.ledger
    title = f"Ledger of {ledger.manager} for account {ledger.account_id} on {ledger.host}"
    yield Styled(terminal(title), "bold")
    yield Styled(terminal(f"Generation {ledger.generation} of {shown.place}"), "dim")
    if ledger.empty:
        yield Styled("It is empty: new, or lost. `dbt-alerts ledger rebuild` restores what policy and live both have.")
    yield from _section("Owned", _owned(ledger.claims.values()))
    yield from _section("Announced, by a run that has not ended", _owned(ledger.pending.values()))
    hooks = sorted(ledger.subscriptions.items())
    yield from _section("Webhooks", (f"{key}: {claim.state}, {claim.id or 'no id yet'}" for key, claim in hooks))
    yield from _section("Model notifications", (_models(claim) for _, claim in sorted(ledger.models.items())))
    yield from _section("Other managers", map(_other, shown.others.ledgers))
    if not shown.others.shared:
        yield Styled("Other managers are not known: a file serves one.", "dim")
    yield from _section("Held", [_held(shown.lease, shown.now)] if shown.lease else [])
    yield from _section("Last writes", map(_write, shown.log))


def _section(title: str, rows: Iterable[str]) -> Iterator[Styled]:
    first = True
    for row in rows:
        if first:
            yield Styled("")
            yield Styled(title, "bold")
            first = False
        yield Styled(terminal(f"  {row}"))


def _owned(claims: Iterable[Claim]) -> Iterator[str]:
    team = None
    for (owner, key, channel), found in _by_recipient(claims):
        if owner != team:
            team = owner
            yield f"{team}"
        yield f"  {channel} ({key}): {_counts(found)}"


def _counts(claims: Sequence[Claim]) -> str:
    """Say how many of which outcome, and what is special about some."""
    outcomes = Counter(claim.edge.outcome.value for claim in claims)
    told = [f"{outcome} of {count} job{'' if count == 1 else 's'}" for outcome, count in sorted(outcomes.items())]
    for what, count in (
        ("there before us", sum(claim.origin.was_there for claim in claims)),
        ("protected", sum(claim.protected for claim in claims)),
    ):
        told += [f"{count} {what}"] * bool(count)
    return ", ".join(told)


def _by_recipient(claims: Iterable[Claim]) -> list[tuple[tuple[str, RecipientKey, str], list[Claim]]]:
    groups: dict[tuple[str, RecipientKey, str], list[Claim]] = {}
    for claim in claims:
        groups.setdefault((claim.team, claim.edge.recipient, claim.channel), []).append(claim)
    return sorted(groups.items(), key=lambda group: group[0])


def _models(claim: ModelClaim) -> str:
    """Say what is on in an environment by our doing. Its name is dbt Cloud's, which is not asked."""
    special = (
        f", {outcomes_text(claim.pending)} announced" if claim.pending else "",
        f", {outcomes_text(claim.found & claim.on)} adopted" if claim.found & claim.on else "",
    )
    return f"environment {claim.environment_id}: {outcomes_text(claim.on)}, team {claim.team}{''.join(special)}"


def _other(ledger: Ledger) -> str:
    models = f", model notifications of {len(ledger.models)} environments" if ledger.models else ""
    return f"{ledger.manager}: {len(ledger.claims)} edges, {len(ledger.subscriptions)} webhooks{models}"


def _held(lease: Lease, now: datetime) -> str:
    until = lease.expires_at.isoformat(timespec="seconds")
    if lease.expired(now):
        return f"by {lease}; it expired at {until}: `dbt-alerts ledger unlock`"
    return f"by {lease}; it expires at {until}; run {lease.run}"


def _write(entry: LedgerWrite) -> str:
    allowed = f", allowed: {' '.join(map(str, entry.allowed.values()))}" if entry.allowed else ""
    commit = f", commit {entry.commit[:12]}" if entry.commit else ""
    return f"{entry.at} {entry.actor}: {entry.what}{commit}{allowed}"


def finding_lines(findings: Sequence[LedgerFinding]) -> Iterator[Styled]:
    """Yield each finding with its next step; the last line says how it stands."""
    for finding in findings:
        yield Styled(terminal(f"{'!' if finding.asks else '='} {finding.what}"), "yellow" if finding.asks else "dim")
        for example in finding.examples:
            yield Styled(terminal(f"      {example}"), "dim")
        if finding.examples and finding.count > finding.shown:
            yield Styled(f"      and {finding.count - finding.shown} more", "dim")
        yield Styled(terminal(f"    Next step: {finding.next_step}."))
    asking = sum(finding.asks for finding in findings)
    verdict = f"{asking} finding{'' if asking == 1 else 's'} to act on." if asking else "The ledger is sound."
    yield Styled(verdict, "bold")


# --- JSON ------------------------------------------------------------------------------------------------------------
def ledger_document(shown: Shown) -> dict[str, Any]:
    """Return the ledger as plain JSON, without its edges: those are counted by team, recipient and outcome."""
    ledger = shown.ledger
    return {
        "host": ledger.host,
        "account_id": ledger.account_id,
        "manager": ledger.manager,
        "generation": ledger.generation,
        "empty": ledger.empty,
        "place": shown.place,
        "owned": [_document(*group) for group in _by_recipient(ledger.claims.values())],
        "pending": [_document(*group) for group in _by_recipient(ledger.pending.values())],
        "webhooks": [
            {"key": key, "team": claim.team, "state": claim.state.value, "id": claim.id, "protected": claim.protected}
            for key, claim in sorted(ledger.subscriptions.items())
        ],
        "model_notifications": [_models_document(claim) for _, claim in sorted(ledger.models.items())],
        "others": {
            "shared": shown.others.shared,
            "managers": [
                {
                    "manager": each.manager,
                    "edges": len(each.claims),
                    "webhooks": len(each.subscriptions),
                    "environments": len(each.models),
                }
                for each in shown.others.ledgers
            ],
        },
        "lease": _lease_document(shown.lease, shown.now),
        "log": [
            {
                "at": entry.at,
                "actor": entry.actor,
                "commit": entry.commit,
                "plan_digest": entry.plan_digest,
                "allowed": dict(entry.allowed),
                "what": entry.what,
            }
            for entry in shown.log
        ],
    }


def _document(group: tuple[str, RecipientKey, str], claims: Sequence[Claim]) -> dict[str, Any]:
    team, key, channel = group
    return {
        "team": team,
        "recipient": f"{key}",
        "channel": channel,
        "outcomes": dict(sorted(Counter(claim.edge.outcome.value for claim in claims).items())),
        "adopted": sum(claim.origin.was_there for claim in claims),
        "protected": sum(claim.protected for claim in claims),
    }


def _models_document(claim: ModelClaim) -> dict[str, Any]:
    return {
        "environment_id": claim.environment_id,
        "team": claim.team,
        "on": [outcome.value for outcome in ModelOutcome if outcome in claim.on],
        "adopted": [outcome.value for outcome in ModelOutcome if outcome in claim.found & claim.on],
        "pending": [outcome.value for outcome in ModelOutcome if outcome in claim.pending],
    }


def _lease_document(lease: Lease | None, now: datetime) -> dict[str, Any] | None:
    if lease is None:
        return None
    return {
        "run": lease.run,
        "manager": lease.manager,
        "actor": lease.actor,
        "since": lease.since.isoformat(),
        "expires_at": lease.expires_at.isoformat(),
        "expired": lease.expired(now),
    }


def finding_documents(findings: Iterable[LedgerFinding]) -> list[dict[str, Any]]:
    return [
        {
            "kind": finding.kind.value,
            "asks": finding.asks,
            "what": finding.what,
            "count": finding.count,
            "examples": list(finding.examples),
            "next_step": finding.next_step,
        }
        for finding in findings
    ]
