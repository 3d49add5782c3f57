"""A plan as versioned JSON data. Pure: the caller reads and writes the text.

What each key means, and what may be added to it, is said in docs/reference/plan-json.md and held by a JSON Schema.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from reconciler.model.plan import KeptWhy
from reconciler.plan.document_actions import VERBS, action_documents, edge_document, identity, verb

if TYPE_CHECKING:
    from reconciler.errors import AlertsError
    from reconciler.model.plan import Plan

__all__ = ["FORMAT", "applyable", "complete", "digest_of", "errored_document", "plan_document"]

FORMAT: Final = "1.1"
"""Major and minor: a reader refuses another major and ignores what a newer minor adds."""

_NOT_DIGESTED: Final = frozenset({"digest", "result", "exit_code"})

_SLICE: Final = 1_000
_compact: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode

_STOPS_SHORT: Final = frozenset({KeptWhy.INVISIBLE, KeptWhy.BLOCKED, KeptWhy.WAITING, KeptWhy.PROTECTED})
"""What the policy would take away and this plan does not. Outside scope, the policy says nothing."""


def applyable(plan: Plan) -> bool:
    """Tell whether `apply --plan` takes it. An empty plan is taken: a pipeline needs no case of its own for it."""
    return not (plan.from_snapshot or plan.refused)


def complete(plan: Plan) -> bool:
    """Tell whether applying it would reach what the policy says of dbt Cloud; what a relay will do does not count."""
    return not (plan.blocked or plan.left or any(kept.why in _STOPS_SHORT for kept in plan.kept))


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
        "errored": False,
        "applyable": applyable(plan),
        "complete": complete(plan),
        "differs": plan.differs,
        "refused": plan.refused,
        "counts": _counts(plan),
        "coverage": {
            "before": plan.told_before,
            "after": plan.told_after,
            "jobs": plan.jobs_in_scope,
            "untold": [*plan.untold],
        },
        "actions": action_documents(plan.actions, plan),
        "left_for_another_run": [identity(each.action) for each in plan.left],
        "wanted_of_recipients": [*_wanted(plan)],
        "kept": [
            {"why": kept.why.value, **edge_document(kept.edge, plan), "team": kept.claim.team} for kept in plan.kept
        ],
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


def errored_document(
    error: AlertsError | None, *, problems: Iterable[Mapping[str, Any]], at: datetime
) -> dict[str, Any]:
    """Return what stands in a plan's file when there is no plan; without an error, planning has not ended yet."""
    message = "the plan was not finished" if error is None else error.message
    document: dict[str, Any] = {
        "format": FORMAT,
        "created_at": at.isoformat(timespec="seconds"),
        "errored": True,
        "applyable": False,
        "complete": False,
        "message": message,
        "next_step": "plan again" if error is None else error.next_step,
        "problems": list(problems),
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
    counts = dict.fromkeys(VERBS.values(), 0)
    for action in plan.actions:
        counts[verb(action)] += 1
    return {**counts, "unchanged": plan.unchanged, "foreign": plan.foreign, "kept": len(plan.kept)}


def _wanted(plan: Plan) -> Iterator[dict[str, Any]]:
    """Yield what the policy says of recipients themselves: who altered live since, altered what was reviewed."""
    for key, settings in sorted(plan.settings.items()):
        said = {"slack_channel_name": settings.slack_channel_name, "user_id": settings.user_id}
        set_by_us = {name: value for name, value in said.items() if value is not None}
        exclusive = key in plan.exclusive
        if set_by_us or exclusive:
            yield {"recipient": str(key), **set_by_us, "exclusive": exclusive}
