"""The tries of one call: whether another one is allowed, when, and what to say after the last."""

from __future__ import annotations

from reconciler.errors import AlertsError, DeadlineExceeded, InDoubt
from reconciler.http.answers import Call, Effect, Passing
from reconciler.http.pace import Pace, Patience

__all__ = ["Trial"]


class Trial:
    """Decide after each failed try. `delay` is what the next one has to wait, in seconds."""

    def __init__(self, *, call: Call, pace: Pace, patience: Patience) -> None:
        self.delay = 0.0
        self._call = call
        self._pace = pace
        self._patience = patience
        self._failures = 0
        self._maybe_done = False
        self._out_of_time = False

    def worth_another(self, error: Exception) -> bool | float:
        """Answer stamina: False ends the call. 0.0 asks for another try; the waiting is done by `Patience`, which
        knows the clock, the deadline and the other threads.
        """
        if not isinstance(error, Passing):
            return False
        unsure = error.maybe_done or (error.throttled and self._call.effect is Effect.CREATE)
        self._maybe_done |= unsure
        if error.lasting or (unsure and self._call.effect is Effect.CREATE):
            return False
        if not error.throttled:
            self._failures += 1
            if self._failures >= self._pace.attempts:
                return False
        self.delay = self._next_delay(error)
        self._out_of_time = self.delay >= self._patience.remaining
        return False if self._out_of_time else 0.0

    def final(self, error: AlertsError, *, throttled: bool) -> AlertsError:
        """Return what to raise: a write that may have happened is in doubt, whatever its last try met."""
        if self._maybe_done and self._call.effect is not Effect.READ:
            message = f"{error.message}; the write may have taken effect"
            return InDoubt(message, next_step="Run again: it reads what is there before it writes.")
        if self._out_of_time and not throttled:
            return DeadlineExceeded(f"{error.message}; no time is left for another try", next_step=error.next_step)
        return error

    def _next_delay(self, passing: Passing) -> float:
        if passing.throttled:
            return passing.retry_after or 0.0
        return passing.retry_after if passing.retry_after is not None else self._patience.backoff(self._failures)
