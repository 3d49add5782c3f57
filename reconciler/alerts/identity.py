"""What an incident and a message are called: the same in every retry and after every restart, whoever asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256

from reconciler.alerts.history import first_of_row
from reconciler.model.alert import Alert, Drill
from reconciler.model.outcome import Outcome
from reconciler.model.run import PastRun
from reconciler.model.telling import Occasion

__all__ = ["conversation_of", "incident_of", "message_id"]

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


def conversation_of(alert: Alert, past: Sequence[PastRun]) -> str:
    """Return what mails and events are gathered by: the incident, and what it began with.

    An incident has the same key each time, as it must to be resolved whatever is known then; a thread of mails that
    never begins anew is no thread. One of failures begins with the first failed run since a good one, one of missed
    deadlines with its deadline; what opens none is its run's. Where the beginning is not known, and for a test, the
    incident's key stands alone.
    """
    began = "" if alert.test else _began(alert, past)
    return f"{alert.incident}:{began}" if began else alert.incident


def _began(alert: Alert, past: Sequence[PastRun]) -> str:
    if alert.late is not None:
        since = alert.late.due or alert.late.since
        return since.astimezone(UTC).isoformat(timespec="seconds") if since else ""
    own = str(alert.run.id) if alert.run else ""
    if alert.outcome not in {Outcome.FAILURE, Outcome.RECOVERED}:
        return "" if alert.outcome is Outcome.LATE else own
    try:
        first = first_of_row(past)
    except LookupError:
        return ""
    return str(first) if first else own if alert.outcome is Outcome.FAILURE else ""


def message_id(incident: str, *, outcome: Outcome, occasion: Occasion, run_id: int, at: datetime, parts: str) -> str:
    """Return a message's own key. `at` tells what has no run apart; `parts` is whatever else makes it another one."""
    when = str(run_id) if run_id else at.isoformat()
    text = f"{incident}\n{outcome.value}\n{occasion.value}\n{when}\n{parts}"
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]
