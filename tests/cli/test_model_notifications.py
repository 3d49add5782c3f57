"""Model notifications as people meet them: declared, applied, changed by hand, dropped, given up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.sandbox import RunningSandbox
from tests.cli.conftest import SMALLEST, Run

ON = "on_success", "on_warning", "on_failure", "on_skipped"


class Models:
    """The model notifications of one environment, as a person in the UI sees and edits them."""

    def __init__(self, api: httpx.Client, base: str) -> None:
        self._api = api
        projects = {each["name"]: each["id"] for each in self._api.get(f"{base}/projects/").json()["data"]}
        found = self._api.get(f"{base}/environments/", params={"project_id": projects["Finance"]}).json()["data"]
        self.id = next(each["id"] for each in found if each["name"] == "Production")
        self.path = f"{base}/environments/{self.id}/model-notifications/"

    def live(self) -> dict[str, Any]:
        return dict(self._api.get(self.path).json()["data"])

    @property
    def told(self) -> set[str]:
        live = self.live()
        return {name.removeprefix("on_") for name in ON if live[name]} if live["enabled"] else set()

    def set(self, *outcomes: str, enabled: bool = True, **more: object) -> None:
        body = {"enabled": enabled, **{name: name.removeprefix("on_") in outcomes for name in ON}, **more}
        assert self._api.post(self.path, json=body).status_code == 200


@pytest.fixture
def models(sandbox: RunningSandbox) -> Iterator[Models]:
    with httpx.Client(base_url=sandbox.url, headers={"Authorization": f"Token {sandbox.token}"}) as api:
        yield Models(api, f"/api/v3/accounts/{sandbox.account_id}")


def declare(*outcomes: str, project: str | None = "Finance", environment: str = "Production", more: str = "") -> None:
    where = f"environment: {environment}" + (f", project: {project}" if project else "")
    entry = f"model_notifications: {{{where}, on: [{', '.join(outcomes)}]}}\n" if outcomes else ""
    Path("policies/alerts.yml").write_text(SMALLEST + entry + more)


def writes(sandbox: RunningSandbox) -> list[str]:
    return [f"{each['method']} {each['path']}" for each in sandbox.control.log() if each["method"] != "GET"]


def reads(sandbox: RunningSandbox) -> int:
    return sum("model-notifications" in each["path"] for each in sandbox.control.log())


def test_declared_outcomes_are_switched_on_and_the_next_plan_is_empty(run: Run, models: Models) -> None:
    declare("failure", "skipped")
    plan = run("plan")
    assert "Owners of models" in plan.out
    assert "+ Production of Finance  owners are told of failure, skipped" in plan.out
    assert run("apply").code == 0
    assert models.told == {"failure", "skipped"}
    again = run("plan", "--detailed-exitcode")
    assert (again.code, "No changes." in again.out) == (0, True)


def test_who_declares_none_pays_no_call(run: Run, sandbox: RunningSandbox) -> None:
    sandbox.control.clear_log()
    run("apply")
    assert reads(sandbox) == 0


def test_one_call_for_each_environment_that_is_named(run: Run, sandbox: RunningSandbox) -> None:
    declare("failure", project=None)
    sandbox.control.clear_log()
    plan = run("plan", "--json").json
    named = {action["environment_id"] for action in plan["actions"] if action["do"] == "start-models"}
    assert len(named) > 1, "without a project all environments so called are meant"
    assert reads(sandbox) == len(named)
    assert plan["api_calls"] == len(sandbox.control.log())


def test_what_was_on_before_us_stays_on_and_is_told_as_not_ours(run: Run, models: Models) -> None:
    models.set("success", "failure")
    declare("failure")
    plan = run("plan")
    assert "owners of models in Production of Finance are told of success too: not by us, and left alone" in plan.out
    assert "already told, from now on ours" in plan.out
    assert run("apply").code == 0
    declare()
    dropped = run("plan")
    assert "- Production of Finance  owners stop being told of failure  (was there before us)" in dropped.out
    assert run("apply").code == 0
    assert models.told == {"success"}, "what is not ours is never taken"


def test_adopting_writes_nothing(run: Run, models: Models, sandbox: RunningSandbox) -> None:
    run("apply")
    models.set("failure")
    declare("failure")
    sandbox.control.clear_log()
    assert run("apply").code == 0
    assert writes(sandbox) == []


def test_what_the_policy_drops_goes_and_the_switch_with_the_last(run: Run, models: Models) -> None:
    declare("failure", "skipped")
    run("apply")
    declare("failure")
    assert run("apply").code == 0
    assert models.told == {"failure"}
    declare()
    assert run("apply").code == 0
    assert models.live()["enabled"] is False
    assert run("plan", "--detailed-exitcode").code == 0


def test_what_somebody_changes_is_drift_and_left_unless_asked(run: Run, models: Models) -> None:
    declare("failure", "skipped")
    run("apply")
    models.set("failure", "success")
    plan = run("plan", "--json").json
    drift = {(action["do"], action["outcome"], action["cause"]) for action in plan["actions"]}
    assert drift == {("start-models", "skipped", "drift"), ("stop-models", "success", "drift")}
    assert run("apply").code == 0
    assert models.told == {"failure", "success"}
    assert run("apply", "--repair-drift").code == 0
    assert models.told == {"failure", "skipped"}
    assert run("plan", "--detailed-exitcode").code == 0


def test_additions_only_switches_nothing_off(run: Run, models: Models) -> None:
    declare("failure")
    run("apply")
    declare("skipped")
    run("apply", "--additions-only")
    assert models.told == {"failure", "skipped"}
    assert run("apply").code == 0
    assert models.told == {"skipped"}


def test_unknown_fields_are_copied_through_and_reported_once(run: Run, sandbox: RunningSandbox, models: Models) -> None:
    row = {"environment_id": models.id, "enabled": True, "on_reused": True, "cadence": {"hours": 6}}
    sandbox.control.put("model_notifications", {**row, **dict.fromkeys(ON, False)})
    declare("failure", "skipped")
    plan = run("plan").out
    assert plan.count("model notification field on_reused") == 1
    assert run("apply").code == 0
    live = models.live()
    assert (live["on_reused"], live["cadence"], models.told) == (True, {"hours": 6}, {"failure", "skipped"})
    declare()
    assert run("apply").code == 0
    assert models.live()["enabled"] is True, "an outcome that we do not know is still on"


def test_selected_but_switched_off_is_not_woken(run: Run, models: Models) -> None:
    models.set("success", enabled=False)
    declare("failure")
    assert "success, selected there, stays off" in run("plan").out
    run("apply")
    assert models.told == {"failure"}


def test_a_lost_ledger_takes_nothing_away(run: Run, models: Models) -> None:
    declare("failure", "skipped")
    run("apply")
    Path(".dbt-alerts/ledger.json").unlink()
    declare("failure")
    assert run("apply", "--repair-drift").code == 0
    assert models.told == {"failure", "skipped"}


def test_given_up_with_release_it_stays_as_it_is(run: Run, models: Models) -> None:
    declare("failure")
    run("apply")
    declare(more="release: [{model_notifications: Production, project: Finance}]\n")
    assert "stays as it is, no longer ours" in run("plan").out
    assert run("apply").code == 0
    assert models.told == {"failure"}
    declare()
    assert run("plan", "--detailed-exitcode").code == 0


def test_two_sets_for_one_environment_are_a_problem_that_names_both_lines(run: Run) -> None:
    declare("failure")
    Path("policies/team.yml").write_text(
        "team: growth\nmodel_notifications:\n  - {environment: Production, on: [skipped]}\n"
    )
    plan = run("plan")
    assert plan.code == 3
    assert "two different sets of outcomes" in plan.err
    assert "policies/team.yml:3" in plan.err
    assert "policies/alerts.yml:" in plan.err


@pytest.mark.parametrize("environment", ["Produktion", "Development"])
def test_an_environment_that_live_does_not_answer_is_left_alone(run: Run, models: Models, environment: str) -> None:
    declare("failure")
    run("apply")
    declare("failure", environment=environment)
    plan = run("plan")
    assert "Left alone until answered" in plan.out
    assert run("apply").code == 6
    assert models.told == {"failure"}, "a typing error takes nothing away"


@pytest.mark.parametrize("status", [403, 404, 405])
def test_an_environment_that_may_not_be_read_ends_nothing_else(
    run: Run, sandbox: RunningSandbox, models: Models, status: int
) -> None:
    sandbox.control.add_fault(path=models.path, status=status)
    declare("failure")
    plan = run("plan")
    assert plan.code == 0
    assert f"model notifications of Production of Finance: GET {models.path} answered {status}" in plan.out
    assert run("apply").code == 6
    assert "Nothing to do beside what must be answered." in run("plan").out


def test_scope_bounds_it(run: Run, models: Models) -> None:
    declare("failure", more="scope: {projects: [Growth]}\n")
    plan = run("plan")
    assert "names environments outside scope only" in plan.out
    run("apply")
    assert models.told == set()


def test_what_left_the_scope_is_kept(run: Run, models: Models) -> None:
    declare("failure")
    run("apply")
    declare(more="scope: {projects: [Growth]}\n")
    assert "are ours and outside scope: kept as they are" in run("plan").out
    run("apply")
    assert models.told == {"failure"}


def test_a_saved_plan_carries_them(run: Run, models: Models) -> None:
    declare("failure")
    run("plan", "--out", "plan.json")
    saved = json.loads(Path("plan.json").read_text())
    start = next(action for action in saved["actions"] if action["do"] == "start-models")
    assert (start["environment"], start["outcome"], start["team"]) == ("Production of Finance", "failure", "default")
    assert run("apply", "--plan", "plan.json").code == 0
    assert models.told == {"failure"}


def test_an_unreviewed_stop_refuses_a_saved_plan(run: Run, models: Models) -> None:
    declare("failure", "skipped")
    run("apply")
    run("plan", "--out", "plan.json")
    declare("failure")
    refused = run("apply", "--plan", "plan.json")
    assert refused.code == 5
    assert "owners of models in Production of Finance, skipped" in refused.err
    assert models.told == {"failure", "skipped"}


def test_a_snapshot_carries_what_the_policy_names(run: Run, models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    models.set("success")
    declare("failure")
    assert run("snapshot", "--out", "live.json").code == 0
    monkeypatch.delenv("DBT_CLOUD_TOKEN")
    plan = run("plan", "--live", "live.json")
    assert "owners are told of failure" in plan.out
    assert "are told of success too" in plan.out


def test_a_snapshot_without_them_does_not_answer(run: Run) -> None:
    run("snapshot", "--out", "live.json")
    declare("failure")
    plan = run("plan", "--live", "live.json")
    assert "model notifications of Production of Finance: nothing is known of them" in plan.out
