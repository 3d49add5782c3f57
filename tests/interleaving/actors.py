"""Who acts: an applier, which is the real one from the plan to the last word, and a person with the UI's form open."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from reconciler.cloud import Reader, Writer, open_client
from reconciler.errors import AlertsError, ExitCode
from reconciler.http import Clock
from reconciler.model.actions import AddEdge, AdoptEdge, RemoveEdge
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.ledger import Ledger, LedgerWrite, Others
from reconciler.model.policy import Policy, SecretSink
from reconciler.model.report import ActionState
from reconciler.model.secret import Secret
from reconciler.plan.intent import Intent, will_run
from reconciler.reconcile import Planned, RunInfo, apply_changes, plan_changes
from tests.doubles import FakeSink, Trips
from tests.interleaving.account import HOST, LISTS, TOKEN, Account, Told, Wire, row_body
from tests.interleaving.keeping import RunStore
from tests.interleaving.lockstep import Turns

if TYPE_CHECKING:
    from reconciler.apply.ports import Sink

__all__ = ["Applier", "Attempt", "Person", "Stores", "Vault", "apply_once", "told"]

_NOW: Final = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
_STILL: Final = Clock(monotonic=lambda: 0.0, now=lambda: _NOW, sleep=lambda _: None, randomness=lambda: 0.0)


@dataclass(slots=True)
class Stores:
    """A ledger store as one actor reaches it: whatever reads or writes what is kept is a step."""

    store: RunStore
    turns: Turns
    account: Account
    _looked: bool = False

    def look(self) -> None:
        self.turns.stop("ledger: look")
        self.store.look()
        self._looked = True

    def load(self, host: str, account_id: int, manager: str, *, known: Collection[RecipientKey] = ()) -> Ledger:
        if not self._looked:
            self.turns.stop("ledger: load")
            self.store.look()
        return self.store.load(host, account_id, manager, known=known)

    def others(self, host: str, account_id: int, manager: str, *, known: Collection[RecipientKey] = ()) -> Others:
        return self.store.others(host, account_id, manager, known=known)

    @contextmanager
    def hold(self, ledger: Ledger, *, write: LedgerWrite) -> Generator[None]:
        self.turns.stop("ledger: hold")
        with self.store.hold(ledger, write=write):
            yield
            self.turns.stop("ledger: let go")

    def save(self, ledger: Ledger, *, expected_generation: int, write: LedgerWrite) -> Ledger:
        self.turns.stop(f"ledger: save ({write.what})")
        saved = self.store.save(ledger, expected_generation=expected_generation, write=write)
        self.account.saves.append((len(self.account.calls), saved))
        return saved


@dataclass(slots=True, kw_only=True)
class Attempt:
    """How one apply went. `code` is what its command would have exited with, `said` what it said beside that."""

    manager: str
    code: ExitCode = ExitCode.SUCCESS
    said: str = ""
    adds: frozenset[Told] = frozenset()
    removes: frozenset[Told] = frozenset()
    adopts: frozenset[Told] = frozenset()
    done: frozenset[Told] = frozenset()
    actions: int = 0
    planned: Planned | None = None


@dataclass(slots=True)
class Vault:
    """The sinks of all webhooks: secrets by their webhook's key."""

    kept: dict[str, str] = field(default_factory=dict)

    def open(self, _sink: SecretSink, key: str) -> Sink:
        return FakeSink(name=key, kept=self.kept, trips=Trips())


@dataclass(frozen=True, slots=True, kw_only=True)
class Applier:
    """One CI job: a policy, and where its ledger is. It plans and applies once."""

    account: Account
    store: RunStore
    policy: Policy
    sinks: Vault = field(default_factory=Vault)
    repair: bool = False
    into: list[Attempt] = field(default_factory=list)

    def __call__(self, turns: Turns) -> None:
        self.into.append(apply_once(self, turns))


def apply_once(applier: Applier, turns: Turns) -> Attempt:
    """Plan and apply as the command does, and note how it ended."""
    attempt, account = Attempt(manager=applier.policy.manager), applier.account
    stores = Stores(applier.store, turns, account)
    intent = Intent(repair_drift=applier.repair)
    run = RunInfo(actor=turns.name, commit="", now=_NOW)
    try:
        with open_client(host=HOST, token=Secret(TOKEN), clock=_STILL, transport=Wire(account, turns)) as client:
            reader, writer = Reader(client, account.state.account_id), Writer(client, account.state.account_id)
            planned = plan_changes(policy=applier.policy, observer=reader, ledgers=stores, intent=intent, run=run)
            _note_intentions(attempt, planned, intent)
            applied = apply_changes(
                planned=planned,
                reader=reader,
                writer=writer,
                ledgers=stores,
                sinks=applier.sinks.open,
                intent=intent,
                run=run,
                progress=lambda _: None,
                stop=lambda: False,
            )
    except AlertsError as error:
        attempt.code, attempt.said = error.exit_code, error.message
        return attempt
    report = applied.report
    attempt.code, attempt.said = report.exit_code, report.stopped.message if report.stopped else ""
    verified = [each.action for each in report.results if each.state is ActionState.DONE]
    attempt.done = frozenset(told(each.edge) for each in verified if isinstance(each, AddEdge | AdoptEdge | RemoveEdge))
    return attempt


def _note_intentions(attempt: Attempt, planned: Planned, intent: Intent) -> None:
    mine = [action for action in planned.plan.actions if will_run(action, intent)]
    attempt.planned, attempt.actions = planned, len(planned.plan.actions)
    attempt.adds = frozenset(told(each.edge) for each in mine if isinstance(each, AddEdge))
    attempt.removes = frozenset(told(each.edge) for each in mine if isinstance(each, RemoveEdge))
    attempt.adopts = frozenset(told(each.edge) for each in mine if isinstance(each, AdoptEdge))


def told(edge: Edge) -> Told:
    return Told(str(edge.recipient), edge.outcome.value, edge.job_id)


Edit = Callable[[frozenset[Told]], frozenset[Told]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Opens one recipient's form, edits what it showed then, and saves the whole of it: the UI knows no version.

    A recipient without a row gets one. `who` is a recipient as `user:<id>` or `email:<address>`.
    """

    account: Account
    who: str
    edit: Edit

    def __call__(self, turns: Turns) -> None:
        place = f"/api/v2/accounts/{self.account.state.account_id}/notifications/"
        _, answer = self.account.call(turns, "GET", place, b"", b"")
        shown = next((row for row in json.loads(answer)["data"] if told_by_row(row, self.who)), None)
        if shown is None:
            body = row_body(self.account.state.account_id, self.edit(frozenset()))
            self.account.call(turns, "POST", place, b"", json.dumps(body).encode())
            return
        wanted = self.edit(_edges(shown, self.who))
        lists = {name: sorted(each.job for each in wanted if each.what == what) for name, what in LISTS.items()}
        body = {key: value for key, value in shown.items() if key != "user"} | lists
        self.account.call(turns, "POST", f"{place}{shown['id']}/", b"", json.dumps(body).encode())


def told_by_row(row: dict[str, Any], who: str) -> bool:
    kind, _, value = who.partition(":")
    if kind == "user":
        return row["type"] == 1 and str(row["user_id"]) == value
    return row["type"] == 4 and row["external_email"] == value


def _edges(row: dict[str, Any], who: str) -> frozenset[Told]:
    return frozenset(Told(who, what, int(job)) for name, what in LISTS.items() for job in row[name] or ())
