"""Where evidence is kept: beside the ledger's file, or on the ledger's branch (design §8)."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.cli.places import SANDBOX_FOLDER, sandbox_folder
from reconciler.cli.places_ledger import REMOTE_VARIABLE, ledger_branch
from reconciler.drill.keeping import EvidenceFile
from reconciler.durable import check_durable
from reconciler.model.evidence import Trail
from reconciler.model.policy import StoreKind

if TYPE_CHECKING:
    from reconciler.cli.ledger_place import AccountPlace
    from reconciler.drill.keeping import EvidenceStore
    from reconciler.drill.keeping_git import EvidenceBranch
    from reconciler.model.policy import Policy

__all__ = ["EVIDENCE", "evidence_store", "nearby", "trail_of"]

EVIDENCE: Final = "evidence.jsonl"
_MOST_BROKEN: Final = 3


def evidence_store(
    policy: Policy, place: AccountPlace, environ: Mapping[str, str] = os.environ, *, writing: bool = False
) -> EvidenceStore:
    """Return the store of evidence. Refuses, for writing, a file that would vanish with a CI runner."""
    sandbox = sandbox_folder(place.host, environ)
    on_branch = policy.ledger.kind is StoreKind.GIT
    if sandbox is not None and not (on_branch and REMOTE_VARIABLE in environ):
        return EvidenceFile(sandbox / f"{policy.manager}.{EVIDENCE}")
    if on_branch:
        return _branch(policy, place, environ)
    path = _beside(policy)
    if writing:
        check_durable(path, environ)
    return EvidenceFile(path)


def nearby(policy: Policy, environ: Mapping[str, str] = os.environ) -> EvidenceFile | None:
    """Return the store that is read without the network: the file beside the ledger. None where it is on a branch."""
    if SANDBOX_FOLDER in environ:
        return EvidenceFile(Path(environ[SANDBOX_FOLDER]) / f"{policy.manager}.{EVIDENCE}")
    return None if policy.ledger.kind is StoreKind.GIT else EvidenceFile(_beside(policy))


def trail_of(store: EvidenceStore | None) -> Trail:
    """Return what the store holds; that it was not seen, where there is no store."""
    if store is None:
        return Trail(seen=False)
    broken = "; ".join(each.what for each in store.verify()[:_MOST_BROKEN])
    return Trail(evidence=store.read() or None, broken=broken)


def _beside(policy: Policy) -> Path:
    return Path(policy.ledger.path).parent / EVIDENCE


def _branch(policy: Policy, place: AccountPlace, environ: Mapping[str, str]) -> EvidenceBranch:
    from reconciler.drill.keeping_git import EvidenceBranch  # noqa: PLC0415 - a file needs none of it

    return EvidenceBranch(
        ledger_branch(policy.ledger, environ),
        host=place.host,
        account_id=place.account_id,
        manager=policy.manager,
        clock=lambda: datetime.now(UTC),
        sleep=time.sleep,
    )
