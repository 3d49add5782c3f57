"""What will happen next in the sandbox: one queue of due actions, driven by one clock."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reconciler.sandbox.clock import Clock

__all__ = ["Action", "Agenda"]

Action = Callable[[], Coroutine[None, None, None] | None]
"""Does its work at once, or returns a coroutine (a delivery) that runs beside the others."""


@dataclass(frozen=True, slots=True, order=True)
class _Item:
    due: datetime
    number: int
    action: Action = field(compare=False)
    background: bool = field(compare=False)


class Agenda:
    """Run actions when their time comes, in the order of their time; equal times in the order they were added.

    `run` is the worker for real time. `settle` and `advance` move the clock themselves, step by step,
    so that a whole day, or all retries of a delivery, pass without anybody sleeping.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._items: list[_Item] = []
        self._numbers = itertools.count()
        self._tasks: set[asyncio.Task[None]] = set()

    def at(self, due: datetime, action: Action, *, background: bool = False) -> None:
        """Add an action; a `background` one (a schedule tick) does not count as work to wait for."""
        heapq.heappush(self._items, _Item(due, next(self._numbers), action, background))
        self.clock.poke()

    def after(self, seconds: float, action: Action) -> None:
        """Add an action `seconds` of sandbox time from now."""
        self.at(self.clock.now() + timedelta(seconds=seconds), action)

    @property
    def idle(self) -> bool:
        """Whether no run, delivery or notification is under way or waiting."""
        return not self._tasks and all(item.background for item in self._items)

    async def run(self) -> None:
        """Work for ever; cancelling it stops at once and gives up the deliveries in flight."""
        try:
            while True:
                self._start_due_whatever_breaks()
                await self.clock.wait(self._next_due())
        finally:
            await self._drop_tasks()

    async def settle(self) -> None:
        """Let everything that is under way happen now, moving the clock from one due time to the next."""
        self._start_due()
        while not self.idle:
            await self._finish_tasks()
            if not self.idle and (due := self._next_due()) is not None:
                self.clock.jump(due)
            self._start_due()

    async def advance(self, by: timedelta) -> None:
        """Move the clock forward, stopping at each due time on the way."""
        target = self.clock.now() + by
        self._start_due()
        await self._finish_tasks()
        while (due := self._next_due()) is not None and due <= target:
            self.clock.jump(due)
            self._start_due()
            await self._finish_tasks()
        self.clock.jump(target)

    def clear(self) -> None:
        """Forget all work, waiting or in flight: the account that it belonged to is gone. Background ticks stay."""
        self._items = [item for item in self._items if item.background]
        heapq.heapify(self._items)
        for task in self._tasks:
            task.cancel()

    def _next_due(self) -> datetime | None:
        return self._items[0].due if self._items else None

    def _start_due(self) -> None:
        while self._items and self._items[0].due <= self.clock.now():
            started = heapq.heappop(self._items).action()
            if started is not None:
                task = asyncio.get_running_loop().create_task(started)
                self._tasks.add(task)
                task.add_done_callback(self._done)

    def _start_due_whatever_breaks(self) -> None:
        try:
            self._start_due()
        except Exception as problem:  # noqa: BLE001 - the worker's edge: one broken action must not stop all others
            report = {"message": "an action of the sandbox broke", "exception": problem}
            asyncio.get_running_loop().call_exception_handler(report)
            self.clock.poke()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.clock.poke()

    async def _finish_tasks(self) -> None:
        while self._tasks:
            done, _ = await asyncio.wait(set(self._tasks))
            for task in done:
                if not task.cancelled():
                    task.result()

    async def _drop_tasks(self) -> None:
        dropped = set(self._tasks)
        for task in dropped:
            task.cancel()
        await asyncio.gather(*dropped, return_exceptions=True)
