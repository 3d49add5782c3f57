"""Runs as the API shows them: recorded, from the sandbox, and with everything null."""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.cloud.run_rows import LOG_TAIL_CHARACTERS, LOG_TAIL_LINES
from reconciler.cloud.runs import RunReader
from reconciler.errors import NotFound, UnexpectedAnswer
from reconciler.http import Client
from reconciler.model.run import Run, RunStatus
from reconciler.sandbox import RunningSandbox
from tests.http.http_lab import lab, refusal

API = Path(__file__).parents[1] / "fixtures" / "api"
START = datetime(2026, 3, 2, 6, tzinfo=UTC)


@pytest.fixture
def runs(client: Client, sandbox: RunningSandbox) -> RunReader:
    return RunReader(client, sandbox.account_id)


def finished(sandbox: RunningSandbox, outcome: str, *, job: int = 0) -> dict[str, Any]:
    """Let one of the account's jobs run to its end, artifacts and all."""
    job_id = sandbox.control.rows("jobs")[job]["id"]
    run = sandbox.control.call("POST", "/runs", json={"job_id": job_id, "outcome": outcome})
    sandbox.control.call("POST", "/idle", json={"fast": True, "timeout": 10})
    return run


def answering(data: object) -> RunReader:
    client, _ = lab(finally_=lambda _: httpx.Response(200, json={"status": {"code": 200}, "data": data}))
    return RunReader(client, 1)


def read(**fields: object) -> Run:
    return answering({"id": 7, "job_definition_id": 101, **fields}).run(7)


def test_the_recorded_run_is_read_with_blanks_in_its_times() -> None:
    data = json.loads((API / "run_get.json").read_bytes())["data"]
    found = answering(data).run(data["id"])
    assert found == Run(
        id=36053848,
        job_id=43167,
        project_id=123457,
        environment_id=49819,
        status=RunStatus.SUCCESS,
        created_at=datetime(2021, 12, 7, 10, 32, 24, 326116, tzinfo=UTC),
        started_at=datetime(2021, 12, 7, 10, 34, 1, 982824, tzinfo=UTC),
        finished_at=datetime(2021, 12, 7, 10, 34, 14, 435474, tzinfo=UTC),
        git_branch="main",
        git_sha="981c5cf1ba299e942c6c277c38c8dec9b0738dd0",
        dbt_version="0.21.0",
    )


def test_a_run_comes_whole_in_one_call(runs: RunReader, sandbox: RunningSandbox) -> None:
    row = finished(sandbox, "failure")
    before = runs.calls
    found = runs.run(row["id"])
    assert runs.calls == before + 1
    assert (found.id, found.job_id, found.status) == (row["id"], row["job_id"], RunStatus.ERROR)
    assert (found.job_name, found.environment_name, found.cause) == (
        "Daily Revenue",
        "Production",
        row["trigger"]["cause"],
    )
    assert found.message == "dbt command failed"
    assert [step.index for step in found.steps] == [1, 2, 3, 4, 5]
    assert found.steps[-1].status is RunStatus.ERROR
    assert found.steps[-1].log_tail.endswith("TOTAL=19")
    assert found.steps[0].name == "Clone git repository"
    assert found.created_at is not None
    assert found.created_at.utcoffset() == timedelta()


def test_everything_but_the_id_may_be_null_or_absent() -> None:
    empty = Run(id=7, job_id=0, project_id=0, environment_id=0, status=None)
    data = json.loads((API / "run_get.json").read_bytes())["data"]
    assert answering({"id": 7}).run(7) == empty
    assert answering({**dict.fromkeys(data), "id": 7}).run(7) == empty


@pytest.mark.parametrize("strange", [7, "x", ["x"], {"x": 1}, True, 1.5])
def test_a_field_of_a_shape_that_nobody_knows_is_no_error(strange: object) -> None:
    data = json.loads((API / "run_get.json").read_bytes())["data"]
    found = answering({**dict.fromkeys(data, strange), "id": 7, "run_steps": []}).run(7)
    assert (found.id, found.started_at, found.steps) == (7, None, ())


@pytest.mark.parametrize("data", [None, [], {}, {"id": None}, {"id": "x"}, "x"])
def test_a_run_without_an_id_is_no_run(data: object) -> None:
    with pytest.raises(UnexpectedAnswer, match="a shape nobody knows"):
        answering(data).run(7)


@pytest.mark.parametrize("steps", ["x", [7], "x" * (33 << 20)], ids=["no list", "no steps", "too much"])
def test_steps_that_cannot_be_read_do_not_cost_the_run(steps: object) -> None:
    def run_with_steps(request: httpx.Request) -> httpx.Response:
        asked = "run_steps" in request.url.params["include_related"]
        return httpx.Response(200, json={"data": {"id": 7, "status": 20, "run_steps": steps if asked else []}})

    client, server = lab(finally_=run_with_steps)
    found = RunReader(client, 1).run(7)
    assert (found.status, found.steps, len(server.seen)) == (RunStatus.ERROR, (), 2)


@pytest.mark.parametrize("code", [4, 40, None, "x", "Error"])
def test_an_unknown_code_is_no_status(code: object) -> None:
    assert read(status=code).status is None


@pytest.mark.parametrize(
    ("remote", "shown"),
    [
        ("git://github.com/acme/dbt.git", "git://github.com/acme/dbt.git"),
        ("git@github.com:acme/dbt.git", "git@github.com:acme/dbt.git"),
        ("ssh://git@gitlab.acme.example:2222/dbt.git", "ssh://git@gitlab.acme.example:2222/dbt.git"),
        ("https://github.com/acme/dbt", "https://github.com/acme/dbt"),
        ("https://ghp_secret@github.com/acme/dbt", "https://github.com/acme/dbt"),
        ("https://ann:secret@github.com/acme/dbt", "https://github.com/acme/dbt"),
        ("ssh://git:secret@gitlab.acme.example/dbt.git", "ssh://git@gitlab.acme.example/dbt.git"),
        (None, ""),
        (7, ""),
    ],
)
def test_the_repository_is_its_remote_without_credentials(remote: object, shown: str) -> None:
    assert read(repository={"remote_url": remote}).repository == shown


def test_the_environments_repository_stands_in_for_the_runs_own() -> None:
    environment = json.loads((API / "environment_get.json").read_bytes())["data"]
    found = read(environment={**environment, "dbt_project_subdirectory": "transform"}, repository=None)
    assert found.repository == "git://github.com/anonymized-user/anonymized-repo.git"
    assert found.subdirectory == "transform"
    assert read(environment=environment, repository={"remote_url": "git@x:y.git"}).repository == "git@x:y.git"


def test_a_pull_request_and_a_commit_are_found_at_the_trigger_too() -> None:
    found = read(git_sha=None, trigger={"gitlab_merge_request_id": 12, "git_sha": "abc", "git_branch": "fix"})
    assert (found.pull_request, found.git_sha, found.git_branch) == (12, "abc", "fix")


def test_a_steps_log_ends_as_it_ended_without_colours() -> None:
    lines = [f"\x1b[31mline {number}\x1b[0m" for number in range(1000)]
    step = {"index": 1, "name": "x", "status": 20, "logs": "\n".join(lines) + "\n\n"}
    tail = read(run_steps=[step]).steps[0].log_tail
    assert tail.splitlines() == [f"line {number}" for number in range(1000 - LOG_TAIL_LINES, 1000)]


def test_a_steps_log_is_bounded_whatever_its_lines_are() -> None:
    logs = ["x" * 5000 + "\n" + "y" * 5000, "z" * 1_000_000]
    tails = [read(run_steps=[{"index": 1, "logs": each}]).steps[0].log_tail for each in logs]
    assert tails == ["y" * 5000, "z" * LOG_TAIL_CHARACTERS]


def test_a_step_without_logs_shows_its_debug_log_and_one_without_an_index_is_left_out() -> None:
    steps: list[dict[str, object]] = [
        {"index": 2, "truncated_debug_logs": "why"},
        {"index": None},
        {"index": 1, "logs": None},
        {"name": "x"},
    ]
    found = read(run_steps=steps).steps
    assert [(step.index, step.log_tail) for step in found] == [(1, ""), (2, "why")]


# --- earlier runs ---------------------------------------------------------------------------------------------------
def past(*ids: int) -> list[dict[str, object]]:
    return [{"id": each, "status": 10, "git_sha": f"sha{each}"} for each in ids]


def listing(ids: list[int]) -> tuple[RunReader, list[httpx.URL]]:
    """Serve a list by offset and limit, newest first."""
    asked: list[httpx.URL] = []

    def page(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        offset, limit = (int(request.url.params[name]) for name in ("offset", "limit"))
        return httpx.Response(200, json={"data": past(*ids[offset : offset + limit])})

    client, _ = lab(finally_=page)
    return RunReader(client, 1), asked


def test_earlier_runs_are_the_jobs_newest_first(runs: RunReader, sandbox: RunningSandbox) -> None:
    first, second, third = (finished(sandbox, outcome)["id"] for outcome in ("success", "warning", "failure"))
    other = finished(sandbox, "success", job=1)["id"]
    job_id = runs.run(third).job_id
    assert [run.id for run in runs.recent(job_id)] == [third, second, first]
    assert [run.id for run in runs.recent(job_id, limit=1)] == [third]
    assert [run.id for run in runs.recent(job_id, before=third)] == [second, first]
    assert [run.status for run in runs.recent(job_id)] == [RunStatus.ERROR, RunStatus.SUCCESS, RunStatus.SUCCESS]
    until = runs.run(second).created_at
    assert [run.id for run in runs.recent(job_id, before=second, until=until)] == [first]
    assert other not in [run.id for run in runs.recent(job_id)]


def test_the_newest_run_costs_one_call_for_its_past() -> None:
    reader, asked = listing(list(range(50, 0, -1)))
    assert [run.id for run in reader.recent(101, limit=20, before=50)] == list(range(49, 29, -1))
    assert [dict(url.params) for url in asked] == [
        {"job_definition_id": "101", "order_by": "-id", "limit": "21", "offset": "0"}
    ]


def test_a_run_among_newer_ones_is_looked_for_on_further_pages_and_not_for_ever() -> None:
    reader, asked = listing(list(range(1000, 0, -1)))
    assert [run.id for run in reader.recent(101, limit=5, before=990)] == [989, 988, 987, 986, 985]
    assert len(asked) == 3
    assert reader.recent(101, limit=5, before=500) == ()
    assert len(asked) == 3 + 5


def test_a_time_finds_an_old_run_at_once() -> None:
    reader, asked = listing([4, 3, 2])
    assert [run.id for run in reader.recent(101, before=3, until=START)] == [2]
    assert asked[0].params["created_at__range"] == '["2000-01-01T00:00:00+00:00","2026-03-02T06:00:00+00:00"]'


def test_a_list_that_moves_between_two_pages_has_no_run_twice() -> None:
    moved = [past(9, 8, 7), past(7, 6, 5)]
    client, _ = lab(finally_=lambda _: httpx.Response(200, json={"data": moved.pop(0) if moved else []}))
    assert [run.id for run in RunReader(client, 1).recent(101, limit=2, before=8)] == [7, 6]


# --- artifacts ------------------------------------------------------------------------------------------------------
def test_artifacts_are_listed_and_streamed_by_their_step(runs: RunReader, sandbox: RunningSandbox) -> None:
    run_id = finished(sandbox, "failure")["id"]
    assert runs.artifacts(run_id) == ("manifest.json", "run_results.json", "sources.json")
    assert runs.artifacts(run_id, step=4) == ("manifest.json", "sources.json")
    place = io.BytesIO()
    size = runs.artifact(run_id, "run_results.json", place, step=5)
    assert size == len(place.getvalue())
    assert len(json.loads(place.getvalue())["results"]) == 19


def test_an_artifact_that_is_not_there_is_not_found(runs: RunReader, sandbox: RunningSandbox) -> None:
    run_id = finished(sandbox, "failure")["id"]
    with pytest.raises(NotFound):
        runs.artifact(run_id, "run_results.json", io.BytesIO(), step=1)
    with pytest.raises(NotFound):
        runs.artifact(run_id, "nothing.json", io.BytesIO())


def test_a_path_cannot_leave_its_place() -> None:
    client, server = lab(finally_=lambda _: refusal(404))
    with pytest.raises(NotFound):
        RunReader(client, 1).artifact(7, "a b?step=9#x", io.BytesIO(), step=2)
    assert server.seen[0].url.raw_path == b"/api/v2/accounts/1/runs/7/artifacts/a%20b%3Fstep%3D9%23x?step=2"
