"""A lease ↔ the text of its file."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Final

from reconciler.errors import LedgerError
from reconciler.model.lease import Lease

__all__ = ["LEASE", "LEASE_TIME", "decode_lease", "encode_lease"]

LEASE: Final = "lease"
"""The lease's file. No ledger's: theirs end in `.json`."""

LEASE_TIME: Final = timedelta(minutes=30)
"""Twice the 900 s after which a run's client sends nothing more: a lease that expired belongs to a run that is dead,
also where two clocks differ by minutes.
"""


def encode_lease(lease: Lease) -> bytes:
    shown = {
        "run": lease.run,
        "manager": lease.manager,
        "actor": lease.actor,
        "since": lease.since.isoformat(),
        "expires_at": lease.expires_at.isoformat(),
        "where": lease.where,
    }
    return (json.dumps(shown, indent=1, ensure_ascii=False) + "\n").encode()


def decode_lease(content: bytes, place: str) -> Lease:
    """Read what `encode_lease` wrote. Raises LedgerError for anything else: who holds it is unknown, so nobody may."""
    try:
        raw = json.loads(content)
        since, expires_at = (datetime.fromisoformat(raw[name]) for name in ("since", "expires_at"))
        words = {name: raw[name] for name in ("run", "manager", "actor")} | {"where": raw.get("where", "")}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(place, f"{error}") from error
    if not all(isinstance(word, str) for word in words.values()) or None in {since.tzinfo, expires_at.tzinfo}:
        raise _damaged(place, "a name or a zone is missing")
    return Lease(**words, since=since, expires_at=expires_at)


def _damaged(place: str, why: str) -> LedgerError:
    return LedgerError(
        f"the lease {place} is damaged: {why}",
        next_step="`git log` of that branch says who wrote it; remove the file with a commit when their run has ended",
    )
