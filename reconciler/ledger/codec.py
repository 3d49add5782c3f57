"""Ledger ↔ JSON text: versioned, sorted, and grouped so that one changed edge is one changed line.

Edges that differ only in their job share a line; 100,000 of them are a few thousand lines.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from reconciler.ledger.redaction import Redaction, hides_any
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.ledger import (
    Claim,
    Ledger,
    LedgerWrite,
    Origin,
    RecipientSettings,
    SubscriptionClaim,
    SubscriptionState,
)
from reconciler.model.model_notifications import ModelClaim, ModelOutcome
from reconciler.model.outcome import Outcome
from reconciler.model.rotation import Retired, Successor

__all__ = ["FORMAT", "DamagedLedgerError", "HiddenLedgerError", "NewerFormatError", "decode", "encode"]

FORMAT: Final = 1

_BY_RECIPIENT: Final = ("claims", "pending", "recipients")
_IN_CLEAR: Final = "subscriptions"


class DamagedLedgerError(ValueError):
    """The text is not a ledger: no JSON, or not of our shape."""


class HiddenLedgerError(ValueError):
    """The text hides addresses under a key that is not at hand."""


class NewerFormatError(ValueError):
    """The text is a ledger that a newer version of this tool wrote."""


def encode(ledger: Ledger, redaction: Redaction | None = None) -> str:
    """Return the ledger as text: equal ledgers give equal text, whatever the order they were built in."""
    head: dict[str, Any] = {
        "format": FORMAT,
        "host": ledger.host,
        "account_id": ledger.account_id,
        "manager": ledger.manager,
        "generation": ledger.generation,
        "policy_digest": ledger.policy_digest,
    }
    blocks = [f'"{name}": {_block(_lines(name, rows, redaction))}' for name, rows in _sections(ledger)]
    if redaction is not None and (redaction.hides or any(map(hides_any, blocks))):
        head["redacted"] = redaction.fingerprint
    lines = [f'"{name}": {_line(value)}' for name, value in head.items()] + blocks
    return "{\n" + ",\n".join(lines) + "\n}\n"


def decode(text: str, redaction: Redaction | None = None, *, known: Collection[RecipientKey] = ()) -> Ledger:
    """Read what `encode` wrote. Raises DamagedLedgerError, HiddenLedgerError or NewerFormatError, nothing else.

    With a redaction, hashed addresses of `known` recipients are theirs again; the others stay what they are.
    """
    try:
        raw = json.loads(text if redaction is None else redaction.shown(text, known))
        _check_format(raw["format"])
        _check_key(raw.get("redacted"), redaction)
        return _ledger(raw)
    except (NewerFormatError, DamagedLedgerError, HiddenLedgerError):
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedLedgerError(f"{type(error).__name__}: {error}") from error


def _check_format(found: object) -> None:
    if type(found) is not int or found < 1:
        raise DamagedLedgerError(f"format {found!r} is unknown")
    if found > FORMAT:
        raise NewerFormatError(f"format {found}; this version reads up to {FORMAT}")


def _check_key(found: object, redaction: Redaction | None) -> None:
    if found is None or (redaction is not None and found == redaction.fingerprint):
        return
    raise HiddenLedgerError("no key was given" if redaction is None else "it was written with another key")


def _sections(ledger: Ledger) -> Iterator[tuple[str, Iterable[Any]]]:
    yield "claims", _grouped(ledger.claims.values())
    yield "pending", _grouped(ledger.pending.values())
    yield "recipients", (_recipient(key, ledger) for key in sorted(ledger.recipients))
    yield "subscriptions", (_subscription(ledger.subscriptions[key]) for key in sorted(ledger.subscriptions))
    yield "models", (_models(ledger.models[environment]) for environment in sorted(ledger.models))
    yield "relay", ([job, dict(ledger.relay[job])] for job in sorted(ledger.relay))
    yield "log", (_write(entry) for entry in ledger.log)


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(", ", ": "))


def _lines(section: str, rows: Iterable[Any], redaction: Redaction | None) -> list[str]:
    """Return a section's lines. Hashed ones are sorted as they look: their order would tell more than they do."""
    if redaction is None or not redaction.hides or section == _IN_CLEAR:
        return [_line(row) for row in rows]
    lines = [_line(redaction.hidden(row)) for row in rows]
    return sorted(lines) if section in _BY_RECIPIENT else lines


def _block(lines: list[str]) -> str:
    return "[\n" + ",\n".join(lines) + "\n]" if lines else "[]"


# --- edges: [recipient, outcome, team, channel, also, project, environment, origin, protected, job ids] --------------
def _grouped(claims: Iterable[Claim]) -> Iterator[list[Any]]:
    groups: dict[tuple[Any, ...], list[int]] = {}
    for claim in claims:
        groups.setdefault(_shared(claim), []).append(claim.edge.job_id)
    for shared, jobs in sorted(groups.items()):
        yield [*shared, sorted(jobs)]


def _shared(claim: Claim) -> tuple[Any, ...]:
    return (
        str(claim.edge.recipient),
        claim.edge.outcome.value,
        claim.team,
        claim.channel,
        claim.also,
        claim.project_id,
        claim.environment_id,
        claim.origin.value,
        claim.protected,
    )


def _ungrouped(rows: Iterable[list[Any]]) -> dict[Edge, Claim]:
    claims: dict[Edge, Claim] = {}
    count = 0
    for recipient, outcome, team, channel, also, project, environment, origin, protected, jobs in rows:
        key, what = RecipientKey.parse(recipient), Outcome(outcome)
        alike = partial(
            Claim,
            project_id=_whole(project),
            environment_id=_whole(environment),
            team=_text(team),
            channel=_text(channel),
            also=tuple((_text(other), _text(name)) for other, name in also),
            origin=Origin(origin),
            protected=bool(protected),
        )
        claims |= {edge: alike(edge=edge) for edge in (Edge(key, what, _whole(job_id)) for job_id in jobs)}
        count += len(jobs)
    if count != len(claims):
        raise DamagedLedgerError("an edge stands in it twice")
    return claims


def _whole(value: object) -> int:
    if type(value) is not int:
        raise DamagedLedgerError(f"{value!r} stands where an id belongs")
    return value


# --- the rest ------------------------------------------------------------------------------------------------------
def _set(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is at its default, so that a line shows what is special."""
    return {name: value for name, value in values.items() if value not in (None, "", False) and value != {}}


def _recipient(key: RecipientKey, ledger: Ledger) -> dict[str, Any]:
    settings = ledger.recipients[key]
    return {
        "key": str(key),
        **_set({"slack_channel_name": settings.slack_channel_name, "user_id": settings.user_id, "at": settings.at}),
        **_set({"exclusive": key in ledger.exclusive}),
    }


def _subscription(claim: SubscriptionClaim) -> dict[str, Any]:
    return {"key": claim.key, "team": claim.team, "state": claim.state.value} | _set(
        {
            "id": claim.id,
            "receipt": claim.receipt,
            "protected": claim.protected,
            "applied": dict(claim.applied),
            "since": claim.since,
            "successor": _of_rotation(claim.successor) if claim.successor is not None else None,
            "retired": [_of_rotation(each) for each in claim.retired] or None,
        }
    )


def _of_rotation(webhook: Successor | Retired) -> dict[str, Any]:
    since = webhook.since if isinstance(webhook, Retired) else ""
    return {"id": webhook.id} | _set({"receipt": webhook.receipt, "since": since})


def _models(claim: ModelClaim) -> dict[str, Any]:
    return {"environment_id": claim.environment_id, "project_id": claim.project_id, "team": claim.team} | _set(
        {
            "applied": {outcome.value: claim.applied[outcome] for outcome in sorted(claim.applied)},
            "pending": sorted(claim.pending) or None,
            "found": sorted(claim.found) or None,
            "at": claim.at,
        }
    )


def _write(entry: LedgerWrite) -> dict[str, Any]:
    return {"at": entry.at, "actor": entry.actor, "what": entry.what} | _set(
        {"commit": entry.commit, "plan_digest": entry.plan_digest, "allowed": dict(entry.allowed)}
    )


def _ledger(raw: Mapping[str, Any]) -> Ledger:
    return Ledger(
        host=_text(raw["host"]),
        account_id=_whole(raw["account_id"]),
        manager=_text(raw["manager"]),
        generation=_whole(raw["generation"]),
        policy_digest=_text(raw["policy_digest"]),
        claims=_ungrouped(raw["claims"]),
        pending=_ungrouped(raw["pending"]),
        recipients={RecipientKey.parse(row["key"]): _settings(row) for row in raw["recipients"]},
        exclusive=frozenset(RecipientKey.parse(row["key"]) for row in raw["recipients"] if row.get("exclusive")),
        subscriptions=_by_key(_subscription_claim, raw["subscriptions"]),
        models={claim.environment_id: claim for claim in map(_model_claim, raw["models"])},
        relay={_whole(job): dict(facts) for job, facts in raw["relay"]},
        log=tuple(_entry(row) for row in raw["log"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise DamagedLedgerError(f"{value!r} stands where a text belongs")
    return value


def _settings(row: Mapping[str, Any]) -> RecipientSettings:
    return RecipientSettings(
        slack_channel_name=row.get("slack_channel_name"), user_id=row.get("user_id"), at=row.get("at", "")
    )


def _by_key(
    read: Callable[[Mapping[str, Any]], SubscriptionClaim], rows: Iterable[Mapping[str, Any]]
) -> dict[str, SubscriptionClaim]:
    return {claim.key: claim for claim in map(read, rows)}


def _subscription_claim(row: Mapping[str, Any]) -> SubscriptionClaim:
    return SubscriptionClaim(
        key=_text(row["key"]),
        team=_text(row["team"]),
        state=SubscriptionState(row["state"]),
        id=row.get("id"),
        receipt=row.get("receipt"),
        protected=row.get("protected", False),
        applied=dict(row.get("applied", {})),
        since=row.get("since", ""),
        successor=_successor(row.get("successor")),
        retired=tuple(map(_retired, row.get("retired", ()))),
    )


def _successor(row: Mapping[str, Any] | None) -> Successor | None:
    return None if row is None else Successor(id=row["id"], receipt=row.get("receipt"))


def _retired(row: Mapping[str, Any]) -> Retired:
    return Retired(id=_text(row["id"]), receipt=row.get("receipt"), since=_text(row.get("since", "")))


def _model_claim(row: Mapping[str, Any]) -> ModelClaim:
    return ModelClaim(
        environment_id=_whole(row["environment_id"]),
        project_id=_whole(row["project_id"]),
        team=_text(row["team"]),
        applied={ModelOutcome(name): _truth(value) for name, value in row.get("applied", {}).items()},
        pending=frozenset(map(ModelOutcome, row.get("pending", ()))),
        found=frozenset(map(ModelOutcome, row.get("found", ()))),
        at=_text(row.get("at", "")),
    )


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise DamagedLedgerError(f"{value!r} stands where true or false belongs")
    return value


def _entry(row: Mapping[str, Any]) -> LedgerWrite:
    return LedgerWrite(
        at=row["at"],
        actor=row["actor"],
        what=row["what"],
        commit=row.get("commit", ""),
        plan_digest=row.get("plan_digest", ""),
        allowed=dict(row.get("allowed", {})),
    )
