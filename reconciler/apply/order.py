"""What runs, and when: additions, then removals, then the ledger's own book-keeping. Pure.

    giving   additions: recipients, new webhooks, webhooks that change without losing anything, owners of models
    ─────────── barrier: one failed addition withholds everything below ───────────
    taking   removals: recipients, lost webhooks made anew, webhooks that narrow or go, owners of models
    book     what only the ledger hears of

An `additions_only` run has no `taking`: it is not skipped, it is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

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
from reconciler.model.inventory import NotificationRow
from reconciler.model.ledger import RecipientSettings
from reconciler.model.model_notifications import ModelOutcome
from reconciler.model.outcome import Outcome

if TYPE_CHECKING:
    from reconciler.apply.ports import Delta

__all__ = [
    "AddWork",
    "Book",
    "Deferred",
    "Giving",
    "ModelWork",
    "Phases",
    "RemoveWork",
    "Taking",
    "delta_of",
    "foreign_lost",
    "phases",
]

Book = (
    AdoptEdge
    | ReleaseEdge
    | ForgetEdge
    | UpdateClaim
    | AdoptSubscription
    | ReleaseSubscription
    | ForgetSubscription
    | AdoptModels
    | ReleaseModels
    | ForgetModels
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddWork:
    """Everything that one recipient gains, in one write. `changes` are scalars of its row."""

    key: RecipientKey
    adds: tuple[AddEdge, ...] = ()
    changes: tuple[ChangeRecipient, ...] = ()

    @property
    def actions(self) -> tuple[AddEdge | ChangeRecipient, ...]:
        return (*self.adds, *self.changes)

    @property
    def edges(self) -> frozenset[Edge]:
        return frozenset(action.edge for action in self.adds)

    @property
    def settings(self) -> RecipientSettings:
        """The scalars that change; the rest of an existing row stays as it is."""
        after = {change.name: change.after for action in self.changes for change in action.changes}
        return RecipientSettings(**after)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveWork:
    """Everything that one recipient loses, in one write."""

    key: RecipientKey
    actions: tuple[RemoveEdge | EvictEdge, ...]

    @property
    def edges(self) -> frozenset[Edge]:
        return frozenset(action.edge for action in self.actions)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelWork:
    """What one environment's owners of models start or stop being told of, in one write."""

    environment_id: int
    actions: tuple[StartModels | StopModels, ...]

    @property
    def outcomes(self) -> frozenset[ModelOutcome]:
        return frozenset(action.outcome for action in self.actions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Giving:
    """What can be done without taking anything from anybody.

    `grows` are webhooks that gain jobs or events and lose some as well: they grow here and shrink after the barrier.
    """

    recipients: tuple[AddWork, ...] = ()
    creates: tuple[CreateSubscription, ...] = ()
    changes: tuple[ChangeSubscription, ...] = ()
    grows: tuple[ChangeSubscription, ...] = ()
    models: tuple[ModelWork, ...] = ()

    @property
    def actions(self) -> tuple[Action, ...]:
        added = (each for work in (*self.recipients, *self.models) for each in work.actions)
        return (*added, *self.creates, *self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """What waits for the barrier."""

    recipients: tuple[RemoveWork, ...] = ()
    recreates: tuple[RecreateSubscription, ...] = ()
    changes: tuple[ChangeSubscription, ...] = ()
    drops: tuple[DeactivateSubscription, ...] = ()
    models: tuple[ModelWork, ...] = ()

    @property
    def actions(self) -> tuple[Action, ...]:
        removed = (each for work in (*self.recipients, *self.models) for each in work.actions)
        return (*removed, *self.recreates, *self.changes, *self.drops)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred:
    action: Action
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Phases:
    giving: Giving
    taking: Taking | None
    book: tuple[Book, ...] = ()
    deferred: tuple[Deferred, ...] = ()

    @property
    def writes(self) -> int:
        """How many pieces of work touch dbt Cloud."""
        given = self.giving
        giving = sum(map(len, (given.recipients, given.creates, given.changes, given.grows, given.models)))
        if (taking := self.taking) is None:
            return giving
        parts = (taking.recipients, taking.recreates, taking.changes, taking.drops, taking.models)
        return giving + sum(map(len, parts))


@dataclass(slots=True)
class _Piles:
    adds: list[AddEdge | ChangeRecipient] = field(default_factory=list)
    creates: list[CreateSubscription] = field(default_factory=list)
    removes: list[RemoveEdge | EvictEdge] = field(default_factory=list)
    recreates: list[RecreateSubscription] = field(default_factory=list)
    changes: list[ChangeSubscription] = field(default_factory=list)
    drops: list[DeactivateSubscription] = field(default_factory=list)
    starts: list[StartModels] = field(default_factory=list)
    stops: list[StopModels] = field(default_factory=list)
    book: list[Book] = field(default_factory=list)


def phases(actions: Iterable[Action], *, additions_only: bool = False, repair_drift: bool = False) -> Phases:
    """Sort the actions into phases; what this run was not asked for is deferred, with the reason."""
    piles, deferred = _Piles(), list[Deferred]()
    for action in actions:
        if getattr(action, "cause", None) is Cause.DRIFT and not repair_drift:
            deferred.append(Deferred(action=action, why="drift, which `--repair-drift` puts back"))
        else:
            _put(action, piles)
    gives = _only_gives if additions_only else _takes_nothing
    taking = _taking(piles, [change for change in piles.changes if not gives(change)])
    if additions_only:
        why = "no addition, and `--additions-only` was given"
        deferred += [Deferred(action=action, why=why) for action in taking.actions]
    giving = Giving(
        recipients=_by_recipient(piles.adds),
        creates=tuple(piles.creates),
        changes=tuple(change for change in piles.changes if gives(change)),
        grows=() if additions_only else tuple(change for change in taking.changes if _gains(change)),
        models=_by_environment(piles.starts),
    )
    return Phases(
        giving=giving, taking=None if additions_only else taking, book=tuple(piles.book), deferred=tuple(deferred)
    )


def _taking(piles: _Piles, changes: list[ChangeSubscription]) -> Taking:
    return Taking(
        recipients=_removals(piles.removes),
        recreates=tuple(piles.recreates),
        changes=tuple(changes),
        drops=tuple(piles.drops),
        models=_by_environment(piles.stops),
    )


def _takes_nothing(change: ChangeSubscription) -> bool:
    """Tell whether nobody loses anything: a URL that moves leaves its old receiver, and a re-armed one was cleared."""
    return not (change.narrows or change.disarms or change.rearms or _changes(change, "url"))


def _only_gives(change: ChangeSubscription) -> bool:
    """Tell the same, and that nothing is switched on either."""
    return _takes_nothing(change) and not _changes(change, "active")


def _changes(change: ChangeSubscription, name: str) -> bool:
    return any(each.name == name for each in change.changes)


def _gains(change: ChangeSubscription) -> bool:
    """Tell whether a job or an event comes, from the plain values: lists, or the word `all`."""
    lists = [each for each in change.changes if each.name in {"jobs", "events"} and each.before != "all"]
    return any(each.after == "all" or set(each.after) - set(each.before) for each in lists)


def _put(action: Action, piles: _Piles) -> None:  # noqa: C901 - one case for each kind of work
    match action:
        case AddEdge() | ChangeRecipient():
            piles.adds.append(action)
        case CreateSubscription():
            piles.creates.append(action)
        case ChangeSubscription():
            piles.changes.append(action)
        case RemoveEdge() | EvictEdge():
            piles.removes.append(action)
        case RecreateSubscription():
            piles.recreates.append(action)
        case DeactivateSubscription():
            piles.drops.append(action)
        case AdoptEdge() | ReleaseEdge() | ForgetEdge() | UpdateClaim():
            piles.book.append(action)
        case AdoptSubscription() | ReleaseSubscription() | ForgetSubscription():
            piles.book.append(action)
        case StartModels():
            piles.starts.append(action)
        case StopModels():
            piles.stops.append(action)
        case AdoptModels() | ReleaseModels() | ForgetModels():
            piles.book.append(action)
        case _:
            assert_never(action)


def _by_recipient(actions: Iterable[AddEdge | ChangeRecipient]) -> tuple[AddWork, ...]:
    adds: dict[RecipientKey, list[AddEdge]] = {}
    changes: dict[RecipientKey, list[ChangeRecipient]] = {}
    for action in actions:
        if isinstance(action, AddEdge):
            adds.setdefault(action.edge.recipient, []).append(action)
        else:
            changes.setdefault(action.key, []).append(action)
    return tuple(
        AddWork(key=key, adds=tuple(adds.get(key, ())), changes=tuple(changes.get(key, ())))
        for key in sorted(adds.keys() | changes.keys())
    )


def _removals(actions: Iterable[RemoveEdge | EvictEdge]) -> tuple[RemoveWork, ...]:
    found: dict[RecipientKey, list[RemoveEdge | EvictEdge]] = {}
    for action in actions:
        found.setdefault(action.edge.recipient, []).append(action)
    return tuple(RemoveWork(key=key, actions=tuple(found[key])) for key in sorted(found))


def _by_environment(actions: Sequence[StartModels | StopModels]) -> tuple[ModelWork, ...]:
    numbers = sorted({action.environment_id for action in actions})
    return tuple(
        ModelWork(environment_id=number, actions=tuple(a for a in actions if a.environment_id == number))
        for number in numbers
    )


def delta_of(*, adds: Iterable[Edge] = (), removes: Iterable[Edge] = ()) -> Delta:
    """Return the edges of one recipient as what changes in its four lists."""
    more, less = _by_outcome(adds), _by_outcome(removes)
    nothing: frozenset[int] = frozenset()
    return {outcome: (more.get(outcome, nothing), less.get(outcome, nothing)) for outcome in sorted(more.keys() | less)}


def _by_outcome(edges: Iterable[Edge]) -> Mapping[Outcome, frozenset[int]]:
    found: dict[Outcome, set[int]] = {}
    for edge in edges:
        found.setdefault(edge.outcome, set()).add(edge.job_id)
    return {outcome: frozenset(jobs) for outcome, jobs in found.items()}


def foreign_lost(*, before: NotificationRow, after: NotificationRow, removed: frozenset[Edge]) -> frozenset[Edge]:
    """Return what was there before a write of ours, was not ours to remove, and is not there after it."""
    return before.edges() - removed - after.edges()
