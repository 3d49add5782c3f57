"""Live edges → entries of `notifications:`, as few as say the same: one for each recipient, outcomes and place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.importing.jobs import JobWords, Place, selector_of
from reconciler.importing.owners import Teams
from reconciler.importing.yaml_text import Value
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.outcome import Outcome

__all__ = ["Entry", "notification_entries"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a list in a team's file. `notes` are comments on the ids in it, `comments` stand before it."""

    team: str
    values: Mapping[str, Value]
    notes: Mapping[int, str]
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class _Alike:
    """What the jobs of one entry have in common; jobs that go by id come last."""

    team: str
    by_id: bool
    place: Place
    channel: str
    on: tuple[int, ...]


_NO_PLACE: Final = Place("", "")
_ORDER: Final = (Outcome.FAILURE, Outcome.CANCELLED, Outcome.WARNING, Outcome.SUCCESS)
"""The order in which an entry names outcomes: what people look for first."""


def notification_entries(
    edges: Iterable[Edge], *, words: JobWords, channels: Mapping[RecipientKey, str], teams: Teams
) -> list[Entry]:
    """Group edges of live jobs. The order is that of teams, places and channels, whatever order live has."""
    told: defaultdict[tuple[RecipientKey, int], set[Outcome]] = defaultdict(set)
    for edge in edges:
        told[edge.recipient, edge.job_id].add(edge.outcome)
    groups: defaultdict[_Alike, list[int]] = defaultdict(list)
    for (key, job_id), outcomes in told.items():
        place = words[job_id].place
        on = tuple(number for number, outcome in enumerate(_ORDER) if outcome in outcomes)
        alike = _Alike(team=teams[job_id], by_id=place is None, place=place or _NO_PLACE, channel=channels[key], on=on)
        groups[alike].append(job_id)
    return [_entry(alike, groups[alike], words) for alike in sorted(groups)]


def _entry(alike: _Alike, job_ids: list[int], words: JobWords) -> Entry:
    jobs, notes = selector_of(words[job_id] for job_id in job_ids)
    on = [_ORDER[number].value for number in alike.on]
    return Entry(team=alike.team, values={"to": alike.channel, "on": on, "jobs": jobs}, notes=notes)
