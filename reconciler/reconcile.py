"""The loop, told in one file: load → observe → resolve → desire → diff → guard → (apply).

    policy files ───load────▶ Policy ────┐
    dbt Cloud ────observe───▶ Inventory ─┼─ desire ─▶ Desired ─ diff, guard ─▶ Plan ─▶ apply
    ledger ──────────────────▶ Ledger ───┘

`plan_changes` reads and never writes: it is given no writer; `look_for_drift` says what the plan's drift means to
people. `apply_changes` plans again from what is true now, holds a saved plan against that, and only then writes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from reconciler.errors import PolicyError
from reconciler.model.ledger import LedgerWrite
from reconciler.plan.build import build_plan
from reconciler.plan.desire import desire
from reconciler.plan.document import plan_document
from reconciler.plan.guards import refusal
from reconciler.plan.intent import Intent
from reconciler.plan.model_diff import asked_environments
from reconciler.plan.saved import SavedPlan, compare

if TYPE_CHECKING:
    from reconciler.apply.ports import AppliesReader, AppliesWriter, LedgerStore, SinkFactory
    from reconciler.model.actions import Action
    from reconciler.model.drift import Drift
    from reconciler.model.edge import RecipientKey
    from reconciler.model.inventory import Inventory
    from reconciler.model.ledger import Ledger, Others
    from reconciler.model.model_notifications import ModelAnswer
    from reconciler.model.plan import Plan
    from reconciler.model.policy import Policy
    from reconciler.model.report import ApplyReport, Progress
    from reconciler.plan.desire import Desired

__all__ = [
    "Applied",
    "Observer",
    "Planned",
    "RunInfo",
    "apply_changes",
    "look_for_drift",
    "plan_changes",
    "with_models",
]

PLAN_LIFETIME: Final = timedelta(days=7)
"""How long a saved plan may be applied: a pull request waits over a holiday, an old plan is nobody's intention."""


class Observer(Protocol):
    """Shows live: dbt Cloud's Reader, or a snapshot."""

    def inventory(self) -> Inventory: ...
    def model_notifications(self, environment_ids: Iterable[int], /) -> Mapping[int, ModelAnswer]:
        """Read model notifications, one call for each environment: dbt Cloud has no list of them."""
        ...


class LedgerReader(Protocol):
    """Shows what is owned. `known` are the recipients that a redacted ledger may mean."""

    def look(self) -> None:
        """Fix what the next `load` and `others` show to what is there now: who writes later refuses the first save."""
        ...

    def load(self, host: str, account_id: int, manager: str, *, known: Collection[RecipientKey] = ()) -> Ledger: ...
    def others(self, host: str, account_id: int, manager: str, *, known: Collection[RecipientKey] = ()) -> Others: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInfo:
    """Who runs this, from which commit, and when: `now` is its start, `clock` tells the time of each ledger write."""

    actor: str
    commit: str
    now: datetime
    from_snapshot: bool = False
    clock: Callable[[], datetime] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan, and what it was made from."""

    plan: Plan
    ledger: Ledger
    others: Others
    inventory: Inventory
    desired: Desired


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The plan that was carried out, what became of it, and what was left for the next plan."""

    plan: Plan
    report: ApplyReport
    deferred: tuple[Action, ...] = field(default_factory=tuple)


def plan_changes(*, policy: Policy, observer: Observer, ledgers: LedgerReader, intent: Intent, run: RunInfo) -> Planned:
    """Observe live and return what would change. Raises PolicyError for what only live can show to be wrong.

    The ledger is looked at first: one that is younger than live would know of edges that live does not show yet.
    """
    ledgers.look()
    inventory = observer.inventory()
    desired = desire(policy, inventory)
    if desired.problems:
        raise PolicyError(desired.problems)
    place = (inventory.host, inventory.account_id, policy.manager)
    known = inventory.rows.keys() | desired.recipients.keys()
    ledger, others = ledgers.load(*place, known=known), ledgers.others(*place, known=known)
    inventory = with_models(inventory, observer, asked_environments(desired, ledger, inventory))
    plan = build_plan(desired=desired, inventory=inventory, ledger=ledger, intent=intent, others=others)
    stamped = replace(
        plan,
        manager=policy.manager,
        policy_digest=policy.digest,
        commit=run.commit,
        created_at=run.now.isoformat(timespec="seconds"),
        expires_at=(run.now + PLAN_LIFETIME).isoformat(timespec="seconds"),
        from_snapshot=run.from_snapshot,
    )
    return Planned(plan=stamped, ledger=ledger, others=others, inventory=inventory, desired=desired)


def look_for_drift(*, policy: Policy, observer: Observer, ledgers: LedgerReader, run: RunInfo) -> Drift:
    """Tell what of ours is not as the last apply left it. It is handed nothing that can write."""
    from reconciler.drift.find import find_drift  # noqa: PLC0415 - a plan does not load what only drift needs
    from reconciler.drift.looked import Looked  # noqa: PLC0415

    planned = plan_changes(policy=policy, observer=observer, ledgers=ledgers, intent=Intent(repair_drift=True), run=run)
    looked = Looked(
        plan=planned.plan,
        desired=planned.desired,
        inventory=planned.inventory,
        ledger=planned.ledger,
        others=planned.others.edges,
        now=run.now,
    )
    return find_drift(looked, policy)


def with_models(inventory: Inventory, observer: Observer, environment_ids: Collection[int]) -> Inventory:
    """Add the model notifications of these environments. Whoever names none pays no call."""
    if not environment_ids:
        return inventory
    models = observer.model_notifications(environment_ids)
    unknown = {f"model notification field {name}" for each in models.values() for name in getattr(each, "unknown", ())}
    return replace(
        inventory,
        models=models,
        calls=inventory.calls + (0 if inventory.url_key else len(models)),
        unknown=(*inventory.unknown, *sorted(unknown)),
    )


def apply_changes(  # noqa: PLR0913 - every seam is an argument, named at the one call
    *,
    planned: Planned,
    reader: AppliesReader,
    writer: AppliesWriter,
    ledgers: LedgerStore,
    sinks: SinkFactory,
    intent: Intent,
    run: RunInfo,
    saved: SavedPlan | None = None,
    progress: Callable[[Progress], None],
    stop: Callable[[], bool],
) -> Applied:
    """Carry out what was planned just now, within what the saved plan shows. Raises Refused, StalePlan, Interrupted."""
    from reconciler.apply.run import ApplyOptions, apply_plan  # noqa: PLC0415 - a plan does not even load what writes

    plan, deferred = _reviewed(planned.plan, saved, run)
    if plan.refused:
        raise refusal(plan.guards)
    digest = saved.digest if saved is not None else plan_document(plan)["digest"]
    write = LedgerWrite(at=run.now.isoformat(), actor=run.actor, commit=run.commit, plan_digest=digest, what="apply")
    with ledgers.hold(planned.ledger, write=write):
        report = apply_plan(
            plan,
            ledger=planned.ledger,
            store=ledgers,
            reader=reader,
            writer=writer,
            sinks=sinks,
            clock=run.clock or (lambda: run.now),
            actor=run.actor,
            options=ApplyOptions(
                additions_only=intent.additions_only,
                repair_drift=intent.repair_drift,
                whole=not deferred,
                plan_digest=digest,
            ),
            progress=progress,
            stop=stop,
        )
    return Applied(plan=plan, report=report, deferred=deferred)


def _reviewed(plan: Plan, saved: SavedPlan | None, run: RunInfo) -> tuple[Plan, tuple[Action, ...]]:
    """Return the plan without the actions that nobody reviewed, and those."""
    if saved is None:
        return plan, ()
    comparison = compare(saved, plan, at=run.now)
    return replace(plan, actions=comparison.run), comparison.deferred
