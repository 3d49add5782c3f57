"""What a plan may not do without being asked twice (design §5). Guards judge; they never hide the diff.

Each guard is a function of one signature; a new one is added by appending it to GUARDS.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.errors import Refused
from reconciler.model.actions import (
    Action,
    ChangeSubscription,
    DeactivateSubscription,
    EvictEdge,
    Loss,
    RemoveEdge,
    StopModels,
)
from reconciler.model.plan import GuardFinding, GuardName
from reconciler.plan.conflicts import Conflict
from reconciler.plan.coverage import Coverage
from reconciler.plan.model_diff import ModelDiff, model_conflicts

if TYPE_CHECKING:
    from reconciler.model.edge import Edge
    from reconciler.model.inventory import Inventory
    from reconciler.model.ledger import Claim
    from reconciler.plan.desire import Desired

__all__ = ["GUARDS", "Judged", "judge", "refusal"]

_PRUNE_SHARE, _PRUNE_FREE = 0.20, 3
_VISIBILITY_SHARE, _VISIBILITY_FREE = 0.05, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the guards look at: the actions that will run, and what they run on."""

    actions: tuple[Action, ...]
    owned: Mapping[Edge, Claim]
    desired: Desired
    inventory: Inventory
    invisible: tuple[Edge, ...] = ()
    protected: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    models: ModelDiff = field(default_factory=ModelDiff)
    told: Coverage = field(default_factory=Coverage)


Guard = Callable[[Judged], tuple[GuardFinding, ...]]


def judge(judged: Judged) -> tuple[GuardFinding, ...]:
    """Return every finding. Which of them were allowed is the intent's to say."""
    return tuple(finding for guard in GUARDS for finding in guard(judged))


def refusal(findings: Iterable[GuardFinding]) -> Refused:
    """Return the error for guards that stand, with a way out that there is: not every guard can be allowed."""
    standing = [finding for finding in findings if not finding.allowed]
    names = ", ".join(finding.guard.value for finding in standing)
    never = dict.fromkeys(finding.guard.value for finding in standing if finding.allow is None)
    way = "see the plan's last section: give the exact --allow value that it names, or change the policy"
    if never:
        way = f"change the policy as the plan's last section says; no --allow lets {' or '.join(never)} pass"
    return Refused(f"refused by: {names}; nothing was written", next_step=way)


def _removals(judged: Judged) -> list[Loss]:
    """Return what somebody stops being told of. An outcome of an environment's models counts like an edge."""
    return [action for action in judged.actions if isinstance(action, Loss)]


def _teams(action: Loss) -> frozenset[str]:
    match action:
        case EvictEdge():
            return frozenset({action.team})
        case StopModels():
            return frozenset({action.claim.team})
        case RemoveEdge():
            return action.claim.teams


def _prune(judged: Judged) -> tuple[GuardFinding, ...]:
    removals = _removals(judged)
    by_team = Counter(team for action in removals for team in _teams(action))
    owned_by_team = Counter(team for claim in judged.owned.values() for team in claim.teams) if removals else Counter()
    owned_by_team.update(judged.models.owned)
    places = [(f"team {team}", count, owned_by_team[team]) for team, count in sorted(by_team.items())]
    places.append(("this repository", len(removals), len(judged.owned) + sum(judged.models.owned.values())))
    items = tuple(
        f"{where}: {count} of {owned} edges"
        for where, count, owned in places
        if count > _PRUNE_FREE and count > _PRUNE_SHARE * owned
    )
    if not items:
        return ()
    message = f"{len(removals)} edges would be removed, more than a fifth of what the ledger owns there"
    return (GuardFinding(guard=GuardName.PRUNE, message=message, items=items, allow=f"prune={len(removals)}"),)


def _empty_team(judged: Judged) -> tuple[GuardFinding, ...]:
    dropped = {action.team for action in judged.actions if isinstance(action, DeactivateSubscription)}
    losing = dropped.union(*(_teams(action) for action in _removals(judged)))
    owning = dropped.union(judged.models.owned, *(c.teams for c in judged.owned.values())) if losing else losing
    return tuple(
        GuardFinding(
            guard=GuardName.EMPTY_TEAM,
            message=f"team {team} has claims and the policy wants nothing for it any more",
            allow=f"empty-team={team}",
        )
        for team in sorted((owning & losing) - judged.desired.teams)
    )


def _coverage(judged: Judged) -> tuple[GuardFinding, ...]:
    jobs = [judged.inventory.jobs[job_id] for job_id in judged.told.lost if job_id in judged.inventory.jobs]
    counted = sorted(
        job.id
        for job in jobs
        if not job.deleted and judged.desired.scope.job(job.id) and job.id not in judged.desired.silenced
    )
    if not counted:
        return ()
    message = f"{len(counted)} job(s) would fail without anybody being told"
    items = tuple(f"{judged.inventory.jobs[job_id].name} ({job_id})" for job_id in counted)
    return (GuardFinding(guard=GuardName.COVERAGE, message=message, items=items, allow=f"coverage={len(counted)}"),)


def _webhooks(
    judged: Judged, guard: GuardName, wanted: Callable[[ChangeSubscription], bool], message: str
) -> tuple[GuardFinding, ...]:
    keys = tuple(a.key for a in judged.actions if isinstance(a, ChangeSubscription) and wanted(a))
    if not keys:
        return ()
    text = message.format(count=len(keys))
    return (GuardFinding(guard=guard, message=text, items=keys, allow=f"{guard.value}={len(keys)}"),)


def _widen(judged: Judged) -> tuple[GuardFinding, ...]:
    text = "{count} webhook(s) would go from a list of jobs to every job of the account"
    return _webhooks(judged, GuardName.WIDEN, lambda action: action.widens, text)


def _rearm(judged: Judged) -> tuple[GuardFinding, ...]:
    text = "{count} webhook(s) that dbt Cloud switched off would be switched on again"
    return _webhooks(judged, GuardName.REARM, lambda action: action.rearms, text)


def _visibility(judged: Judged) -> tuple[GuardFinding, ...]:
    count = len(judged.invisible)
    if count <= _VISIBILITY_FREE or count <= _VISIBILITY_SHARE * len(judged.owned):
        return ()
    jobs = tuple(str(job_id) for job_id in sorted({edge.job_id for edge in judged.invisible}))
    message = f"{count} edges that we own are on jobs in no list: the token may have lost a project"
    return (GuardFinding(guard=GuardName.VISIBILITY, message=message, items=jobs, allow=f"visibility={count}"),)


def _never(guard: GuardName, message: str, items: tuple[str, ...]) -> tuple[GuardFinding, ...]:
    return (GuardFinding(guard=guard, message=message, items=items),) if items else ()


def _protected(judged: Judged) -> tuple[GuardFinding, ...]:
    text = "the policy does not want them any more; keep them in it, or declare `protect: false` and apply that first"
    return _never(GuardName.PROTECTED, text, judged.protected)


def _conflict(judged: Judged) -> tuple[GuardFinding, ...]:
    return tuple(
        GuardFinding(guard=GuardName.CONFLICT, message=conflict.message, items=conflict.items)
        for conflict in (*judged.conflicts, *model_conflicts(judged.models, judged.actions))
    )


GUARDS: tuple[Guard, ...] = (_prune, _empty_team, _coverage, _widen, _visibility, _rearm, _conflict, _protected)
