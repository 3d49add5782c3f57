"""What proves that a test arrived: the vendor shows it again. Then it is taken away, where the vendor lets us.

Slack by a bot: the message is fetched and deleted. PagerDuty with an `api_key`: its incident is seen and resolved.
All others say no more than that they took it; the code in the message is given back by `alert-test confirm`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.channels.contract import Destination, Payload, Role, Verdict
from reconciler.channels.pagerduty import look as pagerduty_look
from reconciler.channels.pagerduty.kind import KIND as PAGERDUTY
from reconciler.channels.send import Sent, told
from reconciler.channels.slack import look as slack_look
from reconciler.channels.slack.kind import by_bot
from reconciler.drill.bench import Bench
from reconciler.model.evidence import Standing

__all__ = ["Looked", "read_back", "shows_again"]

_TRIES: Final = 5
_PAUSE: Final = 1.0
"""Seconds: PagerDuty takes an event in before its incident can be seen."""


_ASK: Final = "whoever reads it proves it with the code in it: `dbt-alerts alert-test confirm CODE`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a look at the vendor showed. `said` is empty where there was none."""

    standing: Standing = Standing.ACCEPTED
    said: str = ""
    fix: str = ""


def shows_again(to: Destination) -> bool:
    """Tell whether the vendor lets us see the message where it arrived; of all others a person has to say so."""
    return (to.kind == "slack" and by_bot(to)) or (to.kind == "pagerduty" and pagerduty_look.can_look(to))


def read_back(bench: Bench, to: Destination, sent: Sequence[Sent]) -> Looked:
    """Look at the message where it arrived, and take it away."""
    main = told(tuple(sent))
    key = None if main is None else main.receipt.vendor_id
    if key is not None and to.kind == "slack" and by_bot(to):
        return _slack(bench, to, sent, ts=key)
    if key is not None and to.kind == "pagerduty":
        return _pagerduty(bench, to, sent, key=key)
    return Looked(said="" if shows_again(to) else _ASK)


def _slack(bench: Bench, to: Destination, sent: Sequence[Sent], *, ts: str) -> Looked:
    there = slack_look.read_back(to, bench.wire, ts=ts)
    gone = [
        slack_look.delete(to, bench.wire, ts=each.receipt.vendor_id)
        for each in reversed(sent)
        if each.receipt.vendor_id is not None and each.role in {Role.MAIN, Role.DETAIL}
    ]
    left = [each.answer for each in gone if each.verdict is not Verdict.DONE]
    end = f"it was not deleted: {left[0]}" if left else "deleted"
    if there is None:
        return Looked(said=f"could not be read back: give the bot the scope channels:history; {end}")
    return Looked(standing=Standing.PROVED, said=f"read back; {end}")


def _pagerduty(bench: Bench, to: Destination, sent: Sequence[Sent], *, key: str) -> Looked:
    looked = _incident(bench, to, key) if pagerduty_look.can_look(to) else None
    ended = _resolve(bench, to, sent, key=key)
    if looked is None:
        return Looked(said=f"{ended}; {_ASK}, or give the channel an `api_key`")
    if looked.id:
        return Looked(standing=Standing.PROVED, said=f"incident {looked.id} seen, {looked.status}; {ended}")
    if looked.receipt.verdict is Verdict.DONE:
        return Looked(
            standing=Standing.FAILED,
            said=f"taken, but no incident came of it; {ended}",
            fix="see whether the integration's service is disabled, in maintenance, or suppresses events",
        )
    return Looked(said=f"the incident could not be looked at: {looked.receipt.answer}; {ended}")


def _incident(bench: Bench, to: Destination, key: str) -> pagerduty_look.Incident:
    def look() -> pagerduty_look.Incident:
        return pagerduty_look.incident(to, bench.wire, key=key)

    return _patiently(bench, look, enough=lambda found: bool(found.id) or found.receipt.verdict is not Verdict.DONE)


def _patiently(
    bench: Bench,
    look: Callable[[], pagerduty_look.Incident],
    *,
    enough: Callable[[pagerduty_look.Incident], bool],
) -> pagerduty_look.Incident:
    found = look()
    for _ in range(_TRIES - 1):
        if enough(found):
            break
        bench.sleep(_PAUSE)
        found = look()
    return found


def _resolve(bench: Bench, to: Destination, sent: Sequence[Sent], *, key: str) -> str:
    main = sent[0].payload
    event = Payload(role=Role.MAIN, content={"event_action": "resolve", "dedup_key": key}, key=f"{main.key}-resolve")
    done = PAGERDUTY.deliver(event, to, bench.wire)
    return "resolved" if done.verdict is Verdict.DONE else f"it was not resolved: {done.answer}"
