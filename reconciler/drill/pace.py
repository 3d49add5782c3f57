"""How fast each vendor may be written to: one lane for each of its own limits, lanes side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Event
from typing import Final, Generic, TypeVar

from reconciler.channels.apprise import kind as apprise
from reconciler.channels.contract import Destination
from reconciler.channels.destination import revealed

__all__ = ["INTERVALS", "lane_of", "side_by_side"]

A = TypeVar("A")
B = TypeVar("B")

INTERVALS: Final = {
    "slack": 1.0,  # one message a second for each channel
    "pagerduty": 0.5,  # 120 events a minute for each integration
    "teams": 0.5,  # 60 in 30 s for each flow
    "email": 0.1,
    "monte_carlo": 0.5,
    "webhook": 0.1,
    "apprise": 1.0,
}
"""Seconds between two messages in one lane."""
_MOST_AT_ONCE: Final = 256
"""Lanes, of which most wait: for their vendor's limit, or for an answer."""
_LAST_WAIT: Final = 5.0
"""Seconds without an answer after which what is on its way is given up."""


def lane_of(to: Destination) -> str:
    """Return what a vendor counts by: the integration, the flow, the mail server. Secret: never shown."""
    settings = to.settings
    if to.kind == "email":
        return f"email {to.smtp.host if to.smtp else ''}"
    told = ("url", "routing_key", "api_key", "key_id", "token", "channel_id")
    return " ".join([to.kind, *(revealed(settings[name]) for name in told if name in settings)])


def side_by_side(
    lanes: Iterable[tuple[str, str, A]],
    act: Callable[[A], B],
    *,
    sleep: Callable[[float], None],
    monotonic: Callable[[], float],
) -> Iterator[B]:
    """Yield what `act` returns for each (lane, kind, item), as it comes; in one lane in order, at its kind's pace.

    Interrupted, it begins nothing more. What is on its way is waited for a moment, and yielded: it may have arrived.
    """
    by_lane: defaultdict[str, list[tuple[str, A]]] = defaultdict(list)
    for lane, kind, item in lanes:
        by_lane[lane].append((kind, item))
    if not by_lane:
        return
    desk = _Desk[B](len(by_lane))
    turns: dict[str, AbstractContextManager[object]] = {apprise.KIND.name: BoundedSemaphore(apprise.AT_ONCE)}

    def run(items: Sequence[tuple[str, A]]) -> None:
        began: float | None = None
        for kind, item in items:
            if began is not None:
                sleep(max(0.0, INTERVALS.get(kind, 0.0) - (monotonic() - began)))
            with turns.get(kind, nullcontext()):  # whoever waits for a turn is not on its way yet
                if desk.closed.is_set():
                    return
                began = monotonic()
                desk.done.put(act(item))

    pool = ThreadPoolExecutor(max_workers=min(_MOST_AT_ONCE, len(by_lane)), thread_name_prefix="alert-test")
    try:
        for items in sorted(by_lane.values(), key=_shortest, reverse=True):
            pool.submit(run, items).add_done_callback(desk.ended)
        yield from desk.answers()
    except KeyboardInterrupt:
        desk.closed.set()
        pool.shutdown(wait=False, cancel_futures=True)
        yield from desk.answers(patience=_LAST_WAIT)
        raise
    finally:
        desk.closed.set()
        pool.shutdown(wait=False, cancel_futures=True)


def _shortest(items: Sequence[tuple[str, object]]) -> float:
    """Return the seconds that a lane takes at least: what takes longest begins first."""
    return sum(INTERVALS.get(kind, 0.0) for kind, _ in items[1:])


class _Desk(Generic[B]):
    """Where the lanes leave their answers, and say that they have ended."""

    def __init__(self, lanes: int) -> None:
        self.done: SimpleQueue[B | Future[None]] = SimpleQueue()
        self.closed = Event()
        self._open = lanes

    def ended(self, lane: Future[None]) -> None:
        self.done.put(lane)

    def answers(self, *, patience: float | None = None) -> Iterator[B]:
        """Yield answers until every lane has ended, or for `patience` seconds none came. Raises what a lane raised."""
        while self._open:
            try:
                found = self.done.get(timeout=patience)
            except Empty:
                return
            if isinstance(found, Future):
                self._open -= 1
                if not found.cancelled():
                    found.result()
            else:
                yield found
