"""Stage *webhooks*: dbt Cloud's own test call for each subscription that we own, and the receipt read back.

Others' endpoints are called only where the user says `--third-party`: a call there may page somebody.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, repeat
from typing import Final

from reconciler.drill.bench import Bench
from reconciler.errors import AlertsError
from reconciler.model.delivery import TestDelivery, accepted
from reconciler.model.evidence import Evidence, Stage, Standing
from reconciler.model.inventory import Subscription
from reconciler.model.ledger import SubscriptionState
from reconciler.model.marker import parse_marker

__all__ = ["stage"]

_BETWEEN: Final = (0.2, 1.0, 2.0)
"""Seconds between two looks at the receipts; the last one stays."""


def stage(bench: Bench) -> Iterator[Evidence]:
    """Yield one piece of evidence for each subscription of ours, chosen or not by channel: it carries every route."""
    owned = {claim.id for claim in bench.ledger.subscriptions.values()}
    there: set[str] = set()
    for live in sorted(bench.subscriptions(), key=lambda each: each.id):
        marker = parse_marker(live.description)
        ours = live.id in owned or (marker is not None and marker.manager == bench.policy.manager)
        there.add(live.id)
        if not ours and not bench.third_party:
            bench.notebook.skipped.append(f"webhook {live.name} is not ours: `--third-party` would call its endpoint")
            continue
        route = f"webhook:{marker.key if marker is not None else live.name}"
        yield _tested(bench, route, live)
    for key, claim in sorted(bench.ledger.subscriptions.items()):
        if claim.id not in there and claim.state is not SubscriptionState.TOMBSTONED:
            yield _said(
                bench,
                f"webhook:{key}",
                standing=Standing.FAILED,
                answer=f"subscription {claim.id} is not in dbt Cloud any more",
                fix="run `dbt-alerts plan`: it makes it again",
            )


def _tested(bench: Bench, route: str, live: Subscription) -> Evidence:
    if not live.active:
        why = f": {live.deactivate_reason}" if live.deactivate_reason else ""
        return _said(
            bench,
            route,
            standing=Standing.FAILED,
            answer=f"the subscription is switched off{why}: dbt Cloud sends nothing to it",
            fix="see that its receiver answers, then `dbt-alerts apply --allow rearm=1` switches it on",
        )
    began = bench.monotonic()
    try:
        status = _status(bench, live, bench.tests.send_test(live.id))
    except AlertsError as why:
        return _said(bench, route, standing=Standing.FAILED, answer=why.message, fix=why.next_step or "")
    seconds = bench.monotonic() - began
    if status is not None and accepted(status):
        return _said(bench, route, standing=Standing.PROVED, answer=f"the receiver answered {status}", seconds=seconds)
    return _said(bench, route, standing=Standing.FAILED, answer=_answer(status), fix=_fix(status), seconds=seconds)


def _status(bench: Bench, live: Subscription, test: TestDelivery) -> int | None:
    """Return the receiver's status: at once from the old backend, from the receipts of the new one; None for none."""
    if test.event_id is None:
        return test.status
    until = bench.monotonic() + bench.patience
    pauses = chain(_BETWEEN, repeat(_BETWEEN[-1]))
    while True:
        tries = bench.tests.answers(live.id, test.event_id)
        if any(map(accepted, tries)):
            return next(filter(accepted, tries))
        if bench.monotonic() >= until:
            return tries[-1] if tries else None
        bench.sleep(next(pauses))


def _answer(status: int | None) -> str:
    if status is None:
        return "dbt Cloud shows no receipt of its test call"
    return f"the receiver answered {status}" if status else "the receiver did not answer within 10 s"


def _fix(status: int | None) -> str:
    match status:
        case None:
            return "run again; if it stays so, ask dbt Cloud's support why its test call has no receipt"
        case 401 | 403:
            return "its secret is another one: `dbt-alerts rotate TEAM/NAME` gives both sides a new one"
        case 404 | 410:
            return "nothing answers at this URL: correct it in the policy, or put the receiver back"
        case 0:
            return "see that its receiver runs and answers within 10 s"
        case _:
            return "look into the receiver's log"


def _said(
    bench: Bench, route: str, *, standing: Standing, answer: str, fix: str = "", seconds: float | None = None
) -> Evidence:
    team = route.removeprefix("webhook:").partition("/")[0]
    layer = bench.policy.teams[team].layer if team in bench.policy.teams else None
    return bench.evidence(
        Stage.WEBHOOKS,
        route,
        kind="dbt_webhook",
        standing=standing,
        answer=answer,
        fix=fix,
        seconds=seconds,
        owners=(layer.owner,) if layer is not None and layer.owner else (),
    )
