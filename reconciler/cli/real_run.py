"""A real run that a command is asked about: the body of a webhook in a file, or what dbt Cloud says of a run now."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.http import Client
    from reconciler.model.run import Event, RunFacts
    from reconciler.plan.survey import Survey
    from reconciler.routing.place import Placed

__all__ = ["event_in", "facts_of", "placed_of"]


def facts_of(client: Client, account_id: int, run_id: int) -> RunFacts:
    """Read a run with its artifacts, which pass through a temporary folder. Raises NotFound for no such run."""
    from reconciler.cloud.run_facts import run_facts  # noqa: PLC0415 - of real runs only
    from reconciler.cloud.runs import RunReader  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="dbt-alerts-") as folder:
        return run_facts(RunReader(client, account_id), run_id, scratch=Path(folder))


def event_in(file: Path) -> Event:
    """Read the body that dbt Cloud posted, as it came. Raises UsageError for anything else."""
    from reconciler.alerts.event import MAX_EVENT_BYTES, read_event  # noqa: PLC0415 - of events only

    try:
        with file.open("rb") as stream:
            return read_event(stream.read(MAX_EVENT_BYTES + 1))
    except OSError as error:
        raise UsageError(f"--event {file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(
            f"--event {file}: {error}", next_step="give the body that dbt Cloud posted, as it came"
        ) from error


def placed_of(survey: Survey, job_id: int) -> Placed:
    """Return the job with its place in the policy. Raises UsageError for one that the policy tells nobody of."""
    placed = survey.places.get(job_id)
    if placed is None:
        raise UsageError(
            f"job {job_id} is not in scope, or is deleted: this policy tells nobody of it",
            next_step="`dbt-alerts explain job` says why",
        )
    return placed
