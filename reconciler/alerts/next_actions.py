"""What to do next, in order: look at the data, open the file, see what changed, then what the team wrote down."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from reconciler.alerts.causes.likely import named_relation
from reconciler.model.action_fields import filled
from reconciler.model.alert import Action, AlertJob, AlertRun, Change, FailedThing
from reconciler.model.telling import NodeKind

__all__ = ["Situation", "action_values", "next_actions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What actions are made of. `own` are the team's lines."""

    job: AlertJob
    run: AlertRun | None = None
    failed: Sequence[FailedThing] = ()
    change: Change | None = None
    owner: str = ""
    own: Sequence[str] = field(default=())


_COMMIT: Final = re.compile(r"[0-9a-f]{12,64}")
"""What may stand in a command that people copy: a remote word that is no commit may not."""
_SHORT: Final = 12


def next_actions(situation: Situation) -> tuple[Action, ...]:
    """Return next steps, each ready to use. Nothing here runs anything: queries are for people to copy."""
    thing = situation.failed[0] if situation.failed else None
    first = () if thing is None else (*_look(thing, situation.run), *_open(thing))
    values = action_values(situation)
    own = (Action(text=filled(line, values)) for line in situation.own)
    return (*(first or _open_run(situation)), *_changes(situation.change), *own)


def _open(thing: FailedThing) -> Iterator[Action]:
    if thing.file_url:
        line = f", line {thing.line}" if "#" in thing.file_url and thing.line else ""
        yield Action(text=f"Open {thing.file}{line} at the run's commit", url=thing.file_url)


def _changes(change: Change | None) -> Iterator[Action]:
    if change is None:
        return
    if change.compare_url:
        yield Action(text="See what changed since the last good run", url=change.compare_url)
    elif change.previous_commit == change.commit:
        yield Action(text="The code is that of the last good run: look at the data and the warehouse")
    elif _COMMIT.fullmatch(change.previous_commit) and _COMMIT.fullmatch(change.commit):
        between = f"{change.previous_commit[:_SHORT]}..{change.commit[:_SHORT]}"
        yield Action(text="See what changed since the last good run", code=f"git log --format='%h %an: %s' {between}")


def _open_run(situation: Situation) -> Iterator[Action]:
    """Lead to the run, or to the job where there is none: the one step that is always there."""
    if situation.run is not None:
        yield Action(text=f"Read the log of run {situation.run.id}", url=situation.run.url)
    elif situation.job.url:
        yield Action(text="See the job's runs", url=situation.job.url)


def _look(thing: FailedThing, run: AlertRun | None) -> Iterator[Action]:
    """Say where to look first, by the kind of what failed."""
    named = named_relation(thing.error)
    relation = named or thing.relation
    if thing.kind is NodeKind.INFRASTRUCTURE:
        if run is not None:
            yield Action(text=f"Read the log of the step “{thing.name}”", url=run.url)
    elif thing.kind is NodeKind.TEST and thing.failures_query:
        yield Action(text="See the failing rows", code=thing.failures_query)
    elif thing.kind is NodeKind.TEST and thing.compiled_file and not named:
        what = "See the failing rows" if thing.failures else "See what the test asks"
        yield Action(text=f"{what}: run the query in {thing.compiled_file}")
    elif relation:
        yield Action(text=_looking(thing, relation), code=f"select * from {relation} limit 100")  # noqa: S608 - for people to copy


def _looking(thing: FailedThing, relation: str) -> str:
    return f"Look at {'what it reads' if relation != thing.relation else thing.name}"


def action_values(situation: Situation) -> Mapping[str, str]:
    """Return what stands for each name in a team's own lines; what nobody knows is empty."""
    thing = situation.failed[0] if situation.failed else None
    run, change, job = situation.run, situation.change, situation.job
    return {
        "relation": _first(_relations(situation.failed)),
        "model": _first(_models(situation.failed)),
        "file": _first(_files(situation.failed)),
        "compiled_file": thing.compiled_file if thing else "",
        "owner": (thing.owner if thing else "") or situation.owner,
        "job": job.name,
        "project": job.project,
        "environment": job.environment,
        "run_id": str(run.id) if run else "",
        "run_url": run.url if run else "",
        "commit": change.commit if change else "",
    }


# --- what a team's own line means: of a test, the model that it stands on --------------------------------------------
def _first(found: Iterable[str]) -> str:
    return next((each for each in found if each), "")


def _relations(failed: Sequence[FailedThing]) -> Iterator[str]:
    """Yield what may be meant, the likeliest first: what the first error names, then models, then what they read."""
    if failed:
        yield named_relation(failed[0].error)
    yield from chain.from_iterable(map(_own_relations, failed))
    yield from (each.relation for thing in failed for each in thing.upstream)
    yield from (thing.relation for thing in failed)  # where a test keeps its failing rows: better than nothing


def _own_relations(thing: FailedThing) -> Iterator[str]:
    if thing.kind is not NodeKind.TEST:
        yield thing.relation
    elif thing.upstream:
        yield thing.upstream[0].relation


def _models(failed: Sequence[FailedThing]) -> Iterator[str]:
    """Yield names: of a test the model that it stands on, of a step without any node none."""
    for thing in failed:
        if thing.kind is NodeKind.TEST:
            yield thing.upstream[0].name if thing.upstream else ""
        elif thing.kind is not NodeKind.INFRASTRUCTURE:
            yield thing.name
    yield from (thing.name for thing in failed if thing.kind is not NodeKind.INFRASTRUCTURE)


def _files(failed: Sequence[FailedThing]) -> Iterator[str]:
    for thing in failed:
        if thing.kind is NodeKind.TEST and thing.upstream:
            yield thing.upstream[0].file
        yield thing.file
    yield from (each.file for thing in failed for each in thing.upstream)
