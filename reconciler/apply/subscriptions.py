"""One webhook at a time. The order of a creation loses no secret and makes no second object.

    the ledger says CREATING ▸ create, switched off ▸ store ▸ confirm ▸ the ledger says ARMED, with the receipt ▸ arm

Wherever a run dies before the receipt is in the ledger, the object is off and never sent anything: it is deleted and
made anew. After that, only arming is left. Before any create, the mark in the descriptions is looked for.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.apply.live_webhooks import delete_webhook, doubt_of, is_marked, or_none, switch_off
from reconciler.apply.trouble import NotHeldError
from reconciler.apply.writers import Adding, Taking
from reconciler.errors import InDoubt, Refused, RuntimeFailure
from reconciler.model.actions import (
    ChangeSubscription,
    CreateSubscription,
    DeactivateSubscription,
    RecreateSubscription,
    SubscriptionSettings,
)
from reconciler.model.inventory import AllJobs, Subscription
from reconciler.model.ledger import SubscriptionClaim, SubscriptionState
from reconciler.model.secret import Secret
from reconciler.plan.webhook_diff import SETTINGS, applied_settings, plain

if TYPE_CHECKING:
    from reconciler.apply.keeper import Keeper
    from reconciler.apply.ports import AppliesReader, Sink

__all__ = ["Webhooks"]


@dataclass(slots=True, kw_only=True)
class Webhooks:
    """Writes subscriptions and puts their secrets away. `attempted` are the keys that this run tried to create."""

    reader: AppliesReader
    writer: Adding
    keeper: Keeper
    sinks: Mapping[str, Sink]
    attempted: set[str] = field(default_factory=set)

    def create(self, action: CreateSubscription | RecreateSubscription) -> None:
        """Create, or go on where an earlier round of this run ended."""
        live = self._marked(action.key)
        claim = self.keeper.ledger.subscriptions.get(action.key)
        if live is not None and claim is not None and claim.id == live.id and claim.receipt:
            self._arm(action, live)
            return
        if live is not None:
            self._clear(action, live)
        self.attempted.add(action.key)
        created, secret = self.writer.create_webhook(action.wanted)
        self._keep_secret(action, created, secret)
        self._arm(action, self.reader.subscription(created))

    def recreate(self, action: RecreateSubscription) -> None:
        """Replace a webhook whose secret was lost before it sent anything; one that sent stays, its secret unknown."""
        live = or_none(self.reader, action.id)
        claim = self.keeper.ledger.subscriptions.get(action.key)
        if live is not None and (live.active or not live.never_sent):
            unknown = SubscriptionState.SECRET_UNKNOWN
            known = claim or SubscriptionClaim(key=action.key, team=action.team, state=unknown)
            self.keeper.put(replace(known, state=unknown, id=live.id), f"secret of {action.key} unknown")
            raise _secret_unknown(action.key, live)
        if claim is not None and claim.receipt is None:
            self.attempted.add(action.key)
        self.create(action)

    def change(self, action: ChangeSubscription) -> None:
        """Set what the action changes, on top of live as it is now."""
        before = self.reader.subscription(action.id)
        names = _names(action)
        target = _on_top(before, action, names)
        if not _differing(before, target, names):
            return
        doubt = doubt_of(lambda: self._write(before, target))
        self._verify(action.key, target, names, self.reader.subscription(action.id), doubt)

    def grow(self, action: ChangeSubscription) -> None:
        """Add the jobs and events that are to come, and take nothing away yet."""
        before = self.reader.subscription(action.id)
        target = _on_top(before, action, {"jobs", "events"} & set(_names(action)))
        doubt = doubt_of(lambda: self.writer.grow_webhook(before, target))
        after = self.reader.subscription(action.id)
        if before.events - after.events or not _covers(after, target):
            raise doubt or NotHeldError(f"webhook {action.key}")

    def drop(self, action: DeactivateSubscription, writer: Taking) -> None:
        """Switch off, and with it what a rotation left on; a webhook that is gone is off."""
        claim = self.keeper.ledger.subscriptions.get(action.key)
        for each in (action.id, *(_kin(claim) if claim is not None else ())):
            live = or_none(self.reader, each)
            if live is not None and live.active:
                switch_off(self.reader, writer, live)

    def _write(self, before: Subscription, target: SubscriptionSettings) -> None:
        if isinstance(self.writer, Taking):
            self.writer.set_webhook(before, target)
        else:
            self.writer.grow_webhook(before, target)

    def _marked(self, key: str) -> Subscription | None:
        claim = self.keeper.ledger.subscriptions.get(key)
        retired = {each.id for each in claim.retired} if claim is not None else set[str]()
        ours = (each for each in self.reader.subscriptions() if is_marked(each, self.keeper.ledger.manager, key))
        found = [each for each in ours if each.id not in retired]
        if len(found) > 1:
            ids = ", ".join(each.id for each in found)
            raise Refused(
                f"blocked: webhook {key} is there more than once: {ids}",
                next_step="delete all but one of them in dbt Cloud, then run again",
            )
        return found[0] if found else None

    def _clear(self, action: CreateSubscription | RecreateSubscription, live: Subscription) -> None:
        """Delete what a create of ours left without a secret. Anything else with our mark is not ours to delete."""
        if action.key not in self.attempted:
            raise Refused(
                f"webhook {action.key} appeared while this run was on its way: {live.id}",
                next_step="run again: the plan takes it into account",
            )
        if live.active or not live.never_sent:
            raise _secret_unknown(action.key, live)
        if not isinstance(self.writer, Taking):
            raise Refused(
                f"webhook {action.key} was made, but its secret was lost on the way",
                next_step="run a full apply: it makes the webhook anew, because it never sent anything",
            )
        delete_webhook(self.reader, self.writer, live.id)

    def _keep_secret(self, action: CreateSubscription | RecreateSubscription, created: str, secret: Secret) -> None:
        sink = self.sinks[action.key]
        receipt = sink.store(secret)
        if not sink.confirm(receipt):
            raise RuntimeFailure(
                f"the secret of webhook {action.key} is not in its sink after it was stored",
                next_step="see what else writes there, then run again: the webhook is off and is made anew",
            )
        before = self.keeper.ledger.subscriptions.get(action.key)
        claim = SubscriptionClaim(
            key=action.key,
            team=action.team,
            state=SubscriptionState.ARMED,
            id=created,
            receipt=receipt,
            applied=applied_settings(replace(action.wanted, active=False)),
            protected=before is not None and before.protected,
            retired=before.retired if before is not None else (),
        )
        self.keeper.put(claim, f"secret of {action.key} stored")

    def _arm(self, action: CreateSubscription | RecreateSubscription, live: Subscription) -> None:
        doubt = None
        if action.wanted.active and not live.active:
            doubt = doubt_of(lambda: self.writer.arm_webhook(live))
            live = self.reader.subscription(live.id)
        self._verify(action.key, action.wanted, SETTINGS, live, doubt)

    def _verify(
        self,
        key: str,
        wanted: SubscriptionSettings,
        names: tuple[str, ...],
        live: Subscription,
        doubt: InDoubt | None,
    ) -> None:
        if differing := _differing(live, wanted, names):
            raise doubt or NotHeldError(f"{', '.join(differing)} of webhook {key}")


def _names(action: ChangeSubscription) -> tuple[str, ...]:
    """Return what is to be set: a new URL may switch a webhook on, so whether it is on is set with it (§3.4)."""
    changed = {change.name for change in action.changes}
    return tuple(name for name in SETTINGS if name in changed or (name == "active" and "url" in changed))


def _on_top(before: Subscription, action: ChangeSubscription, names: Iterable[str]) -> SubscriptionSettings:
    chosen = set(names)
    return SubscriptionSettings(
        **{name: getattr(action.wanted if name in chosen else before, name) for name in SETTINGS}
    )


def _kin(claim: SubscriptionClaim) -> list[str]:
    """Return the webhooks that a rotation which did not end may have left on."""
    coming = [claim.successor.id] if claim.successor is not None and claim.successor.id is not None else []
    return [*coming, *(each.id for each in claim.retired if not each.since)]


def _differing(live: Subscription, wanted: SubscriptionSettings, names: Iterable[str]) -> list[str]:
    return [name for name in names if plain(name, live) != plain(name, wanted)]


def _covers(live: Subscription, wanted: SubscriptionSettings) -> bool:
    if not wanted.events <= live.events:
        return False
    if isinstance(live.jobs, AllJobs):
        return True
    return not isinstance(wanted.jobs, AllJobs) and wanted.jobs <= live.jobs


def _secret_unknown(key: str, live: Subscription) -> Refused:
    return Refused(
        f"the secret of webhook {key} is unknown and {live.id} is in use: it is kept as it is",
        next_step=f"give it a secret that is known: dbt-alerts rotate {shlex.quote(key)}",
    )
