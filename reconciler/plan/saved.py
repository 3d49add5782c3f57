"""A saved plan, held against what would happen now (design §4.7).

What others added in between waits for the next plan; what would now be taken away beyond the saved plan refuses it.
Nothing of a saved plan's content is ever written to dbt Cloud: it only says which of today's actions were reviewed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from reconciler.errors import StalePlan
from reconciler.model.actions import (
    Action,
    AddEdge,
    AdoptEdge,
    AdoptSubscription,
    Cause,
    CreateSubscription,
    ForgetEdge,
    ForgetSubscription,
    RecreateSubscription,
    UpdateClaim,
)
from reconciler.plan.document import FORMAT, digest_of, identity
from reconciler.plan.wording import describe

if TYPE_CHECKING:
    from reconciler.model.plan import Plan

__all__ = ["Comparison", "SavedPlan", "compare"]

_HARMLESS_WHEN_NEW = (
    AddEdge,
    AdoptEdge,
    AdoptSubscription,
    CreateSubscription,
    ForgetEdge,
    ForgetSubscription,
    RecreateSubscription,
    UpdateClaim,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    """The part of a saved plan that counts: where it is for, until when, and which actions were reviewed."""

    host: str
    account_id: int
    manager: str
    expires_at: datetime
    policy_digest: str
    digest: str
    actions: frozenset[str]

    @classmethod
    def from_document(cls, document: object) -> SavedPlan:
        """Read a plan's JSON data. Raises StalePlan for anything that is not an unaltered, applyable plan."""
        if not isinstance(document, Mapping) or "format" not in document:
            raise _unreadable("it is not a plan of this tool")
        if str(document["format"]).partition(".")[0] != FORMAT.partition(".")[0]:
            raise _unreadable(f"its format is {document['format']!s:.20}, this tool reads {FORMAT}")
        if document.get("digest") != digest_of(document):
            raise _unreadable("its content does not match its digest")
        if document.get("applyable") is not True:
            raise _unreadable("it was made from a snapshot and is for reading only")
        return _parse(document)


def _parse(document: Mapping[str, Any]) -> SavedPlan:
    try:
        return SavedPlan(
            host=str(document["host"]),
            account_id=int(document["account_id"]),
            manager=str(document["manager"]),
            expires_at=_moment(document["expires_at"]),
            policy_digest=str(document["policy_digest"]),
            digest=str(document["digest"]),
            actions=frozenset(str(action["id"]) for action in document["actions"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(f"{type(error).__name__} at {error}") from error


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text}, which has no time zone")
    return moment


def _unreadable(why: str) -> StalePlan:
    return StalePlan(f"the saved plan cannot be applied: {why}", next_step="run `dbt-alerts plan --out FILE` again")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Today's actions, sorted by what the saved plan allows: `run` them, or leave the `deferred` for the next plan."""

    run: tuple[Action, ...]
    deferred: tuple[Action, ...]


def compare(saved: SavedPlan, now: Plan, *, at: datetime) -> Comparison:
    """Hold a saved plan against today's. Raises StalePlan where it is for elsewhere, too old, or would now do more."""
    _check_header(saved, now, at)
    run = tuple(action for action in now.actions if identity(action) in saved.actions)
    extra = tuple(action for action in now.actions if identity(action) not in saved.actions)
    harmful = [action for action in extra if not _waits(action)]
    if harmful:
        shown = "\n".join(f"  {describe(action, now.names)}" for action in harmful)
        message = f"{len(harmful)} action(s) that the saved plan does not have would take something away or change it:"
        raise StalePlan(f"{message}\n{shown}", next_step="plan again and have the new plan reviewed")
    return Comparison(run=run, deferred=extra)


def _waits(action: Action) -> bool:
    """Tell whether a new action may simply wait: additions, the ledger's own book-keeping, and drift."""
    return isinstance(action, _HARMLESS_WHEN_NEW) or getattr(action, "cause", None) is Cause.DRIFT


def _check_header(saved: SavedPlan, now: Plan, at: datetime) -> None:
    for what, there, here in (
        ("host", saved.host, now.host),
        ("account", str(saved.account_id), str(now.account_id)),
        ("manager", saved.manager, now.manager),
    ):
        if there != here:
            raise _unreadable(f"it is for {what} {there}, and this policy is for {here}")
    if saved.expires_at <= at:
        raise _unreadable(f"it expired at {saved.expires_at.isoformat()}")
