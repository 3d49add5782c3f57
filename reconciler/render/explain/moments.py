"""A timeline as terminal text: when, to which channel and why on one line, who that is and which line says so below."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reconciler.escape import terminal
from reconciler.model.duration import duration_text
from reconciler.model.telling import WithheldReason
from reconciler.render.explain.words import after_text, clock_text, place_text, who_words, why_text, withheld_text
from reconciler.render.rows import Sign
from reconciler.render.terminal import Styled
from reconciler.views.explain.timeline import Fate

if TYPE_CHECKING:
    from reconciler.model.telling import Withheld
    from reconciler.views.explain.job import JobExplained
    from reconciler.views.explain.timeline import Moment

__all__ = ["told_lines", "withheld_lines"]

_FATES: Final = {Fate.TOLD: Sign.ADD, Fate.SPARED: Sign.REMOVE, Fate.ADDED: Sign.KEEP}
_STYLES: Final = {Sign.ADD: "green", Sign.REMOVE: "red", Sign.KEEP: "green", Sign.WARN: "magenta", Sign.CHANGE: "dim"}
_WIDEST: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    sign: str
    when: tuple[str, str]
    channel: str
    why: str
    below: str = ""


def told_lines(found: JobExplained, *, width: int | None) -> Iterator[Styled]:
    """Yield everybody who is told, in the order of time; of nobody, that it is nobody."""
    if not found.timeline.moments:
        yield from _nobody(found, width)
    yield from _laid_out([_moment(each, found) for each in found.timeline.moments], width)


def _nobody(found: JobExplained, width: int | None) -> Iterator[Styled]:
    """Say that this policy tells nobody: on purpose and why, or with `!` where no rule speaks for the job."""
    rule = found.rule
    if rule is None:
        yield Styled("  ! nobody, by this policy" if found.foreign else "  ! nobody", "magenta")
        return
    text = "nobody, by this policy"
    if rule.silent:
        why = next(((each.value, each.source.at) for each in found.values if each.key == "reason"), None)
        text = "nobody, on purpose" if why is None else f"nobody, on purpose: {why[0]} ({place_text(why[1])})"
    lines = [text] if width is None else textwrap.wrap(text, width - 2, break_long_words=False, break_on_hyphens=False)
    yield from (Styled(terminal(f"  {line}"), "dim") for line in lines)


def withheld_lines(found: JobExplained, *, width: int | None) -> Iterator[Styled]:
    """Yield what somebody might have expected, and why it is not sent, or not yet (`~`)."""
    yield from _laid_out([_withheld(each, found) for each in found.timeline.withheld], width)


def _moment(moment: Moment, found: JobExplained) -> _Line:
    telling, trouble = moment.telling, moment.who.trouble
    but = f", but {trouble}" if trouble else ""
    place = place_text(telling.because[-1]) if telling.because else ""
    return _Line(
        sign=Sign.WARN if trouble and moment.fate is Fate.TOLD else _FATES[moment.fate],
        when=(clock_text(telling.at, found.zone), after_text(moment.after)),
        channel=telling.channel,
        why=f"{_spared(moment)}{_why(moment, found)}{_note(moment)}{but}",
        below=", ".join(filter(None, (who_words(moment.who), place))),
    )


def _why(moment: Moment, found: JobExplained) -> str:
    return why_text(moment.telling, found.asked.happening, released_by=moment.released_by)


def _note(moment: Moment) -> str:
    note = moment.telling.note
    return f": {note}" if note and moment.fate is not Fate.SPARED else ""


def _spared(moment: Moment) -> str:
    if moment.fate is not Fate.SPARED:
        return "then: " if moment.fate is Fate.ADDED else ""
    return f"spared, {moment.spared_by.value}: " if moment.spared_by else "spared: "


def _withheld(withheld: Withheld, found: JobExplained) -> _Line:
    happening, later = found.asked.happening, withheld.reason is WithheldReason.NOT_SO_LATE
    over = duration_text(withheld.at - happening.at + happening.late_by) if later else ""
    return _Line(
        sign=Sign.CHANGE if later else Sign.REMOVE,
        when=(clock_text(withheld.at, found.zone), after_text(withheld.at - happening.at)),
        channel=withheld.channel,
        why=f"if it is still late then (over {over})" if later else withheld_text(withheld, happening),
        below=place_text(withheld.because[-1]) if withheld.because else "",
    )


def _laid_out(lines: Sequence[_Line], width: int | None) -> Iterator[Styled]:
    """Align the columns; what is below begins under the channel, where there is room for a file's name."""
    clock, after = (_wide(line.when[column] for line in lines) for column in (0, 1))
    channel = _wide(line.channel for line in lines)
    for line in lines:
        before = f"  {line.sign} {line.when[0].ljust(clock)}  {line.when[1].ljust(after)}  "
        start = f"{before}{terminal(line.channel).ljust(channel)}  "
        for text in _wrapped(start + terminal(line.why), width, indent=len(start)):
            yield Styled(text, _STYLES[line.sign])
        if line.below:
            for text in _wrapped(" " * len(before) + terminal(line.below), width, indent=len(before)):
                yield Styled(text, "dim")


def _wide(texts: Iterable[str]) -> int:
    return min(max((len(terminal(text)) for text in texts), default=0), _WIDEST)


def _wrapped(text: str, width: int | None, *, indent: int) -> list[str]:
    if width is None or len(text) <= width:
        return [text]
    return textwrap.wrap(
        text,
        width,
        subsequent_indent=" " * min(indent, width // 2),
        break_long_words=False,
        break_on_hyphens=False,
    )
