"""One action of a plan as JSON data: its word, its identity, and before and after of what is ours in it.

`before` and `after` are for reading and comparing: nothing of them is ever written to dbt Cloud.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, assert_never

from reconciler.model.actions import (
    Action,
    AddEdge,
    AdoptEdge,
    Adoption,
    AdoptModels,
    AdoptSubscription,
    Cause,
    ChangeRecipient,
    ChangeSubscription,
    CreateSubscription,
    DeactivateSubscription,
    EvictEdge,
    ForgetEdge,
    ForgetModels,
    ForgetSubscription,
    RecreateSubscription,
    ReleaseEdge,
    ReleaseModels,
    ReleaseSubscription,
    RemoveEdge,
    SettingChange,
    StartModels,
    StopModels,
    UpdateClaim,
)
from reconciler.plan.model_document import (
    MODEL_VERBS,
    model_before_after,
    model_identity,
    model_object,
    model_reason,
)
from reconciler.plan.webhook_diff import SETTINGS, shown

if TYPE_CHECKING:
    from reconciler.model.actions import SubscriptionSettings
    from reconciler.model.edge import Edge
    from reconciler.model.ledger import Claim
    from reconciler.model.plan import Plan

__all__ = ["VERBS", "action_documents", "edge_document", "identity", "parts", "verb"]

Data = dict[str, Any]

VERBS: Final[Mapping[type, str]] = {
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
    **MODEL_VERBS,
}
"""The word for what each action does: `do` in the document."""


def verb(action: Action) -> str:
    """Return the word for what the action does."""
    return VERBS[type(action)]


def identity(action: Action) -> str:
    """Return what makes two plans' actions the same one: the verb, the object, and for changes what becomes of it."""
    match action:
        case AddEdge() | RemoveEdge() | EvictEdge() | AdoptEdge() | ReleaseEdge() | ForgetEdge():
            return f"{verb(action)} {action.edge}"
        case UpdateClaim():
            return f"{verb(action)} {action.edge} {_short(_claim(action.claim))}"
        case ChangeRecipient() | ChangeSubscription():
            return f"{verb(action)} {action.key} {_short({change.name: change.after for change in action.changes})}"
        case CreateSubscription() | RecreateSubscription():
            return f"{verb(action)} {action.key} {_short(_settings(action.wanted))}"
        case AdoptSubscription() | DeactivateSubscription() | ReleaseSubscription() | ForgetSubscription():
            return f"{verb(action)} {action.key}"
        case StartModels() | StopModels() | AdoptModels() | ReleaseModels() | ForgetModels():
            return model_identity(action)
    assert_never(action)


def parts(action: Action) -> tuple[str, ...]:
    """Return what must have been reviewed before the action may run: each setting for itself, else the action.

    A run that was killed has done some settings of a webhook and not others; what is left is still what was reviewed.
    What a setting was before does not count: others may have changed it in between.
    """
    return (identity(action),) if (of_settings := _setting_parts(action)) is None else of_settings


def _setting_parts(action: Action) -> tuple[str, ...] | None:
    """Return a part for each setting; None for an action that is one whole."""
    match action:
        case ChangeRecipient():
            return tuple(f"recipient {action.key} {change.name} {_short(change.after)}" for change in action.changes)
        case ChangeSubscription():
            return _webhook_parts(action.key, {change.name: change.after for change in action.changes})
        case CreateSubscription() | RecreateSubscription():
            return _webhook_parts(action.key, _settings(action.wanted))
        case _:
            return None


def _webhook_parts(key: str, settings: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"webhook {key} {name} {_short(value)}" for name, value in settings.items())


def _short(value: object) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def action_documents(actions: Iterable[Action], plan: Plan) -> list[Data]:
    """Return each action: the same first keys for all, then what it is about, then before and after.

    What is equal in before and after is one object: whoever changes the data changes it in all of them.
    """
    sides = _Sides()
    return [_action(action, plan, sides) for action in actions]


def _action(action: Action, plan: Plan, sides: _Sides) -> Data:
    shown: Data = {"do": verb(action), "id": identity(action), "cause": _cause(action).value, "reason": _reason(action)}
    of_settings = _setting_parts(action)
    if of_settings is not None:
        shown["parts"] = list(of_settings)
    shown["team"] = _team(action)
    shown |= _object(action, plan)
    shown["before"], shown["after"] = _before_after(action, sides)
    return shown


def _cause(action: Action) -> Cause:
    if isinstance(action, Adoption):
        return Cause.ADOPTION
    return getattr(action, "cause", Cause.POLICY)


def _reason(action: Action) -> str:  # noqa: C901, PLR0911 - one case for each action
    """Return in one word why the action is there; docs/reference/plan-json.md says what each means."""
    match action:
        case RemoveEdge():
            return action.reason.value
        case AddEdge() | CreateSubscription():
            return "taken-away" if action.cause is Cause.DRIFT else "wanted"
        case ChangeRecipient() | ChangeSubscription():
            return "altered" if action.cause is Cause.DRIFT else "wanted"
        case EvictEdge():
            return "exclusive"
        case AdoptEdge() | AdoptSubscription():
            return "already-there"
        case ReleaseEdge() | ReleaseSubscription():
            return "released"
        case ForgetEdge() | ForgetSubscription():
            return "gone"
        case UpdateClaim():
            return "outdated"
        case RecreateSubscription():
            return "secret-lost"
        case DeactivateSubscription():
            return "unwanted"
        case StartModels() | StopModels() | AdoptModels() | ReleaseModels() | ForgetModels():
            return model_reason(action)
    assert_never(action)


def _team(action: Action) -> str:
    match action:
        case AddEdge() | RemoveEdge() | AdoptEdge() | ReleaseEdge() | ForgetEdge() | UpdateClaim():
            return action.claim.team
        case StartModels() | StopModels() | AdoptModels() | ReleaseModels() | ForgetModels():
            return action.claim.team
        case _:
            return action.team


def _object(action: Action, plan: Plan) -> Data:  # noqa: PLR0911 - one case for each action
    match action:
        case AddEdge() | RemoveEdge() | EvictEdge() | AdoptEdge() | ReleaseEdge() | ForgetEdge() | UpdateClaim():
            return edge_document(action.edge, plan)
        case ChangeRecipient():
            name = plan.names.recipients.get(action.key, action.key.value)
            return {"recipient": str(action.key), "recipient_name": name, "channel": action.channel}
        case CreateSubscription():
            return {"key": action.key, "sink": action.sink.kind.value}
        case RecreateSubscription():
            return {"key": action.key, "webhook_id": action.id, "sink": action.sink.kind.value}
        case ChangeSubscription():
            judged = [name for name in ("widens", "narrows", "rearms", "disarms") if getattr(action, name)]
            return {"key": action.key, "webhook_id": action.id, "judged": judged}
        case AdoptSubscription() | DeactivateSubscription():
            return {"key": action.key, "webhook_id": action.id}
        case ReleaseSubscription() | ForgetSubscription():
            return {"key": action.key}
        case StartModels() | StopModels() | AdoptModels() | ReleaseModels() | ForgetModels():
            return model_object(action, plan)
    assert_never(action)


def edge_document(edge: Edge, plan: Plan) -> Data:
    """Return who is told of what: ids for machines, names for people."""
    return {
        "recipient": str(edge.recipient),
        "recipient_name": plan.names.recipients.get(edge.recipient, edge.recipient.value),
        "outcome": str(edge.outcome),
        "job_id": edge.job_id,
        "job": plan.names.jobs.get(edge.job_id, ""),
    }


def _before_after(  # noqa: C901, PLR0911, PLR0912 - one case for each action
    action: Action, sides: _Sides
) -> tuple[Data | None, Data | None]:
    """Return both sides of what is ours; None where there is neither an alert nor a claim."""
    match action:
        case AddEdge():
            before = sides.told(action.claim, told=False) if action.cause is Cause.DRIFT else None
            return before, sides.told(action.claim)
        case RemoveEdge():
            return sides.told(action.claim), None
        case EvictEdge():
            return sides.told(None), None
        case AdoptEdge():
            return sides.told(None), sides.told(action.claim)
        case ReleaseEdge():
            return sides.told(action.claim), sides.told(None)
        case ForgetEdge():
            return sides.told(action.claim, told=False), None
        case UpdateClaim():
            return sides.told(action.before), sides.told(action.claim)
        case ChangeRecipient() | ChangeSubscription():
            return _changed(action.changes)
        case CreateSubscription():
            return None, {"ours": True, **_settings(action.wanted)}
        case RecreateSubscription():
            return {"ours": True, "active": False}, {"ours": True, **_settings(action.wanted)}
        case AdoptSubscription():
            return {"ours": False}, {"ours": True}
        case DeactivateSubscription():
            return {"active": action.was_active}, {"active": False}
        case ReleaseSubscription():
            return {"ours": True}, {"ours": False}
        case ForgetSubscription():
            return {"ours": True}, None
        case StartModels() | StopModels() | AdoptModels() | ReleaseModels() | ForgetModels():
            return model_before_after(action)
    assert_never(action)


class _Sides:
    """Before and after of edges. Each is made once: a plan has 50,000 claims that say one of some hundred things."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], Data] = {}

    def told(self, claim: Claim | None, *, told: bool = True) -> Data:
        """Return one side. `claim` is what the ledger holds there, None for nothing."""
        facts = None if claim is None else (claim.team, claim.channel, claim.also, claim.protected, claim.origin)
        found = self._made.get((told, facts))
        if found is None:
            found = self._made[told, facts] = {"told": told, "ours": None if claim is None else _claim(claim)}
        return found


def _claim(claim: Claim) -> Data:
    """Return what the ledger holds of an edge. `also` stands there only if further teams want it."""
    also = [{"team": team, "channel": channel} for team, channel in claim.also]
    shared = {"also": also} if also else {}
    mine = {"team": claim.team, "channel": claim.channel, **shared}
    return {**mine, "protected": claim.protected, "origin": claim.origin.value}


def _changed(changes: Iterable[SettingChange]) -> tuple[Data, Data]:
    listed = tuple(changes)
    return {each.name: each.before for each in listed}, {each.name: each.after for each in listed}


def _settings(settings: SubscriptionSettings) -> Data:
    """Return a webhook's settings; of its URL, which may be a key to somebody's chat, a fingerprint."""
    return {name: shown(name, settings) for name in SETTINGS}
