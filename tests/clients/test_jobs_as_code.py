"""dbt-jobs-as-code plans and syncs jobs and their environment variables against the sandbox, and imports them."""

import ssl
from typing import Any

import httpx
import pytest
from ruamel.yaml import YAML

from reconciler.sandbox import RunningSandbox
from tests.clients.jobs_as_code import JobsAsCode
from tests.contract.contract_api import Json


def job(sandbox: RunningSandbox, **fields: Json) -> dict[str, Any]:
    where = {"account_id": sandbox.account_id, "project_id": sandbox.ready["project_id"]}
    triggers = {"github_webhook": False, "git_provider_webhook": False, "schedule": True, "on_merge": False}
    return {
        **where,
        "environment_id": sandbox.ready["environment_id"],
        "name": "as code",
        "settings": {"threads": 4, "target_name": "production"},
        "execution": {"timeout_seconds": 0},
        "run_generate_sources": False,
        "generate_docs": True,
        "execute_steps": ["dbt build"],
        "schedule": {"cron": "0 6 * * *"},
        "triggers": triggers,
        **fields,
    }


def live(sandbox: RunningSandbox) -> list[Json]:
    """Read the account's jobs, past the client."""
    path = f"{sandbox.url}/api/v2/accounts/{sandbox.account_id}/jobs/"
    trusted = ssl.create_default_context(cafile=str(sandbox.ca_file))
    answer = httpx.get(path, headers={"Authorization": f"Token {sandbox.token}"}, verify=trusted)
    return list(answer.json()["data"])


def named(sandbox: RunningSandbox, name: str) -> Json:
    """Find the only job of a name."""
    (found,) = [row for row in live(sandbox) if row["name"] == name]
    return found


def test_a_job_is_planned_made_and_then_unchanged(jobs_as_code: JobsAsCode, sandbox: RunningSandbox) -> None:
    jobs_as_code.write(nightly=job(sandbox))
    assert jobs_as_code.planned() == {("job", "create", "nightly")}
    assert jobs_as_code.changes("sync")["apply_success"] is True
    made = named(sandbox, "as code [[nightly]]")
    assert (made["schedule"]["cron"], made["job_type"]) == ("0 6 * * *", "scheduled")
    assert jobs_as_code.planned() == set()


def test_a_change_is_planned_and_applied(jobs_as_code: JobsAsCode, sandbox: RunningSandbox) -> None:
    jobs_as_code.write(nightly=job(sandbox))
    jobs_as_code.changes("sync")
    jobs_as_code.write(nightly=job(sandbox, execute_steps=["dbt run", "dbt test"], schedule={"cron": "30 5 * * 1"}))
    assert jobs_as_code.planned() == {("job", "update", "nightly")}
    jobs_as_code.changes("sync")
    assert named(sandbox, "as code [[nightly]]")["execute_steps"] == ["dbt run", "dbt test"]
    assert jobs_as_code.planned() == set()


def test_a_job_that_leaves_the_file_is_deleted(jobs_as_code: JobsAsCode, sandbox: RunningSandbox) -> None:
    jobs_as_code.write(nightly=job(sandbox), hourly=job(sandbox, name="hourly"))
    jobs_as_code.changes("sync")
    before = len(live(sandbox))
    jobs_as_code.write(nightly=job(sandbox))
    assert jobs_as_code.planned() == {("job", "delete", "hourly")}
    jobs_as_code.changes("sync")
    assert len(live(sandbox)) == before - 1
    assert jobs_as_code.planned() == set()


def test_environment_variables_of_a_job(jobs_as_code: JobsAsCode, sandbox: RunningSandbox) -> None:
    jobs_as_code.write(nightly=job(sandbox, custom_environment_variables=[{"DBT_COLOUR": "blue"}]))
    assert jobs_as_code.planned() == {
        ("job", "create", "nightly"),
        ("env var overwrite", "create", "nightly:DBT_COLOUR"),
    }
    assert jobs_as_code.changes("sync")["apply_success"] is True
    assert jobs_as_code.planned() == set()
    jobs_as_code.write(nightly=job(sandbox, custom_environment_variables=[{"DBT_COLOUR": "red"}]))
    assert jobs_as_code.planned() == {("env var overwrite", "update", "nightly:DBT_COLOUR")}
    assert jobs_as_code.changes("sync")["apply_success"] is True
    assert jobs_as_code.planned() == set()
    jobs_as_code.write(nightly=job(sandbox))
    assert jobs_as_code.planned() == {("env var overwrite", "delete", "nightly:DBT_COLOUR")}
    assert jobs_as_code.changes("sync")["apply_success"] is True
    assert jobs_as_code.planned() == set()


def test_ci_and_completion_triggered_jobs(jobs_as_code: JobsAsCode, sandbox: RunningSandbox) -> None:
    triggers = {"github_webhook": True, "git_provider_webhook": False, "schedule": False, "on_merge": False}
    after = {
        "condition": {
            "job_id": sandbox.ready["fail_job_id"],
            "project_id": sandbox.ready["project_id"],
            "statuses": [10, 20],
        }
    }
    jobs_as_code.write(
        ci=job(sandbox, name="ci", job_type="ci", triggers=triggers, run_compare_changes=False),
        after=job(
            sandbox,
            name="after",
            job_type="other",
            triggers=triggers | {"github_webhook": False},
            job_completion_trigger_condition=after,
        ),
    )
    assert jobs_as_code.changes("sync")["apply_success"] is True
    assert named(sandbox, "ci [[ci]]")["job_type"] == "ci"
    assert named(sandbox, "after [[after]]")["job_completion_trigger_condition"] == after
    assert jobs_as_code.planned() == set()


def test_jobs_of_the_account_are_imported(jobs_as_code: JobsAsCode, sandbox: RunningSandbox) -> None:
    printed = jobs_as_code.run("import-jobs", "--account-id", str(sandbox.account_id), "--include-linked-id")
    imported = YAML(typ="safe").load(printed)["jobs"]
    assert len(imported) == len(live(sandbox))
    assert {entry["linked_id"] for entry in imported.values()} == {row["id"] for row in live(sandbox)}
    assert sandbox.control.log(method="GET", path="*/environment-variables/job/*")


def test_an_imported_job_is_linked_and_unchanged(jobs_as_code: JobsAsCode, sandbox: RunningSandbox) -> None:
    chosen = str(sandbox.ready["fail_job_id"])
    printed = jobs_as_code.run(
        "import-jobs", "--account-id", str(sandbox.account_id), "--include-linked-id", "-j", chosen
    )
    (imported,) = YAML(typ="safe").load(printed)["jobs"].values()
    jobs_as_code.write(adopted=imported)
    jobs_as_code.run("link", "jobs.yml")
    assert any(row["name"].endswith("[[adopted]]") for row in live(sandbox))
    assert jobs_as_code.planned() == set()
    jobs_as_code.run("unlink", "--config", "jobs.yml")
    assert not any("adopted" in row["name"] for row in live(sandbox))


def test_the_file_is_validated_against_the_account(jobs_as_code: JobsAsCode, sandbox: RunningSandbox) -> None:
    jobs_as_code.write(nightly=job(sandbox))
    jobs_as_code.run("validate", "jobs.yml", "--online")
    jobs_as_code.write(nightly=job(sandbox, environment_id=1))
    with pytest.raises(AssertionError, match="exit 1"):
        jobs_as_code.run("validate", "jobs.yml", "--online")


def test_a_job_has_no_field_that_the_client_does_not_know(jobs_as_code: JobsAsCode, sandbox: RunningSandbox) -> None:
    """Its hidden check forbids unknown fields and misses absent ones: written against the real API."""
    chosen = str(sandbox.ready["fail_job_id"])
    jobs_as_code.run("import-jobs", "--account-id", str(sandbox.account_id), "--check-missing-fields", "-j", chosen)
