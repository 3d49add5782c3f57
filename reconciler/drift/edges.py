"""Drift of edges: taken away, delivered to nobody, on a job that is deleted or out of sight; and what that costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from reconciler.drift.looked import REPAIR, Looked
from reconciler.model.actions import RemovalReason, RemoveEdge, SettingChange
from reconciler.model.drift import DriftFinding, DriftKind, Repair
from reconciler.model.edge import Edge, RecipientKey, RecipientKind
from reconciler.model.outcome import Outcome
from reconciler.model.plan import KeptWhy
from reconciler.plan.coverage import told_before
from reconciler.plan.hold import HoldIndex

if TYPE_CHECKING:
    from reconciler.model.inventory import Inventory, NotificationRow

__all__ = [
    "changed_recipients",
    "deleted_jobs",
    "invisible_jobs",
    "lost_coverage",
    "silent_notes",
    "undelivered",
    "vanished_edges",
]


class _Said(NamedTuple):
    """What is said about an edge; edges of one recipient and team about which the same is said are one."""

    kind: DriftKind
    what: str
    next_step: str
    repair: Repair


def _findings(looked: Looked, edges: Iterable[Edge], say: Callable[[Edge], _Said]) -> Iterator[DriftFinding]:
    """Yield one finding for what is said of the same jobs: outcomes of equal jobs are told together, as in a plan."""
    groups: defaultdict[tuple[RecipientKey, Outcome, str, _Said], list[int]] = defaultdict(list)
    for edge in sorted(edges):
        groups[edge.recipient, edge.outcome, looked.owned[edge].team, say(edge)].append(edge.job_id)
    folded: defaultdict[tuple[RecipientKey, str, _Said, tuple[int, ...]], list[Outcome]] = defaultdict(list)
    for (recipient, outcome, team, said), jobs in groups.items():
        folded[recipient, team, said, tuple(jobs)].append(outcome)
    for (recipient, team, said, same), outcomes in folded.items():
        yield DriftFinding(**said._asdict(), team=team, recipient=recipient, outcomes=tuple(outcomes), jobs=same)


# --- taken away ------------------------------------------------------------------------------------------------------
def vanished_edges(looked: Looked) -> Iterator[DriftFinding]:
    """Yield edges of ours that are not live, though the policy wants them or could not be asked."""
    index = HoldIndex((*looked.desired.holds, *looked.desired.latent))
    blocked = looked.kept[KeptWhy.BLOCKED] - looked.inventory.edges - looked.invisible

    def say(edge: Edge) -> _Said:
        kind, what = _vanished(edge.recipient, looked.inventory)
        if edge in looked.restored:
            return _Said(kind, what, REPAIR, Repair.REPAIR_DRIFT)
        hold = index.covering(edge, looked.owned.get(edge), desired=edge in looked.desired.claims)
        why = f"first: {hold.blocked.what}; {hold.blocked.next_step}; then {REPAIR}" if hold else REPAIR
        return _Said(kind, what, why, Repair.BY_HAND)

    return _findings(looked, looked.restored | blocked, say)


def _vanished(key: RecipientKey, inventory: Inventory) -> tuple[DriftKind, str]:
    if key in inventory.rows:
        return DriftKind.EDGE_REMOVED, f"taken out of the list in dbt Cloud{_departed(key, inventory)}"
    how = "deleted in dbt Cloud" if key in inventory.deleted_rows else "gone from dbt Cloud"
    return DriftKind.RECIPIENT_GONE, f"the whole notification was {how}{_departed(key, inventory)}"


def _departed(key: RecipientKey, inventory: Inventory) -> str:
    """Say that a person has left: put back, nothing would be delivered to them."""
    if key.kind is not RecipientKind.USER:
        return ""
    user = inventory.users.get(int(key.value))
    if user is None:
        return "; they are no user of the account any more"
    return "" if user.active else "; they are deactivated in dbt Cloud, which delivers nothing to them"


# --- delivered to nobody ---------------------------------------------------------------------------------------------
def undelivered(looked: Looked) -> Iterator[DriftFinding]:
    """Yield live edges of ours whose recipient dbt Cloud cannot reach (design §5, *told*), and could once."""
    inventory = looked.inventory

    def say(edge: Edge) -> _Said:
        what, by_hand = _unreached(edge.recipient, inventory.rows[edge.recipient][0], inventory)
        change = looked.recipient_changes.get(edge.recipient)
        if change is not None and any(each.name == "user_id" for each in change.changes):
            return _Said(DriftKind.NOT_DELIVERED, what, REPAIR, Repair.REPAIR_DRIFT)
        return _Said(DriftKind.NOT_DELIVERED, what, by_hand, Repair.BY_HAND)

    live = (edge for edge in looked.wanted & inventory.edges if edge.recipient not in looked.reached)
    return _findings(looked, (edge for edge in live if edge not in looked.silent_before), say)


def silent_notes(looked: Looked) -> Iterator[str]:
    """Yield whom dbt Cloud delivered nothing to when we took them over, and delivers nothing to now: no drift."""
    live = looked.wanted & looked.inventory.edges & looked.silent_before
    for key in sorted({edge.recipient for edge in live}):
        jobs = len({edge.job_id for edge in live if edge.recipient == key})
        what, by_hand = _unreached(key, looked.inventory.rows[key][0], looked.inventory)
        count = f"{jobs} job{'' if jobs == 1 else 's'}"
        yield f"{looked.recipient_names.get(key, key.value)}, {count}: {what}, as when they were taken over; {by_hand}"


def _unreached(key: RecipientKey, row: NotificationRow, inventory: Inventory) -> tuple[str, str]:
    if key.kind is RecipientKind.USER:
        state = "deactivated in dbt Cloud" if int(key.value) in inventory.users else "no user of the account any more"
        return f"nothing is delivered: they are {state}", _INSTEAD
    user = inventory.users.get(row.user_id or 0)
    who = "the user who linked Slack" if user is None else f"{user.email}, who linked Slack,"
    state = "is no user of the account any more" if user is None else "is deactivated in dbt Cloud"
    return f"nothing is delivered: {who} {state}", "link Slack again as an active user and name them as linked_by"


_INSTEAD: Final = "take them out of the policy, tell somebody else, or activate them again"


# --- scalars ---------------------------------------------------------------------------------------------------------
def changed_recipients(looked: Looked) -> Iterator[DriftFinding]:
    """Yield the scalars of recipients that somebody changed after we had set them."""
    for key, change in looked.recipient_changes.items():
        yield DriftFinding(
            kind=DriftKind.RECIPIENT_CHANGED,
            what="its settings were changed in dbt Cloud",
            next_step=REPAIR,
            repair=Repair.REPAIR_DRIFT,
            team=change.team,
            recipient=key,
            changes=tuple(_since_set(each, looked.inventory) for each in change.changes),
        )


def _since_set(change: SettingChange, inventory: Inventory) -> SettingChange:
    """Turn a repair round: from what we had set to what is there. Users are called by their address."""
    if change.name != "user_id":
        return SettingChange(name=change.name, before=change.after, after=change.before)
    return SettingChange(
        name="the user who stands for it",
        before=_user(change.after, inventory),
        after=_user(change.before, inventory),
    )


def _user(user_id: int | None, inventory: Inventory) -> str:
    user = inventory.users.get(user_id or 0)
    return f"user {user_id}" if user is None else user.email or user.name


# --- jobs ------------------------------------------------------------------------------------------------------------
def deleted_jobs(looked: Looked) -> Iterator[DriftFinding]:
    """Yield live edges of ours on jobs that are listed as deleted: any apply takes them out."""
    dangling = {
        action.edge
        for action in looked.plan.actions
        if isinstance(action, RemoveEdge) and action.reason is RemovalReason.DANGLING
    }
    why = {edge: why for why, edges in looked.kept.items() for edge in edges}
    ways = {
        KeptWhy.PROTECTED: "it is protected: declare protect: false, apply, then apply again",
        KeptWhy.HELD: "it is outside scope: widen scope, or release it",
    }

    def say(edge: Edge) -> _Said:
        what = "its job is deleted, and the entry was left behind"
        if edge in dangling:
            return _Said(DriftKind.JOB_DELETED, what, "dbt-alerts apply", Repair.APPLY)
        kept = why.get(edge, KeptWhy.BLOCKED)
        step = ways.get(kept, "dbt-alerts plan says what it waits for")
        return _Said(DriftKind.JOB_DELETED, what, step, Repair.BY_HAND)

    jobs, live = looked.inventory.jobs, looked.owned.keys() & looked.inventory.edges
    return _findings(looked, (edge for edge in live if edge.job_id in jobs and jobs[edge.job_id].deleted), say)


def invisible_jobs(looked: Looked) -> Iterator[DriftFinding]:
    """Yield edges of ours on jobs that stand in no list: deleted for good, or out of the token's sight."""
    said = _Said(
        DriftKind.JOB_INVISIBLE,
        "its job is in no list: the token may have lost a project",
        "check what the token may read; if the job is gone for good, release its notifications",
        Repair.BY_HAND,
    )
    return _findings(looked, looked.invisible, lambda _: said)


# --- what it costs ---------------------------------------------------------------------------------------------------
def lost_coverage(looked: Looked) -> Iterator[DriftFinding]:
    """Yield the jobs in scope that we told somebody of when they fail, and that nobody at all is told of now."""
    jobs, desired = looked.inventory.jobs, looked.desired
    told = told_before(looked.inventory)
    lost: defaultdict[tuple[str, bool], dict[int, set[RecipientKey]]] = defaultdict(dict)
    for edge in looked.wanted:
        job = jobs.get(edge.job_id)
        if edge.outcome is not Outcome.FAILURE or edge.job_id in told or edge.job_id in desired.silenced:
            continue
        if edge in looked.silent_before:
            continue
        if job is not None and not job.deleted and desired.scope.job(job.id):
            place = lost[looked.owned[edge].team, job.id in looked.plan.untold]
            place.setdefault(job.id, set()).add(edge.recipient)
    for (team, stays), found in sorted(lost.items()):
        yield _untold(team, found, stays=stays, looked=looked)


def _untold(team: str, found: dict[int, set[RecipientKey]], *, stays: bool, looked: Looked) -> DriftFinding:
    names = looked.recipient_names
    who = sorted({names.get(key, key.value) for keys in found.values() for key in keys})
    return DriftFinding(
        kind=DriftKind.COVERAGE_LOST,
        what="nobody is told any more when it fails",
        next_step="tell somebody else in the policy: no apply can repair what told of it" if stays else REPAIR,
        repair=Repair.BY_HAND if stays else Repair.REPAIR_DRIFT,
        team=team,
        outcomes=(Outcome.FAILURE,),
        jobs=tuple(sorted(found)),
        details=(f"until now: {', '.join(who)}",),
    )
