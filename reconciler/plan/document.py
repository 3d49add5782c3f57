"""A plan as versioned JSON data, and the identity of each action in it. Pure: the caller reads and writes the text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, assert_never

from reconciler.model.actions import (
    Action,
    AddEdge,
    AdoptEdge,
    AdoptSubscription,
    ChangeRecipient,
    ChangeSubscription,
    CreateSubscription,
    DeactivateSubscription,
    EvictEdge,
    ForgetEdge,
    ForgetSubscription,
    RecreateSubscription,
    ReleaseEdge,
    ReleaseSubscription,
    RemoveEdge,
    SettingChange,
    UpdateClaim,
)

if TYPE_CHECKING:
    from reconciler.model.edge import Edge
    from reconciler.model.ledger import Claim
    from reconciler.model.plan import Plan

__all__ = ["FORMAT", "digest_of", "identity", "plan_document", "verb"]

FORMAT: Final = "1.0"
"""Major and minor: a reader refuses another major and ignores what a newer minor adds."""

_NOT_DIGESTED: Final = frozenset({"digest", "result", "exit_code"})

_SLICE: Final = 1_000
_compact: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode

_VERBS: Final[Mapping[type, str]] = {
    AddEdge: "add",
    RemoveEdge: "remove",
    EvictEdge: "evict",
    AdoptEdge: "adopt",
    ReleaseEdge: "release",
    ForgetEdge: "forget",
    UpdateClaim: "update-claim",
    ChangeRecipient: "change-recipient",
    CreateSubscription: "create-webhook",
    RecreateSubscription: "recreate-webhook",
    ChangeSubscription: "change-webhook",
    AdoptSubscription: "adopt-webhook",
    DeactivateSubscription: "deactivate-webhook",
    ReleaseSubscription: "release-webhook",
    ForgetSubscription: "forget-webhook",
}


def verb(action: Action) -> str:
    """Return the word for what the action does."""
    return _VERBS[type(action)]


def identity(action: Action) -> str:
    """Return what makes two plans' actions the same one: the verb, the object, and for changes what becomes of it."""
    match action:
        case AddEdge() | RemoveEdge() | EvictEdge() | AdoptEdge() | ReleaseEdge() | ForgetEdge() | UpdateClaim():
            return f"{verb(action)} {action.edge}"
        case ChangeRecipient():
            return f"{verb(action)} {action.key} {_changes_key(action.changes)}"
        case ChangeSubscription():
            return f"{verb(action)} {action.key} {_changes_key(action.changes)}"
        case CreateSubscription() | RecreateSubscription() | AdoptSubscription() | DeactivateSubscription():
            return f"{verb(action)} {action.key}"
        case ReleaseSubscription() | ForgetSubscription():
            return f"{verb(action)} {action.key}"
    assert_never(action)


def _changes_key(changes: tuple[SettingChange, ...]) -> str:
    """Name the settings by what they become; what they were may be changed by others in between."""
    text = json.dumps({change.name: change.after for change in changes}, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return the plan as JSON-ready data, with a digest of everything else in it."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "host": plan.host,
        "account_id": plan.account_id,
        "manager": plan.manager,
        "policy_digest": plan.policy_digest,
        "commit": plan.commit,
        "ledger_generation": plan.ledger_generation,
        "created_at": plan.created_at,
        "expires_at": plan.expires_at,
        "applyable": not plan.from_snapshot,
        "differs": plan.differs,
        "refused": plan.refused,
        "counts": _counts(plan),
        "coverage": {
            "before": plan.told_before,
            "after": plan.told_after,
            "jobs": plan.jobs_in_scope,
            "untold": [*plan.untold],
        },
        "actions": [_action(action, plan) for action in plan.actions],
        "left_for_another_run": [identity(action) for action in plan.left],
        "kept": [{"why": kept.why.value, **_edge(kept.edge, plan), "team": kept.claim.team} for kept in plan.kept],
        "blocked": [
            {"kind": item.kind.value, "what": item.what, "next_step": item.next_step, "at": str(item.at or "")}
            for item in plan.blocked
        ],
        "relay": {
            "state": "pending",
            "jobs": plan.relay_jobs,
            "changes": [
                {"jobs": list(change.job_ids), "what": change.what, "before": change.before, "after": change.after}
                for change in plan.relay
            ],
        },
        "guards": [
            {
                "guard": finding.guard.value,
                "message": finding.message,
                "items": list(finding.items),
                "allow": finding.allow,
                "allowed": finding.allowed,
            }
            for finding in plan.guards
        ],
        "silenced": list(plan.silenced),
        "notes": list(plan.notes),
        "api_calls": plan.calls,
    }
    document["digest"] = digest_of(document)
    return document


def digest_of(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a document without its own digest, independent of key order and spacing.

    What `plan --json` adds about the run itself is left out too, so that its output is a saved plan as well.
    """
    rest = {key: value for key, value in document.items() if key not in _NOT_DIGESTED}
    digest = hashlib.sha256()
    for text in _canonical(rest):
        digest.update(text.encode("utf-8", "surrogatepass"))
    return f"sha256:{digest.hexdigest()}"


def _canonical(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the document as compact JSON with sorted keys; a list of actions in slices, because it may be 20 MB."""
    separator = "{"
    for key in sorted(document):
        value = document[key]
        yield f"{separator}{_compact(key)}:"
        yield from _sliced(value) if isinstance(value, list) else (_compact(value),)
        separator = ","
    yield "}"


def _sliced(entries: list[Any]) -> Iterator[str]:
    yield "["
    for start in range(0, len(entries), _SLICE):
        yield ("," if start else "") + _compact(entries[start : start + _SLICE])[1:-1]
    yield "]"


def _counts(plan: Plan) -> dict[str, int]:
    counts = dict.fromkeys(_VERBS.values(), 0)
    for action in plan.actions:
        counts[verb(action)] += 1
    return {**counts, "unchanged": plan.unchanged, "foreign": plan.foreign, "kept": len(plan.kept)}


def _edge(edge: Edge, plan: Plan) -> dict[str, Any]:
    return {
        "recipient": str(edge.recipient),
        "recipient_name": plan.names.recipients.get(edge.recipient, edge.recipient.value),
        "outcome": str(edge.outcome),
        "job_id": edge.job_id,
        "job": plan.names.jobs.get(edge.job_id, ""),
    }


def _claim(claim: Claim, plan: Plan) -> dict[str, Any]:
    return {**_edge(claim.edge, plan), "team": claim.team, "channel": claim.channel, "origin": str(claim.origin)}


def _setting_changes(changes: tuple[SettingChange, ...]) -> list[dict[str, Any]]:
    return [{"name": change.name, "before": change.before, "after": change.after} for change in changes]


def _action(action: Action, plan: Plan) -> dict[str, Any]:
    return {"do": verb(action), "id": identity(action), **_details(action, plan)}


def _details(action: Action, plan: Plan) -> dict[str, Any]:  # noqa: C901, PLR0911 - one case for each action
    match action:
        case AddEdge():
            return {"cause": str(action.cause), **_claim(action.claim, plan)}
        case RemoveEdge():
            return {"cause": "policy", "reason": action.reason.value, **_claim(action.claim, plan)}
        case EvictEdge():
            return {"cause": "policy", **_edge(action.edge, plan), "team": action.team, "channel": action.channel}
        case AdoptEdge():
            return {"cause": "adoption", **_claim(action.claim, plan)}
        case ReleaseEdge() | ForgetEdge():
            return {"cause": "policy", **_claim(action.claim, plan)}
        case UpdateClaim():
            return {"cause": "policy", **_claim(action.claim, plan), "changes": _claim_changes(action)}
        case ChangeRecipient():
            name = plan.names.recipients.get(action.key, action.key.value)
            shown = {"recipient": str(action.key), "recipient_name": name, "channel": action.channel}
            return {
                "cause": action.cause.value,
                "team": action.team,
                **shown,
                "changes": _setting_changes(action.changes),
            }
        case CreateSubscription() | RecreateSubscription():
            return {"cause": action.cause.value, "team": action.team, "key": action.key, "sink": action.sink.kind.value}
        case ChangeSubscription():
            flags = [n for n in ("widens", "narrows", "rearms", "disarms") if getattr(action, n)]
            shown = {"key": action.key, "webhook_id": action.id, "judged": flags}
            return {
                "cause": action.cause.value,
                "team": action.team,
                **shown,
                "changes": _setting_changes(action.changes),
            }
        case AdoptSubscription():
            return {"cause": "adoption", "team": action.team, "key": action.key, "webhook_id": action.id}
        case DeactivateSubscription():
            return {"cause": "policy", "team": action.team, "key": action.key, "webhook_id": action.id}
        case ReleaseSubscription() | ForgetSubscription():
            return {"cause": "policy", "team": action.team, "key": action.key}
    assert_never(action)


def _claim_changes(action: UpdateClaim) -> list[dict[str, Any]]:
    names = ("team", "channel", "protected")
    before, after = action.before, action.claim
    return [
        {"name": name, "before": getattr(before, name), "after": getattr(after, name)}
        for name in names
        if getattr(before, name) != getattr(after, name)
    ]
