"""A saved plan, held against what would happen now (design §4.7).

What others added in between waits for the next plan; what would now be taken away beyond the saved plan refuses it.
Nothing of a saved plan's content is ever written to dbt Cloud: it only says which of today's actions were reviewed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, TypeVar

from reconciler.errors import StalePlan
from reconciler.escape import terminal
from reconciler.plan.document import FORMAT, digest_of
from reconciler.plan.reviewed import is_reviewed, waits
from reconciler.plan.wording import describe

if TYPE_CHECKING:
    from reconciler.model.actions import Action
    from reconciler.model.plan import Plan

__all__ = ["Comparison", "SavedPlan", "compare"]

Of = TypeVar("Of", bound=object)

_HARMFUL: Final = (
    "if another merged change asks for it, apply that change's plan first, then this one again; "
    "if that plan is refused too, or nobody asked for it, plan again and have the new plan reviewed"
)

_NOT_SETTINGS: Final = frozenset({"recipient", "exclusive"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    """The part of a saved plan that counts: where it is for, until when, and what was reviewed.

    `actions` are the identities and parts of the reviewed actions, `allowed` the allowances that were reviewed with
    them. `wanted` is what the policy said of recipients then.
    `policy_digest`, `commit`, `ledger_generation` and `created_at` are shown and recorded, never compared.
    """

    host: str
    account_id: int
    manager: str
    expires_at: datetime
    policy_digest: str
    digest: str
    actions: frozenset[str]
    wanted: frozenset[tuple[str, str, str | int]] = frozenset()
    exclusive: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()
    commit: str = ""
    ledger_generation: int = 0
    created_at: str = ""

    @classmethod
    def from_document(cls, document: object) -> SavedPlan:
        """Read a plan's JSON data. Raises StalePlan for anything that is not an unaltered, applyable plan."""
        if not isinstance(document, Mapping) or "format" not in document:
            raise _unreadable("it is not a plan of this tool")
        written = document["format"]
        if not isinstance(written, str) or written.partition(".")[0] != FORMAT.partition(".")[0]:
            raise _unreadable(f"its format is {written!s:.20}, this tool reads {FORMAT}")
        try:
            if document.get("digest") != digest_of(document):
                raise _unreadable("its content does not match its digest")
            _check_applyable(document)
            return _parse(document)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise _unreadable(f"{type(error).__name__} at {error!s:.80}") from error


def _check_applyable(document: Mapping[str, Any]) -> None:
    if document.get("errored") is True:
        raise _unreadable(f"there was no plan: {document.get('message')!s:.500}")
    if document.get("refused") is True:
        raise _unreadable("guards refused it, and their allowances belong into what is reviewed: plan with `--allow`")
    if document.get("applyable") is not True:
        raise _unreadable("it was made from a snapshot and is for reading only")


def _parse(document: Mapping[str, Any]) -> SavedPlan:
    """Read the fields. Raises KeyError, TypeError or ValueError where one is missing or of another type."""
    actions = [_of(dict, action) for action in _of(list, document["actions"])]
    recipients = [_of(dict, each) for each in _of(list, document["wanted_of_recipients"])]
    return SavedPlan(
        host=_of(str, document["host"]),
        account_id=_of(int, document["account_id"]),
        manager=_of(str, document["manager"]),
        expires_at=_moment(_of(str, document["expires_at"])),
        policy_digest=_of(str, document["policy_digest"]),
        digest=_of(str, document["digest"]),
        actions=frozenset(chain.from_iterable(_names(action) for action in actions)),
        wanted=frozenset(chain.from_iterable(_wanted(each) for each in recipients)),
        exclusive=frozenset(_of(str, each["recipient"]) for each in recipients if each["exclusive"] is True),
        allowed=frozenset(chain.from_iterable(_allowance(_of(dict, each)) for each in _of(list, document["guards"]))),
        commit=_of(str, document["commit"]),
        ledger_generation=_of(int, document["ledger_generation"]),
        created_at=_of(str, document["created_at"]),
    )


def _of(kind: type[Of], value: object) -> Of:
    """Return a value of exactly this type: True is no number here, and text is text that can be written."""
    if type(value) is not kind:
        raise TypeError(f"{value!r:.40}, which is no {kind.__name__}")
    if isinstance(value, str):
        value.encode()
    return value


def _names(action: Mapping[str, Any]) -> Iterator[str]:
    """Yield the identity of an action and its parts, which are what is compared where there are any."""
    yield _of(str, action["id"])
    yield from (_of(str, part) for part in _of(list, action.get("parts", [])))


def _wanted(recipient: Mapping[str, Any]) -> Iterator[tuple[str, str, str | int]]:
    key = _of(str, recipient["recipient"])
    for name, value in recipient.items():
        if name not in _NOT_SETTINGS and isinstance(value, str | int):
            yield key, name, value


def _allowance(guard: Mapping[str, Any]) -> Iterator[str]:
    if guard["allowed"] is True:
        yield _of(str, guard["allow"])


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
    run = tuple(action for action in now.actions if is_reviewed(action, saved.actions))
    extra = tuple(action for action in now.actions if not is_reviewed(action, saved.actions))
    harmful = [action for action in extra if not waits(action, saved)]
    if harmful:
        # The message has lines of its own: a name must not make one.
        shown = "\n".join(f"  {terminal(describe(action, now.names))}" for action in harmful)
        message = f"{len(harmful)} action(s) that the saved plan does not have would take something away or change it:"
        raise StalePlan(f"{message}\n{shown}", next_step=_HARMFUL)
    return Comparison(run=run, deferred=extra)


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
