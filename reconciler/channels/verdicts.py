"""The one table of what answers over HTTP mean, for every kind of channel; of mail, email/verdict.py.

The transport speaks first, then the vendor's words, then the status.
`done` arrived as far as the vendor says. `throttled`: too many; the whole destination pauses. `transient`: try again.
`gone`: the destination is no more, or no longer ours; use the fallback and tell its owner. `permanent`: this message
will never be taken. `in doubt`: it may have arrived; try again only where the vendor knows the key.
Sources: the vendors' pages on errors, as docs/reference/channels.md names them; its table is the tests' case file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from reconciler.channels.contract import Verdict
from reconciler.channels.verdict_words import Said, said
from reconciler.http.outgoing import Returned
from reconciler.http.pace import retry_after_seconds

__all__ = ["LONGEST_PAUSE", "PAUSES", "Judgement", "judge"]

LONGEST_PAUSE: Final = 3600.0
"""Seconds. A vendor that asks for more is asked again after an hour: a mistaken header must not silence a channel."""

PAUSES: Final = {
    "slack": 1.0,  # about one message a second for each channel
    "pagerduty": 30.0,
    "teams": 60.0,
    "datadog": 10.0,
    "monte_carlo": 30.0,
    "webhook": 30.0,
    "apprise": 60.0,
}
"""Seconds to pause a destination that throttles without saying for how long."""

_STATUS: Final = {
    408: Verdict.TRANSIENT,
    425: Verdict.TRANSIENT,
    429: Verdict.THROTTLED,
    404: Verdict.GONE,
    410: Verdict.GONE,
}
_OF_KIND: Final = {
    ("pagerduty", 403): Verdict.THROTTLED,  # version 1 of its API says so; version 2 has no other use for it
    ("webhook", 502): Verdict.THROTTLED,  # standard-webhooks: a receiver that is being overrun
    ("webhook", 504): Verdict.THROTTLED,
}
_NEEDS_A_BODY: Final = frozenset({"slack", "monte_carlo", "pagerduty"})
"""A good status of theirs says nothing by itself: a proxy has one for its own page too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """`answer` is the vendor's word, or ours where it has none; neither masked nor cut. `retry_after` are seconds."""

    verdict: Verdict
    answer: str
    retry_after: float | None = None


def judge(kind: str, returned: Returned, *, now: datetime) -> Judgement:
    """Say what came of a request to a channel of this kind. Total: there is no answer without a verdict."""
    if returned.status is None:
        return _unanswered(returned)
    told = said(kind, returned)
    verdict = _verdict(kind, returned, told)
    return Judgement(
        verdict=verdict,
        answer=told.word or returned.error or f"HTTP {returned.status}",
        retry_after=_pause(kind, returned, verdict, now),
    )


def _unanswered(returned: Returned) -> Judgement:
    sent = Verdict.IN_DOUBT if returned.maybe_sent else Verdict.TRANSIENT
    return Judgement(verdict=Verdict.PERMANENT if returned.refused else sent, answer=returned.error or "no answer")


def _verdict(kind: str, returned: Returned, told: Said) -> Verdict:
    status = returned.status or 0
    if told.verdict is not None:
        return told.verdict
    if 200 <= status < 300:
        lost = kind in _NEEDS_A_BODY and (not returned.whole or not told.understood)
        return Verdict.IN_DOUBT if lost else Verdict.DONE
    return _OF_KIND.get((kind, status)) or _STATUS.get(status) or _by_hundreds(status)


def _by_hundreds(status: int) -> Verdict:
    """Judge what no table has: a redirect is never followed, so it is as final as a refusal; 1xx ends nothing."""
    return Verdict.TRANSIENT if status >= 500 or status < 200 else Verdict.PERMANENT


def _pause(kind: str, returned: Returned, verdict: Verdict, now: datetime) -> float | None:
    """Return the seconds asked for; the kind's own where it throttles and names none, or none that makes sense."""
    if verdict not in {Verdict.THROTTLED, Verdict.TRANSIENT}:
        return None
    asked = retry_after_seconds(returned.headers.get("retry-after"), now=now)
    if asked is None and kind == "datadog":
        asked = retry_after_seconds(returned.headers.get("x-ratelimit-reset"), now=now)
    if asked is None or asked <= 0:
        return PAUSES.get(kind, 30.0) if verdict is Verdict.THROTTLED else None
    return min(asked, LONGEST_PAUSE)
