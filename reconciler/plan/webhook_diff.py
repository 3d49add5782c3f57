"""The diff of webhooks: owned whole, marked at the end of their description and by id in the ledger (design §5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from reconciler.model.actions import (
    Action,
    AdoptSubscription,
    Cause,
    ChangeSubscription,
    CreateSubscription,
    DeactivateSubscription,
    ForgetSubscription,
    RecreateSubscription,
    ReleaseSubscription,
    SettingChange,
    SubscriptionSettings,
)
from reconciler.model.inventory import ALL_JOBS, AllJobs, JobScope, Subscription
from reconciler.model.ledger import SubscriptionClaim, SubscriptionState
from reconciler.model.marker import parse_marker, unmarked
from reconciler.model.plan import Blocked, BlockedKind
from reconciler.model.redacted import is_redacted, redact_url
from reconciler.plan.adoption import as_live, same_description, same_jobs, with_taken_over
from reconciler.plan.webhook_rotation import (
    half_rotated,
    how_to_switch_on,
    is_remains,
    of_rotations,
    rotation_notes,
)

if TYPE_CHECKING:
    from reconciler.model.inventory import Inventory
    from reconciler.model.ledger import Ledger
    from reconciler.plan.desire import Desired, DesiredSubscription

__all__ = ["SETTINGS", "WebhookDiff", "applied_settings", "diff_webhooks", "last_armed", "plain", "shown"]

SETTINGS: Final = ("name", "url", "events", "jobs", "description", "active")

_PLAN_URL_KEY: Final = "plan"
"""Fixed, so that two plans show the same fingerprint for the same URL, and a reviewer can compare them."""

Marks = Mapping[tuple[str, str], tuple[Subscription, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDiff:
    """Actions on webhooks, what live did not answer, what protection keeps, and the marks of other managers.

    `notes` name the webhooks whose secret nobody knows, and those whose rotation did not end.
    """

    actions: tuple[Action, ...] = ()
    notes: tuple[str, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    protected: tuple[str, ...] = ()
    other_managers: tuple[str, ...] = ()


def plain(name: str, settings: SubscriptionSettings | Subscription) -> Any:  # noqa: ANN401 - plain JSON
    """Return one setting as a plain JSON value; the jobs of every job are the word `all`."""
    value = getattr(settings, name)
    if isinstance(value, AllJobs):
        return "all"
    return sorted(value) if isinstance(value, frozenset) else value


def applied_settings(settings: SubscriptionSettings) -> dict[str, Any]:
    """Return what the ledger keeps of settings that were written."""
    return {name: plain(name, settings) for name in SETTINGS}


def diff_webhooks(*, desired: Desired, inventory: Inventory, ledger: Ledger) -> WebhookDiff:
    """Compare the webhooks that the policy wants with the ledger and live. Nothing unmarked is ever touched."""
    if inventory.webhooks_hidden:
        return WebhookDiff(blocked=_hidden(desired, ledger))
    live = {each.id: each for each in inventory.subscriptions}
    marks = _marks(each for each in inventory.subscriptions if each.id not in of_rotations(ledger))
    actions: list[Action] = []
    blocked: list[Blocked] = []
    for wanted in desired.subscriptions:
        claim = ledger.subscriptions.get(wanted.key)
        known = with_taken_over(
            wanted, _known(claim, wanted.key, ledger.manager, live, marks), ledger=ledger, live=live
        )
        half = half_rotated(wanted, claim, live)
        found = half or (known if isinstance(known, Blocked) else _one(wanted, claim, known, inventory))
        if isinstance(found, Blocked):
            blocked.append(found)
        else:
            actions.extend(found)
            blocked.extend(_stays_off(wanted, claim, known))
    dropped, protected = _dropped(desired=desired, ledger=ledger, live=live, marks=marks)
    others = sorted({manager for manager, _ in marks if manager != ledger.manager})
    return WebhookDiff(
        actions=(*actions, *dropped),
        notes=(
            *rotation_notes(ledger, wanted=frozenset(each.key for each in desired.subscriptions), actions=actions),
            *_strays(desired, ledger, marks),
        ),
        blocked=tuple(blocked),
        protected=protected,
        other_managers=tuple(others),
    )


def _hidden(desired: Desired, ledger: Ledger) -> tuple[Blocked, ...]:
    """Return what a token that may not read webhooks keeps from being planned: nothing is known, so nothing is gone."""
    keys = {each.key for each in desired.subscriptions} | ledger.subscriptions.keys()
    if not keys:
        return ()
    what = f"this token may not read webhooks: {', '.join(sorted(keys))} stay as they are"
    return (Blocked(kind=BlockedKind.HIDDEN, what=what, next_step="add the permission set Webhook to the token"),)


def _strays(desired: Desired, ledger: Ledger, marks: Marks) -> Iterator[str]:
    """Yield our marks that no claim and no rule accounts for: the webhooks go on sending, and nothing watches them."""
    known = {each.key for each in desired.subscriptions} | ledger.subscriptions.keys() | desired.released_webhooks
    known.update(*(hold.webhooks for hold in desired.holds))
    for (manager, key), found in sorted(marks.items()):
        if manager == ledger.manager and key not in known:
            ids = ", ".join(each.id for each in found)
            yield (
                f"webhook {key} ({ids}) carries our mark and stands in no ledger and no rule: given up, or its ledger"
                " was lost; declare it again to own it, or delete it in dbt Cloud"
            )


def _marks(subscriptions: Iterable[Subscription]) -> Marks:
    found: dict[tuple[str, str], tuple[Subscription, ...]] = {}
    for each in subscriptions:
        marker = parse_marker(each.description)
        if marker is not None:
            place = (marker.manager, marker.key)
            found[place] = (*found.get(place, ()), each)
    return found


def _known(
    claim: SubscriptionClaim | None, key: str, manager: str, live: Mapping[str, Subscription], marks: Marks
) -> tuple[Subscription, ...]:
    """Return the webhook that the ledger names, else those that carry our mark for this key."""
    if claim is not None and claim.id in live:
        return (live[claim.id],)
    return marks.get((manager, key), ())


def _one(
    wanted: DesiredSubscription,
    claim: SubscriptionClaim | None,
    known: tuple[Subscription, ...],
    inventory: Inventory,
) -> list[Action] | Blocked:
    if not known:
        return _create(wanted, claim)
    if len(known) > 1:
        return _twice(wanted, known)
    live = known[0]
    if claim is not None and claim.state is SubscriptionState.CREATING and claim.receipt is None:
        if not live.active and live.never_sent:
            return _recreate(wanted, live)
        claim = None
    if claim is not None:
        return _changes(wanted, claim, live, inventory)
    adopt = AdoptSubscription(key=wanted.key, team=wanted.team, id=live.id, wanted=as_live(live))
    return [adopt, *_changes(wanted, None, live, inventory)]


def _no_sink(wanted: DesiredSubscription) -> Blocked:
    return Blocked(
        kind=BlockedKind.SINK,
        what=f"webhook {wanted.key} must be created, and dbt Cloud shows its secret only once",
        next_step="give it a secret_sink, so that the secret has a place to go",
        at=wanted.at,
    )


def _twice(wanted: DesiredSubscription, known: tuple[Subscription, ...]) -> Blocked:
    ids = ", ".join(each.id for each in known)
    on = [each.id for each in known if each.active]
    one = f"keep {on[0]}, which is on, and delete the others" if len(on) == 1 else "delete all but one of them"
    return Blocked(
        kind=BlockedKind.TWO_ROWS,
        what=f"webhook {wanted.key} is there more than once: {ids}",
        next_step=f"{one} in dbt Cloud",
        at=wanted.at,
    )


def _create(wanted: DesiredSubscription, claim: SubscriptionClaim | None) -> list[Action] | Blocked:
    if wanted.sink is None:
        return _no_sink(wanted)
    vanished = claim is not None and claim.state in {SubscriptionState.ARMED, SubscriptionState.SECRET_UNKNOWN}
    same = claim is not None and dict(claim.applied) == applied_settings(wanted.wanted)
    cause = Cause.DRIFT if vanished and same else Cause.POLICY
    return [CreateSubscription(key=wanted.key, team=wanted.team, wanted=wanted.wanted, sink=wanted.sink, cause=cause)]


def _recreate(wanted: DesiredSubscription, live: Subscription) -> list[Action] | Blocked:
    if wanted.sink is None:
        return _no_sink(wanted)
    return [RecreateSubscription(key=wanted.key, team=wanted.team, id=live.id, wanted=wanted.wanted, sink=wanted.sink)]


def _changes(
    wanted: DesiredSubscription, claim: SubscriptionClaim | None, live: Subscription, inventory: Inventory
) -> list[Action]:
    """Return at most two changes: the policy's first, then the drift's, whose `wanted` contains both.

    A webhook whose secret nobody holds is never switched on: what it sends could not be verified.
    """
    target = replace(wanted.wanted, jobs=_with_invisible(wanted.wanted.jobs, live.jobs, inventory))
    if (claim is None or claim.receipt is None) and not live.active:
        target = replace(target, active=False)
    differing = [name for name in SETTINGS if not _same(name, target, live, inventory, claim)]
    applied = claim.applied if claim is not None else {}
    drifted = [name for name in differing if name in applied and _as_applied(name, applied, wanted.wanted, inventory)]
    asked = [name for name in differing if name not in drifted]
    after_policy = _patched(live, target, asked)
    if target.active and live.active and applied.get("active", True) is None:
        # On only because a run died between two writes: off again is what that run would have ended with.
        asked, drifted = [*asked, "active"], [*drifted, "active"]
        after_policy = replace(after_policy, active=False)
    actions: list[Action] = []
    if asked:
        actions.append(_change(wanted, live, after_policy, asked, was=live, claim=claim, cause=Cause.POLICY))
    if drifted:
        actions.append(_change(wanted, live, target, drifted, was=after_policy, claim=claim, cause=Cause.DRIFT))
    return actions


def _stays_off(
    wanted: DesiredSubscription, claim: SubscriptionClaim | None, known: tuple[Subscription, ...] | Blocked
) -> Iterator[Blocked]:
    """Yield why a webhook that shall be on is off after any apply: what it sends, nobody here could verify."""
    if isinstance(known, Blocked) or not known or _will_hold_secret(claim, known[0]):
        return
    if wanted.wanted.active and not known[0].active:
        yield Blocked(
            kind=BlockedKind.SECRET,
            what=f"webhook {wanted.key} is off, and no apply switches it on: its secret is unknown to us",
            next_step=how_to_switch_on(wanted.key, has_sink=wanted.sink is not None),
            at=wanted.at,
        )


def _will_hold_secret(claim: SubscriptionClaim | None, live: Subscription) -> bool:
    """Tell whether its secret is kept, or it is made anew with one that will be."""
    if claim is None:
        return False
    return claim.receipt is not None or (claim.state is SubscriptionState.CREATING and live.never_sent)


def _as_applied(name: str, applied: Mapping[str, Any], wanted: SubscriptionSettings, inventory: Inventory) -> bool:
    """Tell whether the policy wants what was last applied; jobs that were kept as gone are not the policy's."""
    before = applied[name]
    if name == "jobs" and isinstance(before, list):
        return same_jobs(wanted.jobs, frozenset(each for each in before if each in inventory.jobs), inventory)
    if name == "active":
        return last_armed(applied) == wanted.active
    if name == "description" and parse_marker(before) is None:
        return unmarked(before) == unmarked(wanted.description)
    return before == plain(name, wanted)


def _same(
    name: str,
    wanted: SubscriptionSettings,
    live: Subscription,
    inventory: Inventory,
    claim: SubscriptionClaim | None,
) -> bool:
    """Compare one setting; a snapshot's URL is compared in the form in which the snapshot keeps it."""
    match name:
        case "url":
            return inventory.comparable_url(wanted.url) == live.url
        case "jobs":
            return same_jobs(wanted.jobs, live.jobs, inventory)
        case "description":
            return same_description(wanted.description, live.description, claim)
        case _:
            return plain(name, wanted) == plain(name, live)


def _with_invisible(wanted: JobScope, live: JobScope, inventory: Inventory) -> JobScope:
    """Keep the jobs that stand in no list: the token may have lost a project; invisible is not deleted."""
    if isinstance(wanted, AllJobs) or isinstance(live, AllJobs):
        return wanted
    return wanted | frozenset(job_id for job_id in live if job_id not in inventory.jobs)


def _patched(live: Subscription, target: SubscriptionSettings, names: Iterable[str]) -> SubscriptionSettings:
    chosen = frozenset(names)
    return SubscriptionSettings(**{name: getattr(target if name in chosen else live, name) for name in SETTINGS})


def _change(
    wanted: DesiredSubscription,
    live: Subscription,
    after: SubscriptionSettings,
    names: Iterable[str],
    *,
    was: SubscriptionSettings | Subscription,
    claim: SubscriptionClaim | None,
    cause: Cause,
) -> ChangeSubscription:
    was_armed = claim is not None and last_armed(claim.applied)
    changes = (SettingChange(name=name, before=shown(name, was), after=shown(name, after)) for name in names)
    return ChangeSubscription(
        key=wanted.key,
        team=wanted.team,
        id=live.id,
        wanted=after,
        changes=tuple(changes),
        cause=cause,
        widens=after.jobs == ALL_JOBS and was.jobs != ALL_JOBS,
        narrows=_narrows(was, after),
        rearms=not was.active and after.active and (was_armed or bool(live.deactivate_reason)),
        disarms=was.active and not after.active,
    )


def last_armed(applied: Mapping[str, Any]) -> bool:
    """Tell whether a webhook was last applied as switched on.

    None stands for: it was, dbt Cloud had switched it off, and a run began to write a new URL, which may have switched
    it on. What is on because of that was never decided: the next run switches it off again, and guard `rearm` speaks.
    """
    return applied.get("active", False) is not False


def shown(name: str, settings: SubscriptionSettings | Subscription) -> Any:  # noqa: ANN401 - plain JSON
    """Return a setting for people and files: of a URL, whose path may be a key to somebody's chat, a fingerprint."""
    value = plain(name, settings)
    return value if name != "url" or is_redacted(value) else redact_url(value, _PLAN_URL_KEY)


def _narrows(before: SubscriptionSettings | Subscription, after: SubscriptionSettings) -> bool:
    if before.events - after.events:
        return True
    if isinstance(after.jobs, AllJobs):
        return False
    return isinstance(before.jobs, AllJobs) or bool(before.jobs - after.jobs)


def _dropped(
    *, desired: Desired, ledger: Ledger, live: Mapping[str, Subscription], marks: Marks
) -> tuple[list[Action], tuple[str, ...]]:
    """Switch off what the policy no longer names; a rule that live did not answer keeps its webhook."""
    kept = {each.key for each in desired.subscriptions}.union(*(hold.webhooks for hold in desired.holds))
    asked_for = {each.take_over for each in desired.subscriptions if each.key not in ledger.subscriptions}
    actions: list[Action] = []
    protected: list[str] = []
    for key, claim in sorted(ledger.subscriptions.items()):
        if key in kept or is_remains(claim):
            continue
        found = next(iter(_known(claim, key, ledger.manager, live, marks)), None)
        if key in desired.released_webhooks:
            actions.append(ReleaseSubscription(key=key, team=claim.team))
        elif found is None:
            actions.append(ForgetSubscription(key=key, team=claim.team))
        elif claim.protected:
            if desired.webhook_protection.get(key, True):
                protected.append(key)
        elif found.id not in asked_for and (claim.state is not SubscriptionState.TOMBSTONED or found.active):
            actions.append(
                DeactivateSubscription(key=key, team=claim.team, id=found.id, name=found.name, was_active=found.active)
            )
    return actions, tuple(protected)
