"""How fast each vendor may be written to: one lane for each of its own limits, lanes side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

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
_MOST_AT_ONCE: Final = 32


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
    """Yield what `act` returns for each (lane, kind, item), lane by lane; within one in order, at its kind's pace."""
    by_lane: defaultdict[str, list[tuple[str, A]]] = defaultdict(list)
    for lane, kind, item in lanes:
        by_lane[lane].append((kind, item))

    def run(items: Sequence[tuple[str, A]]) -> list[B]:
        done: list[B] = []
        began: float | None = None
        for kind, item in items:
            if began is not None:
                sleep(max(0.0, INTERVALS.get(kind, 0.0) - (monotonic() - began)))
            began = monotonic()
            done.append(act(item))
        return done

    if not by_lane:
        return
    with ThreadPoolExecutor(max_workers=min(_MOST_AT_ONCE, len(by_lane)), thread_name_prefix="alert-test") as pool:
        for done in pool.map(run, by_lane.values()):
            yield from done
