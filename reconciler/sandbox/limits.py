"""The account's request limit: so many per window, then a cool-down in which everything is refused (reference §1.4)."""

from datetime import datetime, timedelta

from reconciler.sandbox.clock import Clock
from reconciler.sandbox.options import RateLimit

MESSAGE = "Request was throttled. The account is over its request limit."


class Limiter:
    """Counts requests on the sandbox's clock."""

    def __init__(self, clock: Clock, limit: RateLimit) -> None:
        self.limit = limit
        self._clock = clock
        self._window_start: datetime | None = None
        self._count = 0
        self._closed_until: datetime | None = None

    def forget(self) -> None:
        """Start counting anew and end a cool-down."""
        self._window_start, self._count, self._closed_until = None, 0, None

    def refused(self) -> float | None:
        """Count one request; None lets it in, else it is the seconds until the cool-down ends."""
        if self.limit.requests <= 0:
            return None
        now = self._clock.now()
        if self._closed_until is not None and now < self._closed_until:
            return (self._closed_until - now).total_seconds()
        window = timedelta(seconds=self.limit.window_seconds)
        if self._window_start is None or now - self._window_start >= window or self._closed_until is not None:
            self._window_start, self._count, self._closed_until = now, 0, None
        self._count += 1
        if self._count <= self.limit.requests:
            return None
        self._closed_until = now + timedelta(seconds=self.limit.cooldown_seconds)
        return self.limit.cooldown_seconds
