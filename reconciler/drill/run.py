"""`alert-test` from its stages: which run, what each found, and what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from reconciler.drill.bench import Bench, StageOf
from reconciler.drill.codes import fits
from reconciler.drill.routes import Route
from reconciler.drill.stages import canary, contacts, deliver, render, webhooks
from reconciler.errors import AlertsError, UsageError
from reconciler.model.evidence import Evidence, Stage, Standing

__all__ = ["STAGES", "confirmed", "perform"]

STAGES: Final[Mapping[Stage, StageOf]] = MappingProxyType(
    {
        Stage.CONTACTS: contacts.stage,
        Stage.RENDER: render.stage,
        Stage.DELIVER: deliver.stage,
        Stage.WEBHOOKS: webhooks.stage,
        Stage.CANARY: canary.stage,
    }
)


def perform(
    bench: Bench,
    stages: Sequence[Stage],
    *,
    keep: Callable[[Evidence], None],
    may_page: Callable[[Route], bool],
) -> Iterator[Evidence]:
    """Yield evidence stage by stage, each piece kept before it is shown: what was answered survives whatever follows.

    `may_page` tells of a route whether it may ring; one that may not is still looked at and rendered.
    """
    for name in (each for each in Stage if each in stages):
        used = bench
        if name is Stage.DELIVER:
            quiet = [route for route in bench.routes if may_page(route)]
            held = [route.channel for route in bench.routes if not may_page(route)]
            bench.notebook.skipped.extend(f"{each} wakes people: `--page --tier TIER` tests it" for each in held)
            used = bench.of(quiet)
        for each in _of_stage(used, name):
            keep(each)
            yield each


def _of_stage(bench: Bench, name: Stage) -> Iterator[Evidence]:
    """Yield a stage's evidence. What it may not see, or cannot reach, is its own failure: the others go on."""
    try:
        yield from STAGES[name](bench)
    except AlertsError as why:
        yield bench.evidence(
            name,
            f"stage:{name}",
            kind="stage",
            standing=Standing.FAILED,
            answer=why.message,
            fix=why.next_step or "run this stage again",
        )


def confirmed(
    history: Sequence[Evidence], code: str, *, channels: Sequence[str], at: datetime, number: Callable[[], str], by: str
) -> tuple[Evidence, ...]:
    """Return the proof that a person's code gives; nothing where it was proved before.

    A test message has a code of its own, so it proves that message alone. A canary's is its run id, which dbt Cloud
    wrote to several people: who got one message knows nothing of the others, so the channel has to be named. Raises
    UsageError for that, and for a code that no test has.
    """
    of_code = [each for each in history if _has(each, code)]
    waiting = {each.route: each for each in of_code if each.standing is Standing.ACCEPTED}
    if not waiting:
        raise UsageError(
            f"no test waits for the code {code}",
            next_step="the code stands in the test message; of the canary it is the run's id",
        )
    proved = {
        each.route for each in history if each.standing is Standing.PROVED and _same(each, waiting.get(each.route))
    }
    named = set(channels) or set(waiting)
    unknown = sorted(named - waiting.keys())
    if unknown or (not channels and len(waiting) > 1):
        raise UsageError(
            f"the code {code} went to: {', '.join(sorted(waiting))}",
            next_step="name the channel through which it came: `--channel NAME`",
        )
    return tuple(
        replace(waiting[each], at=at, id=number(), standing=Standing.PROVED, answer=f"{by} gave the code back", fix="")
        for each in sorted(named - proved)
    )


def _has(each: Evidence, code: str) -> bool:
    match each.stage:
        case Stage.DELIVER:
            return fits(code, each.sealed)
        case Stage.CANARY:
            return bool(code) and each.correlation == code
        case _:
            return False


def _same(each: Evidence, waiting: Evidence | None) -> bool:
    """Tell whether both are about one message."""
    return waiting is not None and (each.stage, each.correlation, each.sealed) == (
        waiting.stage,
        waiting.correlation,
        waiting.sealed,
    )
