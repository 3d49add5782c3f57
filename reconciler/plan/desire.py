"""D and everything around it: what the policy wants of this account, inside scope, and what live does not answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import Inventory
from reconciler.model.ledger import Claim, RecipientSettings
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Blocked, BlockedKind
from reconciler.model.policy import Policy
from reconciler.model.problem import Problem
from reconciler.plan.hold import Hold
from reconciler.plan.model_wishes import ModelWishes, model_wishes
from reconciler.plan.mute import read_mutes
from reconciler.plan.reach import Reached, latent_holds, reach, row_holds
from reconciler.plan.relay import Facts, needs_relay, relay_facts, relayed_outcomes
from reconciler.plan.release import read_releases
from reconciler.plan.resolve import Recipient, Unresolved, recipient_names, resolve_channels
from reconciler.plan.scope import ScopeJudge
from reconciler.plan.subscriptions import DesiredSubscription, desired_subscriptions
from reconciler.plan.wish import Wish, read_rules
from reconciler.routing.rules import conflict_problems, own
from reconciler.routing.selection import JobIndex

__all__ = ["Desired", "DesiredRecipient", "desire"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredRecipient:
    """A recipient that the policy tells, or declares exclusive. `team` is empty when several tell it, or none."""

    key: RecipientKey
    channel: str
    team: str
    settings: RecipientSettings
    exclusive: bool
    protect: bool
    display: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """What the policy wants of one account.

    `claims` is D, inside scope already. `latent` are recipients with two live rows that the policy does not name:
    they hold what the ledger owns there, and are worth reporting only then. `released` is within the live edges.
    `unprotected` are the recipients of channels that say `protect: false`; `webhook_protection` holds what the policy
    says of its webhooks, by key. `relay` shares one dict among jobs with the same facts; `relayed` are the outcomes of
    each job that relayed routes tell. `teams` want something, answered by live or not. With `problems` there is no
    plan.
    """

    claims: Mapping[Edge, Claim]
    recipients: Mapping[RecipientKey, DesiredRecipient]
    subscriptions: tuple[DesiredSubscription, ...]
    holds: tuple[Hold, ...]
    latent: tuple[Hold, ...]
    released: frozenset[Edge]
    released_webhooks: frozenset[str]
    unprotected: frozenset[RecipientKey]
    webhook_protection: Mapping[str, bool]
    relay: Mapping[int, Facts]
    relayed: Mapping[int, frozenset[Outcome]]
    models: ModelWishes
    teams: frozenset[str]
    silenced: frozenset[int]
    scope: ScopeJudge
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def desire(policy: Policy, inventory: Inventory) -> Desired:
    """Resolve the whole policy against one snapshot. Pure; near-linear in jobs and edges."""
    index = JobIndex(inventory)
    resolved = resolve_channels(policy.channels, inventory)
    scope = ScopeJudge(policy.scope, inventory, names=recipient_names(resolved.values()))
    ownership = own(policy, inventory, within=scope.jobs, index=index)
    asked = read_rules(policy, ownership=ownership, index=index, scope=scope, resolved=resolved)
    reached = reach(policy, asked.wishes, resolved=resolved)
    told = list(_told(asked.wishes, reached=reached, scope=scope))
    claims = _claims(told, reached=reached, inventory=inventory)
    recipients = _recipients(told, reached=reached, scope=scope)
    webhooks = desired_subscriptions(policy, index=index, scope=scope)
    mutes = read_mutes(policy, inventory, index=index, native={job for each in told for job in each.jobs})
    releases = read_releases(policy, inventory, index=index, resolved=resolved)
    models = model_wishes(policy, inventory, scope=scope)
    by_row = row_holds({each.recipient.key: each.recipient for each in told}, recipients, inventory)
    holds = (
        *_scope_holds(scope),
        *by_row,
        *reached.holds,
        *asked.holds,
        *webhooks.holds,
        *mutes.holds,
        *releases.holds,
    )
    return Desired(
        claims=claims,
        recipients=recipients,
        subscriptions=webhooks.wanted,
        holds=holds,
        latent=latent_holds(inventory, besides=recipients),
        released=releases.edges,
        released_webhooks=releases.webhooks,
        unprotected=frozenset(_unprotected(resolved.values()) - reached.protected),
        webhook_protection=_webhook_protection(policy, webhooks.wanted),
        relay=relay_facts(policy, asked.wishes, muted=mutes.by_job),
        relayed=relayed_outcomes(asked.wishes),
        models=models,
        teams=_teams(asked.wishes, holds=holds) | {each.team for each in webhooks.wanted} | models.teams,
        silenced=_silenced(asked.wishes),
        scope=scope,
        problems=(
            *conflict_problems(ownership.conflicts),
            *reached.problems,
            *webhooks.problems,
            *models.problems,
        ),
        notes=(*_scope_notes(scope, reached), *asked.notes, *reached.notes, *webhooks.notes, *mutes.notes),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """One wish's native route whose recipient is known and inside scope: an edge for each of the jobs."""

    team: str
    recipient: Recipient
    outcome: Outcome
    jobs: tuple[int, ...]


def _told(wishes: Iterable[Wish], *, reached: Reached, scope: ScopeJudge) -> Iterator[_Told]:
    """Yield in the order in which claims are made: team, then channel, and never the files' names."""
    routes = [(wish.team, route.channel, route.outcome, wish.jobs) for wish in wishes for route in wish.routes.native]
    for team, channel, outcome, jobs in sorted(routes, key=lambda route: route[:3]):
        recipient = reached.recipients.get(channel)
        if recipient is not None and scope.recipient(recipient.key):
            yield _Told(team=team, recipient=recipient, outcome=outcome, jobs=jobs)


def _claims(told: Iterable[_Told], *, reached: Reached, inventory: Inventory) -> dict[Edge, Claim]:
    """Return D. Of several teams and channels that want one edge the first stands in the claim, with the others."""
    claims: dict[Edge, Claim] = {}
    others: defaultdict[Edge, set[tuple[str, str]]] = defaultdict(set)
    jobs = inventory.jobs
    for each in told:
        key, outcome, team, channel = each.recipient.key, each.outcome, each.team, each.recipient.channel.name
        protected = key in reached.protected
        for job_id in each.jobs:
            edge = Edge(key, outcome, job_id)
            if edge not in claims:
                job = jobs[job_id]
                claims[edge] = Claim(
                    edge=edge,
                    project_id=job.project_id,
                    environment_id=job.environment_id,
                    team=team,
                    channel=channel,
                    protected=protected,
                )
            elif (claims[edge].team, claims[edge].channel) != (team, channel):
                others[edge].add((team, channel))
    return claims | {edge: replace(claims[edge], also=tuple(sorted(also))) for edge, also in others.items()}


def _recipients(told: Iterable[_Told], *, reached: Reached, scope: ScopeJudge) -> dict[RecipientKey, DesiredRecipient]:
    teams: defaultdict[RecipientKey, set[str]] = defaultdict(set)
    first: dict[RecipientKey, Recipient] = {}
    for each in told:
        teams[each.recipient.key].add(each.team)
        first.setdefault(each.recipient.key, each.recipient)
    for _, recipient in sorted(reached.recipients.items()):
        if recipient.key in reached.exclusive and scope.recipient(recipient.key):
            first.setdefault(recipient.key, recipient)
    return {
        key: DesiredRecipient(
            key=key,
            channel=recipient.channel.name,
            team=next(iter(teams[key])) if len(teams[key]) == 1 else "",
            settings=recipient.settings,
            exclusive=key in reached.exclusive,
            protect=key in reached.protected,
            display=recipient.display,
        )
        for key, recipient in first.items()
    }


def _unprotected(resolved: Iterable[Recipient | Unresolved]) -> set[RecipientKey]:
    return {each.key for each in resolved if isinstance(each, Recipient) and each.channel.protect is False}


def _webhook_protection(policy: Policy, wanted: Iterable[DesiredSubscription]) -> dict[str, bool]:
    """Return what the policy says in words. Of a webhook that is not wanted now only `protect: false` counts."""
    lifted = {rule.key: False for rule in policy.webhooks if rule.protect is False}
    return lifted | {each.key: True for each in wanted if each.protect}


def _teams(wishes: Iterable[Wish], *, holds: Iterable[Hold]) -> frozenset[str]:
    """Return the teams that want somebody to be told: of these none is empty, even if live does not answer."""
    wanting = {wish.team for wish in wishes if wish.jobs and (wish.routes.native or needs_relay(wish))}
    return frozenset(wanting | {hold.team for hold in holds if hold.routes or hold.webhooks})


def _silenced(wishes: Iterable[Wish]) -> frozenset[int]:
    """Return the jobs in scope that are declared silent with a reason; without one it is no declaration."""
    silent = (wish for wish in wishes if wish.effective is not None and wish.effective.silent)
    return frozenset(job for wish in silent if wish.effective and wish.effective.values.reason for job in wish.jobs)


def _scope_holds(scope: ScopeJudge) -> Iterator[Hold]:
    """Yield what scope names and live does not have: everything there is held, which must not look like peace."""
    for name in scope.unknown_names():
        yield Hold(
            blocked=Blocked(
                kind=BlockedKind.NO_MATCH,
                what=f"scope names {name}, which live does not show",
                next_step="correct it in `scope`: until then nothing there is added or removed",
            )
        )


def _scope_notes(scope: ScopeJudge, reached: Reached) -> Iterable[str]:
    for name, recipient in reached.recipients.items():
        if not scope.recipient(recipient.key):
            yield f"channel {name} ({recipient.key}) is outside scope: nothing is planned for it"
