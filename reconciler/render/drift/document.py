"""Drift as versioned JSON data. Pure: the caller writes the text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from reconciler.model.drift import Drift, DriftFinding, Ignored

__all__ = ["FORMAT", "drift_document"]

FORMAT: Final = "1.0"
"""Major and minor: a reader refuses another major and ignores what a newer minor adds."""


def drift_document(drift: Drift) -> dict[str, Any]:
    """Return the drift as JSON-ready data; `findings` are those that are not ignored, the loud ones first."""
    return {
        "format": FORMAT,
        "host": drift.host,
        "account_id": drift.account_id,
        "manager": drift.manager,
        "at": drift.at.isoformat(timespec="seconds"),
        "from_snapshot": drift.from_snapshot,
        "drifted": drift.drifted,
        "counts": {
            "findings": len(drift.findings),
            "loud": sum(each.loud for each in drift.findings),
            "ignored": sum(len(each.findings) for each in drift.ignored),
            "owned": drift.owned,
        },
        "ledger": {"empty": drift.ledger_empty, "last_write": _left_by(drift)},
        "policy_applied": drift.policy_applied,
        "policy_changes": drift.policy_changes,
        "findings": [_finding(each, drift) for each in drift.findings],
        "ignored": [_ignored(each, drift) for each in drift.ignored],
        "refused_by": [{"guard": each.guard.value, "allow": each.allow} for each in drift.guards],
        "notes": list(drift.notes),
        "api_calls": drift.calls,
    }


def _left_by(drift: Drift) -> dict[str, Any] | None:
    write = drift.left_by
    return None if write is None else {"at": write.at, "actor": write.actor, "commit": write.commit}


def _finding(finding: DriftFinding, drift: Drift) -> dict[str, Any]:
    key = finding.recipient
    return {
        "kind": finding.kind.value,
        "loud": finding.loud,
        "what": finding.what,
        "details": list(finding.details),
        "team": finding.team,
        "recipient": None if key is None else str(key),
        "recipient_name": None if key is None else drift.names.recipients.get(key, key.value),
        "outcomes": [outcome.value for outcome in finding.outcomes],
        "jobs": [{"id": job_id, "name": drift.names.jobs.get(job_id, "")} for job_id in finding.jobs],
        "webhook": finding.webhook,
        "about": finding.about,
        "changes": [{"name": each.name, "before": each.before, "after": each.after} for each in finding.changes],
        "repair": finding.repair.value,
        "allow": finding.allow,
        "next_step": finding.next_step,
    }


def _ignored(ignored: Ignored, drift: Drift) -> dict[str, Any]:
    entry = ignored.entry
    return {
        "at": str(entry.at),
        "team": entry.team,
        "to": entry.to,
        "webhook": entry.webhook,
        "until": entry.until.isoformat(),
        "reason": entry.reason,
        "findings": [_finding(each, drift) for each in ignored.findings],
    }
