"""`alert-test` from its stages: which run, what each found, and what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from reconciler.drill.bench import Bench, StageOf
from reconciler.drill.routes import Route
from reconciler.drill.stages import canary, contacts, deliver, render, webhooks
from reconciler.errors import UsageError
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
    keep: Callable[[Sequence[Evidence]], None],
    may_page: Callable[[Route], bool],
) -> Iterator[Evidence]:
    """Yield evidence stage by stage. Each stage's is kept before the next begins, also where the next one raises.

    `may_page` tells of a route whether it may ring; one that may not is still looked at and rendered.
    """
    for name in (each for each in Stage if each in stages):
        used = bench
        if name is Stage.DELIVER:
            quiet = [route for route in bench.routes if may_page(route)]
            held = [route.channel for route in bench.routes if not may_page(route)]
            bench.notebook.skipped.extend(f"{each} wakes people: `--page --tier TIER` tests it" for each in held)
            used = bench.of(quiet)
        found: list[Evidence] = []
        try:
            for each in STAGES[name](used):
                found.append(each)
                yield each
        finally:
            keep(found)


def confirmed(
    history: Sequence[Evidence], code: str, *, channels: Sequence[str], at: datetime, number: Callable[[], str], by: str
) -> tuple[Evidence, ...]:
    """Return the proof that a person's code gives: of each test of that code that was accepted and not yet proved.

    Raises UsageError for a code that no test has, and for one of several channels where none is named: who got one
    message knows nothing of the others.
    """
    of_code = [each for each in history if each.correlation == code and each.stage in {Stage.DELIVER, Stage.CANARY}]
    waiting = {each.route: each for each in of_code if each.standing is Standing.ACCEPTED}
    if not of_code or not waiting:
        raise UsageError(
            f"no test waits for the code {code}",
            next_step="the code is the id of the canary's run, or the one in a test mail",
        )
    proved = {each.route for each in of_code if each.standing is Standing.PROVED}
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
