"""What a run leaves under target/: reference §5.5."""

import json
from typing import Any

import pytest

from tests.sandbox.life.life_lab import Life

pytestmark = pytest.mark.anyio


async def artifact(life: Life, run_id: int, path: str, **params: int) -> dict[str, Any]:
    answer = await life.http.get(life.v2(f"runs/{run_id}/artifacts/{path}"), params=params)
    assert answer.status_code == 200, (path, params)
    return answer.json()


def statuses(document: dict[str, Any]) -> set[str]:
    return {row["status"] for row in document["results"]}


@pytest.mark.parametrize(
    ("outcome", "has", "lacks"),
    [
        ("success", {"success", "pass", "no-op"}, {"warn", "fail", "error", "skipped"}),
        ("warning", {"success", "pass", "warn"}, {"fail", "error", "skipped"}),
        ("failure", {"success", "pass", "warn", "fail", "error", "skipped"}, set()),
    ],
)
async def test_the_results_are_those_of_the_end(life: Life, outcome: str, has: set[str], lacks: set[str]) -> None:
    run = await life.ended(outcome=outcome)
    found = statuses(await artifact(life, run["id"], "run_results.json"))
    assert has <= found
    assert not found & lacks


@pytest.mark.parametrize(
    ("command", "types", "broken"),
    [
        ("dbt run", {"model"}, "error"),
        ("dbt test --select tag:x", {"test"}, "fail"),
        ("dbt seed", {"seed", "model", "test"}, "error"),
        ("dbt --no-version-check run-operation explode", {"macro"}, "error"),
    ],
)
async def test_a_command_runs_its_kind_and_still_fails(life: Life, command: str, types: set[str], broken: str) -> None:
    life.job(102, execute_steps=[command])
    document = await artifact(life, (await life.ended(102, "failure"))["id"], "run_results.json")
    assert {row["unique_id"].split(".")[0] for row in document["results"]} == types
    assert broken in statuses(document)


@pytest.mark.parametrize("outcome", ["success", "warning", "failure"])
async def test_every_file_of_a_step_names_one_invocation_and_its_run(life: Life, outcome: str) -> None:
    run = await life.ended(outcome=outcome, cause="because", category="ui")
    documents = [await artifact(life, run["id"], path) for path in ("run_results.json", "manifest.json")]
    assert len({document["metadata"]["invocation_id"] for document in documents}) == 1
    for document in documents:
        assert document["metadata"]["env"] == {
            "DBT_CLOUD_PROJECT_ID": "11",
            "DBT_CLOUD_JOB_ID": "101",
            "DBT_CLOUD_RUN_ID": str(run["id"]),
            "DBT_CLOUD_RUN_REASON": "because",
            "DBT_CLOUD_RUN_REASON_CATEGORY": "ui",
        }


async def test_two_runs_are_two_invocations(life: Life) -> None:
    ids = [(await life.ended())["id"] for _ in range(2)]
    assert len({(await artifact(life, one, "manifest.json"))["metadata"]["invocation_id"] for one in ids}) == 2


async def test_every_result_is_a_node_or_an_exposure_of_the_manifest(life: Life) -> None:
    run = await life.ended(outcome="failure")
    manifest = await artifact(life, run["id"], "manifest.json")
    known = manifest["nodes"].keys() | manifest["exposures"].keys()
    assert {row["unique_id"] for row in (await artifact(life, run["id"], "run_results.json"))["results"]} <= known


async def test_the_manifest_refers_to_no_macro_that_it_lacks(life: Life) -> None:
    manifest = await artifact(life, (await life.ended())["id"], "manifest.json")
    used = {
        m for node in (*manifest["nodes"].values(), *manifest["macros"].values()) for m in node["depends_on"]["macros"]
    }
    assert used <= manifest["macros"].keys()


async def test_the_times_of_the_results_lie_within_the_run(life: Life) -> None:
    run = await life.ended()
    document = await artifact(life, run["id"], "run_results.json")
    first, last = (run[name].replace(" ", "T").replace("+00:00", "Z") for name in ("started_at", "finished_at"))
    times = [
        timing[key] for row in document["results"] for timing in row["timing"] for key in ("started_at", "completed_at")
    ]
    assert first <= min(times)
    assert max(times) <= last == document["metadata"]["generated_at"]


@pytest.mark.parametrize(
    ("outcome", "found"), [("success", {"pass"}), ("warning", {"pass", "warn"}), ("failure", {"pass"})]
)
async def test_freshness_first_leaves_sources_and_the_build_its_results(
    life: Life, outcome: str, found: set[str]
) -> None:
    life.job(102, run_generate_sources=True)
    run = await life.ended(102, outcome)
    assert statuses(await artifact(life, run["id"], "sources.json", step=4)) == found
    assert (await life.http.get(life.v2(f"runs/{run['id']}/artifacts/run_results.json?step=4"))).status_code == 404
    assert await artifact(life, run["id"], "run_results.json", step=5)
    assert run["has_sources_generated"] is True


async def test_a_job_of_freshness_alone_fails_with_a_stale_source(life: Life) -> None:
    life.job(102, execute_steps=["dbt source freshness"])
    run = await life.ended(102, "failure")
    assert "error" in statuses(await artifact(life, run["id"], "sources.json"))


async def test_docs_hide_the_results_of_the_build_unless_the_step_is_named(life: Life) -> None:
    life.job(102, generate_docs=True)
    run = await life.ended(102, "warning")
    assert "warn" not in statuses(await artifact(life, run["id"], "run_results.json"))
    assert "warn" in statuses(await artifact(life, run["id"], "run_results.json", step=4))
    assert (await artifact(life, run["id"], "catalog.json"))["nodes"]
    assert run["has_docs_generated"] is True


async def test_nothing_is_there_until_it_is_saved(life: Life) -> None:
    run = await life.trigger(outcome="failure")
    await life.http.post(f"/_sandbox/runs/{run['id']}/finish", json={"outcome": "failure"})
    path = life.v2(f"runs/{run['id']}/artifacts/")
    assert [(await life.http.get(path + name)).status_code for name in ("", "run_results.json")] == [404, 404]
    await life.state.agenda.settle()
    assert (await life.http.get(path)).json()["data"] == ["manifest.json", "run_results.json"]


@pytest.mark.parametrize("query", ["step=0", "step=99", "step=1"])
async def test_a_step_without_files_is_404(life: Life, query: str) -> None:
    run = await life.ended()
    assert (await life.http.get(life.v2(f"runs/{run['id']}/artifacts/manifest.json?{query}"))).status_code == 404


async def test_a_jobs_artifact_is_that_of_its_newest_run_that_has_one(life: Life) -> None:
    run = await life.ended(outcome="failure")
    await life.ended(outcome="cancel")
    found = await life.http.get(life.v2("jobs/101/artifacts/run_results.json"))
    assert json.loads(found.content)["metadata"]["env"]["DBT_CLOUD_RUN_ID"] == str(run["id"])
