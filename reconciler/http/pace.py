"""How long to wait before trying again, and for how long in all. Seconds everywhere."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Event, Lock

from reconciler.errors import DeadlineExceeded, Interrupted

__all__ = ["Clock", "Pace", "Patience", "retry_after_seconds"]

_LEAST_COOLDOWN = 1.0
_WORTH_A_NOTICE = 5.0


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The seam for time and chance. `sleep` None waits in a way that `Patience.stop` can end."""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = _utc_now
    sleep: Callable[[float], None] | None = None
    randomness: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The limits of patience.

    `attempts` bounds the tries of one call; a 429 does not count, because the whole account is cooling down for up to
    `cooldown_max` (reference §1.4): only `deadline`, counted from the client's start, bounds that.
    Without `Retry-After`, cool-downs grow from `cooldown_first` by `cooldown_factor` until one succeeds.
    """

    attempts: int = 5
    backoff_first: float = 0.5
    backoff_max: float = 20.0
    cooldown_first: float = 2.0
    cooldown_factor: float = 2.5
    cooldown_max: float = 300.0
    deadline: float = 900.0


class Patience:
    """What all threads of one client share: the deadline, the cool-down, and the order to stop."""

    def __init__(self, *, pace: Pace, clock: Clock, notice: Callable[[str], None]) -> None:
        self._pace = pace
        self._clock = clock
        self._notice = notice
        self._stopped = Event()
        self._lock = Lock()
        self._ends_at = clock.monotonic() + pace.deadline
        self._opens_at = -math.inf
        self._cooldowns = 0

    @property
    def remaining(self) -> float:
        return self._ends_at - self._clock.monotonic()

    def stop(self) -> None:
        """End every pause: each waiting thread raises Interrupted."""
        self._stopped.set()

    def now(self) -> float:
        return self._clock.monotonic()

    def await_turn(self, delay: float) -> None:
        """Wait `delay`, then until no cool-down is on. Raises DeadlineExceeded rather than waiting in vain."""
        self._pause(delay)
        while (left := self._opens_at - self._clock.monotonic()) > 0:
            self._pause(left)

    def backoff(self, failures: int) -> float:
        """Return the pause after that many failures of one call: full jitter, so that clients spread out."""
        return self._clock.randomness() * min(self._pace.backoff_max, self._pace.backoff_first * 2.0 ** (failures - 1))

    def cool_down(self, *, asked_at: float, retry_after: float | None) -> float:
        """Close the gate for all threads after a 429 and return how long it stays closed.

        A 429 to a request that was sent before the gate opens is the same cool-down, not a further one.
        """
        with self._lock:
            if asked_at >= self._opens_at:
                pause = self._cooldown(retry_after)
                self._opens_at = self._clock.monotonic() + pause
                self._cooldowns += 1
                self._tell(pause)
            elif retry_after is not None:
                self._opens_at = max(self._opens_at, self._clock.monotonic() + retry_after)
            return self._opens_at - self._clock.monotonic()

    def succeeded(self, *, asked_at: float) -> None:
        """Forget earlier cool-downs once a request sent after the last one was served."""
        if self._cooldowns and asked_at >= self._opens_at:
            self._cooldowns = 0

    def seconds_until_allowed(self, header: str | None) -> float | None:
        return retry_after_seconds(header, now=self._clock.now())

    def _cooldown(self, retry_after: float | None) -> float:
        if retry_after is not None:
            return max(_LEAST_COOLDOWN, retry_after)
        grown = self._pace.cooldown_first * self._pace.cooldown_factor**self._cooldowns
        return min(self._pace.cooldown_max, grown * (1 + 0.1 * self._clock.randomness()))

    def _tell(self, pause: float) -> None:
        if _WORTH_A_NOTICE <= pause <= self.remaining:
            self._notice(f"dbt Cloud's rate limit is reached; waiting {pause:.0f} s")

    def _pause(self, seconds: float) -> None:
        if self._stopped.is_set():
            raise Interrupted("stopped while waiting for dbt Cloud")
        if max(seconds, 0.0) >= self.remaining:
            raise DeadlineExceeded(
                f"dbt Cloud did not answer in time: the limit for this run is {self._pace.deadline:.0f} s",
                next_step="Run again later; nothing that was not verified counts as done.",
            )
        if seconds <= 0:
            return
        if self._clock.sleep is not None:
            self._clock.sleep(seconds)
        elif self._stopped.wait(seconds):
            raise Interrupted("stopped while waiting for dbt Cloud")


def retry_after_seconds(header: str | None, *, now: datetime) -> float | None:
    """Read `Retry-After`: whole seconds or an HTTP date. None for an absent or senseless one."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())
