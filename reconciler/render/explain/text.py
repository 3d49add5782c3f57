"""What happens when a job ends like that, as terminal text: the rule, the values, the timeline, what is not sent."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from reconciler.escape import terminal
from reconciler.model.outcome import Outcome
from reconciler.model.telling import Occasion
from reconciler.render.explain.moments import told_lines, withheld_lines
from reconciler.render.explain.words import (
    after_text,
    day_text,
    happened,
    place_text,
    relay_notes,
    source_text,
    value_text,
)
from reconciler.render.rows import Row, Section, Sign
from reconciler.render.terminal import Styled, section_lines
from reconciler.views.explain.job import Standing

if TYPE_CHECKING:
    from reconciler.model.policy import JobRule
    from reconciler.model.telling import Promoted
    from reconciler.views.explain.job import Asked, Foreign, Given, JobExplained

__all__ = ["job_lines", "job_text", "notes"]

_STANDING: Final = {
    Standing.NO_RULE: "No rule of the policy matches this job: it has no tier, and nothing is assumed.",
    Standing.CONFLICT: "Two rules contradict each other, so none speaks for it, and `plan` refuses the policy.",
    Standing.OUTSIDE: "Outside `scope`: this policy tells nobody of this job.",
    Standing.DELETED: "Deleted in dbt Cloud: nobody is told any more.",
}


def job_lines(found: JobExplained, *, width: int | None = None) -> Iterator[Styled]:
    """Yield the explanation line by line, escaped for a terminal; with a width, rows are wrapped."""
    place = found.place
    heading = terminal(f"If {place.job.name} {happened(found.asked.happening)} on {_when(found)}")
    yield from (Styled(line, "bold") for line in _wrapped(heading, width))
    yield Styled(terminal(f"{place.project}, {place.environment}, job {place.job.id}"), "dim")
    for text in _unlikely(found):
        yield from (Styled(line, "magenta") for line in _wrapped(terminal(text), width))
    yield from _section("Rule", _rule_rows(found), width)
    yield from _section("What it comes to", (_value_row(each, found.promoted) for each in found.values), width)
    yield from (Styled(""), Styled("Who is told", "bold"))
    for text in relay_notes(found.relay):
        yield from (Styled(f"  {line}", "magenta") for line in _wrapped(text, width and width - 2))
    for hint in _hints(found):
        yield from (Styled(f"  {line}", "dim") for line in _wrapped(terminal(hint), width and width - 2))
    yield from told_lines(found, width=width)
    if found.timeline.withheld:
        yield from (Styled(""), Styled("Not told", "bold"))
        yield from withheld_lines(found, width=width)
    yield from _section("Told by dbt Cloud too, and not by this policy", map(_foreign_row, found.foreign), width)
    for text in _notes_below(found):
        yield Styled("")
        yield from (Styled(line, "magenta") for line in _wrapped(terminal(text), width))


def job_text(found: JobExplained) -> str:
    """Return the explanation as plain text, for files, pipes and snapshots."""
    return "\n".join(line.text.rstrip() for line in job_lines(found)) + "\n"


def notes(found: JobExplained) -> tuple[str, ...]:
    """Return what a reader must know besides: what does not happen at all, why there is no rule, what waits."""
    return *_unlikely(found), *_notes_below(found)


def _notes_below(found: JobExplained) -> tuple[str, ...]:
    told = [each for each in found.timeline.moments if each.telling.occasion is not Occasion.METRICS]
    nobody = "Nobody is told: only metrics are sent." if found.timeline.moments and not told else ""
    later = [each for each in found.timeline.moments if each.live is False and not each.who.trouble]
    names = ", ".join(dict.fromkeys(each.telling.channel for each in later))
    unapplied = f"Not in dbt Cloud yet, so not told before the next apply: {names}." if later else ""
    texts = (_STANDING.get(found.standing, ""), nobody, unapplied)
    return tuple(text for text in texts if text)


def _unlikely(found: JobExplained) -> Iterator[str]:
    """Yield why what is asked about does not happen to this job."""
    if found.place.job.deactivated:
        yield "Deactivated in dbt Cloud: the job does not run."
    deadline = any(given.key == "sla" for given in found.values)
    if found.asked.happening.outcome is Outcome.LATE and found.rule is not None and not deadline:
        yield "The rule gives no `sla`, so nothing makes this job late."
    none = found.no_deadline
    if none is not None:
        coming = f" The next one is due on {day_text(none.next_due, found.zone)}." if none.next_due else ""
        yield (
            f"This does not happen: {none.day:%a %Y-%m-%d} does not count in calendar `{none.calendar}`, "
            f"so the job has no deadline on it.{coming} If it were late all the same:"
        )


def _wrapped(text: str, width: int | None) -> list[str]:
    return [text] if width is None else textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def _when(found: JobExplained) -> str:
    return f"{day_text(found.asked.happening.at, found.zone)} {found.zone}"


def _section(title: str, rows: Iterable[Row], width: int | None) -> Iterator[Styled]:
    section = Section(title=title, rows=tuple(rows))
    if section.rows:
        yield Styled("")
        yield from section_lines(section, width=width)


# --- the rule and its values ------------------------------------------------------------------------------------------
def _rule_rows(found: JobExplained) -> Iterator[Row]:
    if found.rule is not None:
        yield Row(sign=Sign.KEEP, cells=(place_text(found.rule.at), _rule_words(found.rule)))
    for lost in found.lost:
        yield Row(sign=" ", cells=(place_text(lost.rule.at), f"matches, and is not heard: it {lost.why}"))
    for rule in found.conflict:
        yield Row(sign=Sign.WARN, cells=(place_text(rule.at), f"contradicts: {_rule_words(rule)}"))
    for notification in found.notifications:
        to = ", ".join(notification.to)
        yield Row(
            sign=Sign.ADD, cells=(place_text(notification.at), f"a notification of team {notification.team}: {to}")
        )


def _rule_words(rule: JobRule) -> str:
    tier = "declared silent" if rule.silent else f"tier {rule.tier}" if rule.tier else "no tier"
    return f"speaks for it: team {rule.team}, {tier}"


def _value_row(given: Given, promoted: Promoted | None) -> Row:
    if given.key == "tier" and promoted is not None:
        return Row(
            sign=" ",
            cells=("tier", f"{promoted.to}, promoted from {value_text(given.value)}"),
            note=place_text(promoted.at),
        )
    return Row(sign=" ", cells=(given.key, value_text(given.value)), note=source_text(given.source))


def _hints(found: JobExplained) -> Iterator[str]:
    promoted = found.promoted
    if promoted is not None:
        before = f" instead of {promoted.tier}" if promoted.tier else ""
        yield f"Told as {promoted.to}{before}: {promoted.why} ({place_text(promoted.at)})."
        if promoted.tier and found.asked.history.failures_before:
            yield f"What {promoted.tier} still holds of the failures before stays held."
    yield from _incident(found.asked)
    if found.asked.reaction is not None:
        yield f"With a reaction: {_reaction(found.asked)}. What it spares is marked -."


def _incident(asked: Asked) -> Iterator[str]:
    """Yield which incident is open; after failures, that none is: in life the first one that is told opens it."""
    history = asked.history
    if history.incident_since is not None:
        tier = f" as {history.incident_tier}" if history.incident_tier else ""
        yield f"With an incident open, told {after_text(asked.happening.at - history.incident_since)[1:]} ago{tier}."
    elif history.failures_before and asked.happening.outcome is Outcome.FAILURE:
        yield (
            "Asked as if no incident were open. With one, whoever heard of it is not told again: "
            "ask with --incident-open-for 1h, and with --incident-tier if it was promoted."
        )


def _reaction(asked: Asked) -> str:
    reaction, at = asked.reaction, asked.happening.at
    if reaction is None:
        return ""
    words = (("acknowledged", reaction.acknowledged_at), ("resolved", reaction.resolved_at))
    return ", ".join(f"{word} after {after_text(moment - at)[1:]}" for word, moment in words if moment is not None)


def _foreign_row(foreign: Foreign) -> Row:
    note = "" if foreign.delivers else "nothing arrives: who it depends on has left"
    return Row(sign=Sign.KEEP, cells=(foreign.name, foreign.outcome.value), note=note)
