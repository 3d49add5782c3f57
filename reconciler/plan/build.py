"""Assemble a plan: desired, live and ledger in; every difference, everything kept, and the guards' verdict out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import Inventory
from reconciler.model.ledger import Claim, Ledger, Origin, RecipientSettings
from reconciler.model.plan import (
    Action,
    AddEdge,
    AdoptEdge,
    Blocked,
    Cause,
    ChangeRecipient,
    ChangeSubscription,
    DeactivateSubscription,
    EvictEdge,
    ForgetEdge,
    Kept,
    KeptWhy,
    Names,
    Plan,
    RecreateSubscription,
    ReleaseEdge,
    RemovalReason,
    RemoveEdge,
    SettingChange,
    UpdateClaim,
)
from reconciler.plan.algebra import EdgeClass, Sides, partition
from reconciler.plan.coverage import Coverage, told_after, told_before
from reconciler.plan.document import identity
from reconciler.plan.guards import Judged, judge
from reconciler.plan.hold import HoldIndex
from reconciler.plan.relay import relay_changes
from reconciler.plan.webhook_diff import diff_webhooks

if TYPE_CHECKING:
    from reconciler.plan.desire import Desired, DesiredRecipient

__all__ = ["Intent", "build_plan", "will_run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What the caller means to run: guards judge exactly that. `allow` holds `--allow` values like `prune=7`.

    `reviewed` are the identities of a saved plan's actions: whatever it does not name is left for the next plan.
    """

    repair_drift: bool = False
    additions_only: bool = False
    allow: frozenset[str] = field(default_factory=frozenset)
    reviewed: frozenset[str] | None = None


def will_run(action: Action, intent: Intent) -> bool:
    """Tell whether an apply with this intent does the action, or leaves it for another run."""
    if getattr(action, "cause", Cause.POLICY) is Cause.DRIFT and not intent.repair_drift:
        return False
    if intent.reviewed is not None and identity(action) not in intent.reviewed:
        return False
    return not (intent.additions_only and _takes_away(action))


def _takes_away(action: Action) -> bool:
    """Tell whether an action removes, deactivates, narrows or re-arms anything, or might on its way.

    A new URL switches an inactive webhook on (reference §3.4), and making one anew deletes the old one.
    """
    if isinstance(action, ChangeSubscription):
        moves = any(change.name in {"url", "active"} for change in action.changes)
        return moves or action.narrows or action.rearms or action.disarms
    return isinstance(action, RemoveEdge | EvictEdge | DeactivateSubscription | RecreateSubscription)


def build_plan(
    *,
    desired: Desired,
    inventory: Inventory,
    ledger: Ledger,
    intent: Intent,
    others: frozenset[Edge] = frozenset(),
) -> Plan:
    """Return the plan. Pure: the caller adds what only it knows (commit, times, digest of the policy)."""
    owned = ledger.owned(inventory.edges)
    classes = partition(_sides(desired, inventory, owned, others))
    waiting = _waiting(classes[EdgeClass.REMOVE], desired)
    spared = _waiting(classes[EdgeClass.EVICT], desired)
    classes[EdgeClass.EVICT] = [edge for edge in classes[EdgeClass.EVICT] if edge not in spared]
    classes[EdgeClass.FOREIGN] = sorted([*classes[EdgeClass.FOREIGN], *spared])
    protected = [e for e in classes[EdgeClass.REMOVE] if owned[e].protected]
    lifted = [e for e in protected if e.recipient in desired.unprotected]
    kept_back = waiting | frozenset(protected)
    removed = [edge for edge in classes[EdgeClass.REMOVE] if edge not in kept_back]
    webhooks = diff_webhooks(desired=desired, inventory=inventory, ledger=ledger)
    actions = (
        *_edge_actions(classes, removed, desired, owned, inventory),
        *(UpdateClaim(before=owned[e], claim=replace(owned[e], protected=False)) for e in lifted),
        *_recipient_changes(desired, inventory, ledger),
        *webhooks.actions,
    )
    run = tuple(action for action in actions if will_run(action, intent))
    settings = {key: recipient.settings for key, recipient in desired.recipients.items()}
    told = Coverage(before=told_before(inventory), after=told_after(inventory, run, settings))
    in_scope = frozenset(job.id for job in inventory.jobs.values() if not job.deleted and desired.scope.job(job.id))
    findings = judge(
        Judged(
            actions=run,
            owned=owned,
            desired=desired,
            inventory=inventory,
            invisible=tuple(classes[EdgeClass.INVISIBLE]),
            protected=_guarded(protected, lifted, webhooks.protected, intent),
            conflicts=webhooks.other_managers,
            told=told,
            allow=intent.allow,
        )
    )
    return Plan(
        host=inventory.host,
        account_id=inventory.account_id,
        manager=ledger.manager,
        policy_digest="",
        ledger_generation=ledger.generation,
        ledger_empty=ledger.empty,
        actions=actions,
        left=tuple(action for action in actions if not will_run(action, intent)),
        kept=_kept(classes, owned, waiting, protected),
        blocked=(*_reported(desired, owned), *webhooks.blocked),
        relay=relay_changes(ledger.relay, desired.relay),
        relay_jobs=len(desired.relay),
        guards=findings,
        silenced=tuple(sorted(desired.silenced & told.lost)),
        untold=tuple(sorted(in_scope - told.after - desired.silenced)),
        notes=(*desired.notes, *_spared_notes(spared), *inventory.unknown),
        names=_names(desired, inventory),
        unchanged=len(classes[EdgeClass.KEEP]),
        foreign=len(classes[EdgeClass.FOREIGN]),
        told_before=len(told.before & in_scope),
        told_after=len(told.after & in_scope),
        jobs_in_scope=len(in_scope),
        calls=inventory.calls,
        relay_policy=desired.relay,
        settings=settings,
        protection=desired.webhook_protection,
    )


def _guarded(protected: list[Edge], lifted: list[Edge], webhooks: tuple[str, ...], intent: Intent) -> tuple[str, ...]:
    """Return the protected items that this run would lose. Where the policy lifts it, the next apply removes."""
    if intent.additions_only:
        return ()
    lifting = frozenset(lifted)
    return (*(f"{edge}" for edge in protected if edge not in lifting), *webhooks)


def _sides(desired: Desired, inventory: Inventory, owned: Mapping[Edge, Claim], others: frozenset[Edge]) -> Sides:
    return Sides(
        owned=frozenset(owned),
        desired=frozenset(desired.claims),
        live=inventory.edges,
        others=others,
        released=desired.released,
        exclusive=frozenset(key for key, recipient in desired.recipients.items() if recipient.exclusive),
        in_scope=lambda edge: desired.scope.edge(edge, owned.get(edge)),
        blocked=_blocked(desired, owned),
        invisible=lambda edge: edge.job_id not in inventory.jobs,
    )


def _blocked(desired: Desired, owned: Mapping[Edge, Claim]) -> Callable[[Edge], bool]:
    """Return the test for what live did not answer; the common case of no holds costs nothing."""
    holds = (*desired.holds, *desired.latent)
    if not holds:
        return lambda _: False
    index = HoldIndex(holds)
    return lambda edge: index.covering(edge, owned.get(edge), desired=edge in desired.claims) is not None


def _reported(desired: Desired, owned: Mapping[Edge, Claim]) -> tuple[Blocked, ...]:
    """Return the blocked items; a recipient that the policy does not name only if we own something there."""
    ours = {edge.recipient for edge in owned}
    latent = (hold.blocked for hold in desired.latent if hold.recipients & ours)
    return (*(hold.blocked for hold in desired.holds), *latent)


def _waiting(removals: list[Edge], desired: Desired) -> frozenset[Edge]:
    """Return native removals whose relayed replacement does not count yet: nobody native would be left."""
    still_told = {(edge.outcome, edge.job_id) for edge in desired.claims}
    return frozenset(
        edge
        for edge in removals
        if edge.outcome in desired.relayed.get(edge.job_id, frozenset())
        and (edge.outcome, edge.job_id) not in still_told
    )


def _spared_notes(spared: frozenset[Edge]) -> tuple[str, ...]:
    if not spared:
        return ()
    return (f"{len(spared)} foreign edge(s) of exclusive channels stay: waiting for the relay that shall replace them",)


def _edge_actions(
    classes: Mapping[EdgeClass, list[Edge]],
    removed: list[Edge],
    desired: Desired,
    owned: Mapping[Edge, Claim],
    inventory: Inventory,
) -> tuple[Action, ...]:
    return (
        *(_added(edge, desired, owned) for edge in classes[EdgeClass.ADD]),
        *(_removed(edge, owned, inventory) for edge in removed),
        *(_evicted(edge, desired) for edge in classes[EdgeClass.EVICT]),
        *(AdoptEdge(claim=_of_origin(desired.claims[edge], Origin.ADOPTED)) for edge in classes[EdgeClass.ADOPT]),
        *(ReleaseEdge(claim=owned[edge]) for edge in classes[EdgeClass.RELEASE]),
        *(ForgetEdge(claim=owned[edge]) for edge in classes[EdgeClass.FORGET]),
        *_updated(classes[EdgeClass.KEEP], desired, owned),
    )


def _added(edge: Edge, desired: Desired, owned: Mapping[Edge, Claim]) -> AddEdge:
    before = owned.get(edge)
    if before is None:
        return AddEdge(claim=desired.claims[edge], cause=Cause.POLICY)
    return AddEdge(claim=_of_origin(desired.claims[edge], before.origin), cause=Cause.DRIFT)


def _of_origin(wanted: Claim, origin: Origin) -> Claim:
    """Return the claim with its origin. Spelled out: `replace` is three times slower, and this runs for each edge."""
    return Claim(
        edge=wanted.edge,
        project_id=wanted.project_id,
        environment_id=wanted.environment_id,
        team=wanted.team,
        channel=wanted.channel,
        origin=origin,
        protected=wanted.protected,
    )


def _removed(edge: Edge, owned: Mapping[Edge, Claim], inventory: Inventory) -> RemoveEdge:
    job = inventory.jobs.get(edge.job_id)
    gone = job is not None and job.deleted
    return RemoveEdge(claim=owned[edge], reason=RemovalReason.DANGLING if gone else RemovalReason.UNWANTED)


def _evicted(edge: Edge, desired: Desired) -> EvictEdge:
    recipient = desired.recipients[edge.recipient]
    return EvictEdge(edge=edge, team=recipient.team, channel=recipient.channel)


def _updated(kept: list[Edge], desired: Desired, owned: Mapping[Edge, Claim]) -> list[UpdateClaim]:
    found: list[UpdateClaim] = []
    for edge in kept:
        before, wanted = owned[edge], desired.claims[edge]
        if (before.team, before.channel, before.protected) != (wanted.team, wanted.channel, wanted.protected):
            found.append(UpdateClaim(before=before, claim=_of_origin(wanted, before.origin)))
    return found


def _recipient_changes(desired: Desired, inventory: Inventory, ledger: Ledger) -> list[ChangeRecipient]:
    found: list[ChangeRecipient] = []
    for key, recipient in sorted(desired.recipients.items()):
        rows = inventory.rows.get(key, ())
        if len(rows) == 1:
            applied = ledger.recipients.get(key, RecipientSettings())
            found.extend(_changes(recipient, rows[0], applied))
    return found


def _changes(recipient: DesiredRecipient, live: object, applied: RecipientSettings) -> list[ChangeRecipient]:
    """Return at most two changes, one for each cause: drift is what somebody else changed after we had set it."""
    by_cause: dict[Cause, list[SettingChange]] = {Cause.POLICY: [], Cause.DRIFT: []}
    for name in ("slack_channel_name", "user_id"):
        wanted, there = getattr(recipient.settings, name), getattr(live, name)
        if wanted is not None and wanted != there:
            cause = Cause.DRIFT if getattr(applied, name) == wanted else Cause.POLICY
            by_cause[cause].append(SettingChange(name=name, before=there, after=wanted))
    return [
        ChangeRecipient(
            key=recipient.key, team=recipient.team, channel=recipient.channel, changes=tuple(changes), cause=cause
        )
        for cause, changes in by_cause.items()
        if changes
    ]


def _kept(
    classes: Mapping[EdgeClass, list[Edge]],
    owned: Mapping[Edge, Claim],
    waiting: frozenset[Edge],
    protected: list[Edge],
) -> tuple[Kept, ...]:
    reasons = {
        KeptWhy.HELD: classes[EdgeClass.HELD],
        KeptWhy.INVISIBLE: classes[EdgeClass.INVISIBLE],
        KeptWhy.BLOCKED: [edge for edge in classes[EdgeClass.BLOCKED] if edge in owned],
        KeptWhy.WAITING: sorted(waiting),
        KeptWhy.PROTECTED: [edge for edge in protected if edge not in waiting],
    }
    return tuple(Kept(claim=owned[edge], why=why) for why, edges in reasons.items() for edge in edges)


def _names(desired: Desired, inventory: Inventory) -> Names:
    """Name what the plan speaks of: jobs by their name, recipients by person, address or channel."""
    jobs = {job.id: job.name for job in inventory.jobs.values()}
    recipients: dict[RecipientKey, str] = {}
    for key, rows in {**inventory.deleted_rows, **inventory.rows}.items():
        recipients[key] = _recipient_name(key, rows[0].slack_channel_name, inventory)
    for key, recipient in desired.recipients.items():
        recipients[key] = recipient.display
    return Names(jobs=jobs, recipients=recipients)


def _recipient_name(key: RecipientKey, channel_name: str | None, inventory: Inventory) -> str:
    user = inventory.users.get(int(key.value)) if key.kind.value == "user" and key.value.isdigit() else None
    if user is not None:
        return user.email or user.name or str(key)
    return channel_name or key.value
