"""Scheduled runs, driven by the sandbox's clock: cron in UTC, once a minute (reference §4.2).

Off unless `schedule_runs` is set or switched on by control, so that no test meets a run that it did not ask for.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from cronsim import CronSim, CronSimError

from reconciler.sandbox.run_request import RunRequest
from reconciler.sandbox.runs import resume_unfinished, start_run
from reconciler.sandbox.state import State, Worker
from reconciler.sandbox.store import Row

__all__ = ["fires_at", "is_scheduled", "scheduling", "set_scheduling", "workers"]

_SETTING = "schedules"


def workers(state: State) -> list[Worker]:
    """Start the minute tick, and take up what a database file brought along."""

    async def begin() -> None:
        resume_unfinished(state)
        _arm(state, state.clock.now().replace(second=0, microsecond=0))

    return [begin]


def scheduling(state: State) -> bool:
    """Whether schedules start runs now."""
    row = state.store.get("settings", _SETTING)
    return bool(row["on"]) if row else state.options.schedule_runs


def set_scheduling(state: State, *, on: bool) -> None:
    """Switch schedules on or off from the next minute on."""
    state.store.put("settings", {"id": _SETTING, "on": on})


def is_scheduled(job: Row) -> bool:
    """Whether a job runs by itself: its cron is there even when the trigger is off; a deactivated job does not run."""
    return bool((job.get("triggers") or {}).get("schedule")) and not job.get("deactivated") and job.get("state") == 1


def fires_at(cron: str, minute: datetime) -> bool:
    """Whether a cron line names this very minute; one that nobody can read never fires."""
    try:
        return next(CronSim(cron, minute - timedelta(minutes=1)), None) == minute
    except CronSimError:
        return False


def _arm(state: State, after: datetime) -> None:
    """Plan the tick of the next minute: of each one, also when a fast clock has run past several."""
    due = after + timedelta(minutes=1)
    state.agenda.at(due, partial(_tick, state, due), background=True)


def _tick(state: State, minute: datetime) -> None:
    _arm(state, minute)
    if not scheduling(state):
        return
    for job in state.store.find("jobs", {"state": 1, "triggers_schedule": True}):
        if is_scheduled(job) and fires_at((job.get("schedule") or {}).get("cron") or "", minute):
            start_run(state, job, RunRequest(cause="scheduled", category="scheduled"))
