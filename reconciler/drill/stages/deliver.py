"""Stage *deliver*: a message marked TEST through each relayed channel, read back and taken away where that is possible.

Channels that wake nobody are written to first: what they say announces what rings after them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from reconciler.alerts.synthetic import synthetic_alert
from reconciler.channels.contract import Destination, Receipt, Verdict
from reconciler.channels.send import Sent, told
from reconciler.drill.bench import Bench
from reconciler.drill.likeness import likeness
from reconciler.drill.pace import lane_of, side_by_side
from reconciler.drill.read_back import Looked, read_back
from reconciler.drill.routes import Route
from reconciler.drill.wording import fix_of
from reconciler.errors import RuntimeFailure
from reconciler.model.alert import Alert, Case, Drill
from reconciler.model.evidence import Evidence, Stage, Standing

__all__ = ["alert_for", "stage"]


def stage(bench: Bench) -> Iterator[Evidence]:
    """Yield one piece of evidence for each relayed route."""
    relayed = [route for route in bench.routes if route.relayed]
    for group in ([r for r in relayed if not r.pages], [r for r in relayed if r.pages]):
        ready: list[tuple[str, str, tuple[Route, Destination]]] = []
        for route in group:
            try:
                to = bench.destination(route.channel)
            except RuntimeFailure as unopened:
                yield _unopened(bench, route, unopened)
                continue
            ready.append((lane_of(to), route.kind, (route, to)))
        yield from side_by_side(ready, partial(_one, bench), sleep=bench.sleep, monotonic=bench.monotonic)


def alert_for(bench: Bench, route: Route) -> Alert:
    """Return the alert that a route is tested with: says TEST, and what it is found by."""
    drill = Drill(correlation=bench.correlation, asked_by=bench.asked_by, what=f"channel {route.channel}")
    made = synthetic_alert(Case.TEST, like=likeness(bench, route), now=bench.now(), drill=drill)
    return _own(made, bench, route)


def _own(alert: Alert, bench: Bench, route: Route) -> Alert:
    """Give each test an incident of its own, so that it neither joins a real one nor ends it."""
    key = f"alert-test-{bench.correlation}-{route.channel}"
    return replace(alert, id=key, incident=key)


def _one(bench: Bench, work: tuple[Route, Destination]) -> Evidence:
    route, to = work
    sent = bench.sender.send(alert_for(bench, route), to)
    main = told(sent)
    if main is None:
        return _said(bench, route, standing=Standing.FAILED, answer="there was nothing to send", fix=fix_of(route, ""))
    receipt = main.receipt
    if receipt.verdict is not Verdict.DONE:
        return _failed(bench, route, receipt)
    looked = read_back(bench, to, sent)
    lost = [each for each in sent if each.receipt.verdict is not Verdict.DONE]
    if lost or receipt.untold:
        return _partly(bench, route, sent, lost)
    return _said(
        bench,
        route,
        standing=looked.standing,
        answer=_joined(receipt.answer, looked),
        fix=looked.fix,
        seconds=receipt.seconds,
    )


def _failed(bench: Bench, route: Route, receipt: Receipt) -> Evidence:
    answer = f"{receipt.verdict}: {receipt.answer}"
    fix = fix_of(route, receipt.answer, receipt.verdict)
    return _said(bench, route, standing=Standing.FAILED, answer=answer, fix=fix, seconds=receipt.seconds)


def _partly(bench: Bench, route: Route, sent: Iterable[Sent], lost: list[Sent]) -> Evidence:
    refused = [name for each in sent for name in each.receipt.untold]
    said = [f"{each.role}: {each.receipt.answer}" for each in lost] + [f"{name} was refused" for name in refused]
    answer = "; ".join(said)
    return _said(bench, route, standing=Standing.FAILED, answer=answer, fix=fix_of(route, answer))


def _unopened(bench: Bench, route: Route, why: RuntimeFailure) -> Evidence:
    return _said(bench, route, standing=Standing.FAILED, answer=why.message, fix=why.next_step or "")


def _joined(answer: str, looked: Looked) -> str:
    return "; ".join(each for each in (answer, looked.said) if each)


def _said(
    bench: Bench, route: Route, *, standing: Standing, answer: str, fix: str = "", seconds: float | None = None
) -> Evidence:
    return bench.evidence(
        Stage.DELIVER,
        route.channel,
        kind=route.kind,
        standing=standing,
        answer=answer,
        fix=fix,
        seconds=seconds,
        owners=route.owners,
    )
