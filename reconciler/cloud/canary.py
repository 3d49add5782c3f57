"""The canary's run: a job made to fail on purpose, so that dbt Cloud writes its own mails. With a token of its own."""

from __future__ import annotations

import json
from typing import Final

from reconciler.cloud import run_rows
from reconciler.cloud.paths import Paths
from reconciler.cloud.wire import WireItem, decoder
from reconciler.cloud.wire_runs import WireRun
from reconciler.http import Client
from reconciler.model.run import Run

__all__ = ["CANARY_STEPS", "CanaryRuns"]

CANARY_STEPS: Final = ("dbt run-operation dbt_alerts_canary_is_meant_to_fail",)
"""A command that fails at once and touches nothing: no project has this macro."""

_RUN: Final = decoder(WireItem[WireRun])


class CanaryRuns:
    """Start and look at runs, nothing else."""

    def __init__(self, client: Client, account_id: int) -> None:
        self._client = client
        self._paths = Paths(account_id)

    def start(self, job_id: int, *, cause: str) -> Run:
        """Start a run that will fail. Raises InDoubt where it may have been started: look, never repeat."""
        body = json.dumps({"cause": cause, "steps_override": list(CANARY_STEPS)}).encode()
        return run_rows.run(self._client.create(self._paths.run_of_job(job_id), _RUN, body=body).data)

    def run(self, run_id: int) -> Run:
        return run_rows.run(self._client.get(self._paths.run(run_id), _RUN).data)
