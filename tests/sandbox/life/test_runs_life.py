"""How runs live and end: reference §5.2, §5.3, §5.6 and §8.7."""

from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.life.life_lab import Life

pytestmark = pytest.mark.anyio


async def test_a_run_goes_through_its_states_in_run_seconds(life: Life) -> None:
    run = await life.trigger()
    seen = [run["status"]]
    for _ in range(12):
        await life.state.agenda.advance(timedelta(seconds=0.1))
        seen.append((await life.run(run["id"]))["status"])
    assert sorted(set(seen)) == [1, 2, 3, 10]
    assert seen == sorted(seen)


@pytest.mark.parametrize(
    ("outcome", "status", "word", "message"),
    [
        ("success", 10, "Success", None),
        ("warning", 10, "Success", None),
        ("slow", 10, "Success", None),
        ("failure", 20, "Error", "dbt command failed"),
        ("cancel", 30, "Cancelled", "Cancelled by user."),
        (
            "timeout",
            30,
            "Cancelled",
            "This run timed out after running for 1 day, which exceeded the configured timeout of 86400 seconds.",
        ),
    ],
)
async def test_a_run_ends_as_asked(life: Life, outcome: str, status: int, word: str, message: str | None) -> None:
    run = await life.ended(outcome=outcome)
    assert (run["status"], run["status_humanized"], run["status_message"]) == (status, word, message)
    assert (run["in_progress"], run["is_complete"]) == (False, True)
    assert run["artifacts_saved"] is (status != 30)
    assert run["notifications_sent"] is True


async def test_a_slow_run_takes_ten_times_as_long(life: Life) -> None:
    assert (await life.ended(outcome="slow"))["run_duration"] == "00:00:06"
    assert (await life.ended(outcome="success"))["run_duration"] == "00:00:00"


@pytest.mark.parametrize("seconds", [0, -5, 2**62])
async def test_no_timeout_goes_beyond_the_accounts(life: Life, seconds: int) -> None:
    life.job(102, execution={"timeout_seconds": seconds})
    assert (await life.ended(102, "timeout"))["status_message"].endswith("timeout of 86400 seconds.")


async def test_the_jobs_own_timeout_is_named(life: Life) -> None:
    life.job(102, execution={"timeout_seconds": 5400})
    message = (await life.ended(102, "timeout"))["status_message"]
    assert message.endswith("running for 1 hour, 30 minutes, which exceeded the configured timeout of 5400 seconds.")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"cause": "x"}, 10),
        ({"cause": "please [sandbox:failure]"}, 20),
        ({"cause": "x", "steps_override": ["dbt build --sandbox-outcome failure"]}, 20),
        ({"cause": "[sandbox:failure]", "steps_override": ["dbt build --sandbox-outcome=cancel"]}, 30),
        ({"cause": "[sandbox:nonsense]"}, 10),
    ],
)
async def test_a_trigger_can_ask_for_an_outcome(life: Life, body: dict[str, Any], status: int) -> None:
    answer = await life.http.post(life.v2("jobs/101/run/"), json=body)
    assert answer.json()["data"]["status"] == 1
    await life.state.agenda.settle()
    assert (await life.run(answer.json()["data"]["id"]))["status"] == status


async def test_a_job_has_a_default_outcome(life: Life) -> None:
    await life.http.post("/_sandbox/jobs/101/outcome", json={"outcome": "failure"})
    assert (await life.ended())["status"] == 20
    assert (await life.ended(outcome="success"))["status"] == 10
    assert (await life.http.get("/_sandbox/jobs/101/outcome")).json() == {"job_id": 101, "outcome": "failure"}


@pytest.mark.parametrize("outcome", ["failure", "success", "cancel"])
async def test_control_ends_a_run_that_is_under_way(life: Life, outcome: str) -> None:
    run = await life.trigger(seconds=3600)
    ended = (await life.http.post(f"/_sandbox/runs/{run['id']}/finish", json={"outcome": outcome})).json()
    assert ended["status"] == {"failure": 20, "success": 10, "cancel": 30}[outcome]
    await life.state.agenda.settle()
    assert (await life.run(run["id"]))["finished_at"] == ended["finished_at"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("runs", {}, 400),
        ("runs", {"job_id": 101, "outcome": "explode"}, 400),
        ("runs", {"job_id": 101, "seconds": -1}, 400),
        ("runs", {"job_id": 999}, 404),
        ("runs/999/finish", {"outcome": "success"}, 404),
        (f"runs/{10**30}/finish", {"outcome": "success"}, 404),
        ("jobs/999/outcome", {"outcome": "success"}, 404),
    ],
)
async def test_control_refuses_what_it_cannot_do(life: Life, path: str, body: dict[str, Any], status: int) -> None:
    answer = await life.http.post(f"/_sandbox/{path}", json=body)
    assert (answer.status_code, list(answer.json())) == (status, ["error"])


async def test_a_cancelled_run_stays_cancelled(life: Life) -> None:
    run = await life.trigger()
    await life.state.agenda.advance(timedelta(seconds=0.2))
    cancelled = (await life.http.post(life.v2(f"runs/{run['id']}/cancel/"))).json()["data"]
    assert (cancelled["status"], cancelled["started_at"]) == (30, None)
    await life.state.agenda.settle()
    after = await life.run(run["id"], include_related="audit")
    assert (after["status"], after["updated_at"]) == (30, cancelled["updated_at"])
    assert after["audit"]["cancellation"]["actor"]["name"] == "M P"


async def test_a_retry_runs_the_failed_step_and_the_skipped_ones(life: Life) -> None:
    life.job(102, execute_steps=["dbt build", "dbt test"], generate_docs=True)
    failed = await life.ended(102, "failure")
    assert (failed["can_retry"], failed["retry_not_supported_reason"]) == (True, None)
    details = await life.data(f"runs/{failed['id']}/retry/")
    assert details == {"failed_step": "dbt build", "skipped_steps": ["dbt test", "dbt docs generate"]}
    retry = (await life.http.post(life.v2(f"runs/{failed['id']}/retry/"))).json()["data"]
    assert retry["retrying_run_id"] == failed["id"]
    assert retry["trigger"]["cause_category"] == "rerun"
    assert (await life.run(failed["id"]))["retry_not_supported_reason"] == "RETRY_NOT_LATEST_RUN"


async def test_a_retry_of_a_success_is_refused(life: Life) -> None:
    run = await life.ended()
    assert (await life.http.post(life.v2(f"runs/{run['id']}/retry/"))).status_code == 400


async def test_a_job_that_waits_for_another_runs_after_it(life: Life) -> None:
    waits = {"condition": {"job_id": 101, "project_id": 11, "statuses": [10]}}
    life.job(102, job_completion_trigger_condition=waits)
    await life.ended(outcome="failure")
    assert await life.data("runs/", job_definition_id=102) == []
    await life.ended(outcome="success")
    [run] = await life.data("runs/", job_definition_id=102, include_related="trigger")
    assert run["trigger"]["cause_category"] == "job completion"


async def test_a_run_shows_what_the_recorded_one_shows(life: Life) -> None:
    run = await life.ended()
    nulls = ("status_message", "owner_thread_id", "last_checked_at", "should_start_at", "trigger", "job", "environment")
    assert [run[name] for name in nulls] == [None] * len(nulls)
    assert run["run_steps"] == []
    assert run["href"] == f"http://127.0.0.1:8080/deploy/{life.state.account_id}/projects/11/runs/{run['id']}/"
    assert (run["created_at"][10], run["retry_not_supported_reason"]) == (" ", "RETRY_NOT_FAILED_RUN")


async def test_steps_stop_at_the_failed_one_and_tell_why(life: Life) -> None:
    life.job(102, execute_steps=["dbt build", "dbt test"])
    run = await life.ended(102, "failure")
    steps = (await life.run(run["id"], include_related="run_steps"))["run_steps"]
    assert [step["name"] for step in steps][-2:] == ["Invoke dbt with `dbt deps`", "Invoke dbt with `dbt build`"]
    assert [step["status_humanized"] for step in steps] == ["Success"] * 3 + ["Error"]
    assert 'Referenced column "no_such_column" not found' in steps[-1]["logs"]
    assert "PASS=7 WARN=3 ERROR=4 SKIP=5" in steps[-1]["logs"]
    assert await life.data(f"steps/{steps[-1]['id']}/") == steps[-1]


async def test_a_run_left_unfinished_in_a_file_is_taken_up(life: Life) -> None:
    from reconciler.sandbox.runs import resume_unfinished

    running, ended = await life.trigger(), await life.trigger()
    await life.http.post(f"/_sandbox/runs/{ended['id']}/finish", json={"outcome": "failure"})
    life.state.agenda.clear()
    resume_unfinished(life.state)
    await life.state.agenda.settle()
    assert (await life.run(running["id"]))["status"] == 10
    assert (await life.run(ended["id"]))["artifacts_saved"] is True
