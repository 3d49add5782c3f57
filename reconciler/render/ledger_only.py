"""What concerns the ledger and nobody's mail: taken over, given up, forgotten, brought up to date, and kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Final

from reconciler.model.actions import AdoptEdge, ForgetEdge, ReleaseEdge, UpdateClaim
from reconciler.model.plan import KeptWhy
from reconciler.render.models import model_ledger_rows
from reconciler.render.rows import Row, Section, Sign, edge_cells

if TYPE_CHECKING:
    from reconciler.model.actions import Action
    from reconciler.model.edge import Edge
    from reconciler.model.plan import Plan

__all__ = ["kept_section", "ledger_rows", "ledger_section"]

_LIFTED: Final = "protection ends with this apply; the next plan removes it"

_KEPT_WORDS: Final = {
    KeptWhy.HELD: "outside scope: kept and claimed",
    KeptWhy.INVISIBLE: "its job is in no list: kept, the token may have lost a project",
    KeptWhy.BLOCKED: "its rule or recipient is not answered",
    KeptWhy.WAITING: "waiting for the relay",
    KeptWhy.PROTECTED: "protected: apply `protect: false` first, then the next plan removes it",
}


def ledger_section(plan: Plan) -> Section:
    """Show what this run writes to the ledger alone."""
    rows = tuple(ledger_rows(plan, plan.running))
    return Section(title="In the ledger only", rows=rows, hint="Nothing changes for anybody.")


def ledger_rows(plan: Plan, actions: Iterable[Action]) -> Iterator[Row]:
    """Yield what only the ledger hears of; a hand-over names the other manager, so that a gap can be seen."""
    actions = tuple(actions)
    lifted = _lifted(plan)
    for kind in (AdoptEdge, ReleaseEdge, ForgetEdge, UpdateClaim):
        notes = {each.edge: _note(each, plan, lifted) for each in actions if isinstance(each, kind)}
        yield from _rows(plan, notes)
    yield from model_ledger_rows(plan, actions)


def _note(action: AdoptEdge | ReleaseEdge | ForgetEdge | UpdateClaim, plan: Plan, lifted: frozenset[Edge]) -> str:
    others = ", ".join(plan.others_have.get(action.edge, ()))
    match action:
        case AdoptEdge():
            return f"{others} has it; from now on ours too" if others else "already told, from now on ours"
        case ReleaseEdge():
            return f"stays: {others} has it" if others else "stays told, no longer ours"
        case ForgetEdge():
            return "neither wanted nor there: only the claim goes"
        case UpdateClaim():
            ends = action.edge in lifted
            return _LIFTED if ends else "kept, its entry in the ledger is brought up to date"


def _lifted(plan: Plan) -> frozenset[Edge]:
    """Return what is kept now only because it was protected until this apply."""
    kept = {each.edge for each in plan.kept if each.why is KeptWhy.PROTECTED}
    updates = (each for each in plan.actions if isinstance(each, UpdateClaim) and not each.claim.protected)
    return frozenset(each.edge for each in updates if each.edge in kept)


def kept_section(plan: Plan) -> Section:
    """Show what is ours and not wanted, and why it stays."""
    lifted = _lifted(plan)
    rows: list[Row] = []
    for why in sorted(KeptWhy):
        words = _KEPT_WORDS[why]
        edges = (each.edge for each in plan.kept if each.why is why)
        rows.extend(_rows(plan, {edge: _LIFTED if edge in lifted else words for edge in edges}))
    return Section(title="Ours, not wanted, and kept", rows=tuple(rows))


def _rows(plan: Plan, notes: Mapping[Edge, str]) -> Iterator[Row]:
    """Yield one row for each recipient, outcome and note."""
    lines = sorted((edge.recipient, edge.outcome, note, edge.job_id) for edge, note in notes.items())
    for (who, outcome, note), group in groupby(lines, key=lambda line: line[:3]):
        jobs = [job_id for *_, job_id in group]
        yield Row(sign=Sign.KEEP, cells=edge_cells(plan, who, outcome.value, jobs), note=note)
