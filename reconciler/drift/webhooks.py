"""Drift of webhooks: switched off, gone, made anew by somebody, changed. What ours is: by the id in the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from reconciler.drift.age import ago, moment
from reconciler.drift.looked import REPAIR, Looked
from reconciler.model.actions import Cause, CreateSubscription, SettingChange
from reconciler.model.drift import DriftFinding, DriftKind, Repair
from reconciler.model.inventory import Subscription
from reconciler.model.ledger import SubscriptionClaim, SubscriptionState
from reconciler.model.marker import parse_marker
from reconciler.model.plan import GuardName
from reconciler.model.redacted import redact_url
from reconciler.plan.hold import HoldIndex
from reconciler.plan.webhook_diff import last_armed, plain
from reconciler.plan.webhook_rotation import half_rotated, how_to_switch_on, of_rotations

if TYPE_CHECKING:
    from reconciler.plan.subscriptions import DesiredSubscription

__all__ = ["lost_ledger", "webhook_drift"]

_IN_USE: Final = frozenset({SubscriptionState.ARMED, SubscriptionState.SECRET_UNKNOWN})
_READABLE: Final = ("name", "events", "jobs", "description")
"""The settings that can be compared with what was applied without the policy: a URL may be redacted in one of both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Webhook:
    """One webhook of ours that is in use: its claim, what the policy wants of it, or why that is not known."""

    claim: SubscriptionClaim
    wanted: DesiredSubscription | None
    held: str
    looked: Looked

    @property
    def jobs(self) -> tuple[int, ...]:
        """The jobs that it was set to; none where it is every job."""
        return _ids(self.claim.applied.get("jobs"))

    def ours(self, finding: DriftFinding) -> DriftFinding:
        """Return the finding as this webhook's; while its rule is not answered, nothing repairs it."""
        finding = replace(finding, team=self.claim.team, webhook=self.claim.key)
        if not self.held:
            return finding
        step = f"first: {self.held}; then {finding.next_step}"
        return replace(finding, next_step=step, repair=Repair.BY_HAND, allow=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Live:
    """The account's webhooks by id, and those with our mark by key."""

    by_id: Mapping[str, Subscription] = field(default_factory=dict)
    by_mark: Mapping[str, Subscription] = field(default_factory=dict)


def webhook_drift(looked: Looked) -> Iterator[DriftFinding]:
    """Yield what became of our webhooks. Where the token may not read them nothing is known, so nothing is gone."""
    if looked.inventory.webhooks_hidden:
        return
    live = _live(looked)
    for webhook in _in_use(looked):
        found = live.by_id.get(webhook.claim.id or "")
        yield from _missing(webhook, live) if found is None else _changed(webhook, found)
    for key, claim in sorted(looked.ledger.subscriptions.items()):
        found = live.by_id.get(claim.id or "")
        if claim.state is SubscriptionState.TOMBSTONED and found is not None and found.active:
            yield from _woken(key, claim, looked)


def lost_ledger(looked: Looked) -> Iterator[DriftFinding]:
    """Yield one finding when the ledger is empty although webhooks with our mark prove that there was one."""
    marked = sorted(_live(looked).by_mark)
    if looked.ledger.empty and marked:
        yield DriftFinding(
            kind=DriftKind.LEDGER_LOST,
            about="the ledger",
            what="it is empty, and webhooks carry our mark: it was lost",
            next_step="bring the ledger back, or run dbt-alerts ledger rebuild; until then drift sees nothing else",
            repair=Repair.BY_HAND,
            details=(f"marked as ours: {', '.join(marked)}",),
        )


def _live(looked: Looked) -> _Live:
    marks = ((parse_marker(each.description), each) for each in looked.inventory.subscriptions)
    rotating = of_rotations(looked.ledger)
    ours = {
        mark.key: each
        for mark, each in marks
        if mark is not None and mark.manager == looked.ledger.manager and each.id not in rotating
    }
    return _Live(by_id={each.id: each for each in looked.inventory.subscriptions}, by_mark=ours)


def _in_use(looked: Looked) -> Iterator[_Webhook]:
    """Yield the webhooks that we hold and that the policy wants, or could not be asked about."""
    wanted = {each.key: each for each in looked.desired.subscriptions}
    index = HoldIndex(looked.desired.holds)
    for key, claim in sorted(looked.ledger.subscriptions.items()):
        hold = index.webhook(key)
        if claim.state in _IN_USE and (key in wanted or hold is not None):
            why = f"{hold.blocked.what}; {hold.blocked.next_step}" if hold is not None and key not in wanted else ""
            yield _Webhook(claim=claim, wanted=wanted.get(key), held=why, looked=looked)


# --- gone ------------------------------------------------------------------------------------------------------------
def _missing(webhook: _Webhook, live: _Live) -> Iterator[DriftFinding]:
    copy = live.by_mark.get(webhook.claim.key)
    yield webhook.ours(_gone(webhook, live) if copy is None else _replaced(webhook, copy))


def _replaced(webhook: _Webhook, copy: Subscription) -> DriftFinding:
    return DriftFinding(
        kind=DriftKind.WEBHOOK_REPLACED,
        what="somebody made it anew: the secret that was stored is not this one's",
        next_step=f"delete {copy.id} in dbt Cloud, then {REPAIR}",
        repair=Repair.BY_HAND,
        jobs=webhook.jobs,
    )


def _gone(webhook: _Webhook, live: _Live) -> DriftFinding:
    half = half_rotated(webhook.wanted, webhook.claim, live.by_id) if webhook.wanted is not None else None
    step, repair = _make_anew(webhook) if half is None else (half.next_step, Repair.BY_HAND)
    return DriftFinding(
        kind=DriftKind.WEBHOOK_GONE,
        what="gone from dbt Cloud: whoever listens to it hears nothing",
        next_step=step,
        repair=repair,
        jobs=webhook.jobs,
    )


def _make_anew(webhook: _Webhook) -> tuple[str, Repair]:
    made = _create(webhook)
    if made is not None:
        drifted = made.cause is Cause.DRIFT
        step = REPAIR if drifted else "dbt-alerts apply"
        return f"{step}; then give its receiver the new secret", Repair.REPAIR_DRIFT if drifted else Repair.APPLY
    if webhook.held:
        return REPAIR, Repair.BY_HAND
    return f"give it a secret_sink, because dbt Cloud shows a secret only once; then {REPAIR}", Repair.BY_HAND


def _create(webhook: _Webhook) -> CreateSubscription | None:
    made = (each for each in webhook.looked.plan.actions if isinstance(each, CreateSubscription))
    return next((each for each in made if each.key == webhook.claim.key), None)


# --- switched off ----------------------------------------------------------------------------------------------------
def _changed(webhook: _Webhook, live: Subscription) -> Iterator[DriftFinding]:
    applied = webhook.claim.applied
    meant = webhook.wanted is None or webhook.wanted.wanted.active
    if last_armed(applied) and meant and not live.active:
        yield webhook.ours(_off(webhook, live))
    changes = tuple(each for each in _changes(webhook, live) if each.name != "active" or live.active)
    if changes:
        yield webhook.ours(_altered(changes))


def _off(webhook: _Webhook, live: Subscription) -> DriftFinding:
    by_dbt_cloud = bool(live.deactivate_reason)
    reason = (live.deactivate_reason or "").rstrip(". ")
    what = f"dbt Cloud switched it off: {reason}" if by_dbt_cloud else "somebody switched it off"
    step, repair, allow = _switch_on(webhook)
    return DriftFinding(
        kind=DriftKind.WEBHOOK_SWITCHED_OFF if by_dbt_cloud else DriftKind.WEBHOOK_PAUSED,
        what=what,
        next_step=f"first repair its receiver; then {step}" if by_dbt_cloud else step,
        repair=repair,
        jobs=webhook.jobs,
        details=(f"nothing is sent to {_origin(live.url)}", _last_delivery(webhook, live)),
        allow=allow,
    )


def _switch_on(webhook: _Webhook) -> tuple[str, Repair, str | None]:
    """Return how it is switched on again, and the exact allowance that the guard will ask for."""
    change = webhook.looked.webhook_changes.get(webhook.claim.key)
    if change is None or all(each.name != "active" for each in change.changes):
        if webhook.held:
            return REPAIR, Repair.BY_HAND, None
        sink = webhook.wanted is not None and webhook.wanted.sink is not None
        how = how_to_switch_on(webhook.claim.key, has_sink=sink)
        return f"{how} (its secret is unknown to us: no apply switches it on)", Repair.BY_HAND, None
    if not change.rearms:
        return REPAIR, Repair.REPAIR_DRIFT, None
    guards = webhook.looked.plan.guards
    allow = next((each.allow for each in guards if each.guard is GuardName.REARM), None)
    return f"{REPAIR} --allow {allow}", Repair.REPAIR_DRIFT, allow


def _last_delivery(webhook: _Webhook, live: Subscription) -> str:
    """Say when it last sent anything and what was answered (reference §3.3: the status is text, "0" is never)."""
    if live.never_sent:
        return "it never sent anything"
    when = moment(live.dispatched_at)
    age = f"last delivery {ago(when, webhook.looked.now)}" if when else "its last delivery has no time"
    answered = live.last_status not in {None, "", "0"}
    return f"{age}, answered {live.last_status}" if answered else f"{age}, without an answer"


def _origin(url: str) -> str:
    """Return scheme and host: the path may be a key to somebody's chat."""
    return redact_url(url, "").rpartition("/")[0] or "its URL"


# --- changed ---------------------------------------------------------------------------------------------------------
def _changes(webhook: _Webhook, live: Subscription) -> Iterable[SettingChange]:
    """Return what differs from what we had set: as the plan would put it back, else as the ledger remembers it."""
    repair = webhook.looked.webhook_changes.get(webhook.claim.key)
    if repair is not None:
        return [SettingChange(name=each.name, before=each.after, after=each.before) for each in repair.changes]
    if webhook.wanted is not None:
        return ()
    applied = {name: value for name, value in webhook.claim.applied.items() if name in _READABLE}
    found = ((name, before, plain(name, live)) for name, before in applied.items())
    return [SettingChange(name=name, before=before, after=now) for name, before, now in found if before != now]


def _altered(changes: tuple[SettingChange, ...]) -> DriftFinding:
    jobs = next((each for each in changes if each.name == "jobs"), None)
    return DriftFinding(
        kind=DriftKind.WEBHOOK_CHANGED,
        what="its settings were changed in dbt Cloud" if jobs is None else _jobs_text(jobs),
        next_step=REPAIR,
        repair=Repair.REPAIR_DRIFT,
        jobs=() if jobs is None else _lost(jobs),
        changes=changes,
    )


def _jobs_text(change: SettingChange) -> str:
    if change.after == "all":
        return "somebody widened it to every job of the account"
    return "somebody narrowed its jobs" if _lost(change) or change.before == "all" else "somebody added jobs to it"


def _lost(change: SettingChange) -> tuple[int, ...]:
    return tuple(sorted(set(_ids(change.before)) - set(_ids(change.after)))) if change.after != "all" else ()


def _ids(jobs: object) -> tuple[int, ...]:
    return tuple(jobs) if isinstance(jobs, list) else ()


def _woken(key: str, claim: SubscriptionClaim, looked: Looked) -> Iterator[DriftFinding]:
    """Yield a webhook that the policy dropped and that somebody switched on again."""
    if key in looked.desired.released_webhooks or any(each.key == key for each in looked.desired.subscriptions):
        return
    yield DriftFinding(
        kind=DriftKind.WEBHOOK_CHANGED,
        what="the policy dropped it, and somebody switched it on again",
        next_step="dbt-alerts apply; or release it",
        repair=Repair.APPLY,
        team=claim.team,
        webhook=key,
        changes=(SettingChange(name="active", before=False, after=True),),
    )
