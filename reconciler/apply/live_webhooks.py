"""Webhooks as they are now: read, recognised, switched off and deleted, each proved by a fresh read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.apply.trouble import NotHeldError
from reconciler.errors import InDoubt, NotFound, RuntimeFailure
from reconciler.model.actions import SubscriptionSettings
from reconciler.model.marker import parse_marker
from reconciler.plan.webhook_diff import SETTINGS

if TYPE_CHECKING:
    from reconciler.apply.ports import AppliesReader
    from reconciler.apply.writers import Taking
    from reconciler.model.inventory import Subscription

__all__ = ["delete_webhook", "doubt_of", "is_marked", "listed", "or_none", "settings_of", "switch_off"]


def listed(reader: AppliesReader) -> Sequence[Subscription]:
    """Return every webhook. Raises RuntimeFailure for a token that may not read them: to it each one looks deleted."""
    try:
        return reader.subscriptions()
    except NotFound:
        raise RuntimeFailure(
            "this token may not read webhooks, so nothing is known of them; nothing was written",
            next_step="add the permission set Webhook to the token: docs/guides/tokens.md",
        ) from None


def or_none(reader: AppliesReader, subscription_id: str | None) -> Subscription | None:
    """Read a webhook fresh; None for one that is not there. Means nothing before `listed` returned (reference §1.7)."""
    if subscription_id is None:
        return None
    try:
        return reader.subscription(subscription_id)
    except NotFound:
        return None


def is_marked(live: Subscription, manager: str, key: str) -> bool:
    """Tell whether it carries this manager's mark for this key."""
    mark = parse_marker(live.description)
    return mark is not None and mark.manager == manager and mark.key == key


def settings_of(live: Subscription) -> SubscriptionSettings:
    return SubscriptionSettings(**{name: getattr(live, name) for name in SETTINGS})


def doubt_of(write: Callable[[], None]) -> InDoubt | None:
    """Write, and return the doubt instead of raising it: the fresh read that follows decides."""
    try:
        write()
    except InDoubt as doubt:
        return doubt
    return None


def switch_off(reader: AppliesReader, writer: Taking, live: Subscription) -> None:
    """Switch off what is on, on top of what it is now. Raises NotHeldError if it is on afterwards."""
    doubt = doubt_of(lambda: writer.set_webhook(live, replace(settings_of(live), active=False)))
    after = or_none(reader, live.id)
    if after is not None and after.active:
        raise doubt or NotHeldError(f"active of webhook {live.name}")


def delete_webhook(reader: AppliesReader, writer: Taking, subscription_id: str) -> None:
    """Delete it; one that is gone is deleted. Raises NotHeldError if it is there afterwards."""
    doubt: InDoubt | None = None
    try:
        writer.delete_webhook(subscription_id)
    except NotFound:
        return
    except InDoubt as error:
        doubt = error
    if or_none(reader, subscription_id) is not None:
        raise doubt or NotHeldError(f"the deletion of webhook {subscription_id}")
