"""A user's first minutes with the installed command, in a folder that holds nothing."""

import json
from pathlib import Path

import pytest

from tests.packaging.wheel_lab import Installed

SMALLEST_POLICY = """\
version: 1
manager: acme-data-alerts
account: {id: $DBT_CLOUD_ACCOUNT_ID, host: $DBT_CLOUD_HOST, token: $DBT_CLOUD_TOKEN}
channels:
  maria: {type: dbt_user, email: maria@acme.example}
notifications:
  - {to: maria, on: [failure, cancelled], jobs: {environment: {type: production}}}
"""


@pytest.mark.parametrize("call", [("dbt-alerts", "--help"), ("python", "-m", "reconciler", "--help")])
def test_the_command_and_the_module_answer(installed: Installed, call: tuple[str, ...]) -> None:
    answer = installed.call(*call)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "plan" in answer.stdout


def test_the_version_is_the_distributions(installed: Installed, wheel: Path) -> None:
    assert wheel.name.split("-")[1] in installed.call("dbt-alerts", "--version").stdout


def test_the_example_policies_are_found_without_the_clone(installed: Installed) -> None:
    program = "from reconciler.shipped import *; print(*(p.name for p in shipped(Shipped.POLICIES).rglob('*')))"
    answer = installed.call("python", "-c", program)
    assert answer.returncode == 0, answer.stderr
    assert ".yml" in answer.stdout


def test_the_smallest_policy_plans(installed: Installed) -> None:
    policies = installed.folder / "policies"
    policies.mkdir(exist_ok=True)
    (policies / "alerts.yml").write_text(SMALLEST_POLICY)
    with installed.sandbox() as ready:
        variables = {
            "DBT_CLOUD_HOST": ready["url"],
            "DBT_CLOUD_ACCOUNT_ID": str(ready["account_id"]),
            "DBT_CLOUD_TOKEN": ready["token"],
        }
        shown = installed.call("dbt-alerts", "plan", variables=variables)
        saved = installed.call("dbt-alerts", "plan", "--json", variables=variables)
    assert shown.returncode == 0, shown.stderr
    assert "maria" in shown.stdout
    assert json.loads(saved.stdout)
