"""A user's first minutes with the installed command, in a folder that holds nothing."""

from pathlib import Path

import pytest

from tests.packaging.wheel_lab import Installed


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
