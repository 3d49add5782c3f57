"""Stage *webhooks*: dbt Cloud's own test call for each subscription that we own, and the receipt read back.

Others' endpoints are called only where the user says `--third-party`: a call there may page somebody.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, repeat
from typing import Final

from reconciler.drill.bench import Bench
from reconciler.errors import AlertsError, NotFound
from reconciler.model.delivery import TestDelivery, Tried, accepted
from reconciler.model.evidence import Evidence, Stage, Standing
from reconciler.model.inventory import Subscription
from reconciler.model.ledger import SubscriptionState
from reconciler.model.marker import Marker, parse_marker

__all__ = ["stage"]

_NO_RIGHT: Final = (
    "let the token have `webhooks_only` too, which may read and write webhooks (docs/guides/tokens.md), or leave the"
    " stage out: `dbt-alerts alert-test contacts render deliver canary`"
)
_BETWEEN: Final = (0.2, 1.0, 2.0)
"""Seconds between two looks at the receipts; the last one stays."""


def stage(bench: Bench) -> Iterator[Evidence]:
    """Yield one piece of evidence for each subscription of ours, chosen or not by channel: it carries every route.

    One that is to be silent is left out: dropped from the policy, switched off by it, or replaced in a rotation.
    """
    try:
        live = sorted(bench.subscriptions(), key=lambda each: each.id)
    except NotFound:
        yield from _unseen(bench, "this token may not read webhooks, so none was tested", _NO_RIGHT)
        return
    except AlertsError as why:
        yield from _unseen(bench, why.message, why.next_step or "run again")
        return
    for each in live:
        marker = parse_marker(each.description)
        why = _left_out(bench, each, marker)
        if why:
            bench.notebook.skipped.append(f"webhook {each.name} {why}")
            continue
        yield _tested(bench, f"webhook:{marker.key if marker is not None else each.name}", each)
    there = {each.id for each in live}
    for key, claim in sorted(bench.ledger.subscriptions.items()):
        if claim.id not in there and claim.state is not SubscriptionState.TOMBSTONED:
            yield _said(
                bench,
                f"webhook:{key}",
                standing=Standing.FAILED,
                answer=f"subscription {claim.id} is not in dbt Cloud any more",
                fix="run `dbt-alerts plan`: it makes it again",
            )


def _unseen(bench: Bench, answer: str, fix: str) -> Iterator[Evidence]:
    """Yield a failure for each webhook that ought to be there; of a policy without any, nothing is missed."""
    claims = bench.ledger.subscriptions.items()
    owned = {key for key, claim in claims if claim.state is not SubscriptionState.TOMBSTONED}
    for key in sorted(owned | {rule.key for rule in bench.policy.webhooks}):
        yield _said(bench, f"webhook:{key}", standing=Standing.FAILED, answer=answer, fix=fix)
    if not owned and not bench.policy.webhooks:
        bench.notebook.skipped.append(f"webhooks: {answer}; the policy has none")


def _left_out(bench: Bench, live: Subscription, marker: Marker | None) -> str:
    """Say why a subscription is not called, or nothing."""
    claims = bench.ledger.subscriptions.values()
    claim = next((each for each in claims if each.id == live.id), None)
    if any(live.id == each.id for of in claims for each in of.retired):
        return "was replaced by a rotation"
    if claim is None and (marker is None or marker.manager != bench.policy.manager):
        return "" if bench.third_party else "is not ours: `--third-party` would call its endpoint"
    if claim is not None and claim.state is SubscriptionState.TOMBSTONED:
        return "is not in the policy any more"
    key = marker.key if marker is not None else ""
    off = any(rule.key == key and not rule.active for rule in bench.policy.webhooks)
    return "is switched off by the policy" if off and not live.active else ""


def _tested(bench: Bench, route: str, live: Subscription) -> Evidence:
    if not live.active:
        why = f": {live.deactivate_reason}" if live.deactivate_reason else ""
        claims = bench.ledger.subscriptions.values()
        armed = any(each.id == live.id and each.state is SubscriptionState.ARMED for each in claims)
        more = " --repair-drift --allow rearm=1" if armed or live.deactivate_reason else ""
        return _said(
            bench,
            route,
            standing=Standing.FAILED,
            answer=f"the subscription is switched off{why}: dbt Cloud sends nothing to it",
            fix=f"see that its receiver answers, then `dbt-alerts apply{more}` switches it on",
        )
    began = bench.monotonic()
    try:
        tried = _receipt(bench, live, bench.tests.send_test(live.id))
    except AlertsError as why:
        return _said(bench, route, standing=Standing.FAILED, answer=why.message, fix=why.next_step or "")
    seconds = bench.monotonic() - began
    status = tried.status if tried is not None else None
    standing = Standing.PROVED if status is not None and accepted(status) else Standing.FAILED
    fix = _fix(route, status) if standing is Standing.FAILED else ""
    return _said(bench, route, standing=standing, answer=_answer(tried, seconds), fix=fix, seconds=seconds)


def _receipt(bench: Bench, live: Subscription, test: TestDelivery) -> Tried | None:
    """Return the receiver's answer: at once from the old backend, the first receipt of the new one; None for none.

    Where there are several receipts by then, one that says the receiver took it counts.
    """
    if test.event_id is None:
        return Tried(status=test.status or 0, why=test.why)
    until = bench.monotonic() + bench.patience
    pauses = chain(_BETWEEN, repeat(_BETWEEN[-1]))
    while True:
        tries = bench.tests.tries(live.id, test.event_id)
        if tries:
            return next((each for each in tries if accepted(each.status)), tries[-1])
        if bench.monotonic() >= until:
            return None
        bench.sleep(next(pauses))


def _answer(tried: Tried | None, seconds: float) -> str:
    if tried is None:
        return f"dbt Cloud shows no receipt of its test call after {seconds:.0f} s"
    if tried.status:
        return f"the receiver answered {tried.status}"
    return f"dbt Cloud had no answer of the receiver{f': {tried.why}' if tried.why else ''}"


def _fix(route: str, status: int | None) -> str:
    match status:
        case None:
            return "run again; if it stays so, ask dbt Cloud's support why its test call has no receipt"
        case 401 | 403:
            key = route.removeprefix("webhook:")
            return f"its secret is another one: `dbt-alerts rotate {key}` gives both sides a new one"
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
