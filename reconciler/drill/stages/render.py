"""Stage *render*: every template of every route says something that its vendor would take. Nothing is sent.

A rendered message is `accepted` at most: no vendor has seen it.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.alerts.synthetic.alerts import synthetic_alert
from reconciler.channels.contract import Destination
from reconciler.drill.bench import Bench
from reconciler.drill.likeness import likeness
from reconciler.drill.routes import Route
from reconciler.model.alert import Case, Drill
from reconciler.model.evidence import Evidence, Stage, Standing
from reconciler.model.policy import RelayedChannel

__all__ = ["stage"]


def stage(bench: Bench) -> Iterator[Evidence]:
    """Yield one piece of evidence for each relayed route. No reference is opened: templates see no secret."""
    for route in bench.routes:
        if not route.relayed:
            continue
        problems = tuple(_problems(bench, route))
        cases = sorted({*route.cases, Case.TEST})
        yield bench.evidence(
            Stage.RENDER,
            route.channel,
            kind=route.kind,
            standing=Standing.FAILED if problems else Standing.ACCEPTED,
            answer="; ".join(problems) or f"{len(cases)} messages fit: {', '.join(cases)}",
            fix=_fix(problems),
            owners=route.owners,
        )


def _problems(bench: Bench, route: Route) -> Iterator[str]:
    channel = bench.policy.channels[route.channel]
    settings = channel.settings if isinstance(channel, RelayedChannel) else {}
    to = Destination(name=route.channel, kind=route.kind, settings=settings)
    drill = Drill(correlation=bench.correlation, asked_by=bench.asked_by, what=f"channel {route.channel}")
    for case in sorted({*route.cases, Case.TEST}):
        alert = synthetic_alert(case, like=likeness(bench, route), now=bench.now(), drill=drill)
        message = bench.sender.message(alert, to)
        if message.trouble is not None:
            broken = message.trouble
            where = f"{broken.template}:{broken.line}" if broken.line else broken.template
            yield f"{case}: the template {where} cannot be used: {broken.why}"
        for payload in bench.sender.payloads(message, to):
            yield from (f"{case}: {wrong}" for wrong in bench.kinds[route.kind].check(payload))


def _fix(problems: tuple[str, ...]) -> str:
    if not problems:
        return ""
    if any("template" in each for each in problems):
        return "correct the template; `dbt-alerts render` shows what it makes; until then a plain message is sent"
    return "`dbt-alerts render` shows the payload; shorten what the template says"
