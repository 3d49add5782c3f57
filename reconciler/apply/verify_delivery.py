"""Prove that a webhook's receiver takes what is signed with its secret: a test delivery, and its receipt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reconciler.errors import NotFound
from reconciler.model.delivery import accepted

if TYPE_CHECKING:
    from reconciler.apply.ports import Tester

__all__ = ["Patience", "answer_to_a_test"]

_ONE_TEST: Final = 15.0
"""Seconds that one delivery may take: dbt Cloud waits ten for the receiver (reference §6.5), and has to begin first."""
_FIRST_LOOK: Final = 0.1
_LONGEST_PAUSE: Final = 2.0
_BETWEEN_TESTS: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for a good answer, in seconds, on which clock."""

    seconds: float
    clock: Callable[[], float]
    sleep: Callable[[float], None]


def answer_to_a_test(tester: Tester, subscription_id: str, patience: Patience) -> int:
    """Return 2xx as soon as a test delivery got it, else the last status there was, 0 for no answer.

    A receiver may read its secrets only now and then, so that it refuses the first delivery and takes a later one:
    tests are sent again until the time is over.
    """
    ends = patience.clock() + patience.seconds
    last = 0
    while True:
        last = _one_test(tester, subscription_id, patience, ends=ends) or last
        if accepted(last) or patience.clock() + _BETWEEN_TESTS >= ends:
            return last
        patience.sleep(_BETWEEN_TESTS)


def _one_test(tester: Tester, subscription_id: str, patience: Patience, *, ends: float) -> int:
    sent = tester.send_test(subscription_id)
    if sent.event_id is None:
        return sent.status or 0
    ends = min(ends, patience.clock() + _ONE_TEST)
    pause = _FIRST_LOOK
    while True:
        answers = _answers(tester, subscription_id, sent.event_id)
        good = next((status for status in answers if accepted(status)), None)
        if good is not None:
            return good
        if any(answers) or patience.clock() + pause > ends:
            return next((status for status in reversed(answers) if status), 0)
        patience.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _answers(tester: Tester, subscription_id: str, event_id: str) -> tuple[int, ...]:
    """Return none for an event that is not to be seen yet: it may take a moment."""
    try:
        return tuple(tester.answers(subscription_id, event_id))
    except NotFound:
        return ()
