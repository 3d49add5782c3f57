"""What can become of a run, and what dbt Cloud tells webhooks about it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

__all__ = ["NATIVE_OUTCOMES", "Outcome", "WebhookEvent"]


class Outcome(StrEnum):
    """The four that dbt Cloud's notifications know, and the five that only the relay can tell."""

    SUCCESS = "success"
    WARNING = "warning"
    FAILURE = "failure"
    CANCELLED = "cancelled"
    LATE = "late"
    SLOW = "slow"
    ANOMALY = "anomaly"
    RECOVERED = "recovered"
    STARTED = "started"

    @property
    def native(self) -> bool:
        """Whether dbt Cloud itself can deliver this outcome."""
        return self in NATIVE_OUTCOMES


NATIVE_OUTCOMES: Final = (Outcome.SUCCESS, Outcome.WARNING, Outcome.FAILURE, Outcome.CANCELLED)


class WebhookEvent(StrEnum):
    """The only events a subscription can name (reference §3.2)."""

    STARTED = "job.run.started"
    COMPLETED = "job.run.completed"
    ERRORED = "job.run.errored"

    @property
    def short(self) -> str:
        """The word of the policy language."""
        return self.value.rpartition(".")[2]
