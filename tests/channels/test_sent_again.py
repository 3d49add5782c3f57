"""Sending again: what passes is tried again, no sooner than the vendor says, and not for ever."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from reconciler.channels.again import again
from reconciler.channels.contract import Payload, Receipt, Role, Verdict
from reconciler.channels.send import Sent


class Vendor:
    """Answers in turn, the last answer for ever."""

    def __init__(self, *answers: Receipt) -> None:
        self._answers = list(answers)
        self.tries = 0

    def send(self) -> tuple[Sent, ...]:
        self.tries += 1
        found = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return (Sent(channel="a", kind="slack", payload=Payload(role=Role.MAIN, content={}, key="k"), receipt=found),)


def answer(verdict: Verdict, retry_after: float | None = None) -> Receipt:
    return Receipt(verdict=verdict, answer=str(verdict), retry_after=retry_after)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The waits that were asked for, none of which is waited."""
    asked: list[float] = []

    def noted(details: RetryDetails) -> None:
        asked.append(details.wait_for)

    set_on_retry_hooks([noted])
    monkeypatch.setattr("time.sleep", lambda _: None)
    yield asked
    set_on_retry_hooks(None)


def test_a_vendor_is_given_the_time_that_it_asks_for(waits: list[float]) -> None:
    vendor = Vendor(answer(Verdict.THROTTLED, 7.0), answer(Verdict.DONE))
    assert again(vendor.send)[0].receipt.verdict is Verdict.DONE
    assert waits == [7.0]


@pytest.mark.parametrize("passing", [Verdict.THROTTLED, Verdict.TRANSIENT])
def test_after_four_tries_the_last_answer_counts(passing: Verdict) -> None:
    stamina.set_testing(True, attempts=4, cap=True)
    vendor = Vendor(answer(passing))
    try:
        assert again(vendor.send)[0].receipt.verdict is passing
    finally:
        stamina.set_testing(False)
    assert vendor.tries == 4


@pytest.mark.parametrize("lasting", [Verdict.DONE, Verdict.GONE, Verdict.PERMANENT, Verdict.IN_DOUBT])
def test_what_does_not_pass_is_sent_once(lasting: Verdict) -> None:
    vendor = Vendor(answer(lasting))
    again(vendor.send)
    assert vendor.tries == 1


def test_a_vendor_that_wants_longer_than_anybody_waits_is_not_waited_for(waits: list[float]) -> None:
    vendor = Vendor(answer(Verdict.THROTTLED, 3600.0), answer(Verdict.DONE))
    assert again(vendor.send)[0].receipt.verdict is Verdict.THROTTLED
    assert (vendor.tries, waits) == (1, [])
