"""Files that a run leaves: reference §5.5, and §8.7 for when."""

import json

import pytest

from tests.contract.contract_api import Api
from tests.contract.contract_lab import Lab

pytestmark = pytest.mark.contract


@pytest.mark.reference("§5.5")
def test_a_finished_run_lists_the_paths_under_target(api: Api, finished_run: int) -> None:
    paths = api.data(api.v2(f"runs/{finished_run}/artifacts/"))
    assert {"manifest.json", "run_results.json"} <= set(paths)
    assert all(isinstance(path, str) and not path.startswith("/") for path in paths)


@pytest.mark.reference("§5.5")
def test_an_artifact_is_the_raw_file_without_an_envelope(api: Api, finished_run: int) -> None:
    answer = api.get(api.v2(f"runs/{finished_run}/artifacts/run_results.json"))
    assert answer.status_code == 200
    assert {"metadata", "results", "elapsed_time", "args"} <= answer.json().keys()
    assert "status" not in answer.json()
    manifest = api.get(api.v2(f"runs/{finished_run}/artifacts/manifest.json")).json()
    assert {"metadata", "nodes", "sources", "exposures", "parent_map"} <= manifest.keys()


@pytest.mark.reference("§5.5")
def test_the_results_know_the_run_that_made_them_as_text(api: Api, finished_run: int) -> None:
    run = api.run(finished_run, include_related="trigger")
    env = api.get(api.v2(f"runs/{finished_run}/artifacts/run_results.json")).json()["metadata"]["env"]
    assert env["DBT_CLOUD_RUN_ID"] == str(finished_run)
    assert env["DBT_CLOUD_JOB_ID"] == str(run["job_id"])
    assert env["DBT_CLOUD_PROJECT_ID"] == str(run["project_id"])
    assert env["DBT_CLOUD_RUN_REASON"] == run["trigger"]["cause"]
    assert "DBT_CLOUD_RUN_REASON_CATEGORY" in env


@pytest.mark.reference("§5.5")
@pytest.mark.parametrize(
    ("job", "has", "lacks"),
    [
        ("fail", {"error", "fail"}, set()),
        ("warn", {"warn"}, {"error", "fail"}),
        ("ok", {"success"}, {"error", "fail", "warn"}),
    ],
)
def test_the_results_tell_why_the_run_ended_so(
    api: Api, lab: Lab, jobs: dict[str, int], job: str, has: set[str], lacks: set[str]
) -> None:
    run = lab.finish_with_artifacts(api.trigger(jobs[job])["id"])
    results = api.get(api.v2(f"runs/{run['id']}/artifacts/run_results.json")).json()["results"]
    statuses = {result["status"] for result in results}
    assert statuses & has
    assert not statuses & lacks


@pytest.mark.reference("§5.5")
def test_every_failed_node_is_in_the_manifest(api: Api, finished_run: int) -> None:
    results = api.get(api.v2(f"runs/{finished_run}/artifacts/run_results.json")).json()["results"]
    manifest = api.get(api.v2(f"runs/{finished_run}/artifacts/manifest.json")).json()
    assert {result["unique_id"] for result in results} <= manifest["nodes"].keys() | manifest["exposures"].keys()


@pytest.mark.reference("§5.5")
@pytest.mark.parametrize("path", ["nothing.json", "run_results.json/more", "../run_results.json", "%2e%2e/secrets"])
def test_a_file_that_is_not_there_is_404(api: Api, finished_run: int, path: str) -> None:
    assert api.raw.get(f"{api.v2(f'runs/{finished_run}/artifacts/')}{path}").status_code == 404


@pytest.mark.reference("§5.5")
@pytest.mark.parametrize("path", ["artifacts/", "artifacts/run_results.json", "artifacts/manifest.json"])
def test_a_run_that_has_not_ended_has_no_artifacts(api: Api, jobs: dict[str, int], path: str) -> None:
    run = api.trigger(jobs["slow"])
    answer = api.get(api.v2(f"runs/{run['id']}/{path}"))
    assert answer.status_code == 404


@pytest.mark.reference("§8.7")
def test_artifacts_lag_behind_the_end_of_the_run(lab: Lab, jobs: dict[str, int]) -> None:
    seen = lab.artifacts_around_the_end(jobs["fail"])
    assert seen == [("not saved", 404), ("saved", 200)]


@pytest.mark.reference("§5.5")
def test_a_cancelled_run_saves_nothing(api: Api, lab: Lab, jobs: dict[str, int]) -> None:
    run = lab.cancel_while_queued(jobs["slow"])
    assert api.get(api.v2(f"runs/{run['id']}/artifacts/run_results.json")).status_code == 404


@pytest.mark.reference("§5.5")
def test_a_step_is_chosen_by_its_index_and_the_last_is_the_default(api: Api, finished_run: int) -> None:
    steps = api.run(finished_run, include_related="run_steps")["run_steps"]
    path = api.v2(f"runs/{finished_run}/artifacts/run_results.json")
    assert api.get(path, step=steps[-1]["index"]).content == api.get(path).content
    assert api.get(path, step=999).status_code == 404


@pytest.mark.reference("§4.1")
def test_the_artifacts_of_a_jobs_latest_run(api: Api, lab: Lab, jobs: dict[str, int]) -> None:
    run = lab.finish_with_artifacts(api.trigger(jobs["ok"])["id"])
    answer = api.get(api.v2(f"jobs/{jobs['ok']}/artifacts/run_results.json"))
    assert json.loads(answer.content)["metadata"]["env"]["DBT_CLOUD_RUN_ID"] == str(run["id"])
