"""`dbt-alerts render --samples`: a few messages of a made-up job, for who changes templates; no policy, no account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from reconciler.alerts.synthetic.alerts import MADE_UP_NOW, synthetic_alert
from reconciler.alerts.words.times import clock, moment
from reconciler.cli.console import print_json
from reconciler.cli.render_payloads import made
from reconciler.cli.render_show import draw, message_document, preview, trouble_words
from reconciler.cli.render_values import Shown
from reconciler.errors import ExitCode
from reconciler.escape import terminal
from reconciler.model.alert import Case
from reconciler.model.policy import RelayedChannel
from reconciler.model.problem import NOWHERE
from reconciler.render.preview.page import Scene, preview_page

if TYPE_CHECKING:
    from reconciler.cli.render_payloads import Made

__all__ = ["samples"]

_CASES: Final = (Case.FAILURE, Case.LATE, Case.RECOVERED, Case.DIGEST)
_ZONE: Final = "America/New_York"
_SETTINGS: Final[Mapping[str, Mapping[str, Any]]] = {
    "slack": {"token": "made-up", "channel_id": "C0123456789"},
    "email": {"to": ("oncall@acme.example",)},
    "teams": {},
    "pagerduty": {},
}


def samples(templates: Path | None, given: Mapping[str, Any], *, as_json: bool) -> ExitCode:
    """Print the texts of the messages, part by part, so that two runs can be compared line by line."""
    cases = (Case(given["case"]),) if given["case"] else _CASES
    shown = [Shown(channel=_channel(kind), alert=synthetic_alert(case)) for kind in _SETTINGS for case in cases]
    found = made(shown, templates=templates, smtp=None)
    code = ExitCode.POLICY if any(each.message.trouble or each.problems for each in found) else ExitCode.SUCCESS
    draw(lambda: _page(found, phone=given["phone"]), given)
    if as_json:
        documents = [message_document(each, when="") for each in found]
        print_json({"result": code.word, "exit_code": int(code), "messages": documents})
        return code
    for each in found:
        for line in _lines(each):
            click.echo(line)
    return code


def _channel(kind: str) -> RelayedChannel:
    return RelayedChannel(name=kind, at=NOWHERE, kind=kind, settings=_SETTINGS[kind])


def _lines(each: Made) -> Iterator[str]:
    for name, text in each.message.parts.items():
        yield terminal(f"# {each.message.kind} {each.message.case.value}: {name}")
        yield from map(terminal, text.splitlines())
        yield ""
    if each.message.trouble:
        yield terminal(f"! {trouble_words(each.message.trouble)}")
    yield from (terminal(f"! the vendor would refuse it: {problem}") for problem in each.problems)


def _page(found: Sequence[Made], *, phone: bool) -> str:
    scene = Scene(
        title="Messages of a made-up job",
        origin=f"{moment(MADE_UP_NOW, _ZONE)}. Nothing was sent.",
        at=clock(MADE_UP_NOW, _ZONE),
    )
    previews = [preview(each, channel=each.message.case.value, when="") for each in found]
    return preview_page(scene, previews, phone=phone)
