"""The sandbox's time: real time, shifted, sped up or frozen on demand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

__all__ = ["Clock"]

_LONGEST_WAIT_SECONDS = 3600.0


class Clock:
    """Tell the time to everything in the sandbox; nothing else may ask the operating system.

    `speed` is sandbox seconds per real second; 0 freezes the clock, so that only `jump` moves it: what tests use.
    Time never goes backwards.
    """

    def __init__(
        self, *, start: datetime | None = None, speed: float = 1.0, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._monotonic = monotonic
        self._base = self._origin = start or datetime.now(UTC)
        self._anchor = monotonic()
        self._speed = speed
        self._waiters: set[asyncio.Event] = set()

    @property
    def speed(self) -> float:
        """Sandbox seconds per real second."""
        return self._speed

    def now(self) -> datetime:
        """Return the sandbox's time, aware, in UTC."""
        return self._base + timedelta(seconds=(self._monotonic() - self._anchor) * self._speed)

    def monotonic(self) -> float:
        """Return seconds that only grow, at the pace of `now`."""
        return (self.now() - self._origin).total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Wait for seconds of this clock; a jump over the end wakes at once."""
        due = self.now() + timedelta(seconds=seconds)
        while self.now() < due:
            await self.wait(due)

    def jump(self, to: datetime) -> None:
        """Move forward to `to`; a time that has passed already is ignored."""
        now = self.now()
        self._base, self._anchor = max(now, to), self._monotonic()
        self.poke()

    def set_speed(self, speed: float) -> None:
        """Change the pace from now on; refuses a negative one."""
        if speed < 0:
            raise ValueError(f"the clock cannot run backwards: speed {speed}")
        self._base, self._anchor, self._speed = self.now(), self._monotonic(), speed
        self.poke()

    def poke(self) -> None:
        """Wake whoever waits, so that it looks again at what is due."""
        for waiter in self._waiters:
            waiter.set()

    async def wait(self, due: datetime | None) -> None:
        """Return when `due` has come, or earlier when time was changed or somebody poked."""
        if due is not None and due <= self.now():
            return
        waiter = asyncio.Event()
        self._waiters.add(waiter)
        try:
            async with asyncio.timeout(self._real_seconds_until(due)):
                await waiter.wait()
        except TimeoutError:
            return
        finally:
            self._waiters.discard(waiter)

    def _real_seconds_until(self, due: datetime | None) -> float:
        if due is None or self._speed == 0:
            return _LONGEST_WAIT_SECONDS
        return min((due - self.now()).total_seconds() / self._speed, _LONGEST_WAIT_SECONDS)
