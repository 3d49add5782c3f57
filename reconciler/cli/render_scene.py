"""What `render` is asked about: one job, what became of it, and what routing makes of that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from reconciler.cli.console import Progress
from reconciler.cli.explain_asked import moment_of
from reconciler.cli.explain_job import one_job
from reconciler.cli.real_run import event_in, facts_of, placed_of
from reconciler.cli.render_values import Real, Scenery
from reconciler.errors import UsageError
from reconciler.model.alert import Case
from reconciler.model.outcome import Outcome
from reconciler.model.telling import Cause, Happening, History
from reconciler.relay.happened import happenings, history
from reconciler.routing.route import Router
from reconciler.views.explain.find import JobSearch

if TYPE_CHECKING:
    from reconciler.model.run import RunFacts
    from reconciler.plan.survey import Survey

__all__ = ["scene_of"]


def scene_of(survey: Survey, given: Mapping[str, Any], *, clock: datetime) -> Scenery:
    """Return what the options ask about. Raises UsageError for a job that is not there, or no run that ended."""
    real = _real(survey, given)
    placed = placed_of(survey, _job_id(survey, given, real))
    now = moment_of(given["at"], zone=survey.policy.timezone, now=clock)
    happening, before = _happened(real, given["outcome"], now)
    routed = Router(survey.policy).route(placed, happening, history=before)
    case = Case(given["case"]) if given["case"] else None
    return Scenery(survey=survey, placed=placed, happening=happening, routed=routed, now=now, real=real, case=case)


def _happened(real: Real | None, outcome: str | None, now: datetime) -> tuple[Happening, History]:
    if real is None:
        timeout = outcome == Cause.TIMEOUT
        what = Outcome.FAILURE if timeout or outcome is None else Outcome(outcome)
        return Happening(outcome=what, at=now, cause=Cause.TIMEOUT if timeout else None), History()
    found = happenings(real.facts, real.event, now=now)
    if not found:
        raise UsageError("the run has not ended: there is nothing to tell of it", next_step="give one that has")
    return found[-1], history(real.facts.past if real.facts else ())


def _job_id(survey: Survey, given: Mapping[str, Any], real: Real | None) -> int:
    if given["name"] is not None:
        search = JobSearch(text=given["name"], project=given["project"], environment=given["environment"])
        return one_job(search, survey.inventory)
    if real is not None and real.facts is not None:
        return real.facts.run.job_id
    if real is not None and real.event is not None:
        return real.event.job_id
    raise UsageError("whose messages? there is no job", next_step="give `--job NAME`, or `--run ID`, or `--event FILE`")


# --- of a real run ----------------------------------------------------------------------------------------------------
def _real(survey: Survey, given: Mapping[str, Any]) -> Real | None:
    if given["run_id"] is None and given["event"] is None:
        return None
    event = None if given["event"] is None else event_in(given["event"])
    facts = None if given["run_id"] is None else _facts(survey, given["run_id"])
    return Real(facts=facts, event=event)


def _facts(survey: Survey, run_id: int) -> RunFacts:
    from reconciler.cli.live import open_account_client  # noqa: PLC0415 - of real runs only

    with open_account_client(survey.policy, progress=Progress()) as (client, target):
        return facts_of(client, target.account_id, run_id)
