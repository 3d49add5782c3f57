"""What `notify` prints: who was told, who will be and by whom, and who is not, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from reconciler.channels.send import told
from reconciler.escape import terminal
from reconciler.render.styled import Styled

if TYPE_CHECKING:
    from reconciler.model.alert import Alert
    from reconciler.model.telling import Telling
    from reconciler.relay.deliver import Delivered
    from reconciler.relay.tell import Due

__all__ = ["notified_document", "notified_lines"]

Done = Sequence[tuple["Telling", "Delivered"]]


def notified_lines(
    job: str, found: Due, delivered: Done, *, untold: Sequence[str], zone: str, dry_run: bool
) -> Iterator[Styled]:
    """Yield the lines, escaped for a terminal; times are in `zone`. `untold` was asked for and is not due now."""
    if not found.outcomes:
        yield Styled(terminal(f"The run of {job} has not ended: there is nothing to tell yet."))
        return
    yield Styled(terminal(f"{job}: {', '.join(found.outcomes)}"), "bold")
    if dry_run:
        for telling, alert in found.now:
            yield Styled(terminal(f"  would tell {telling.channel}: {alert.case.value}"))
    for _, each in delivered:
        yield from _delivered_lines(each)
    yield from _not_now(found, untold, zone)
    if not (found.now or found.natively or found.later or untold):
        yield Styled("  The policy tells nobody of it.", "yellow")
    if found.later:
        yield Styled("What is due later takes a relay; `dbt-alerts explain job` shows all of it.", "dim")


def _not_now(found: Due, untold: Sequence[str], zone: str) -> Iterator[Styled]:
    """Yield who is told by somebody else, or later, or not."""
    for telling in found.natively:
        yield Styled(terminal(f"  dbt Cloud tells {telling.channel}: {telling.outcome.value}"), "dim")
    for telling in found.later:
        when = telling.at.astimezone(ZoneInfo(zone)).strftime("%a %d %b %H:%M %Z")
        yield Styled(terminal(f"  not sent: {telling.channel}, {telling.occasion.value}, due {when}"), "dim")
    for held in found.withheld:
        yield Styled(terminal(f"  not told: {held.channel}, {held.reason.value}"), "dim")
    for name in untold:
        yield Styled(terminal(f"  not told: {name}, the policy tells it nothing of this now"), "yellow")


def _delivered_lines(each: Delivered) -> Iterator[Styled]:
    for channel, why in each.failed:
        yield Styled(terminal(f"  failed   {channel}: {why}"), "red")
    decides = told(each.sent)
    if each.arrived and decides is not None:
        through = "" if each.through == each.channel else f" (instead of {each.channel})"
        yield Styled(
            terminal(f"  {decides.receipt.verdict.value:<8} {each.through}{through}: {decides.receipt.answer}"), "green"
        )
        if decides.receipt.untold:
            yield Styled(terminal(f"  refused  {', '.join(decides.receipt.untold)}"), "red")
    for trouble in {sent.trouble for sent in each.sent if sent.trouble}:
        where = f"{trouble.template}:{trouble.line}" if trouble.line else trouble.template
        yield Styled(terminal(f"  template {where} could not be used: {trouble.why}; a plainer one was sent"), "yellow")


def notified_document(job: str, found: Due, delivered: Done) -> dict[str, Any]:
    """Return the same as JSON-ready data."""
    return {
        "job": job,
        "outcomes": list(found.outcomes),
        "due": [_due(telling, alert) for telling, alert in found.now],
        "delivered": [_delivered(telling, each) for telling, each in delivered],
        "natively": [{"channel": each.channel, "outcome": each.outcome.value} for each in found.natively],
        "later": [
            {"channel": each.channel, "occasion": each.occasion.value, "at": _moment(each.at)} for each in found.later
        ],
        "withheld": [{"channel": each.channel, "reason": each.reason.value} for each in found.withheld],
    }


def _due(telling: Telling, alert: Alert) -> dict[str, Any]:
    return {
        "channel": telling.channel,
        "case": alert.case.value,
        "severity": alert.severity,
        "incident": alert.incident,
    }


def _delivered(telling: Telling, each: Delivered) -> dict[str, Any]:
    return {
        "channel": telling.channel,
        "outcome": telling.outcome.value,
        "arrived": each.arrived,
        "through": each.through,
        "failed": [{"channel": channel, "answer": why} for channel, why in each.failed],
        "sent": [
            {
                "role": sent.role.value,
                "verdict": sent.receipt.verdict.value,
                "answer": sent.receipt.answer,
                "vendor_id": sent.receipt.vendor_id,
                "cut": list(sent.payload.cut),
                "untold": list(sent.receipt.untold),
                "template_trouble": None if sent.trouble is None else f"{sent.trouble.template}: {sent.trouble.why}",
            }
            for sent in each.sent
        ],
    }


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
