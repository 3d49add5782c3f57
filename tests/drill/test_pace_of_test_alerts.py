"""How fast vendors are written to: each at its own pace, all side by side."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Generator
from itertools import pairwise
from typing import cast

import pytest

from reconciler.channels.contract import Destination, Smtp
from reconciler.drill.pace import INTERVALS, lane_of, side_by_side
from reconciler.model.secret import Secret


class Clock:
    """A clock for each thread: lanes wait side by side."""

    def __init__(self) -> None:
        self._own = threading.local()
        self.waited: defaultdict[str, float] = defaultdict(float)

    def now(self) -> float:
        return float(getattr(self._own, "at", 0.0))

    def sleep(self, seconds: float) -> None:
        self._own.at = self.now() + seconds


def test_a_lane_waits_for_its_vendor_and_no_other_lane_does() -> None:
    clock = Clock()
    sent: list[tuple[str, float]] = []

    def act(item: str) -> str:
        clock.sleep(0.1)
        sent.append((item, clock.now()))
        return item

    lanes = [("slack a", "slack", f"a{n}") for n in range(3)] + [("hook", "unknown", "h")]
    found = list(side_by_side(lanes, act, sleep=clock.sleep, monotonic=clock.now))
    assert sorted(found) == ["a0", "a1", "a2", "h"]
    assert [item for item in found if item != "h"] == ["a0", "a1", "a2"]
    times = [at for item, at in sent if item.startswith("a")]
    assert [round(b - a, 6) for a, b in pairwise(times)] == [INTERVALS["slack"]] * 2


def test_no_lane_waits_for_a_slow_one_however_many_there_are() -> None:
    """100 vendors that do not answer hold up nobody."""
    released = threading.Event()

    def act(item: str) -> str:
        if item != "quick":
            assert released.wait(10)
        return item

    lanes = [(f"slow {n}", "webhook", f"slow {n}") for n in range(100)] + [("quick", "webhook", "quick")]
    answers = side_by_side(lanes, act, sleep=lambda _: None, monotonic=lambda: 0.0)
    assert next(answers) == "quick"
    released.set()
    assert len(list(answers)) == 100


def test_the_lane_that_takes_longest_begins_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.drill.pace._MOST_AT_ONCE", 1)
    lanes = [
        ("a", "slack", "a"),
        ("b", "teams", "b1"),
        ("b", "teams", "b2"),
        ("c", "webhook", "c1"),
        ("c", "webhook", "c2"),
    ]
    found = list(side_by_side(lanes, lambda item: item, sleep=lambda _: None, monotonic=lambda: 0.0))
    assert found == ["b1", "b2", "c1", "c2", "a"]


def test_what_breaks_in_a_lane_is_not_lost() -> None:
    def act(item: str) -> str:
        raise ValueError(item)

    with pytest.raises(ValueError, match="broken"):
        list(side_by_side([("a", "webhook", "broken")], act, sleep=lambda _: None, monotonic=lambda: 0.0))


def test_interrupted_it_begins_nothing_more_and_tells_what_was_on_its_way() -> None:
    on_its_way = threading.Event()

    def act(item: str) -> str:
        assert on_its_way.wait(10)
        return item

    lanes = [("a", "webhook", "a1"), ("a", "webhook", "a2"), ("b", "webhook", "b1"), ("b", "webhook", "b2")]
    closing = threading.Event()

    def until_closing(_: float) -> None:
        assert closing.wait(10)

    answers = cast("Generator[str]", side_by_side(lanes, act, sleep=until_closing, monotonic=lambda: 0.0))
    on_its_way.set()
    first = next(answers)
    found = [answers.throw(KeyboardInterrupt)]
    closing.set()
    with pytest.raises(KeyboardInterrupt):
        found.extend(answers)
    assert sorted([first, *found]) == ["a1", "b1"]


def test_nothing_to_send_takes_no_thread() -> None:
    assert list(side_by_side([], lambda item: item, sleep=lambda _: None, monotonic=lambda: 0.0)) == []


def test_two_channels_of_one_integration_share_its_limit() -> None:
    one = Destination(name="a", kind="pagerduty", settings={"routing_key": Secret("k" * 32)})
    same = Destination(name="b", kind="pagerduty", settings={"routing_key": Secret("k" * 32)})
    other = Destination(name="c", kind="pagerduty", settings={"routing_key": Secret("x" * 32)})
    assert lane_of(one) == lane_of(same) != lane_of(other)


def test_one_mail_server_has_one_lane() -> None:
    smtp = Smtp(host="smtp.acme.example", port=587, sender="a@acme.example")
    mails = [Destination(name=name, kind="email", settings={"to": (name,)}, smtp=smtp) for name in ("a", "b")]
    assert len({lane_of(each) for each in mails}) == 1
