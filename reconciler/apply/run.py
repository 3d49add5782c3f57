"""The apply, told in one file.

    prove the sinks ▸ intent ▸ additions ▸ barrier ▸ removals ▸ settle ▸ claims

Wherever it is killed, running it again ends in the same state: docs/crash-points.md goes through every point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from reconciler.apply.claims import Facts, intended, recorded
from reconciler.apply.keeper import Keeper
from reconciler.apply.model_notifications import Models
from reconciler.apply.order import AddWork, ModelWork, Phases, RemoveWork, Taking, phases
from reconciler.apply.recipients import Recipients
from reconciler.apply.results import Results
from reconciler.apply.settle import ROUNDS, Touched, reapply, undone
from reconciler.apply.subscriptions import Webhooks
from reconciler.apply.telling import told_lines, told_subject
from reconciler.apply.trouble import ForeignLostError, NotHeldError, ends_the_run, worth_another_round
from reconciler.apply.writers import Adding
from reconciler.apply.writers import Taking as TakingWriter
from reconciler.errors import AlertsError, Interrupted, LedgerError, Refused, RuntimeFailure, StalePlan
from reconciler.model.actions import (
    Action,
    AddEdge,
    CreateSubscription,
    RecreateSubscription,
    ReleaseEdge,
    RemoveEdge,
    UpdateClaim,
)
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.ledger import Ledger, RecipientSettings
from reconciler.model.plan import Plan
from reconciler.model.report import ActionState, ApplyReport, Progress, Stop, StopReason

if TYPE_CHECKING:
    from reconciler.apply.ports import AppliesReader, AppliesWriter, LedgerStore, Sink, SinkFactory

__all__ = ["ApplyOptions", "apply_plan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyOptions:
    """`additions_only` takes nothing from anybody. `repair_drift` undoes what others changed of ours.

    `whole` is false where a saved plan lets only a part of today's plan run: then no policy is recorded as applied.
    `attempts` bounds how often one piece of work is tried in this run, each time from a fresh read.
    """

    additions_only: bool = False
    repair_drift: bool = False
    plan_digest: str = ""
    whole: bool = True
    attempts: int = 3


def apply_plan(  # noqa: PLR0913 - every seam is an argument, named at the one call
    plan: Plan,
    *,
    ledger: Ledger,
    store: LedgerStore,
    reader: AppliesReader,
    writer: AppliesWriter,
    sinks: SinkFactory,
    clock: Callable[[], datetime],
    actor: str,
    options: ApplyOptions,
    progress: Callable[[Progress], None],
    stop: Callable[[], bool],
) -> ApplyReport:
    """Do what the plan says, verify it, and record it; the report says where it stands, also when it was stopped.

    Raises only before the first write: Refused, StalePlan, LedgerError, or a sink's RuntimeFailure.
    `stop` is asked between writes.
    """
    _refuse_unfit(plan, ledger)
    work = phases(plan.actions, additions_only=options.additions_only, repair_drift=options.repair_drift)
    opened = _proved(work, sinks)
    keeper = Keeper(
        store=store,
        ledger=ledger,
        clock=clock,
        actor=actor,
        commit=plan.commit,
        plan_digest=options.plan_digest,
        allowed={finding.guard.value: finding.allow for finding in plan.guards if finding.allowed and finding.allow},
    )
    if work.writes:
        keeper.announce(intended(ledger, work), f"intent: {work.writes} write(s)")
    giver = Adding(writer) if work.taking is None else TakingWriter(writer)
    recipients = Recipients(reader=reader, writer=giver, settings=_settings(plan, ledger))
    webhooks = Webhooks(reader=reader, writer=giver, keeper=keeper, sinks=opened)
    run = _Run(
        plan=plan,
        work=work,
        keeper=keeper,
        recipients=recipients,
        webhooks=webhooks,
        models=Models(reader=reader, writer=giver),
        results=Results(plan.actions),
        options=options,
        progress=progress,
        stop=stop,
        announced=frozenset(ledger.pending),
    )
    return run.go()


def _refuse_unfit(plan: Plan, ledger: Ledger) -> None:
    if plan.from_snapshot:
        raise StalePlan("a plan from a snapshot is for reading only", next_step="plan from dbt Cloud, then apply")
    if plan.ledger_generation != ledger.generation:
        raise StalePlan(
            f"the plan was made from ledger generation {plan.ledger_generation}, not {ledger.generation}",
            next_step="plan again",
        )
    if plan.refused:
        raise Refused("a guard stands that was not allowed; nothing was written", next_step="see the plan's guards")


def _proved(work: Phases, sinks: SinkFactory) -> Mapping[str, Sink]:
    """Open every sink that this run may need, and prove each: a secret is shown once."""
    recreates = work.taking.recreates if work.taking is not None else ()
    needed: tuple[CreateSubscription | RecreateSubscription, ...] = (*work.giving.creates, *recreates)
    opened = {action.key: sinks(action.sink, action.key) for action in needed}
    for sink in opened.values():
        sink.probe()
    return opened


def _settings(plan: Plan, ledger: Ledger) -> Mapping[RecipientKey, RecipientSettings]:
    return {**ledger.recipients, **plan.settings}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One piece of work: what it does, to which actions it counts, and what it is called."""

    what: str
    actions: tuple[Action, ...]
    do: Callable[[], None]
    counts: bool = True


class _StoppedError(Exception):
    """Ends the run from inside; `stop` is what the report says."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop.message)
        self.stop = stop


@dataclass(slots=True, kw_only=True)
class _Run:
    plan: Plan
    work: Phases
    keeper: Keeper
    recipients: Recipients
    webhooks: Webhooks
    models: Models
    results: Results
    options: ApplyOptions
    progress: Callable[[Progress], None]
    stop: Callable[[], bool]
    touched: dict[RecipientKey, Touched] = field(default_factory=dict)
    foreign: frozenset[Edge] = frozenset()
    announced: frozenset[Edge] = frozenset()
    finished: int = 0

    def go(self) -> ApplyReport:
        stopped = self._writes()
        for deferred in self.work.deferred:
            self.results.deferred(deferred.action, deferred.why)
        if stopped is None:
            self.results.done(self.work.book)
        stopped = self._claims(stopped)
        return ApplyReport(
            results=self.results.settle(),
            blocked=len(self.plan.blocked),
            foreign_lost=tuple(sorted(self.foreign)),
            notes=tuple(self.recipients.notes),
            stopped=stopped,
            wrote=self.recipients.writer.touched,
            generation=self.keeper.ledger.generation,
        )

    def _writes(self) -> Stop | None:
        try:
            self._phase("additions", self._additions())
            taking = self.work.taking
            if taking is not None and self._barrier(taking):
                self._phase("removals", self._removals(taking))
            self._settle()
        except _StoppedError as error:
            return error.stop
        return None

    # --- the phases ------------------------------------------------------------------------------------------------
    def _additions(self) -> list[_Job]:
        giving, hooks = self.work.giving, self.webhooks
        return [
            *(_Job(what=f"{w.key}", actions=w.actions, do=partial(self._add, w)) for w in giving.recipients),
            *(_Job(what=f"webhook {a.key}", actions=(a,), do=partial(hooks.create, a)) for a in giving.creates),
            *(_Job(what=f"webhook {a.key}", actions=(a,), do=partial(hooks.change, a)) for a in giving.changes),
            *(_Job(what=_models(w), actions=w.actions, do=partial(self.models.start, w)) for w in giving.models),
            *(
                _Job(what=f"webhook {a.key}", actions=(a,), do=partial(hooks.grow, a), counts=False)
                for a in giving.grows
            ),
        ]

    def _removals(self, taking: Taking) -> list[_Job]:
        hooks, writer = self.webhooks, self.recipients.writer
        if not isinstance(writer, TakingWriter):
            return []
        return [
            *(_Job(what=f"{w.key}", actions=w.actions, do=partial(self._remove, w, writer)) for w in taking.recipients),
            *(_Job(what=f"webhook {a.key}", actions=(a,), do=partial(hooks.recreate, a)) for a in taking.recreates),
            *(_Job(what=f"webhook {a.key}", actions=(a,), do=partial(hooks.change, a)) for a in taking.changes),
            *(_Job(what=f"webhook {a.key}", actions=(a,), do=partial(hooks.drop, a, writer)) for a in taking.drops),
            *(_Job(what=_models(w), actions=w.actions, do=partial(self.models.stop, w, writer)) for w in taking.models),
        ]

    def _add(self, work: AddWork) -> None:
        self.recipients.add(work)
        if work.adds:
            self.touched[work.key] = Touched(key=work.key, added=work)

    def _remove(self, work: RemoveWork, writer: TakingWriter) -> None:
        self.recipients.remove(work, writer)
        before = self.touched.get(work.key, Touched(key=work.key))
        self.touched[work.key] = replace(before, removed=work)

    def _barrier(self, taking: Taking) -> bool:
        """Let removals pass only if every addition holds: nobody loses an alert before its replacement is there."""
        if not self.results.any_failed((*self.work.giving.actions, *self.work.giving.grows)):
            return True
        self.results.withheld(
            [each for each in taking.actions if not self.results.any_failed([each])], "an addition failed"
        )
        return False

    def _settle(self) -> None:
        """Look at every touched recipient again and do again what a concurrent writer undid, a few times at most."""
        open_now = list(self.touched.values())
        for attempt in range(ROUNDS + 1):
            self._ask_stop()
            looked = [(before, self._undone(before)) for before in open_now]
            self.results.done(each for before, lost in looked if not lost for each in _actions(before))
            open_now = [lost for _, lost in looked if lost]
            if open_now and attempt < ROUNDS:
                self._phase("settle", [self._again(lost) for lost in open_now], attempts=1)
        for lost in open_now:
            self.results.failed(
                _actions(lost), NotHeldError(f"{lost.key}, taken back {ROUNDS} times by another writer")
            )

    def _undone(self, done: Touched) -> Touched | None:
        """Return what does not hold. A recipient that cannot be read now was verified after its write: that stands."""
        try:
            return undone(done, self.recipients)
        except (RuntimeFailure, Interrupted) as error:
            if isinstance(error, Interrupted) or ends_the_run(error):
                raise _StoppedError(_stop(error)) from error
            self.recipients.notes.append(f"{done.key} could not be read again after all writes: {error.message}")
            return None

    def _again(self, lost: Touched) -> _Job:
        return _Job(what=f"{lost.key}", actions=_actions(lost), do=partial(reapply, lost, self.recipients))

    # --- one piece of work -----------------------------------------------------------------------------------------
    def _phase(self, name: str, jobs: list[_Job], *, attempts: int | None = None) -> None:
        """Do the jobs; those that may yet succeed are tried again after the others, each from a fresh read."""
        left = attempts or self.options.attempts
        while jobs and left:
            left -= 1
            jobs = [job for job in jobs if not self._did(name, job)]

    def _did(self, phase: str, job: _Job) -> bool:
        """Do one job and note what became of it. Returns false where another try is worth it."""
        self._ask_stop()
        total = self.work.writes
        self.progress(Progress(phase=phase, what=job.what, done=min(self.finished, total), total=total))
        try:
            job.do()
        except (RuntimeFailure, Refused, Interrupted) as error:
            self._failed(job, error)
            return not worth_another_round(error)
        self.finished += 1
        if job.counts:
            self.results.done(job.actions)
        else:
            self.results.forget(job.actions)
        return True

    def _failed(self, job: _Job, error: AlertsError) -> None:
        self.results.failed(job.actions, error)
        if isinstance(error, ForeignLostError):
            self.foreign = error.edges
        if isinstance(error, ForeignLostError | LedgerError | Interrupted) or ends_the_run(error):
            raise _StoppedError(_stop(error)) from error

    def _ask_stop(self) -> None:
        if self.stop():
            raise _StoppedError(_stop(Interrupted("stopped between two writes", next_step="run again: it goes on")))

    # --- the last word ---------------------------------------------------------------------------------------------
    def _claims(self, stopped: Stop | None) -> Stop | None:
        """Record what is verified. After a stop nothing more is read: what is not known stays pending."""
        if stopped is not None and stopped.reason is StopReason.LEDGER:
            return stopped
        facts = self._facts(stopped)
        try:
            books = recorded(self.keeper.ledger, self.plan, facts)
            self.keeper.save(books, told_subject(facts.done), told_lines(facts.done, self.plan.names))
        except LedgerError as error:
            return stopped or _stop(error)
        return stopped

    def _facts(self, stopped: Stop | None) -> Facts:
        results = self.results.settle()
        done = tuple(result.action for result in results if result.state is ActionState.DONE)
        settled = {each.edge for each in done if isinstance(each, AddEdge | RemoveEdge | ReleaseEdge | UpdateClaim)}
        open_edges = self.keeper.ledger.pending.keys() - settled if stopped is None else frozenset[Edge]()
        live, gone = self._look(open_edges)
        return Facts(
            done=done,
            undone=tuple(result.action for result in results if result.state is not ActionState.DONE),
            live=live,
            gone=gone,
            found=frozenset[Edge]().union(*self.recipients.found.values()) - self.announced,
            whole=stopped is None and self.options.whole and not self.options.additions_only,
            at=self.keeper.clock().isoformat(timespec="seconds"),
        )

    def _look(self, edges: Iterable[Edge]) -> tuple[frozenset[Edge], frozenset[Edge]]:
        """Read what became of edges that were announced and not verified: a run that died may have made them."""
        wanted, read, live = frozenset(edges), set[RecipientKey](), frozenset[Edge]()
        for key in sorted({edge.recipient for edge in wanted}):
            try:
                live |= self.recipients.live(key)
                read.add(key)
            except (RuntimeFailure, Interrupted) as error:
                self.recipients.notes.append(f"{key} stays pending, it could not be read: {error.message}")
        known = frozenset(edge for edge in wanted if edge.recipient in read)
        return known & live, known - live


def _models(work: ModelWork) -> str:
    return f"model notifications of environment {work.environment_id}"


def _actions(touched: Touched) -> tuple[Action, ...]:
    added = touched.added.actions if touched.added is not None else ()
    removed = touched.removed.actions if touched.removed is not None else ()
    return (*added, *removed)


def _stop(error: AlertsError) -> Stop:
    reasons = ((Interrupted, StopReason.INTERRUPTED), (ForeignLostError, StopReason.FOREIGN_LOST))
    found = next((reason for kind, reason in reasons if isinstance(error, kind)), StopReason.FAILURE)
    reason = StopReason.LEDGER if isinstance(error, LedgerError) else found
    return Stop(reason=reason, message=error.message, next_step=error.next_step)
