"""A plan starts often and writes nothing: it loads neither what writes nor what only other commands need."""

import json
import subprocess
import sys

import pytest

LOADED = """
import json, sys
import reconciler.cli.main, reconciler.cli.plan
at_start = sorted(sys.modules)
import reconciler.reconcile, reconciler.plan.document
print(json.dumps([at_start, sorted(sys.modules)]))
"""


@pytest.fixture(scope="module")
def loaded() -> tuple[set[str], set[str]]:
    """Return the modules there when the command starts, and when it has loaded what plans."""
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    at_start, in_all = json.loads(done.stdout)
    return set(at_start), set(in_all)


@pytest.mark.parametrize(
    "module",
    [
        *("reconciler.apply.run", "reconciler.secrets", "reconciler.sandbox", "reconciler.cloud.snapshot"),
        *("reconciler.cloud.deliveries", "reconciler.cloud.model_notifications", "reconciler.cloud.teams"),
        *("jinja2", "rich", "sqlite3", "starlette", "uvicorn"),
        *("aiosmtpd", "apprise", "ijson", "smtplib", "standardwebhooks"),
        *("reconciler.alerts", "reconciler.channels", "reconciler.drill", "reconciler.relay"),
    ],
)
def test_a_plan_does_not_load(module: str, loaded: tuple[set[str], set[str]]) -> None:
    assert module not in loaded[1]


@pytest.mark.parametrize("module", ["reconciler.plan.build", "reconciler.reconcile", "reconciler.render.terminal"])
def test_what_plans_is_loaded_while_dbt_cloud_answers(module: str, loaded: tuple[set[str], set[str]]) -> None:
    assert module not in loaded[0]
