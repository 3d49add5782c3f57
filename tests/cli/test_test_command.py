"""`dbt-alerts test`: the policy's own tests, offline; every mistake in them with its place, every failure as a diff."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from junitparser import JUnitXml
from syrupy.assertion import SnapshotAssertion

from reconciler.shipped import Shipped, shipped
from tests.cli.explain_desk import Desk

JOBS: Final = """\
jobs:
  - {project: Finance, name: Daily Revenue}
  - {project: Finance, name: Daily Ledger}
  - {project: Finance, name: Daily Orders}
  - {project: Growth, name: Weekly Funnel}
  - {project: Growth, name: CI, environment: CI, type: staging, job_type: ci}
"""


def _plain(job: str) -> str:
    return job.translate(str.maketrans("", "", '"{}:*!'))


def one(*lines: str, job: str = "Daily Revenue", on: str = "failure", at: str = "2026-01-03T03:00") -> str:
    """Return one test; its lines are given."""
    head = f"  - name: {_plain(job)} ends with {on} at {at}\n    job: {job}\n    on: {on}\n    at: {at}\n"
    return head + "".join(f"    {line}\n" for line in lines)


NIGHT: Final = one(
    "expect:",
    "  - {channel: data-team, after: 0m}",
    "  - {channel: maria, after: 0m}",
    "  - {channel: leo, after: 0m}",
    "  - {channel: oncall, after: 5m}",
    "  - {channel: management, after: 30m}",
)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk.at(tmp_path, monkeypatch, capsys)


def judged(desk: Desk, *tests: str) -> list[bool]:
    """Return which of these tests pass."""
    desk.tests(f"{JOBS}tests:\n{''.join(tests)}")
    done = desk.run("test", "--json")
    assert "verdicts" in done.json, done.err
    assert done.code == (0 if done.json["failed"] == 0 else 3)
    return [each["passed"] for each in done.json["verdicts"]]


# --- what passes and what fails ---------------------------------------------------------------------------------------
def test_everybody_who_is_told_is_expected(desk: Desk) -> None:
    assert judged(desk, NIGHT) == [True]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("  - {channel: oncall, after: 5m}", "  - {channel: oncall, after: 6m}", id="another time"),
        pytest.param("      - {channel: oncall, after: 5m}\n", "", id="one too many is told"),
        pytest.param("{channel: oncall, after: 5m}", "{channel: info, after: 5m}", id="another channel"),
        pytest.param("{channel: oncall, after: 5m}", "{channel: oncall, after: 5m, on: late}", id="another outcome"),
        pytest.param(
            "{channel: oncall, after: 5m}", "{channel: oncall, at: 2026-01-03T03:06}", id="another clock time"
        ),
        pytest.param("      - {channel: oncall", "      - oncall\n      - {channel: oncall", id="twice"),
    ],
)
def test_exact_is_exact(desk: Desk, before: str, after: str) -> None:
    assert before in NIGHT
    assert judged(desk, NIGHT.replace(before, after)) == [False]


def test_an_expectation_may_leave_the_time_open_or_name_the_clock(desk: Desk) -> None:
    assert judged(
        desk,
        NIGHT.replace("{channel: oncall, after: 5m}", "oncall"),
        NIGHT.replace("at 2026", "again, at 2026").replace("after: 5m", "at: 2026-01-03T08:05Z, on: failure"),
    ) == [True, True]


def test_at_least_and_never(desk: Desk) -> None:
    assert judged(
        desk,
        one("expect_at_least: [oncall]", at="2026-01-03T03:00"),
        one("expect_at_least: [info]", at="2026-01-03T03:01"),
        one("never: [info]", at="2026-01-03T03:02"),
        one("never: [info, oncall]", at="2026-01-03T03:03"),
        one("expect_at_least: [oncall]", "never: [management]", at="2026-01-03T03:04"),
    ) == [True, False, True, False, False]


def test_nobody_is_nobody_and_metrics_do_not_count(desk: Desk) -> None:
    assert judged(
        desk,
        one("expect: nobody", job="CI"),
        one("expect: nobody", job="Daily Revenue"),
        one("expect: [{channel: datadog, after: 0m}]", job="CI", on="cancelled"),
        one("expect_at_least: [oncall]", "never: [datadog]", job="Daily Revenue", at="2026-01-03T03:01"),
    ) == [True, False, True, False]


def test_what_is_given_counts(desk: Desk) -> None:
    late = one("given: {late_by: 45m}", "expect: [management]", job="Daily Ledger", on="late", at="2026-03-02T09:00")
    assert judged(
        desk,
        one("given: {acknowledged_after: 2m}", "never: [oncall]"),
        one("given: {resolved_after: 2m}", "never: [oncall, management]", at="2026-01-03T03:01"),
        one("given: {failures_before: 2}", "expect_at_least: [oncall]", job="Daily Ledger", at="2026-03-02T03:00"),
        one("given: {failures_before: 1}", "never: [oncall]", job="Daily Ledger", at="2026-03-02T03:01"),
        late,
        late.replace("45m", "15m").replace("ends", "does not end"),
        one(
            "given: {failures_before: 1, incident_open_for: 20m}",
            "expect: [{channel: data-team, on: recovered}]",
            on="success",
        ),
    ) == [True, True, True, True, True, False, True]


def test_an_incident_was_told_by_the_tier_that_it_was_promoted_to(desk: Desk) -> None:
    promoted = "given: {failures_before: 3, incident_open_for: 1h, incident_tier: critical}"
    own = "given: {failures_before: 3, incident_open_for: 1h}"
    assert judged(
        desk,
        one(promoted, "expect: nobody", job="Daily Orders", at="2026-03-02T03:00"),
        one(own, "expect_at_least: [oncall]", job="Daily Orders", at="2026-03-02T03:01"),
    ) == [True, True]


def test_a_mute_holds_until_its_day(desk: Desk) -> None:
    assert judged(
        desk,
        one("expect: nobody", job="Daily Ledger", at="2026-01-30T10:00"),
        one("expect: [data-team]", job="Daily Ledger", at="2026-02-02T10:00"),
    ) == [True, True]


# --- what people read -------------------------------------------------------------------------------------------------
def test_a_failing_test_reads_like_this(desk: Desk, snapshot: SnapshotAssertion) -> None:
    spared = "    given: {acknowledged_after: 4m}\n    expect:"
    wrong = NIGHT.replace("data-team, after: 0m", "data-team, after: 1m").replace("    expect:", spared)
    held = one("expect: [data-team, info]", "never: [oncall]", job="Daily Ledger", at="2026-03-07T03:00")
    desk.tests(f"{JOBS}tests:\n{wrong}{held}{one('never: [info]', job='CI')}")
    done = desk.run("test")
    assert done.code == 3
    assert done.out == snapshot


def test_what_no_relay_tells_yet_is_said_and_only_where_something_is_relayed(desk: Desk) -> None:
    note = "No relay is part of this release"
    desk.tests(f"{JOBS}tests:\n{NIGHT}")
    assert note in desk.run("test").out
    assert [each[: len(note)] for each in desk.run("test", "--json").json["notes"]] == [note]
    desk.tests(f"{JOBS}tests:\n{one('expect: nobody', job='CI')}")
    assert note not in desk.run("test").out


def test_junit_tells_the_same(desk: Desk) -> None:
    desk.tests(f"{JOBS}tests:\n{NIGHT}{one('never: [oncall]', at='2026-01-03T04:00')}")
    assert desk.run("test", "--junit", "out.xml").code == 3
    (suite,) = JUnitXml.fromfile("out.xml")
    good, bad = suite
    assert good.name == "Daily Revenue ends with failure at 2026-01-03T03:00"
    assert good.result == []
    (failure,) = bad.result
    assert failure.message == "policies/tests/all.yml:18: oncall forbidden"
    assert "policies/data.yml:35" in (failure.text or "")


def test_junit_that_cannot_be_written_is_an_error(desk: Desk) -> None:
    desk.tests(f"{JOBS}tests:\n{NIGHT}")
    done = desk.run("test", "--junit", "no/such/folder.xml")
    assert (done.code, "cannot be written" in done.err) == (1, True)


# --- which tests ------------------------------------------------------------------------------------------------------
def test_a_file_alone_knows_the_jobs_of_its_neighbours(desk: Desk) -> None:
    desk.tests(JOBS, file="policies/tests/jobs.yml")
    desk.tests(f"tests:\n{NIGHT}", file="policies/tests/deep/nights.yml")
    desk.tests(f"tests:\n{one('expect: nobody')}", file="policies/tests/wrong.yml")
    assert desk.run("test", "--json").json["tests"] == 2
    for path in ("policies/tests/deep/nights.yml", "policies/tests/jobs.yml"):
        done = desk.run("test", path, "--json").json
        assert (path, done.get("failed")) == (path, 0)
    assert desk.run("test", "policies/tests/wrong.yml").code == 3
    assert desk.run("test", "policies/tests", "--json").json["failed"] == 1


def test_no_tests_are_said_and_an_error_only_where_some_were_meant(desk: Desk) -> None:
    done = desk.run("test")
    assert (done.code, done.out.startswith("No tests")) == (0, True)
    assert desk.run("test", "policies").code == 3
    Path("policies/tests").mkdir()
    assert desk.run("test").code == 0


def test_with_a_snapshot_the_jobs_are_the_accounts(desk: Desk) -> None:
    desk.tests("tests:\n" + one("expect_at_least: [oncall]", job="{name: Daily Revenue, project: Finance}"))
    assert desk.run("test").code == 3
    assert desk.run("test", "--live", "live.json").code == 0


def test_the_example_company_keeps_its_word(desk: Desk) -> None:
    done = desk.run("test", str(shipped(Shipped.POLICIES)), "--json")
    assert (done.code, done.json["failed"]) == (0, 0), done.out
    assert done.json["tests"] >= 12


# --- mistakes ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("test: []", "did you mean `tests`?"),
        ("tests: {a: 1}", "this must be a list"),
        ("tests:\n" + NIGHT.replace("on: failure", "on: failur"), "did you mean `failure`?"),
        ("tests:\n" + NIGHT.replace("on: failure", "on: skipped"), "a run is never skipped"),
        ("tests:\n" + NIGHT.replace("oncall", "oncal"), "did you mean `oncall`?"),
        ("tests:\n" + NIGHT.replace("{channel: oncall", "{chanel: oncall"), "did you mean `channel`?"),
        ("tests:\n" + NIGHT.replace("5m", "5"), "write `5m` for minutes"),
        ("tests:\n" + NIGHT.replace("after: 5m", "after: 5m, at: 2026-01-03T04:00"), "a message has one time"),
        ("tests:\n" + NIGHT.replace("at: 2026-01-03", "at: 2026-13-03"), "this is not a time"),
        ("tests:\n" + one("never: [oncall]", at="2026-03-08T02:30"), "this time does not exist"),
        ("tests:\n" + one(), "the test expects nothing"),
        ("tests:\n" + one("expect: oncall"), "write `[oncall]`"),
        ("tests:\n" + one("expect: nobody", "expect_at_least: [oncall]"), "who is told is said once"),
        ("tests:\n" + one("never: [oncal]"), "did you mean `oncall`?"),
        ("tests:\n" + one("expect: nobody", "given: {late_by: 5m}"), "only what is late"),
        ("tests:\n" + one("expect: nobody", "given: {incident_tier: critical}"), "an incident that is not open"),
        (
            "tests:\n" + one("expect: nobody", "given: {incident_open_for: 1h, incident_tier: hih}"),
            "did you mean `high`?",
        ),
        ("tests:\n" + one("expect: nobody", "given: {failed: {model: a, test: b}}"), "what failed is one thing"),
        ("tests:\n" + one("expect: nobody", job="Dayly Revenue"), "did you mean Daily Revenue?"),
        ("tests:\n" + one("expect: nobody", job='"Daily *"'), "means 3 jobs"),
        ("tests:\n" + NIGHT + NIGHT, "two tests are called"),
        ("tests:\n" + NIGHT.replace("5m", "&a 5m").replace("- {channel: management", "- *b"), "an alias of nothing"),
        ("tests:\n" + one("expect: nobody", job="!!python/object:os.system x"), "tags are not read"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_a_way_out(desk: Desk, text: str, says: str) -> None:
    desk.tests(JOBS, file="policies/tests/jobs.yml")
    desk.tests(text)
    done = desk.run("test")
    assert (done.code, done.out) == (3, "")
    assert says in done.err
    assert done.err.startswith("policies/tests/all.yml:")


def test_every_mistake_is_told_at_once(desk: Desk) -> None:
    desk.tests(JOBS + "  - {project: Finance, name: Daily Revenue}\n", file="policies/tests/jobs.yml")
    desk.tests("tests:\n" + NIGHT.replace("oncall", "oncal").replace("2026-01", "2026-21"))
    desk.tests("tests: [", file="policies/tests/broken.yml")
    done = desk.run("test")
    assert done.code == 3
    assert "is made up twice" in done.err
    assert "policies/tests/broken.yml:1" in done.err
    assert "there is no channel called `oncal`" in done.err
    assert "this is not a time" in done.err


def test_what_the_folder_holds_besides_files_is_an_error_too(desk: Desk) -> None:
    Path("policies/tests/dir.yml").mkdir(parents=True)
    assert "a folder is named like a policy file" in desk.run("test").err
    Path("policies/tests/dir.yml").rmdir()
    Path("elsewhere").mkdir()
    Path("elsewhere/x.yml").write_text(f"tests:\n{NIGHT}", encoding="utf-8")
    Path("policies/tests").rmdir()
    Path("policies/tests").symlink_to(Path("elsewhere").resolve())
    assert "a link leaves the policy's folder" in desk.run("test").err


def test_contradicting_rules_are_refused_as_plan_does(desk: Desk) -> None:
    other = "team: growth\njobs:\n  - {match: {project: Finance, name: Daily Revenue}, tier: low}\n"
    Path("policies/growth.yml").write_text(other, encoding="utf-8")
    desk.tests(f"{JOBS}tests:\n{NIGHT}")
    done = desk.run("test")
    assert (done.code, "of 2 teams" in done.err) == (3, True)


def test_a_policy_with_tests_is_read_without_them(desk: Desk) -> None:
    desk.tests("this is: [not a policy")
    assert desk.run("explain", "job", "101", "--live", "live.json").code == 0
