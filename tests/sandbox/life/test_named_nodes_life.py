"""Runs that fail as they are asked to: which models and tests, with which message, how long, when."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.life.life_lab import Json, Life

pytestmark = pytest.mark.anyio

REVENUE = {
    "name": "fct_revenue",
    "message": 'relation "raw.orders" does not exist',
    "file": "models/marts/fct_revenue.sql",
    "owner": "maria@acme.example",
    "group": "finance",
    "tags": ["revenue"],
    "description": "Revenue a day",
    "depends_on": ["stg_orders"],
}
TEST = {
    "name": "not_null_fct_revenue_id",
    "type": "test",
    "status": "fail",
    "failures": 3,
    "depends_on": ["fct_revenue"],
}


async def file(life: Life, run: dict[str, Any], path: str, step: int | None = None) -> Json:
    asked = {} if step is None else {"step": step}
    answer = await life.http.get(life.v2(f"runs/{run['id']}/artifacts/{path}"), params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_named_nodes_fail_and_nothing_else_does(life: Life) -> None:
    run = await life.ended(nodes=[REVENUE, TEST, {"name": "rpt_revenue", "status": "skipped"}])
    assert run["status"] == 20
    results = {row["unique_id"]: row for row in (await file(life, run, "run_results.json"))["results"]}
    bad = {key: row["status"] for key, row in results.items() if row["status"] not in ("success", "pass", "no-op")}
    assert bad == {
        "model.exam_shop.fct_revenue": "error",
        "test.exam_shop.not_null_fct_revenue_id": "fail",
        "model.exam_shop.rpt_revenue": "skipped",
    }
    said = results["model.exam_shop.fct_revenue"]["message"]
    assert said.splitlines() == [
        "Database Error in model fct_revenue (models/marts/fct_revenue.sql)",
        '  relation "raw.orders" does not exist',
        "  compiled code at target/run/models/marts/fct_revenue.sql",
    ]
    test = results["test.exam_shop.not_null_fct_revenue_id"]
    assert (test["failures"], test["message"]) == (3, "Got 3 results, configured to fail if != 0")
    assert 'from "analytics"."marts"."fct_revenue"' in test["compiled_code"]


async def test_the_manifest_knows_whose_they_are_and_what_hangs_on_them(life: Life) -> None:
    run = await life.ended(nodes=[REVENUE, TEST])
    manifest = await file(life, run, "manifest.json")
    node = manifest["nodes"]["model.exam_shop.fct_revenue"]
    assert (node["meta"]["owner"], node["group"], node["tags"]) == ("maria@acme.example", "finance", ["revenue"])
    assert node["description"] == "Revenue a day"
    assert manifest["groups"]["group.exam_shop.finance"]["owner"]["email"] == "maria@acme.example"
    assert manifest["parent_map"]["model.exam_shop.fct_revenue"] == ["model.exam_shop.stg_orders"]
    assert manifest["child_map"]["model.exam_shop.fct_revenue"] == ["test.exam_shop.not_null_fct_revenue_id"]
    assert manifest["nodes"]["test.exam_shop.not_null_fct_revenue_id"]["attached_node"] == "model.exam_shop.fct_revenue"


async def test_a_recorded_node_only_takes_the_result(life: Life) -> None:
    run = await life.ended(nodes=[{"name": "stg_people", "message": "permission denied"}])
    [row] = [each for each in (await file(life, run, "run_results.json"))["results"] if each["status"] == "error"]
    assert row["unique_id"] == "model.exam_shop.stg_people"
    assert "(models/staging/stg_people.sql)\n  permission denied" in row["message"]


async def test_warnings_alone_are_a_success(life: Life) -> None:
    run = await life.ended(nodes=[{**TEST, "status": "warn"}])
    assert run["status"] == 10
    rows = (await file(life, run, "run_results.json"))["results"]
    assert [row["unique_id"] for row in rows if row["status"] == "warn"] == ["test.exam_shop.not_null_fct_revenue_id"]


async def test_the_log_has_the_message(life: Life) -> None:
    run = await life.ended(nodes=[REVENUE])
    steps = (await life.run(run["id"], include_related="run_steps"))["run_steps"]
    assert "Failure in model fct_revenue\nDatabase Error" in steps[-1]["logs"]


async def test_a_docs_step_may_come_last_and_its_results_are_others(life: Life) -> None:
    run = await life.ended(nodes=[REVENUE], generate_docs=True, docs_after_failure=True)
    steps = (await life.run(run["id"], include_related="run_steps"))["run_steps"]
    assert [(step["name"], step["status"]) for step in steps[-2:]] == [
        ("Invoke dbt with `dbt build`", 20),
        ("Invoke dbt with `dbt docs generate`", 10),
    ]
    last = (await file(life, run, "run_results.json"))["results"]
    build = (await file(life, run, "run_results.json", step=steps[-2]["index"]))["results"]
    assert not [row for row in last if row["status"] == "error"]
    assert [row["unique_id"] for row in build if row["status"] == "error"] == ["model.exam_shop.fct_revenue"]


async def test_a_run_lasts_as_long_as_it_says(life: Life) -> None:
    run = await life.ended(nodes=[REVENUE], duration=754, git_sha="f00d", git_branch="main")
    assert (run["run_duration"], run["git_sha"]) == ("00:12:34", "f00d")


async def test_artifacts_can_lag_behind_the_end(life: Life) -> None:
    run = await life.trigger(outcome="failure", artifacts_after=600, seconds=1)
    await life.http.post("/_sandbox/clock", json={"advance": 300})
    assert (await life.run(run["id"]))["status"] == 20
    late = await life.http.get(life.v2(f"runs/{run['id']}/artifacts/run_results.json"))
    assert late.status_code == 404
    await life.http.post("/_sandbox/clock", json={"advance": 301})
    await file(life, run, "run_results.json")


async def test_a_run_of_the_past_is_history_and_nobody_is_told(life: Life) -> None:
    life.notify(on_success=[101])
    old = await life.trigger(outcome="success", finished_at="2026-01-05T06:10:00Z", duration=600)
    assert (old["status"], old["started_at"], old["run_duration"]) == (
        10,
        "2026-01-05 06:00:00.000000+00:00",
        "00:10:00",
    )
    await life.state.agenda.settle()
    assert await life.inbox() == []
    await file(life, old, "run_results.json")


async def test_a_run_shows_where_its_code_is(life: Life) -> None:
    run = await life.ended()
    assert "repository" not in run
    shown = await life.run(run["id"], include_related="repository,trigger")
    assert shown["repository"]["remote_url"] == "git://github.com/acme/finance-dbt.git"
    life.state.store.update("projects", 11, {"repository": {"remote_url": "git@gitlab.acme.example:dbt.git"}})
    shown = await life.run(run["id"], include_related="repository")
    assert shown["repository"]["remote_url"] == "git@gitlab.acme.example:dbt.git"


@pytest.mark.parametrize(
    "body",
    [
        {"nodes": []},
        {"nodes": [{"status": "error"}]},
        {"nodes": [{"name": "a", "status": "bad"}]},
        {"finished_at": "x"},
    ],
)
async def test_what_makes_no_sense_is_refused(life: Life, body: dict[str, Any]) -> None:
    answer = await life.http.post("/_sandbox/runs", json={"job_id": 101, **body})
    assert answer.status_code == 400


async def canary(life: Life, *steps: str) -> dict[str, Any]:
    body = {"cause": "canary", "steps_override": list(steps)}
    answer = await life.http.post(life.v2("jobs/101/run/"), json=body)
    await life.state.agenda.settle()
    return await life.run(answer.json()["data"]["id"], include_related="run_steps")


@pytest.mark.parametrize("command", ["dbt run-operation dbt_alerts_canary", "dbt fail", "exit 1"])
async def test_a_command_that_cannot_work_fails_the_run_and_tells_people(life: Life, command: str) -> None:
    life.notify(on_failure=[101])
    run = await canary(life, command)
    assert (run["status"], run["status_message"]) == (20, "dbt command failed")
    assert [message["kind"] for message in await life.inbox()] == ["email"]


async def test_a_macro_that_nobody_has_is_named_in_the_log(life: Life) -> None:
    run = await canary(life, "dbt run-operation dbt_alerts_canary")
    assert "could not find a macro with the name 'dbt_alerts_canary'" in run["run_steps"][-1]["logs"]


async def test_a_selection_of_nothing_is_a_success(life: Life) -> None:
    assert (await canary(life, "dbt build --select nothing_of_that_name"))["status"] == 10


async def test_a_macro_that_a_job_runs_is_there(life: Life) -> None:
    life.job(102, execute_steps=["dbt run-operation sync"])
    assert (await canary(life, "dbt run-operation sync"))["status"] == 10
