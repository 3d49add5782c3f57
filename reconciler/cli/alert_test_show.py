"""What `alert-test` prints: what would be done, and what was found, in the form that was asked for."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.channels.contract import Destination
from reconciler.cli.console import print_json
from reconciler.cli.saving import save_text
from reconciler.drill.canary_reach import also_told
from reconciler.drill.stages.deliver import alert_for
from reconciler.escape import terminal
from reconciler.model.evidence import Stage
from reconciler.model.policy import RelayedChannel
from reconciler.render.evidence.machine import evidence_cases, evidence_document
from reconciler.render.evidence.markdown import evidence_markdown
from reconciler.render.evidence.page import evidence_page
from reconciler.render.evidence.text import evidence_lines, verdict_lines
from reconciler.render.junit import junit_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.drill.bench import Bench
    from reconciler.drill.routes import Route
    from reconciler.model.evidence import Tested

__all__ = ["planned", "planned_lines", "show"]


def show(tested: Tested, *, form: str, output: Path | None, html: Path | None) -> None:
    """Print or write the report. As text, what was found has been printed as it came."""
    if html is not None:
        save_text(html, [evidence_page(tested)], what="the page", option="--html")
    if form == "json" and output is None:
        print_json(evidence_document(tested))
        return
    text = _text(tested, form)
    if output is not None:
        save_text(output, [text], what="the report", option="--output")
    elif form == "text":
        click.echo("\n".join(verdict_lines(tested)))
        for line in tested.patch:
            click.echo(terminal(line))
    else:
        click.echo(text, nl=False)


def _text(tested: Tested, form: str) -> str:
    match form:
        case "markdown":
            return evidence_markdown(tested)
        case "junit":
            return junit_text(evidence_cases(tested), name="dbt-alerts alert-test")
        case "json":
            return json.dumps(evidence_document(tested), indent=2, ensure_ascii=False) + "\n"
        case _:
            lines = (line for each in tested.evidence for line in evidence_lines(each))
            return "\n".join([*lines, *verdict_lines(tested)]) + "\n"


def planned(bench: Bench, stages: Collection[Stage], *, may_page: Callable[[Route], bool]) -> Iterator[dict[str, Any]]:
    """Yield what would be done, one thing at a time: whom it reaches, and exactly what would be sent."""
    for stage in (each for each in Stage if each in stages):
        match stage:
            case Stage.CONTACTS | Stage.RENDER:
                names = [route.channel for route in bench.routes]
                yield {"stage": str(stage), "what": f"looks at {', '.join(names) or 'nothing'}; nobody is written to"}
            case Stage.DELIVER:
                yield from (_sending(bench, each) for each in bench.routes if each.relayed and may_page(each))
            case Stage.WEBHOOKS:
                yield {"stage": str(stage), "what": "dbt Cloud's test call to each webhook of ours"}
            case Stage.CANARY:
                yield {"stage": str(stage), "what": _canary(bench)}


def _canary(bench: Bench) -> str:
    canary = bench.policy.canary
    if canary is None or canary.job is None:
        return "nothing: the policy has no `canary:`"
    jobs = sorted(bench.survey.index.select(canary.job))
    names = [f"{bench.survey.inventory.jobs[each].name} ({each})" for each in jobs]
    others = [each for number in jobs for each in also_told(bench, number)]
    also = f"; it is real to others too: {'; '.join(others)}" if others else ""
    return f"a run of job {', '.join(names)} that fails, told to {', '.join(canary.channels)}{also}"


def _sending(bench: Bench, route: Route) -> dict[str, Any]:
    channel = bench.policy.channels[route.channel]
    settings = channel.settings if isinstance(channel, RelayedChannel) else {}
    to = Destination(name=route.channel, kind=route.kind, settings=settings)
    message = bench.sender.message(alert_for(bench, route, to), to)
    return {
        "stage": str(Stage.DELIVER),
        "what": f"one message marked TEST to {route.channel} ({route.kind}{', which pages' if route.pages else ''})",
        "to": {key: _plain(value) for key, value in settings.items()},
        "payloads": [_content(each.content) for each in bench.sender.payloads(message, to)],
    }


def _content(content: Mapping[str, Any] | EmailMessage) -> Any:  # noqa: ANN401 - JSON
    return content.as_string() if isinstance(content, EmailMessage) else dict(content)


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON
    """Return a setting as it may be shown: references by their names, secrets masked by their type."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def planned_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield one thing that would be done, for a terminal."""
    yield terminal(f"{found['stage']:<8}  {found['what']}")
    for name in ("to", "payloads"):
        if found.get(name):
            yield from (terminal(f"    {line}") for line in json.dumps(found[name], indent=2).splitlines())
