"""Assemble a plan: desired, live and ledger in; every difference, everything kept, and the guards' verdict out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from reconciler.model.ledger import Others
from reconciler.model.plan import Blocked, Left, Plan
from reconciler.plan.conflicts import Conflict, find_conflicts, stranger_notes
from reconciler.plan.coverage import Coverage, told_after, told_before
from reconciler.plan.edge_diff import EdgeDiff, diff_edges
from reconciler.plan.guards import Judged, judge
from reconciler.plan.intent import Intent, is_allowed, why_left
from reconciler.plan.model_diff import ModelDiff, diff_models
from reconciler.plan.naming import edge_words, names_of, with_users
from reconciler.plan.recipient_diff import diff_recipients
from reconciler.plan.relay import relay_changes
from reconciler.plan.sharing import others_who_have
from reconciler.plan.slack_notes import slack_notes
from reconciler.plan.webhook_diff import WebhookDiff, diff_webhooks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.actions import Action
    from reconciler.model.inventory import Inventory
    from reconciler.model.ledger import Ledger
    from reconciler.model.plan import GuardFinding, Names
    from reconciler.plan.desire import Desired

__all__ = ["ALONE", "build_plan"]

ALONE: Final = Others()
"""Nothing is known of other managers."""


def build_plan(
    *,
    desired: Desired,
    inventory: Inventory,
    ledger: Ledger,
    intent: Intent,
    others: Others = ALONE,
) -> Plan:
    """Return the plan. Pure: the caller adds what only it knows (commit, times, digest of the policy)."""
    edges = diff_edges(desired=desired, inventory=inventory, ledger=ledger, others=others.edges)
    webhooks = diff_webhooks(desired=desired, inventory=inventory, ledger=ledger)
    recipients = diff_recipients(desired=desired, inventory=inventory, ledger=ledger, others=others)
    models = diff_models(desired=desired, inventory=inventory, ledger=ledger, others=others)
    actions = (*edges.actions, *recipients, *webhooks.actions, *models.actions)
    run, left = _sorted_out(actions, intent)
    marks = webhooks.other_managers
    names = with_users(replace(names_of(desired, inventory), environments=models.names), actions, inventory)
    conflicts = find_conflicts(desired=desired, inventory=inventory, others=others, marks=marks, run=run, names=names)
    diffs = _Diffs(edges=edges, webhooks=webhooks, models=models, conflicts=conflicts, names=names)
    settings = {key: recipient.settings for key, recipient in desired.recipients.items()}
    told = Coverage(before=told_before(inventory), after=told_after(inventory, run, settings))
    in_scope = frozenset(job.id for job in inventory.jobs.values() if not job.deleted and desired.scope.job(job.id))
    return Plan(
        host=inventory.host,
        account_id=inventory.account_id,
        manager=ledger.manager,
        policy_digest="",
        ledger_generation=ledger.generation,
        ledger_empty=ledger.empty,
        actions=actions,
        left=left,
        kept=edges.kept,
        blocked=(*_reported(desired, edges), *webhooks.blocked, *models.blocked),
        relay=relay_changes(ledger.relay, desired.relay),
        relay_jobs=len(desired.relay),
        guards=_judged(run, diffs, desired=desired, inventory=inventory, told=told, intent=intent),
        silenced=tuple(sorted(desired.silenced & told.lost)),
        untold=tuple(sorted(in_scope - told.after - desired.silenced)),
        notes=(
            *desired.notes,
            *slack_notes(desired.recipients, run),
            *_notes(diffs, inventory, ledger),
            *stranger_notes(others, marks),
        ),
        names=names,
        unchanged=edges.unchanged,
        foreign=edges.foreign,
        told_before=len(told.before & in_scope),
        told_after=len(told.after & in_scope),
        jobs_in_scope=len(in_scope),
        calls=inventory.calls,
        relay_policy=desired.relay,
        settings=settings,
        protection=desired.webhook_protection,
        models=models.claims,
        others_have=others_who_have(actions, others),
        exclusive=frozenset(key for key, each in desired.recipients.items() if each.exclusive),
    )


def _sorted_out(actions: Iterable[Action], intent: Intent) -> tuple[tuple[Action, ...], tuple[Left, ...]]:
    """Return what this run does, and what it leaves with the reason."""
    judged = [(action, why_left(action, intent)) for action in actions]
    run = tuple(action for action, why in judged if why is None)
    return run, tuple(Left(action=action, why=why) for action, why in judged if why is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Diffs:
    edges: EdgeDiff
    webhooks: WebhookDiff
    models: ModelDiff
    conflicts: tuple[Conflict, ...]
    names: Names


def _judged(
    run: tuple[Action, ...],
    diffs: _Diffs,
    *,
    desired: Desired,
    inventory: Inventory,
    told: Coverage,
    intent: Intent,
) -> tuple[GuardFinding, ...]:
    findings = judge(
        Judged(
            actions=run,
            owned=diffs.edges.owned,
            desired=desired,
            inventory=inventory,
            invisible=diffs.edges.invisible,
            protected=_guarded(diffs, intent),
            conflicts=diffs.conflicts,
            models=diffs.models,
            told=told,
        )
    )
    return tuple(replace(finding, allowed=is_allowed(finding, intent)) for finding in findings)


def _guarded(diffs: _Diffs, intent: Intent) -> tuple[str, ...]:
    """Return the protected items that this run would lose. Where the policy lifts it, the next apply removes."""
    if intent.additions_only:
        return ()
    edges = diffs.edges
    refusing = sorted(edge for edge in edges.protected if edge not in edges.lifted and edge not in edges.idle)
    webhooks = (f"webhook {key}" for key in diffs.webhooks.protected)
    return (*(edge_words(edge, diffs.names) for edge in refusing), *webhooks)


def _reported(desired: Desired, edges: EdgeDiff) -> tuple[Blocked, ...]:
    """Return the blocked items; a recipient that the policy does not name only if we own something there."""
    ours = {edge.recipient for edge in edges.owned}
    latent = (hold.blocked for hold in desired.latent if hold.recipients & ours)
    return (*(hold.blocked for hold in desired.holds), *latent)


def _notes(diffs: _Diffs, inventory: Inventory, ledger: Ledger) -> tuple[str, ...]:
    hidden = "this token may not read webhooks: those of others, and their marks, were not looked at"
    seen = () if not inventory.webhooks_hidden else (hidden,)
    unknown = (f"{each} is not known to this version and is left as it is" for each in inventory.unknown)
    return (*_unended(ledger), *diffs.edges.notes, *diffs.webhooks.notes, *diffs.models.notes, *unknown, *seen)


def _unended(ledger: Ledger) -> tuple[str, ...]:
    if not ledger.pending:
        return ()
    count = f"{len(ledger.pending)} alert{'' if len(ledger.pending) == 1 else 's'}"
    return (f"a run announced {count} and has not ended, or died: `dbt-alerts ledger verify` says which",)
