"""Hold a ledger's model notifications against live, outcome by outcome. Pure; changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from reconciler.model.ledger_finding import FindingKind, LedgerFinding
from reconciler.model.model_notifications import ModelClaim, ModelNotifications, ModelUnanswered, outcomes_text
from reconciler.plan.model_diff import environment_name

if TYPE_CHECKING:
    from reconciler.model.inventory import Inventory
    from reconciler.model.ledger import Ledger, Others

__all__ = ["audit_models"]

_MOST_EXAMPLES: Final = 5
_NEXT_STEP: Final[Mapping[FindingKind, tuple[str, str]]] = {
    FindingKind.MODELS_PENDING: (
        "was about to be switched by a run that did not end",
        "run `dbt-alerts apply` again: it goes on where that run stopped",
    ),
    FindingKind.MODELS_DIFFERENT: (
        "is not as we left it",
        "somebody switched it: `dbt-alerts apply --repair-drift` puts back what the policy still wants",
    ),
    FindingKind.MODELS_GONE: ("is deleted", "`dbt-alerts apply` forgets it"),
    FindingKind.MODELS_INVISIBLE: (
        "is in no list",
        "check that the token still sees every project: nothing is forgotten before that",
    ),
    FindingKind.MODELS_UNSEEN: (
        "does not show its model notifications: whether ours are still on was not looked at",
        "verify against dbt Cloud itself, with a token that may read the environment",
    ),
    FindingKind.MODELS_CONFLICT: (
        "is set differently by another manager",
        "agree on one set of outcomes, or hand the environment over with `release:`",
    ),
    FindingKind.MODELS_SHARED: (
        "is claimed by another manager too",
        "fine during a hand-over: who drops it first switches nothing off",
    ),
}


def audit_models(ledger: Ledger, others: Others, inventory: Inventory) -> Iterator[LedgerFinding]:
    """Yield what is found, a finding for each kind. `count` is in environments."""
    found: dict[FindingKind, list[str]] = {kind: [] for kind in _NEXT_STEP}
    for number, claim in sorted(ledger.models.items()):
        name = environment_name(number, inventory)
        for kind, detail in (*_of_live(claim, inventory), *_of_others(claim, others)):
            found[kind].append(f"{name}: {detail}" if detail else name)
    for kind, names in found.items():
        if names:
            yield _finding(kind, names)


def _finding(kind: FindingKind, names: list[str]) -> LedgerFinding:
    what, next_step = _NEXT_STEP[kind]
    several = "" if len(names) == 1 else "s"
    return LedgerFinding(
        kind=kind,
        what=f"model notifications of {len(names)} environment{several}, each of which {what}",
        next_step=next_step,
        count=len(names),
        examples=tuple(names[:_MOST_EXAMPLES]),
        shown=min(len(names), _MOST_EXAMPLES),
    )


def _of_live(claim: ModelClaim, inventory: Inventory) -> Iterator[tuple[FindingKind, str]]:
    environment = inventory.environments.get(claim.environment_id)
    if claim.pending:
        yield FindingKind.MODELS_PENDING, outcomes_text(claim.pending)
    if environment is None:
        yield FindingKind.MODELS_INVISIBLE, ""
    elif environment.deleted:
        yield FindingKind.MODELS_GONE, ""
    else:
        yield from _switched(claim, inventory.models.get(claim.environment_id))


def _switched(
    claim: ModelClaim, live: ModelNotifications | ModelUnanswered | None
) -> Iterator[tuple[FindingKind, str]]:
    if not isinstance(live, ModelNotifications):
        yield FindingKind.MODELS_UNSEEN, live.why if live is not None else ""
        return
    differing = {each: value for each, value in claim.applied.items() if value != (each in live.told)}
    if differing:
        sides = (("off", True), ("on", False))
        texts = (
            f"{outcomes_text(frozenset(each for each, value in differing.items() if value is ours))} {now}"
            for now, ours in sides
            if ours in differing.values()
        )
        yield FindingKind.MODELS_DIFFERENT, "; ".join(texts)


def _of_others(claim: ModelClaim, others: Others) -> Iterator[tuple[FindingKind, str]]:
    for ledger in others.ledgers:
        theirs = ledger.models.get(claim.environment_id)
        if theirs is None:
            continue
        apart = any(theirs.applied.get(each, value) != value for each, value in claim.applied.items())
        kind = FindingKind.MODELS_CONFLICT if apart else FindingKind.MODELS_SHARED
        yield kind, f"{outcomes_text(theirs.on)} for {ledger.manager}" if apart else ledger.manager
