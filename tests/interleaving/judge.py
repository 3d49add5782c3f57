"""Whether a schedule ended well: what the appliers wanted holds or they said that it does not; nothing foreign is lost.

A write replaces a whole row and carries no version (reference §2.3). So a write of a *person* that comes after an
applier's last look at a row is not the applier's fault: the next plan shows what it undid. And a person's save that
falls between an applier's read and its write, one round trip, is overwritten, and nothing that the API says could
tell: it is counted as `overwritten`, never hidden. A write of another *applier* is never an excuse: that is what the
lock is for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.errors import ExitCode
from reconciler.model.ledger import Ledger
from tests.interleaving.account import Call, Told
from tests.interleaving.actors import Attempt, told

__all__ = ["Ended", "Verdict", "judge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a schedule left: every call, how each applier ended, what is live, and the ledgers."""

    calls: tuple[Call, ...]
    saves: tuple[tuple[int, Ledger], ...]
    attempts: Mapping[str, Attempt]
    live: frozenset[Told]
    ledgers: Mapping[str, Ledger]
    ledgers_before: Mapping[str, Ledger]
    shared: bool


@dataclass(slots=True)
class Verdict:
    """`wrong` are sentences; `overwritten` and `undone_later` are what no applier could have seen."""

    wrong: list[str] = field(default_factory=list)
    overwritten: list[Told] = field(default_factory=list)
    undone_later: list[Told] = field(default_factory=list)


def judge(ended: Ended) -> Verdict:
    verdict = Verdict()
    _nothing_lost(ended, verdict)
    _intentions_hold(ended, verdict)
    _claims_are_true(ended, verdict)
    return verdict


def _nothing_lost(ended: Ended, verdict: Verdict) -> None:
    """Every edge that an applier's write ended or made was its to change, or somebody changed it too late to see."""
    for number, call in enumerate(ended.calls):
        attempt = ended.attempts.get(call.actor)
        if attempt is None:
            continue
        for edge in sorted((call.lost - attempt.removes) | (call.gained - attempt.adds)):
            if _came_unseen(ended, number, edge):
                verdict.overwritten.append(edge)
            else:
                verdict.wrong.append(f"{call.actor} changed {edge}, which was not its to change")
        for edge in sorted(call.lost & attempt.removes & _claimed_by_others(ended, number, attempt)):
            verdict.wrong.append(f"{call.actor} removed {edge}, which another manager claims")


def _came_unseen(ended: Ended, number: int, edge: Told) -> bool:
    """Whether a person changed the edge after the look on which the write was based."""
    call = ended.calls[number]
    changed = _last(ended.calls[:number], lambda each: edge in each.gained | each.lost)
    looked = _last(ended.calls[:number], lambda each: each.actor == call.actor and each.sees(call.row))
    by_person = changed is not None and ended.calls[changed].actor not in ended.attempts
    return by_person and (looked is None or looked < (changed or 0))


def _claimed_by_others(ended: Ended, number: int, attempt: Attempt) -> frozenset[Told]:
    """What other managers claimed at the moment of a call, in a store that shows it."""
    if not ended.shared:
        return frozenset()
    kept = {**ended.ledgers_before, **{ledger.manager: ledger for at, ledger in ended.saves if at <= number}}
    others = (ledger for name, ledger in kept.items() if name != attempt.manager)
    return frozenset(told(edge) for ledger in others for edge in ledger.claims)


def _intentions_hold(ended: Ended, verdict: Verdict) -> None:
    for name, attempt in ended.attempts.items():
        if attempt.code is not ExitCode.SUCCESS:
            continue
        for edge in sorted((attempt.adds | attempt.adopts) - ended.live):
            _explain(ended, name, edge, verdict, gone=True)
        for edge in sorted(attempt.removes & ended.live):
            _explain(ended, name, edge, verdict, gone=False)


def _explain(ended: Ended, name: str, edge: Told, verdict: Verdict, *, gone: bool) -> None:
    """Judge the last write that undid an intention of an applier which said that all went well."""
    changed = _last(ended.calls, lambda each: edge in (each.lost if gone else each.gained))
    what = "is not there" if gone else "is still there"
    if changed is None:
        verdict.wrong.append(f"silent: {name} exited 0, but {edge} {what}")
        return
    call = ended.calls[changed]
    looked = _last(ended.calls, lambda each: each.actor == name and each.sees(call.row))
    other = ended.attempts.get(call.actor)
    if other is None and looked is not None and looked < changed:
        verdict.undone_later.append(edge)
    elif other is None or edge not in (other.removes if gone else other.adds):
        verdict.wrong.append(f"silent: {name} exited 0, but {edge} {what}: {call.actor} wrote it so")


def _claims_are_true(ended: Ended, verdict: Verdict) -> None:
    """Claims are what a manager made or took over; and what it made and nobody claims is an orphan."""
    for manager, ledger in ended.ledgers.items():
        before = ended.ledgers_before.get(manager)
        known = frozenset(told(edge) for edge in before.claims.keys() | before.pending) if before else frozenset()
        mine = {name: each for name, each in ended.attempts.items() if each.manager == manager}
        made = frozenset(edge for call in ended.calls if call.actor in mine for edge in call.gained)
        wanted = frozenset[Told]().union(*(each.adopts | each.adds for each in mine.values()))
        for edge in sorted(frozenset(told(edge) for edge in ledger.claims) - known - made - wanted):
            verdict.wrong.append(f"claimed: {manager} claims {edge}, which it neither made nor took over")
    for edge in sorted(_orphans(ended)):
        verdict.wrong.append(f"orphan: {edge} was made by an applier, is live, and no ledger knows it")


def _orphans(ended: Ended) -> frozenset[Told]:
    ledgers = list(ended.ledgers.values())
    known = frozenset(told(edge) for each in ledgers for edge in each.claims.keys() | each.pending.keys())
    before = frozenset(told(edge) for each in ended.ledgers_before.values() for edge in each.claims)
    ours = frozenset[Told]()
    for call in ended.calls:
        attempt = ended.attempts.get(call.actor)
        ours = ours - call.gained if attempt is None else ours | (call.gained & attempt.adds)
    untouched = before - frozenset(edge for call in ended.calls for edge in call.gained)
    return (ended.live & (ours | untouched)) - known


def _last(calls: Iterable[Call], wanted: Callable[[Call], bool]) -> int | None:
    found = [number for number, call in enumerate(calls) if wanted(call)]
    return found[-1] if found else None
