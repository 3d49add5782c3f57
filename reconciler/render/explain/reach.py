"""Everything that reaches a channel or a person, as terminal text and JSON; many jobs are counted, not listed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from reconciler.escape import terminal
from reconciler.model.outcome import Outcome
from reconciler.model.telling import Occasion, Via
from reconciler.render.explain.document import at_document, positions, who_document
from reconciler.render.explain.words import after_text, clock_text, day_text, place_text, relay_notes, who_words
from reconciler.render.rows import Listed, Row, Section, Sign
from reconciler.render.terminal import Styled, section_lines
from reconciler.views.explain.reach import WayKind
from reconciler.views.explain.relay import RelayState

if TYPE_CHECKING:
    from reconciler.model.plan import Names
    from reconciler.views.explain.at import Reaching
    from reconciler.views.explain.person import Beside, Mention, PersonExplained
    from reconciler.views.explain.reach import Way
    from reconciler.views.explain.who import Who

__all__ = ["Reached", "channel_lines", "person_lines", "reach_document", "reach_text"]

_LISTED: Final = 30
"""Above so many jobs a line counts them by project; JSON names them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What is known of some channels. With `at`, `reaching` is what a failure at that moment would bring them."""

    channels: tuple[Who, ...]
    ways: tuple[Way, ...]
    names: Names
    zone: str
    at: datetime | None = None
    reaching: tuple[Reaching, ...] = ()
    person: PersonExplained | None = None
    beside: tuple[Beside, ...] = ()
    jobs: frozenset[int] = field(default_factory=frozenset)
    relay: RelayState = RelayState.NOT_NEEDED


def channel_lines(found: Reached, *, width: int | None = None) -> Iterator[Styled]:
    """Yield what reaches one channel."""
    (channel,) = found.channels
    yield Styled(terminal(f"What reaches {channel.channel}"), "bold")
    yield Styled(terminal(f"{who_words(channel)}, declared at {place_text(channel.at)}"), "dim")
    if channel.trouble:
        yield Styled(terminal(f"Nothing arrives: {channel.trouble}"), "magenta")
    yield from (Styled(text, "magenta") for text in relay_notes(found.relay))
    yield from _reach_lines(found, width)


def person_lines(found: Reached, person: PersonExplained, *, width: int | None = None) -> Iterator[Styled]:
    """Yield by which channels somebody is told, of what, and where they are only named."""
    yield Styled(terminal(f"What reaches {person.address}"), "bold")
    yield Styled(terminal(_known(person)), "dim")
    yield from (Styled(text, "magenta") for text in relay_notes(found.relay))
    for section in _person_sections(found, person):
        yield Styled("")
        yield from section_lines(section, width=width)
    yield from _reach_lines(found, width, after=_beside_sections(found))


def reach_text(lines: Iterable[Styled]) -> str:
    """Return lines as plain text, for files, pipes and snapshots."""
    return "\n".join(line.text.rstrip() for line in lines) + "\n"


def _known(person: PersonExplained) -> str:
    if person.user is None:
        return "no user of dbt Cloud"
    return "a user of dbt Cloud" + ("" if person.user.active else ", deactivated: dbt Cloud mails them nothing")


def _person_sections(found: Reached, person: PersonExplained) -> Iterator[Section]:
    rows = tuple(
        Row(
            sign=Sign.WARN if each.trouble else Sign.ADD,
            cells=(each.channel, who_words(each) + (f", but {each.trouble}" if each.trouble else "")),
            note=place_text(each.at),
        )
        for each in found.channels
    )
    none = (Row(sign=Sign.WARN, cells=("none: this policy tells them nothing",)),)
    yield Section(title="Channels that are this person", rows=rows or none)
    if person.mentions:
        named = tuple(_mention_row(each, found.names) for each in person.mentions)
        yield Section(title="Named, which tells them nothing", rows=named)


def _mention_row(mention: Mention, names: Names) -> Row:
    jobs = _jobs(mention.jobs, names) if mention.jobs else ""
    return Row(sign=" ", cells=(mention.what, jobs), note=place_text(mention.at))


def _beside_sections(found: Reached) -> Iterator[Section]:
    rows = tuple(
        Row(
            sign=Sign.KEEP,
            cells=(each.outcome.value, _jobs(each.jobs, found.names)),
            note="" if each.delivers else "nothing arrives: who it depends on has left",
        )
        for each in found.beside
    )
    if rows:
        yield Section(title="Told by dbt Cloud too, and not by this policy", rows=rows)


def _reach_lines(found: Reached, width: int | None, *, after: Iterable[Section] = ()) -> Iterator[Styled]:
    for section in (*_way_sections(found), *_at_sections(found), *after):
        yield Styled("")
        yield from section_lines(section, width=width)
    if not found.ways and found.channels:
        yield Styled("")
        yield Styled("Nothing in this account reaches it.", "magenta")
    if found.jobs:
        yield Styled("")
        count = len(found.jobs)
        besides = " by this policy" if found.beside else ""
        told = "Would be told" if all(each.via is Via.RELAYED for each in found.channels) else "Told"
        yield Styled(f"{told} of {count} job{'' if count == 1 else 's'}{besides}.", "bold")
    elif found.ways and all(each.kind is WayKind.FALLBACK for each in found.ways):
        yield from (Styled(""), Styled("Told of no job, unless another channel fails.", "bold"))


def _way_sections(found: Reached) -> Iterator[Section]:
    several = len(found.channels) > 1
    for kind in WayKind:
        rows = tuple(_way_row(way, found.names, several=several) for way in found.ways if way.kind is kind)
        if rows:
            yield Section(title=kind.value.capitalize(), rows=rows)


def _way_row(way: Way, names: Names, *, several: bool) -> Row:
    what = " ".join((", ".join(way.outcomes), way.detail)).strip()
    cells: Sequence[str | Listed] = (what, _jobs(way.jobs, names)) if way.jobs else (what,)
    channel = (way.channel,) if several else ()
    place = ", ".join(dict.fromkeys(map(place_text, way.because)))
    return Row(sign=Sign.ADD, cells=(*channel, *cells), note=place)


def _jobs(job_ids: Sequence[int], names: Names) -> str | Listed:
    if len(job_ids) > _LISTED:
        return f"{len(job_ids)} jobs"
    return Listed(names=tuple(sorted(names.jobs.get(each, f"job {each}") for each in job_ids)), most=_LISTED)


def _at_sections(found: Reached) -> Iterator[Section]:
    """Yield what wakes people apart from what waits for them."""
    if found.at is None:
        return
    when = day_text(found.at, found.zone)
    groups = {
        f"Wakes them if each of these jobs fails on {when}": [each for each in found.reaching if each.pages],
        f"Sent if each of these jobs fails on {when}": [each for each in found.reaching if not each.pages],
    }
    for title, reaching in groups.items():
        rows = tuple(_reaching_row(each, found) for each in reaching)
        if rows:
            yield Section(title=terminal(title), rows=rows)
    if not found.reaching:
        which = "each of these jobs" if found.jobs else "any job"
        yield Section(title=terminal(f"If {which} fails on {when}"), rows=(Row(sign=" ", cells=(_nothing(found),)),))


def _nothing(found: Reached) -> str:
    """Say that this policy sends nothing, and of how many failures dbt Cloud mails them besides."""
    jobs = {job for each in found.beside if each.delivers and each.outcome is Outcome.FAILURE for job in each.jobs}
    if not jobs:
        return "nothing is sent by this policy"
    many = "1 job fails" if len(jobs) == 1 else f"{len(jobs)} jobs fail"
    return f"nothing is sent by this policy; dbt Cloud mails them when {many}, see below"


def _reaching_row(reaching: Reaching, found: Reached) -> Row:
    when = (clock_text(reaching.at, found.zone), after_text(reaching.after))
    unless = f" unless {reaching.unless}" if reaching.unless else ""
    why = f"escalation level {reaching.level}{unless}" if reaching.level else _OCCASIONS[reaching.occasion]
    return Row(sign=Sign.ADD, cells=(*when, reaching.channel, why, _jobs(reaching.jobs, found.names)))


_OCCASIONS: Final = {each: each.value for each in Occasion} | {
    Occasion.OPENING: "held until office hours",
    Occasion.ESCALATION: "released from office hours by its escalation",
    Occasion.DIGEST: "in the digest",
}


# --- JSON -------------------------------------------------------------------------------------------------------------
def reach_document(found: Reached) -> dict[str, Any]:
    """Return what reaches these channels as JSON-ready data, every job named."""
    person = found.person
    document: dict[str, Any] = {"channels": [who_document(each) for each in found.channels], "timezone": found.zone}
    if person is not None:
        document["person"] = {
            "address": person.address,
            "user": person.user and {"id": person.user.id, "active": person.user.active},
            "named": [
                {"what": each.what, "at": place_text(each.at), "jobs": _named(each.jobs, found.names)}
                for each in person.mentions
            ],
        }
        document["beside"] = [
            {"outcome": each.outcome.value, "delivers": each.delivers, "jobs": _named(each.jobs, found.names)}
            for each in found.beside
        ]
    document["relay"] = found.relay.value
    document["ways"] = [_way(each, found.names) for each in found.ways]
    document["at"] = at_document(found.at, found.zone)
    document["reaching"] = [_reaching(each, found) for each in found.reaching]
    return document


def _way(way: Way, names: Names) -> dict[str, Any]:
    return {
        "channel": way.channel,
        "kind": way.kind.value,
        "outcomes": [each.value for each in way.outcomes],
        "detail": way.detail,
        "because": positions(way.because),
        "jobs": _named(way.jobs, names),
    }


def _reaching(reaching: Reaching, found: Reached) -> dict[str, Any]:
    return {
        "channel": reaching.channel,
        "at": at_document(reaching.at, found.zone),
        "after": int(reaching.after.total_seconds()),
        "occasion": reaching.occasion.value,
        "level": reaching.level,
        "unless": reaching.unless,
        "pages": reaching.pages,
        "jobs": _named(reaching.jobs, found.names),
    }


def _named(job_ids: Iterable[int], names: Names) -> list[dict[str, Any]]:
    return [{"id": each, "name": names.jobs.get(each, "")} for each in job_ids]
