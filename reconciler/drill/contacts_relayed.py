"""The contacts that we write to: what each vendor shows of a key, a channel, who is on call; none is written to."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from reconciler.channels.contract import Destination, Receipt, Verdict
from reconciler.channels.destination import revealed
from reconciler.channels.email.kind import Email
from reconciler.channels.exchange import call
from reconciler.channels.monte_carlo.kind import MonteCarlo
from reconciler.channels.pagerduty import look as pagerduty_look
from reconciler.channels.slack import look as slack_look
from reconciler.channels.slack.kind import by_bot
from reconciler.drill.bench import Bench
from reconciler.drill.found import Contact
from reconciler.drill.routes import Route
from reconciler.drill.wording import fix_of
from reconciler.errors import RuntimeFailure

__all__ = ["relayed"]

_ROUTING_KEY: Final = re.compile(r"[A-Za-z0-9]{32}")


def relayed(bench: Bench, route: Route) -> Contact:
    """Look at one relayed channel."""
    try:
        to = bench.destination(route.channel)
    except RuntimeFailure as unopened:
        return Contact.failed(unopened.message, unopened.next_step or "")
    return _LOOKS.get(route.kind, _nothing_to_ask)(bench, route, to)


def _slack(bench: Bench, route: Route, to: Destination) -> Contact:
    return _slack_bot(bench, route, to) if by_bot(to) else _slack_webhook(to)


def _slack_webhook(to: Destination) -> Contact:
    if not revealed(to.settings.get("url", "")).startswith(
        ("https://hooks.slack.com/", "https://hooks.slack-gov.com/")
    ):
        return Contact.failed("the URL is none of Slack's incoming webhooks", "store the URL that Slack shows")
    return Contact.accepted("a webhook's URL says nothing without being written to: stage deliver does")


def _slack_bot(bench: Bench, route: Route, to: Destination) -> Contact:
    who = slack_look.auth_test(to, bench.wire)
    channel = slack_look.membership(to, bench.wire) if who.done else None
    if channel is None or channel.receipt.verdict is not Verdict.DONE:
        return _refused(route, who.receipt if channel is None else channel.receipt)
    if channel.archived:
        return Contact.failed(f"#{channel.name} is archived", fix_of(route, "is_archived"))
    if not channel.member:
        return Contact.failed(f"the bot is not in #{channel.name}", fix_of(route, "not_in_channel"))
    return Contact.accepted(f"{who.data.get('user', 'the bot')} is in #{channel.name}", channel.receipt.seconds)


def _pagerduty(bench: Bench, _: Route, to: Destination) -> Contact:
    key = revealed(to.settings.get("routing_key", ""))
    if not _ROUTING_KEY.fullmatch(key):
        return Contact.failed(
            f"`routing_key` has {len(key)} characters or signs that no key has: 32 letters and digits make one",
            "copy the integration key of the service's Events API v2 integration",
        )
    if not pagerduty_look.can_look(to):
        return Contact.accepted("the key looks right; without `api_key` nobody on call can be seen")
    receipt, who = pagerduty_look.on_call(to, bench.wire)
    if receipt.verdict is not Verdict.DONE:
        fix = "make another REST API key in PagerDuty and store it where `api_key` points"
        return Contact.failed(f"PagerDuty refuses `api_key`: {receipt.answer}", fix)
    if not who:
        return Contact.failed("nobody is on call", "fill the gap in the on-call schedule in PagerDuty")
    return Contact.accepted(f"on call: {', '.join(who[:5])}", receipt.seconds)


def _datadog(bench: Bench, route: Route, to: Destination) -> Contact:
    site = revealed(to.settings.get("site") or "datadoghq.com")
    headers = {"DD-API-KEY": revealed(to.settings.get("api_key", ""))}
    found = call(f"https://api.{site}/api/v1/validate", to, bench.wire, method="GET", headers=headers)
    return _asked(route, found.receipt, "the key is valid")


def _email(bench: Bench, route: Route, to: Destination) -> Contact:
    return _asked(route, Email().probe(to, bench.wire), "the mail server takes mail of us")


def _monte_carlo(bench: Bench, route: Route, to: Destination) -> Contact:
    return _asked(route, MonteCarlo().probe(to, bench.wire), "the key is valid")


def _nothing_to_ask(_bench: Bench, _route: Route, _to: Destination) -> Contact:
    return Contact.accepted("its references are set; nothing more can be asked without writing to it")


def _asked(route: Route, receipt: Receipt, good: str) -> Contact:
    if receipt.verdict is not Verdict.DONE:
        return _refused(route, receipt)
    return Contact.accepted(good, receipt.seconds)


def _refused(route: Route, receipt: Receipt) -> Contact:
    return Contact.failed(receipt.answer, fix_of(route, receipt.answer, receipt.verdict))


_LOOKS: Final[Mapping[str, Callable[[Bench, Route, Destination], Contact]]] = MappingProxyType(
    {
        "slack": _slack,
        "pagerduty": _pagerduty,
        "datadog": _datadog,
        "email": _email,
        "monte_carlo": _monte_carlo,
    }
)
