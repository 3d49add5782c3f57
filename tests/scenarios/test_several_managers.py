"""Two repositories on one account, each with its clone of the ledger's branch, as their people meet it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.process_lab import SandboxProcess, Workplace
from tests.scenarios.test_git_ledger import Clones, done

HEAD = """\
version: 1
manager: {manager}
account: {{id: $DBT_CLOUD_ACCOUNT_ID, host: $DBT_CLOUD_HOST, token: $DBT_CLOUD_TOKEN}}
ledger: {{store: git}}
channels:
  {channel}
"""
TOLD = """\
notifications:
  - {to: alerts, on: [failure], jobs: {project: Finance, environment: {type: production}}}
"""
MAIL = "alerts: {type: dbt_email, address: on-call@acme.example, owner: platform@acme.example%s}"


@pytest.fixture
def clones(tmp_path: Path, sandbox: SandboxProcess) -> Clones:
    return Clones(tmp_path, sandbox)


def says(place: Workplace, manager: str, channel: str, *, told: bool = True) -> None:
    place.policy(HEAD.format(manager=manager, channel=channel) + (TOLD if told else ""))


def two(clones: Clones) -> tuple[Workplace, Workplace]:
    return clones.place(manager="finance"), clones.place(manager="growth")


def row(clones: Clones) -> Mapping[str, Any]:
    rows = clones.sandbox.control.rows("notifications")
    (found,) = [each for each in rows if each["external_email"] == "on-call@acme.example"]
    return found


def refusal(place: Workplace) -> str:
    plan = json.loads(done(place, "plan", "--json", code=4).out)
    (finding,) = [each for each in plan["guards"] if each["guard"] == "conflict"]
    done(place, "apply", "--yes", code=4)
    return " ".join([finding["message"], *finding["items"]])


def test_alerts_go_from_one_repository_to_another_and_are_there_at_every_step(clones: Clones) -> None:
    finance, growth = two(clones)
    says(finance, "finance", MAIL % "")
    says(growth, "growth", MAIL % "")
    done(finance, "apply", "--yes")
    told = row(clones)["on_failure"]
    assert told
    clones.sandbox.control.clear_log()
    done(growth, "apply", "--yes")
    says(finance, "finance", MAIL % "", told=False)
    assert json.loads(done(finance, "plan", "--json").out)["counts"]["release"] == len(told)
    done(finance, "apply", "--yes")
    assert clones.sandbox.writes() == []
    assert row(clones)["on_failure"] == told
    done(finance, "plan", "--detailed-exitcode")
    done(growth, "plan", "--detailed-exitcode")
    says(growth, "growth", MAIL % "", told=False)
    removing = json.loads(done(growth, "plan", "--json", code=4).out)
    assert removing["counts"]["remove"] == len(told)


def test_two_values_for_one_recipient_name_both_files_and_the_ways_out(clones: Clones) -> None:
    finance, growth = two(clones)
    says(finance, "finance", MAIL % "")
    done(finance, "apply", "--yes")
    says(growth, "growth", MAIL.replace("platform@", "maria@") % "")
    text = refusal(growth)
    for part in (
        "maria@acme.example (policies/policy.yml:6)",
        "platform@acme.example for manager finance (policies/policy.yml:6)",
        "agree on one value",
        "leave it out in one repository",
        "`release:`",
    ):
        assert part in text
    says(growth, "growth", MAIL.replace(", owner: platform@acme.example", "") % "")
    done(growth, "apply", "--yes")


def test_an_exclusive_recipient_has_one_manager(clones: Clones) -> None:
    finance, growth = two(clones)
    says(finance, "finance", MAIL % ", exclusive: true")
    done(finance, "apply", "--yes")
    says(growth, "growth", MAIL % "")
    assert " on-call@acme.example is exclusive to manager finance (policies/policy.yml:6)" in refusal(growth)
    says(finance, "finance", MAIL % "")
    done(finance, "apply", "--yes")
    done(growth, "apply", "--yes")


MODELS = "model_notifications: {{environment: Production, project: Finance, on: [{on}]}}\n"


def declares(place: Workplace, manager: str, on: str | None) -> None:
    place.policy(HEAD.format(manager=manager, channel=MAIL % "") + (MODELS.format(on=on) if on else ""))


def told_of_models(clones: Clones) -> list[Mapping[str, Any]]:
    return [row for row in clones.sandbox.control.rows("model_notifications") if row["enabled"]]


def test_model_notifications_go_from_one_repository_to_another_without_a_write(clones: Clones) -> None:
    finance, growth = two(clones)
    declares(finance, "finance", "failure, skipped")
    declares(growth, "growth", "failure, skipped")
    done(finance, "apply", "--yes")
    (told,) = told_of_models(clones)
    clones.sandbox.control.clear_log()
    done(growth, "apply", "--yes")
    shared = done(growth, "ledger", "verify", "--json", "--detailed-exitcode").json
    assert "models-shared" in {each["kind"] for each in shared["findings"]}
    declares(finance, "finance", None)
    assert json.loads(done(finance, "plan", "--json").out)["counts"]["release-models"] == 1
    done(finance, "apply", "--yes")
    assert clones.sandbox.writes() == []
    assert told_of_models(clones) == [told]
    for place in (finance, growth):
        done(place, "plan", "--detailed-exitcode")
    declares(growth, "growth", None)
    done(growth, "apply", "--yes", "--allow", "empty-team=default")
    assert told_of_models(clones) == []


def test_two_sets_of_outcomes_for_one_environment_name_both_files_and_the_ways_out(clones: Clones) -> None:
    finance, growth = two(clones)
    declares(finance, "finance", "failure")
    done(finance, "apply", "--yes")
    declares(growth, "growth", "failure, success")
    text = refusal(growth)
    for part in (
        "success, failure (policies/policy.yml:7",
        "failure for manager finance (policies/policy.yml:7",
        "agree on one set",
        "leave the environment out in one repository",
        "`release:`",
    ):
        assert part in text, text
    assert [row["on_success"] for row in told_of_models(clones)] == [False]
