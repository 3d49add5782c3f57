"""Plan and apply over HTTP against a sandbox process, with the library's own Reader, Writer and ledger codec."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from reconciler.cloud import Reader, Writer, open_client
from reconciler.ledger.codec import decode, encode
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import Inventory
from reconciler.model.ledger import Ledger, LedgerWrite
from reconciler.model.marker import parse_marker
from reconciler.model.model_notifications import ModelAnswer
from reconciler.model.policy import Policy, SecretSink
from reconciler.model.secret import Secret
from reconciler.plan.document import plan_document
from reconciler.plan.document_actions import identity
from reconciler.plan.intent import Intent
from reconciler.plan.saved import SavedPlan
from reconciler.reconcile import Applied, Planned, RunInfo, apply_changes, plan_changes
from tests.doubles import FakeSink, MemoryStore, Trips
from tests.plan_schema import follows_the_schema
from tests.property.convergence_world import FIELDS, World, tables
from tests.scenarios.process_lab import SandboxProcess

RUN = RunInfo(actor="tester", commit="abc", now=datetime(2026, 3, 2, 6, 0, tzinfo=UTC))


class CodecStore(MemoryStore):
    """A ledger in memory that goes through its file format with every save."""

    def save(self, ledger: Ledger, *, expected_generation: int, write: LedgerWrite) -> Ledger:
        saved = super().save(ledger, expected_generation=expected_generation, write=write)
        self.ledger = decode(encode(saved))
        return self.ledger


@dataclass(frozen=True, slots=True)
class _Seen:
    """An observer of what was read a moment ago: spares a second reading of the same account."""

    seen: Inventory

    def inventory(self) -> Inventory:
        return self.seen

    def model_notifications(self, environment_ids: Iterable[int]) -> Mapping[int, ModelAnswer]:
        return {number: self.seen.models[number] for number in environment_ids}


@dataclass(slots=True, kw_only=True)
class Account:
    """One world in the sandbox and its ledger."""

    sandbox: SandboxProcess
    policy: Policy
    store: CodecStore
    secrets: dict[str, str] = field(default_factory=lambda: {"default/lineage": "whs_ours1"})

    @classmethod
    def of(cls, world: World, sandbox: SandboxProcess) -> Account:
        sandbox.fresh(tables(world, sandbox.image))
        ledger = world.ledger(sandbox.authority, sandbox.account_id)
        return cls(sandbox=sandbox, policy=world.policy(), store=CodecStore(decode(encode(ledger))))

    def plan(self, intent: Intent | None = None) -> Planned:
        """Plan, and once more with exactly the allowances that the first plan names."""
        intent = intent or Intent()
        with open_client(host=self.sandbox.url, token=Secret(self.sandbox.token)) as client:
            first = self._planned(Reader(client, self.sandbox.account_id), intent)
        allow = frozenset(finding.allow for finding in first.plan.guards if finding.allow)
        return self._planned(_Seen(first.inventory), replace(intent, allow=allow)) if allow else first

    def _planned(self, observer: Reader | _Seen, intent: Intent) -> Planned:
        planned = plan_changes(policy=self.policy, observer=observer, ledgers=self.store, intent=intent, run=RUN)
        follows_the_schema(plan_document(planned.plan))
        return planned

    def apply(self, planned: Planned, intent: Intent | None = None, *, saved: SavedPlan | None = None) -> Applied:
        allow = frozenset(finding.allow for finding in planned.plan.guards if finding.allowed and finding.allow)
        with open_client(host=self.sandbox.url, token=Secret(self.sandbox.token)) as client:
            return apply_changes(
                planned=planned,
                reader=Reader(client, self.sandbox.account_id),
                writer=Writer(client, self.sandbox.account_id),
                ledgers=self.store,
                sinks=self._sink,
                intent=replace(intent or Intent(), allow=allow),
                run=RUN,
                saved=saved,
                progress=lambda _: None,
                stop=lambda: False,
            )

    def _sink(self, _: SecretSink, name: str) -> FakeSink:
        return FakeSink(name=name, kept=self.secrets, trips=Trips())

    # --- what the sandbox holds, read past the client ----------------------------------------------------------------
    def rows(self) -> dict[int, Mapping[str, Any]]:
        return {row["id"]: row for row in self.sandbox.control.rows("notifications")}

    def live(self) -> frozenset[Edge]:
        return frozenset(edge for row in self.rows().values() for edge in edges_of(row))

    def foreign_webhook(self) -> Mapping[str, Any]:
        return next(row for row in self.sandbox.control.rows("webhooks") if row["id"] == "wsu_foreign")

    def our_webhooks(self) -> list[Mapping[str, Any]]:
        return [row for row in self.sandbox.control.rows("webhooks") if parse_marker(row["description"] or "")]


def edges_of(row: Mapping[str, Any]) -> frozenset[Edge]:
    """Return what a stored row tells its recipient: nothing once it is deleted, or without a recipient."""
    key = key_of(row)
    if key is None or row["state"] != 1:
        return frozenset()
    return frozenset(Edge(key, outcome, job) for outcome, name in FIELDS.items() for job in row[name])


def key_of(row: Mapping[str, Any]) -> RecipientKey | None:
    match row["type"]:
        case 1:
            return RecipientKey.user(row["user_id"])
        case 2:
            return RecipientKey.slack(row["slack_channel_id"])
        case 4 if row["external_email"]:
            return RecipientKey.email(row["external_email"])
        case 5:
            return RecipientKey.slack_app(row["slack_channel_id"])
        case _:
            return None


def named(planned: Planned) -> list[str]:
    """Return the actions of a plan as a reader tells them apart."""
    return [identity(action) for action in planned.plan.actions]
