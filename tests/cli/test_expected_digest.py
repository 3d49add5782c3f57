"""The digest of a saved plan: told where it is saved, and held by `apply --expect`, whole or its beginning."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from reconciler.cli.expect import expect_digests
from reconciler.errors import StalePlan
from tests.cli.conftest import Run

PLAN, POLICY = "sha256:" + "ab12cd34ef56" * 5 + "0000", "cd12ab34ef57" * 5 + "0000"
KNOWN = {"the saved plan": PLAN, "today's policy": POLICY}


@pytest.mark.parametrize("form", [[], ["--markdown"], ["--for", "maria"]], ids=["text", "markdown", "one person"])
def test_the_last_line_is_the_command_that_applies_it(run: Run, form: list[str]) -> None:
    said = run("plan", "--out", "our plan.json", "--repair-drift", *form).out
    digest = json.loads(Path("our plan.json").read_text())["digest"]
    (line,) = said.splitlines()[-1:]
    command = shlex.split(line.split("`")[1])
    assert command == ["dbt-alerts", "apply", "--repair-drift", "--plan", "our plan.json", "--expect", digest]
    assert run(*command[1:]).code == 0


def test_a_plan_that_no_apply_takes_is_told_without_a_command(run: Run) -> None:
    run("snapshot", "--out", "live.json")
    (line,) = run("plan", "--live", "live.json", "--out", "plan.json").out.splitlines()[-1:]
    assert line == "Saved to plan.json. It was made from a snapshot: for reading, never applied."


def test_json_stays_one_document(run: Run) -> None:
    assert run("plan", "--out", "plan.json", "--json").json["digest"].startswith("sha256:")


def test_what_the_terminal_shows_of_a_digest_is_enough_and_less_is_not(run: Run) -> None:
    run("plan", "--out", "plan.json")
    digest = json.loads(Path("plan.json").read_text())["digest"].removeprefix("sha256:")
    short = run("apply", "--plan", "plan.json", "--expect", digest[:11])
    assert (short.code, "at least its first 12 characters" in short.err) == (5, True)
    assert run("apply", "--plan", "plan.json", "--expect", digest[:12]).code == 0


@pytest.mark.parametrize("given", [PLAN, PLAN[:19], PLAN[7:], PLAN[7:19], POLICY[:30], f"sha256:{POLICY}"])
def test_a_digest_or_its_beginning_is_taken(given: str) -> None:
    expect_digests([given], KNOWN)


@pytest.mark.parametrize(
    "given", ["", "sha256:", PLAN[:18], PLAN[7:18], PLAN.upper(), f"{PLAN}0", "ab12cd34ef58", "main"]
)
def test_anything_else_is_refused_and_says_which_digest_is_whose(given: str) -> None:
    with pytest.raises(StalePlan) as refused:
        expect_digests([PLAN, given], KNOWN)
    assert refused.value.message == (
        f"expected {given or 'nothing'}; the saved plan has {PLAN}; today's policy has {POLICY}"
    )


def test_a_beginning_of_both_is_nobodys() -> None:
    with pytest.raises(StalePlan):
        expect_digests([PLAN[:19]], {**KNOWN, "today's policy": f"{PLAN[:-1]}1"})
