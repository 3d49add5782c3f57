"""Issue 3, sentence by sentence: an import's next step works as printed; one person's part of a plan hides nothing."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.scenarios.conformity_lab import HEAD, Bench

CHANNELS = """\
channels:
  maria: {type: dbt_user, email: maria@acme.example}
  jonas: {type: dbt_user, email: jonas@acme.example}
"""
TELLS = """\
notifications:
  - {to: %s, on: [failure], jobs: {project: Finance, environment: {type: production}}}
"""


@pytest.mark.parametrize(
    ("there", "arguments"),
    [
        (None, ("--manager", "acme")),
        (None, ("--manager", "acme", "--out", "our alerts")),
        ("policies", ("--out", "policies/found", "policies")),
        ("policies", ("--out", "found", "policies")),
        ("ours", ("--out", "found", "ours")),
    ],
)
def test_the_next_steps_of_an_import_are_commands_that_work_as_printed(
    bench: Bench, there: str | None, arguments: tuple[str, ...]
) -> None:
    if there is not None:
        Path(there).mkdir()
        Path(there, "account.yml").write_text(HEAD)
    found = bench.run("import", *arguments, "--json").json
    plan, apply, *_ = (re.findall(r"`dbt-alerts ([^`]+)`", step)[0] for step in found["next_steps"])
    told = bench.run(*shlex.split(plan), "--json").json
    assert {action["do"] for action in told["actions"]} == {"adopt", "adopt-webhook"}
    assert bench.run(*shlex.split(apply)).code == 0
    assert bench.writes() == []


@pytest.mark.parametrize("form", [(), ("--markdown",), ("--json",)], ids=["text", "markdown", "json"])
def test_one_persons_part_says_that_the_plan_is_refused_and_by_what(bench: Bench, form: tuple[str, ...]) -> None:
    bench.policy(CHANNELS + TELLS % "maria")
    assert bench.run("apply").code == 0
    bench.policy(CHANNELS + TELLS % "jonas")
    done = bench.run("plan", "--for", "maria", *form)
    assert done.code == 4
    assert "prune" in done.out


@pytest.mark.parametrize("form", [(), ("--markdown",)], ids=["text", "markdown"])
def test_one_persons_part_says_that_something_is_left_alone_until_answered(bench: Bench, form: tuple[str, ...]) -> None:
    bench.policy(CHANNELS + "notifications:\n  - {to: maria, on: [failure], jobs: {name: No Such Job}}\n")
    assert "left alone until answered" in bench.run("plan", "--for", "maria", *form).out
    assert bench.run("plan", "--for", "maria", "--json").json["blocked"] == 1
