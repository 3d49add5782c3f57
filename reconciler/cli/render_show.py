"""What `render` prints and writes: payloads as JSON, a page, a picture."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from reconciler.alerts.words.times import clock, moment
from reconciler.cli.console import print_json
from reconciler.cli.render_payloads import content_document
from reconciler.cli.saving import save_text
from reconciler.errors import ExitCode
from reconciler.escape import terminal
from reconciler.model.telling import Via
from reconciler.render.explain.words import after_text, why_text
from reconciler.render.preview.page import Exhibit, Preview, Scene, preview_page

if TYPE_CHECKING:
    from reconciler.cli.render_payloads import Made
    from reconciler.cli.render_values import Scenery, Shown
    from reconciler.model.message import Trouble

__all__ = ["draw", "message_document", "preview", "show", "trouble_words"]

_PHONE: Final = 500
_DESK: Final = 1440


def show(scenery: Scenery, found: Sequence[Made], given: Mapping[str, Any], *, as_json: bool) -> ExitCode:
    """Print the payloads, write what was asked for. 3 for a template that broke, or what a vendor would refuse."""
    wrong = any(each.message.trouble or each.problems for each in found)
    code = ExitCode.POLICY if wrong else ExitCode.SUCCESS
    draw(lambda: _page(scenery, found, phone=given["phone"]), given)
    if as_json:
        print_json({"result": code.word, "exit_code": int(code), **_document(scenery, found)})
        return code
    for each in found:
        for line in _lines(each, scenery):
            click.echo(line)
    for note in _notes(scenery, shown=bool(found)):
        click.echo(terminal(note), err=True)
    return code


def draw(make: Callable[[], str], given: Mapping[str, Any]) -> None:
    """Write the page and its picture, where they are asked for."""
    if not (given["html"] or given["png"]):
        return
    page = make()
    if given["html"]:
        save_text(given["html"], [page], what="the page", option="--html")
    if given["png"]:
        from reconciler.cli.render_browser import Look, picture  # noqa: PLC0415 - of pictures only

        width = _PHONE if given["phone"] else _DESK
        picture(page, Path(given["png"]), Look(width=width, dark=given["dark"]))


# --- as text ----------------------------------------------------------------------------------------------------------
def _lines(each: Made, scenery: Scenery) -> Iterator[str]:
    channel = each.shown.channel
    for payload in each.payloads:
        yield terminal(f"# {channel.name} ({channel.kind}, {payload.role.value}): {_when(each.shown, scenery)}")
        yield json.dumps(content_document(payload.content), indent=2, ensure_ascii=True)
    if each.message.trouble:
        yield terminal(f"! {trouble_words(each.message.trouble)}")
    yield from (terminal(f"! the vendor would refuse it: {problem}") for problem in each.problems)


def _when(shown: Shown, scenery: Scenery) -> str:
    if shown.telling is None:
        return "routing would not tell it"
    after = shown.telling.at - scenery.happening.at
    why = why_text(shown.telling, scenery.happening)
    return ", ".join(filter(None, (after_text(after) if after else "", why)))


def trouble_words(trouble: Trouble) -> str:
    """Say which template broke, where and why, and what people get all the same."""
    line = f":{trouble.line}" if trouble.line else ""
    return f"the template {trouble.template}{line} cannot be used: {trouble.why}; another stands in for it"


def _notes(scenery: Scenery, *, shown: bool) -> Iterator[str]:
    native = _native(scenery)
    if native:
        yield f"dbt Cloud itself tells {', '.join(native)}, in its own words."
    if not shown:
        yield (
            "The relay tells nobody of it."
            if native
            else "Nobody is told of it; `--channel` shows a message all the same."
        )


def _native(scenery: Scenery) -> tuple[str, ...]:
    names = (each.channel for each in scenery.routed.tellings if each.via is Via.NATIVE)
    return tuple(dict.fromkeys(names))


# --- as JSON ----------------------------------------------------------------------------------------------------------
def _document(scenery: Scenery, found: Sequence[Made]) -> dict[str, object]:
    job = scenery.placed.job
    return {
        "job": {"id": job.id, "name": job.name},
        "outcome": scenery.happening.outcome.value,
        "at": scenery.happening.at.isoformat(),
        "made_up": scenery.real is None,
        "messages": [message_document(each, when=_when(each.shown, scenery)) for each in found],
        "native": list(_native(scenery)),
    }


def message_document(each: Made, *, when: str) -> dict[str, object]:
    """Return one message for machines: its payloads, and what is wrong with them."""
    trouble = each.message.trouble
    return {
        "channel": each.shown.channel.name,
        "kind": each.shown.channel.kind,
        "case": each.message.case.value,
        "audience": each.message.audience.value,
        "when": when,
        "trouble": None
        if trouble is None
        else {"template": trouble.template, "line": trouble.line, "why": trouble.why},
        "problems": list(each.problems),
        "payloads": [
            {"role": payload.role.value, "content": content_document(payload.content), "cut": list(payload.cut)}
            for payload in each.payloads
        ],
    }


# --- as a page --------------------------------------------------------------------------------------------------------
def _page(scenery: Scenery, found: Sequence[Made], *, phone: bool) -> str:
    previews = [preview(each, channel=each.shown.channel.name, when=_when(each.shown, scenery)) for each in found]
    return preview_page(_scene(scenery, shown=bool(found)), previews, phone=phone)


def _scene(scenery: Scenery, *, shown: bool) -> Scene:
    zone, outcome = scenery.survey.policy.timezone, scenery.case or scenery.happening.outcome
    source = "Made up, and dressed with what the policy says of the job" if scenery.real is None else "Of a real run"
    return Scene(
        title=f"{scenery.placed.job.name}: {outcome.value}",
        origin=f"{source}. {moment(scenery.now, zone)}. Nothing was sent.",
        at=clock(scenery.now, zone),
        notes=tuple(_notes(scenery, shown=shown)),
    )


def preview(each: Made, *, channel: str, when: str) -> Preview:
    """Return one message for the page."""
    trouble = each.message.trouble
    return Preview(
        channel=channel,
        kind=each.shown.channel.kind,
        when=when,
        exhibits=tuple(
            Exhibit(role=payload.role.value, content=payload.content, cut=payload.cut) for payload in each.payloads
        ),
        trouble=trouble_words(trouble) if trouble else "",
    )
