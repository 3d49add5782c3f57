"""`coverage` where people meet it: formats, files, filters, the floor, and that nothing is written to dbt Cloud."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import SMALLEST, Run

POLICY = SMALLEST + "tiers:\n  high: {rank: 1, notify: {failure: [maria]}}\n"

TEAMS = """\
team: finance
jobs:
  - {match: {project: Finance, environment: Production}, tier: high}
  - {match: {project: Finance, environment: CI}, tier: none, reason: the pull request shows it}
"""


@pytest.fixture
def live(run: Run) -> str:
    """Save what is live once: every further look is offline."""
    Path("policies/alerts.yml").write_text(POLICY)
    Path("policies/finance.yml").write_text(TEAMS)
    assert run("snapshot", "--out", "live.json").code == 0
    return "live.json"


def test_every_job_is_counted_in_one_place(run: Run, live: str) -> None:
    found = run("coverage", "--live", live, "--json").json
    assert (found["result"], found["exit_code"]) == ("success", 0)
    failure = found["failure"]
    counted = sum(failure[each] for each in ("told", "waits", "digest", "partly", "silent", "uncovered"))
    assert counted == failure["jobs"] == len(found["jobs"]) - found["deactivated"]
    assert sum(team["failure"]["jobs"] for team in found["teams"]) == counted
    assert {len(found["answers"]) > job["answer"] for job in found["jobs"]} == {True}


def test_the_guide_names_every_key_of_the_json(run: Run, live: str) -> None:
    page = (Path(__file__).parents[2] / "docs/guides/coverage.md").read_text()
    section = page.partition("## The JSON")[2].partition("\n## ")[0]
    assert not [key for key in run("coverage", "--live", live, "--json").json if f"`{key}`" not in section]


def test_dbt_cloud_itself_says_the_same_as_a_snapshot_of_it(run: Run, live: str) -> None:
    from_file, itself = run("coverage", "--live", live, "--json").json, run("coverage", "--json").json
    assert from_file["jobs"] == itself["jobs"]
    assert itself["snapshot_taken_at"] is None
    assert from_file["snapshot_taken_at"]


def test_what_is_applied_is_in_force(run: Run, live: str) -> None:
    assert run("coverage", "--json").json["today"]["unapplied"]
    assert run("apply", "--yes").code == 0
    assert run("coverage", "--json").json["today"]["unapplied"] == []


def test_a_floor_that_is_missed_is_exit_3_with_the_names(run: Run, live: str) -> None:
    done = run("coverage", "--live", live, "--fail-under", "100", "--format", "html", "--output", "page.html")
    assert done.code == 3
    assert "Named in the policy: " in done.err
    assert "CI Growth" in done.err
    assert Path("page.html").read_text().startswith("<!DOCTYPE html>")


def test_a_floor_that_is_met_is_exit_0(run: Run, live: str) -> None:
    percent = run("coverage", "--live", live, "--json").json["percent"]
    assert run("coverage", "--live", live, "--fail-under", str(percent)).code == 0
    assert run("coverage", "--live", live, "--fail-under", "100", "--team", "finance").code == 0


def test_a_floor_may_judge_what_is_in_force_and_a_tier_of_the_relay_does_not_raise_it(run: Run, live: str) -> None:
    """What the policy names is all there; what dbt Cloud does, is not."""
    asked = POLICY.replace("[maria]", "[team]").replace("to: maria", "to: team")
    Path("policies/alerts.yml").write_text(
        asked.replace("channels:", "channels:\n  team: {type: email, to: a@acme.example}")
        + "relay: {url: https://relay.acme.example}\nsmtp: {host: mail.acme.example, from: a@acme.example}\n"
    )
    floor = ("coverage", "--live", live, "--team", "finance", "--production", "--fail-under", "100")
    assert run(*floor).code == 0
    done = run(*floor, "--in-force")
    assert done.code == 3
    assert "In force today: " in done.err
    assert "waiting for the relay" in done.err
    assert run("coverage", "--live", live, "--in-force").code == 64


def test_json_tells_of_a_missed_floor(run: Run, live: str) -> None:
    found = run("coverage", "--live", live, "--fail-under", "100", "--json")
    assert (found.code, found.json["result"], found.json["exit_code"]) == (3, "policy", 3)


def test_a_floor_over_no_job_proves_nothing(run: Run, live: str) -> None:
    Path("policies/none.yml").write_text("team: growth\njobs:\n  - {match: {id: 1, optional: true}, tier: high}\n")
    done = run("coverage", "--live", live, "--team", "growth", "--fail-under", "0")
    assert done.code == 3
    assert "nothing is proved" in done.err


@pytest.mark.parametrize(
    ("option", "expected"), [(("--team", "finance"), {"finance"}), (("--tier", "none"), {"finance"})]
)
def test_a_filter_leaves_what_it_names(run: Run, live: str, option: tuple[str, str], expected: set[str]) -> None:
    found = run("coverage", "--live", live, "--json", *option).json
    assert {team["name"] for team in found["teams"]} == expected
    assert found["jobs"]


def test_production_only(run: Run, live: str) -> None:
    found = run("coverage", "--live", live, "--json", "--production").json
    assert {job["production"] for job in found["jobs"]} == {True}
    assert found["failure"] == found["production"]


@pytest.mark.parametrize(
    "option",
    [("--team", "nobody"), ("--tier", "gold"), ("--fail-under", "101"), ("--fail-under", "nan"), ("--format", "pdf")],
)
def test_a_name_that_is_not_there_is_a_usage_error(run: Run, live: str, option: tuple[str, str]) -> None:
    assert run("coverage", "--live", live, *option).code == 64


def test_two_forms_of_one_output_are_refused(run: Run, live: str) -> None:
    assert run("coverage", "--live", live, "--json", "--format", "html").code == 64


@pytest.mark.parametrize(
    ("form", "start"), [("text", "Alert coverage"), ("markdown", "## Alert coverage"), ("html", "<!DOCTYPE html>")]
)
def test_a_file_holds_what_the_terminal_shows(run: Run, live: str, form: str, start: str) -> None:
    shown = run("coverage", "--live", live, "--format", form)
    written = run("coverage", "--live", live, "--format", form, "--output", "out")
    assert (written.code, written.out) == (0, "")
    assert Path("out").read_text().startswith(start)
    assert shown.out.startswith(start)


def test_json_in_a_file_is_the_document(run: Run, live: str) -> None:
    assert run("coverage", "--live", live, "--format", "json", "--output", "out.json").code == 0
    assert json.loads(Path("out.json").read_text())["format"] == "1.0"


def test_a_file_that_cannot_be_written_is_exit_1(run: Run, live: str) -> None:
    done = run("coverage", "--live", live, "--output", "missing/out.html", "--format", "html")
    assert done.code == 1
    assert "missing" in done.err


def test_two_teams_on_one_job_are_the_policy_s_mistake(run: Run, live: str) -> None:
    Path("policies/growth.yml").write_text("team: growth\njobs:\n  - {match: {project: Finance}, tier: high}\n")
    assert run("coverage", "--live", live).code == 3


def test_the_example_company(run: Run, live: str, monkeypatch: pytest.MonkeyPatch) -> None:
    example = Path(__file__).resolve().parents[2] / "policies"
    found = run("coverage", str(example), "--live", live, "--json").json
    assert 70 < found["percent"] < 80
    assert next(gap["where"] for gap in found["uncovered"]).endswith("teams/finance.yml, under `jobs:`")
