"""What the ledger says before the first write, and after the last. Pure.

Before: every edge that is about to be written is `pending`, to be ours only while it is live; webhooks are CREATING;
and what the ledger says was last applied is forgotten where it is about to change. So a run that dies owns what it made
and no longer owns what it removed. Otherwise a change that is reverted after a crash would look like drift, and would
be left alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from reconciler.apply.model_notifications import intended_models, recorded_models
from reconciler.apply.tombstones import remains, revived, tombstone
from reconciler.model.actions import (
    Action,
    AddEdge,
    AdoptEdge,
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
    StartModels,
    StopModels,
    UpdateClaim,
)
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.ledger import (
    Claim,
    Ledger,
    Origin,
    RecipientSettings,
    SubscriptionClaim,
    SubscriptionState,
)
from reconciler.model.plan import Plan
from reconciler.plan.webhook_diff import applied_settings, last_armed, plain

if TYPE_CHECKING:
    from reconciler.apply.order import Phases

__all__ = ["Facts", "intended", "recorded"]


def intended(ledger: Ledger, phases: Phases) -> Ledger:
    """Return the ledger as it must be saved before the first write."""
    to_run = (*phases.giving.actions, *(phases.taking.actions if phases.taking is not None else ()))
    pending = {each.edge: each.claim for each in to_run if isinstance(each, AddEdge) and each.edge not in ledger.claims}
    leaving = {each.edge: each.claim for each in to_run if isinstance(each, RemoveEdge)}
    claims = {edge: claim for edge, claim in ledger.claims.items() if edge not in leaving}
    subscriptions = dict(ledger.subscriptions)
    recipients = dict(ledger.recipients)
    for action in to_run:
        match action:
            case CreateSubscription() | RecreateSubscription():
                subscriptions[action.key] = _creating(action, subscriptions.get(action.key))
            case ChangeSubscription():
                known = subscriptions.get(action.key) or _adopted(action)
                subscriptions[action.key] = revived(_about_to_change(known, action))
            case DeactivateSubscription() if action.key in subscriptions:
                subscriptions[action.key] = _about_to_change(subscriptions[action.key], action)
            case ChangeRecipient() if action.key in recipients and action.cause is not Cause.DRIFT:
                recipients[action.key] = _without(recipients[action.key], {each.name for each in action.changes})
            case _:
                pass
    return replace(
        ledger,
        claims=claims,
        pending={**ledger.pending, **pending, **leaving},
        subscriptions=subscriptions,
        recipients=recipients,
        models=intended_models(ledger.models, to_run),
    )


def _without(settings: RecipientSettings, names: Collection[str]) -> RecipientSettings:
    return RecipientSettings(
        slack_channel_name=None if "slack_channel_name" in names else settings.slack_channel_name,
        user_id=None if "user_id" in names else settings.user_id,
        at=settings.at,
    )


def _creating(action: CreateSubscription | RecreateSubscription, known: SubscriptionClaim | None) -> SubscriptionClaim:
    before = known or SubscriptionClaim(key=action.key, team=action.team, state=SubscriptionState.CREATING)
    return SubscriptionClaim(
        key=action.key,
        team=action.team,
        state=SubscriptionState.CREATING,
        protected=before.protected,
        retired=before.retired,
    )


def _about_to_change(
    claim: SubscriptionClaim, action: ChangeSubscription | DeactivateSubscription
) -> SubscriptionClaim:
    """Forget the settings that are about to change. A new URL may switch a webhook on for a moment (reference §3.4).

    One that dbt Cloud had switched off is noted as such, so that a run that dies in that moment does not re-arm it.
    """
    waking: dict[str, None] = {}
    if isinstance(action, DeactivateSubscription):
        gone = {"active"}
    else:
        changed = {change.name for change in action.changes}
        gone = changed if action.cause is not Cause.DRIFT else set()
        if "url" in changed and not action.wanted.active:
            waking = {"active": None} if "active" not in gone and last_armed(claim.applied) else {}
            gone |= {"active"}
    kept = {name: value for name, value in claim.applied.items() if name not in gone}
    return replace(claim, applied={**kept, **waking})


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a run found out: the actions that are done, and what is known of pending edges that no action settled.

    `live` and `gone` are from fresh reads; a pending edge in neither stays pending. `found` are edges that a recipient
    had before this run wrote to it. `whole` is false for a run that stopped or only added: not the whole policy.
    `at` is when it ended, ISO 8601.
    """

    done: tuple[Action, ...] = ()
    undone: tuple[Action, ...] = ()
    live: frozenset[Edge] = frozenset()
    gone: frozenset[Edge] = frozenset()
    found: frozenset[Edge] = frozenset()
    whole: bool = True
    at: str = ""


@dataclass(slots=True)
class _Books:
    """The ledger's four maps while they are being written."""

    claims: dict[Edge, Claim]
    pending: dict[Edge, Claim]
    subscriptions: dict[str, SubscriptionClaim]
    recipients: dict[RecipientKey, RecipientSettings]

    def claim(self, claim: Claim) -> None:
        self.claims[claim.edge] = claim
        self.pending.pop(claim.edge, None)

    def drop(self, edge: Edge) -> None:
        self.claims.pop(edge, None)
        self.pending.pop(edge, None)


def recorded(ledger: Ledger, plan: Plan, facts: Facts) -> Ledger:
    """Return the ledger as it must be saved after the last write: claims for what is verified, and nothing else."""
    books = _Books(
        claims=dict(ledger.claims),
        pending=dict(ledger.pending),
        subscriptions=dict(ledger.subscriptions),
        recipients=dict(ledger.recipients),
    )
    for action in facts.done:
        _record(action, books, facts)
    for edge, claim in list(books.pending.items()):
        if edge in facts.live:
            books.claim(claim)
        elif edge in facts.gone:
            del books.pending[edge]
    _forget_unwritten(books, facts)
    _record_settings(books, plan, facts)
    _record_protection(books, plan)
    return replace(
        ledger,
        claims=books.claims,
        pending=books.pending,
        subscriptions=books.subscriptions,
        recipients=books.recipients,
        exclusive=_exclusive(books, ledger, plan),
        models=recorded_models(ledger.models, plan.models, done=facts.done, undone=facts.undone),
        relay=plan.relay_policy if facts.whole else ledger.relay,
        policy_digest=plan.policy_digest if facts.whole else ledger.policy_digest,
    )


def _record(action: Action, books: _Books, facts: Facts) -> None:
    match action:
        case AddEdge():
            was_there = action.edge in facts.found and action.edge not in books.claims
            books.claim(replace(action.claim, origin=Origin.ADOPTED) if was_there else action.claim)
        case AdoptEdge() | UpdateClaim():
            books.claim(action.claim)
        case RemoveEdge() | ReleaseEdge() | ForgetEdge():
            books.drop(action.edge)
        case EvictEdge() | ChangeRecipient():
            pass
        case StartModels() | StopModels() | AdoptModels() | ReleaseModels() | ForgetModels():
            pass
        case _:
            _record_webhook(action, books, at=facts.at)


def _record_webhook(
    action: CreateSubscription
    | RecreateSubscription
    | ChangeSubscription
    | AdoptSubscription
    | DeactivateSubscription
    | ReleaseSubscription
    | ForgetSubscription,
    books: _Books,
    *,
    at: str,
) -> None:
    claims = books.subscriptions
    match action:
        case CreateSubscription() | RecreateSubscription():
            claims[action.key] = replace(claims[action.key], applied=applied_settings(action.wanted))
        case ChangeSubscription():
            claims[action.key] = _changed(claims.get(action.key) or _adopted(action), action)
        case AdoptSubscription():
            written = claims[action.key].applied if action.key in claims else {}
            claims[action.key] = replace(_adopted(action), applied={**applied_settings(action.wanted), **written})
        case DeactivateSubscription():
            claims[action.key] = tombstone(claims.get(action.key) or _adopted(action), subscription_id=action.id, at=at)
        case ReleaseSubscription() | ForgetSubscription():
            gone = claims.pop(action.key, None)
            if gone is not None and (left := remains(gone)) is not None:
                claims[action.key] = left
        case _:
            assert_never(action)


def _adopted(action: AdoptSubscription | ChangeSubscription | DeactivateSubscription) -> SubscriptionClaim:
    unknown = SubscriptionState.SECRET_UNKNOWN
    return SubscriptionClaim(key=action.key, team=action.team, state=unknown, id=action.id)


def _changed(claim: SubscriptionClaim, action: ChangeSubscription) -> SubscriptionClaim:
    """Return the claim with what was written."""
    written = {change.name: plain(change.name, action.wanted) for change in action.changes}
    known = {name: True if value is None else value for name, value in claim.applied.items()}
    return replace(revived(claim), id=action.id, applied={**known, **written})


def _forget_unwritten(books: _Books, facts: Facts) -> None:
    """Keep no setting as applied that the policy asked for and that was not written."""
    changes = [
        each for each in facts.undone if isinstance(each, ChangeSubscription) and each.key in books.subscriptions
    ]
    unwritten = {each.key for each in changes if each.cause is not Cause.DRIFT}
    for action in changes:
        claim = _about_to_change(books.subscriptions[action.key], action)
        if action.cause is Cause.DRIFT:
            claim = _still_drifted(claim, action, settled=action.key not in unwritten)
        books.subscriptions[action.key] = claim


def _still_drifted(claim: SubscriptionClaim, action: ChangeSubscription, *, settled: bool) -> SubscriptionClaim:
    """Know drift that was left alone as drift again: it is what was last applied, and somebody else changed it.

    Once the policy's own change is `settled`, a webhook that a new URL may have switched on is off for certain.
    """
    drifted = {change.name: plain(change.name, action.wanted) for change in action.changes}
    off_again = settled and drifted.get("active") is True
    return replace(claim, applied={**drifted, **claim.applied, **({"active": True} if off_again else {})})


def _record_settings(books: _Books, plan: Plan, facts: Facts) -> None:
    """Keep the scalars that hold for recipients of ours; those of recipients that we left are forgotten."""
    undone = _recipients_of(facts.undone)
    for key, settings in plan.settings.items():
        if key not in undone:
            books.recipients[key] = settings
    ours = {edge.recipient for edge in books.claims.keys() | books.pending.keys()} | plan.settings.keys()
    for key in books.recipients.keys() - ours:
        del books.recipients[key]


def _exclusive(books: _Books, ledger: Ledger, plan: Plan) -> frozenset[RecipientKey]:
    """Return what the policy declares exclusive; where it does not speak of a recipient of ours, what it was."""
    return frozenset(
        key
        for key in books.recipients
        if key in plan.exclusive or (key in ledger.exclusive and key not in plan.settings)
    )


def _record_protection(books: _Books, plan: Plan) -> None:
    for key, claim in books.subscriptions.items():
        protected = plan.protection.get(key, claim.protected)
        if protected != claim.protected:
            books.subscriptions[key] = replace(claim, protected=protected)


def _recipients_of(actions: Iterable[Action]) -> frozenset[RecipientKey]:
    return frozenset(
        action.edge.recipient if isinstance(action, AddEdge) else action.key
        for action in actions
        if isinstance(action, AddEdge | ChangeRecipient)
    )
