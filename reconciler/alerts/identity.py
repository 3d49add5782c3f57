"""What an incident and a message are called: the same in every retry and after every restart, whoever asks."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from reconciler.model.alert import Drill
from reconciler.model.outcome import Outcome
from reconciler.model.telling import Occasion

__all__ = ["incident_of", "message_id"]

_LENGTH = 32


def incident_of(
    account_id: int, job_id: int, outcome: Outcome, *, recovered: Outcome = Outcome.FAILURE, drill: Drill | None = None
) -> str:
    """Return the key of the incident that an outcome of a job belongs to.

    An incident is one of failures or one of missed deadlines; a recovery belongs to the one that is over. What opens
    none is told once, under its own name. A test has a key of its own: what it triggers and resolves is no real one.
    """
    kind = recovered if outcome is Outcome.RECOVERED else outcome
    test = f":test:{drill.correlation}" if drill else ""
    return f"dbt-alerts:{account_id}:{job_id}:{kind.value}{test}"


def message_id(incident: str, *, outcome: Outcome, occasion: Occasion, run_id: int, at: datetime, parts: str) -> str:
    """Return a message's own key. `at` tells what has no run apart; `parts` is whatever else makes it another one."""
    when = str(run_id) if run_id else at.isoformat()
    text = f"{incident}\n{outcome.value}\n{occasion.value}\n{when}\n{parts}"
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]
