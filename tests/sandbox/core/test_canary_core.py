"""A run that is made to fail through dbt Cloud's own API: what proves native e-mail and Slack (reference §5.6)."""

from __future__ import annotations

import httpx
import pytest

from reconciler.sandbox import RunningSandbox


def triggered(sandbox: RunningSandbox, api: httpx.Client, v2: str, command: str) -> dict[str, object]:
    job = sandbox.ready["fail_job_id"]
    sandbox.control.call("POST", f"/jobs/{job}/outcome", json={"outcome": "success"})
    body = {"cause": "dbt-alerts canary", "steps_override": [command]}
    run = api.post(f"{v2}/jobs/{job}/run/", json=body).json()["data"]["id"]
    sandbox.control.call("POST", "/idle", json={"fast": True})
    return api.get(f"{v2}/runs/{run}/").json()["data"]


@pytest.mark.parametrize("command", ["dbt run-operation dbt_alerts_canary", "dbt fail-please", "false"])
def test_a_command_that_cannot_work_ends_in_error_and_people_are_told(
    sandbox: RunningSandbox, api: httpx.Client, v2: str, command: str
) -> None:
    run = triggered(sandbox, api, v2, command)
    assert (run["status"], run["status_message"]) == (20, "dbt command failed")
    told = sandbox.control.inbox(run=run["id"], state="delivered")
    assert {message["kind"] for message in told} >= {"email", "slack"}
    assert all(str(run["id"]) in message["text"] for message in told)


def test_a_selection_that_finds_nothing_is_a_success(sandbox: RunningSandbox, api: httpx.Client, v2: str) -> None:
    assert triggered(sandbox, api, v2, "dbt build --select nothing_of_that_name")["status"] == 10
