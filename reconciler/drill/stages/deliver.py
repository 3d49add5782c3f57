"""Stage *deliver*: a message marked TEST through each relayed channel, read back and taken away where that is possible.

Channels that wake nobody are written to first: what they say announces what rings after them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from reconciler.alerts.synthetic.alerts import synthetic_alert
from reconciler.channels.again import again
from reconciler.channels.contract import Destination, Receipt, Verdict
from reconciler.channels.send import Sent, told
from reconciler.drill.bench import Bench
from reconciler.drill.likeness import likeness
from reconciler.drill.pace import lane_of, side_by_side
from reconciler.drill.read_back import Looked, read_back, shows_again
from reconciler.drill.routes import Route
from reconciler.drill.wording import fix_of
from reconciler.errors import RuntimeFailure
from reconciler.model.alert import Alert, Case, Drill
from reconciler.model.evidence import Evidence, Stage, Standing

__all__ = ["alert_for", "stage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    standing: Standing = Standing.FAILED
    answer: str
    fix: str = ""
    seconds: float | None = None


def stage(bench: Bench) -> Iterator[Evidence]:
    """Yield one piece of evidence for each relayed route."""
    relayed = [route for route in bench.routes if route.relayed]
    for group in ([r for r in relayed if not r.pages], [r for r in relayed if r.pages]):
        ready: list[tuple[str, str, tuple[Route, Destination]]] = []
        for route in group:
            try:
                to = bench.destination(route.channel)
            except RuntimeFailure as unopened:
                yield _said(bench, route, _Outcome(answer=unopened.message, fix=unopened.next_step or ""))
                continue
            ready.append((lane_of(to), route.kind, (route, to)))
        yield from side_by_side(ready, partial(_one, bench), sleep=bench.sleep, monotonic=bench.monotonic)


def alert_for(bench: Bench, route: Route, to: Destination) -> Alert:
    """Return the alert that a route is tested with: says TEST, what it is found by, and the code to give back.

    A vendor that shows the message again needs nobody to give a code back.
    """
    code = "" if shows_again(to) else bench.codes(bench.correlation)
    drill = Drill(correlation=bench.correlation, asked_by=bench.asked_by, what=f"channel {route.channel}", code=code)
    made = synthetic_alert(Case.TEST, like=likeness(bench, route), now=bench.now(), drill=drill)
    return _own(made, bench, route)


def _own(alert: Alert, bench: Bench, route: Route) -> Alert:
    """Give each test an incident of its own, so that it neither joins a real one nor ends it."""
    key = f"alert-test-{bench.correlation}-{route.channel}"
    return replace(alert, id=key, incident=key)


def _one(bench: Bench, work: tuple[Route, Destination]) -> Evidence:
    route, to = work
    alert = alert_for(bench, route, to)
    sent = again(lambda: bench.sender.send(alert, to))
    return _said(bench, route, _found(bench, route, to, sent), code=alert.test.code if alert.test else "")


def _found(bench: Bench, route: Route, to: Destination, sent: tuple[Sent, ...]) -> _Outcome:
    main = told(sent)
    if main is None:
        return _Outcome(answer="there was nothing to send", fix=fix_of(route, ""))
    receipt = main.receipt
    if receipt.verdict is not Verdict.DONE:
        return _failed(route, receipt)
    looked = read_back(bench, to, sent)
    lost = [each for each in sent if each.receipt.verdict is not Verdict.DONE]
    if lost or receipt.untold:
        return _partly(route, sent, lost)
    answer = _joined(receipt.answer, looked)
    return _Outcome(standing=looked.standing, answer=answer, fix=looked.fix, seconds=receipt.seconds)


def _failed(route: Route, receipt: Receipt) -> _Outcome:
    fix = fix_of(route, receipt.answer, receipt.verdict)
    return _Outcome(answer=f"{receipt.verdict}: {receipt.answer}", fix=fix, seconds=receipt.seconds)


def _partly(route: Route, sent: Iterable[Sent], lost: list[Sent]) -> _Outcome:
    refused = [name for each in sent for name in each.receipt.untold]
    said = [f"{each.role}: {each.receipt.answer}" for each in lost] + [f"{name} was refused" for name in refused]
    answer = "; ".join(said)
    return _Outcome(answer=answer, fix=fix_of(route, answer))


def _joined(answer: str, looked: Looked) -> str:
    return "; ".join(each for each in (answer, looked.said) if each)


def _said(bench: Bench, route: Route, found: _Outcome, *, code: str = "") -> Evidence:
    return bench.evidence(
        Stage.DELIVER,
        route.channel,
        kind=route.kind,
        standing=found.standing,
        answer=found.answer,
        fix=found.fix,
        seconds=found.seconds,
        code=code,
        owners=route.owners,
    )
