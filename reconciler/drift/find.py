"""What of ours is not as the last apply left it. Pure: the plan finds the differences, this says what they mean.

Each detector is a function of one signature; a new one is added by appending it to DETECTORS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.drift.edges import (
    changed_recipients,
    deleted_jobs,
    invisible_jobs,
    lost_coverage,
    silent_notes,
    undelivered,
    vanished_edges,
)
from reconciler.drift.ignore import sift
from reconciler.drift.models import model_drift
from reconciler.drift.webhooks import lost_ledger, webhook_drift
from reconciler.model.drift import Drift, DriftKind
from reconciler.model.plan import Names
from reconciler.plan.webhook_rotation import rotation_notes

if TYPE_CHECKING:
    from reconciler.drift.looked import Detector, Looked
    from reconciler.model.drift import DriftFinding
    from reconciler.model.policy import Policy

__all__ = ["DETECTORS", "find_drift"]

DETECTORS: Final[tuple[Detector, ...]] = (
    lost_ledger,
    webhook_drift,
    lost_coverage,
    vanished_edges,
    undelivered,
    changed_recipients,
    model_drift,
    deleted_jobs,
    invisible_jobs,
)


def find_drift(looked: Looked, policy: Policy) -> Drift:
    """Return every finding that no `ignore_drift` entry covers, the loud ones first."""
    order = {kind: place for place, kind in enumerate(DriftKind)}

    def place(finding: DriftFinding) -> tuple[int, str, str]:
        return order[finding.kind], finding.webhook or finding.about, str(finding.recipient or "")

    found = sorted((each for detector in DETECTORS for each in detector(looked)), key=place)
    sifted = sift(found, policy.ignored_drift, looked=looked, timezone=policy.timezone)
    plan, ledger = looked.plan, looked.ledger
    return Drift(
        host=plan.host,
        account_id=plan.account_id,
        manager=plan.manager,
        at=looked.now,
        findings=sifted.findings,
        ignored=sifted.ignored,
        notes=(*sifted.notes, *silent_notes(looked), *_rotation_notes(looked), *_hidden_notes(looked)),
        guards=tuple(each for each in plan.guards if not each.allowed),
        ledger_empty=ledger.empty,
        owned=len(looked.owned) + len(ledger.subscriptions) + len(ledger.models),
        left_by=ledger.log[-1] if ledger.log else None,
        policy_applied=policy.digest == ledger.policy_digest if ledger.policy_digest else None,
        policy_changes=len(plan.actions) - len(looked.drifted),
        from_snapshot=plan.from_snapshot,
        taken_at=looked.inventory.taken_at,
        calls=plan.calls,
        names=Names(jobs=plan.names.jobs, recipients=looked.recipient_names),
    )


def _rotation_notes(looked: Looked) -> tuple[str, ...]:
    """Return what is known of secrets since a webhook was adopted or rotated: no drift, but not in order either."""
    wanted = frozenset(each.key for each in looked.desired.subscriptions)
    return rotation_notes(looked.ledger, wanted=wanted, actions=())


def _hidden_notes(looked: Looked) -> tuple[str, ...]:
    if not looked.inventory.webhooks_hidden:
        return ()
    return ("this token may not read webhooks: whether ours are still there was not looked at",)
