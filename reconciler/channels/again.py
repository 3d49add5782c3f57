"""Sending again what a vendor asks to be sent again: bounded, and no sooner than it says.

For a process that lives as long as its deliveries. What must outlive the process belongs into a queue.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import stamina

from reconciler.channels.contract import Verdict
from reconciler.channels.send import Sent, told

__all__ = ["again"]

_TRIES: Final = 4
_LONGEST_WAIT: Final = 60.0
"""Seconds for all tries of one channel: somebody waits for what comes after it."""
_TRY_AGAIN: Final = frozenset({Verdict.THROTTLED, Verdict.TRANSIENT})
_KNOWS_REPETITIONS: Final = frozenset({"monte_carlo", "pagerduty", "webhook"})
"""Kinds that are sent a message in doubt again: who takes it twice tells it by its key. For the others nothing does."""


class _Again(Exception):
    """The vendor asks for another try."""

    def __init__(self, sent: tuple[Sent, ...], *, wait: float | None) -> None:
        super().__init__()
        self.sent = sent
        self.wait = wait


def again(send: Callable[[], tuple[Sent, ...]]) -> tuple[Sent, ...]:
    """Return what was sent in the last try. Each try must send the same message, by its own key."""
    try:
        for attempt in stamina.retry_context(on=_wait, attempts=_TRIES, timeout=_LONGEST_WAIT, wait_max=20.0):
            with attempt:
                return _once(send)
    except _Again as last:
        return last.sent
    raise AssertionError("stamina tries at least once")


def _once(send: Callable[[], tuple[Sent, ...]]) -> tuple[Sent, ...]:
    sent = send()
    decides = told(sent)
    if decides is not None and _worth_another(decides):
        raise _Again(sent, wait=decides.receipt.retry_after)
    return sent


def _worth_another(decides: Sent) -> bool:
    verdict = decides.receipt.verdict
    return verdict in _TRY_AGAIN or (verdict is Verdict.IN_DOUBT and decides.kind in _KNOWS_REPETITIONS)


def _wait(error: Exception) -> bool | float:
    """Answer stamina: as long as the vendor says, else its own backoff."""
    if not isinstance(error, _Again):
        return False
    if error.wait is None:
        return True
    return error.wait if error.wait <= _LONGEST_WAIT else False
