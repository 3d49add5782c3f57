"""`dbt-alerts lint` as people and CI meet it."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest

from reconciler.lint.registry import RULES
from tests.cli.conftest import Run

POLICY = """\
version: 1
manager: acme-data-alerts
account: {id: 70403103916842, host: "https://ab123.us1.dbt.com", token: $DBT_CLOUD_TOKEN}
relay: {url: "http://alerts.acme.example/dbt"}
"""
HOOK = "https://hooks.slack.com/services/T00000000/B00000000/not-a-real-hook"
SARIF = Path(__file__).parents[1] / "fixtures" / "sarif" / "sarif-schema-2.1.0.json"


@pytest.fixture
def policies(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a policy with one finding, an error, and no variable of the account set."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    for name in ("DBT_CLOUD_HOST", "DBT_CLOUD_ACCOUNT_ID", "DBT_CLOUD_TOKEN"):
        monkeypatch.delenv(name)
    (tmp_path / "policies" / "alerts.yml").write_text(POLICY, encoding="utf-8")
    return tmp_path / "policies"


def add(policies: Path, text: str, name: str = "more.yml") -> Path:
    (policies / name).write_text(text, encoding="utf-8")
    return policies / name


def found(run: Run, *arguments: str) -> list[tuple[str, str]]:
    """Return rule and place of each finding."""
    told = run("lint", "--json", *arguments).json["findings"]
    return [(each["rule"], f"{Path(each['file']).name}:{each['line']}:{each['column']}") for each in told]


def test_a_finding_is_told_with_its_line_a_caret_and_what_to_do(run: Run, policies: Path) -> None:
    result = run("lint", "--select", "https-only")
    assert result.code == 3
    assert result.out == (
        "policies/alerts.yml:4:1: error[https-only] relay is told over http, which anybody on the way can read\n"
        '  4 | relay: {url: "http://alerts.acme.example/dbt"}\n'
        "    | ^\n"
        "    found:    http://alerts.acme.example\n"
        "    expected: https://alerts.acme.example\n"
        "    fix:      write `https://`, once the receiver answers there\n"
        "    why:      docs/reference/rules/https-only.md\n"
        "\n"
        "1 error; 1 rule asked.\n"
    )


def test_a_policy_without_findings_says_so_and_exits_0(run: Run, policies: Path) -> None:
    result = run("lint", "--select", "literal-secret")
    assert (result.code, result.out) == (0, "Nothing found; 1 rule asked.\n")


def test_warnings_fail_only_where_that_is_asked(run: Run, policies: Path) -> None:
    add(policies, "rules: {https-only: warn}\n")
    assert run("lint").code == 0
    assert run("lint", "--strict").code == 3


def test_a_rule_that_there_is_not_is_a_usage_error(run: Run, policies: Path) -> None:
    result = run("lint", "--ignore", "https-onyl")
    assert result.code == 64
    assert "did you mean https-only?" in result.err


def test_two_forms_and_two_kinds_of_live_are_one_too_many(run: Run, policies: Path) -> None:
    assert run("lint", "--json", "--format", "sarif").code == 64
    assert run("lint", "--online", "--live", "snapshot.json").code == 64


def test_what_keeps_the_files_from_being_a_policy_is_a_finding_too(run: Run, policies: Path) -> None:
    add(policies, "channels:\n  x: {type: pidgeon}\n")
    result = run("lint")
    assert result.code == 3
    assert "policies/more.yml:2:13: error[invalid-policy]" in result.out
    assert "  2 |   x: {type: pidgeon}\n    |             ^\n" in result.out
    assert found(run, "--ignore", "invalid-policy") == [("invalid-policy", "more.yml:2:13")]


def test_a_calendar_of_no_country_is_found_without_a_plan(run: Run, policies: Path) -> None:
    add(policies, "calendars: {here: {country: QQ}}\n")
    assert ("invalid-policy", "more.yml") in [(rule, place.partition(":")[0]) for rule, place in found(run)]


def test_a_file_alone_is_checked_alone(run: Run, policies: Path) -> None:
    alone = add(policies, "notifications:\n  - {to: somebody, on: [failure], jobs: {project: Finance}}\n")
    assert found(run, str(alone)) == [("policy-warning", "more.yml:2:10")]


def test_nothing_found_is_not_said_of_rules_that_were_not_asked(run: Run, policies: Path) -> None:
    result = run("lint")
    assert "Without live, " in result.out
    assert "departed-user" in result.out
    assert "departed-user" in run("lint", "--json").json["not_judged"]


# --- live -----------------------------------------------------------------------------------------------------------
def test_live_is_read_from_a_snapshot_or_from_dbt_cloud(run: Run, tmp_path: Path) -> None:
    assert run("snapshot", "--out", "live.json").code == 0
    for way in (["--live", "live.json"], ["--online"]):
        document = run("lint", "--json", *way).json
        assert document["not_judged"] == []
        assert "departed-user" in document["judged"]


def test_dbt_cloud_is_not_asked_about_files_without_an_account(run: Run, policies: Path) -> None:
    alone = add(policies, "channels: {maria: {type: dbt_user, email: maria@acme.example}}\n")
    result = run("lint", "--online", str(alone))
    assert result.code == 64
    assert "--online needs the account" in result.err


# --- secrets --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "junit"])
def test_no_form_shows_a_secret(run: Run, policies: Path, form: str) -> None:
    add(policies, f'channels:\n  hook: {{type: slack, url: "{HOOK}"}}  # dbt-alerts: ignore[none]\n')
    result = run("lint", "--format", form)
    assert result.code == 3
    assert "literal-secret" in result.out
    assert "not-a-real-hook" not in result.out + result.err


def test_a_file_that_is_no_policy_shows_no_secret_either(run: Run, policies: Path) -> None:
    add(policies, f'channels:\n  hook: {{type: slack, url: "{HOOK}", colour: red, token: xoxb-1, password: hunter2}}\n')
    result = run("lint")
    assert "2 |   hook: {type: slack" in result.out
    assert "not-a-real-hook" not in result.out
    assert "hunter2" not in result.out


def test_sarif_offers_no_fix_that_would_show_a_secret_between_its_two_places(run: Run, policies: Path) -> None:
    """The file is uploaded, and read by more people than the repository."""
    between = "smtp: {host: smtp.acme.example, port: 587, password: %s, from: a@acme.example}\n"
    text = POLICY.replace("http:", "https:") + (
        "channels: {maria: {type: dbt_user, email: maria@acme.example}}\n"
        + between
        + 'webhooks:\n  - {name: hook, url: "https://events.pagerduty.com/v2/enqueue", on: [errored], '
        "jobs: {project: Finance}, secret_sink: {store: file, path: .dbt-alerts/hook.secret}}\n"
    )

    def fixes(password: str) -> list[object]:
        add(policies, text.replace("%s", password), name="alerts.yml")
        printed = run("lint", "--format", "sarif", "--select", "direct-to-vendor").out
        assert "hunter2" not in printed
        return json.loads(printed)["runs"][0]["results"][0].get("fixes", [])

    assert fixes("$SMTP_PASSWORD") != []
    assert fixes("hunter2hunter2") == []


# --- forms ----------------------------------------------------------------------------------------------------------
def test_json_has_the_result_the_counts_and_every_finding(run: Run, policies: Path) -> None:
    document = run("lint", "--json", "--select", "https-only").json
    assert (document["result"], document["exit_code"]) == ("policy", 3)
    assert document["counts"] == {"error": 1, "warn": 0, "info": 0, "excused": 0, "baselined": 0}
    assert document["findings"][0]["subject"] == "relay"
    assert document["findings"][0]["page"] == "docs/reference/rules/https-only.md"


def test_sarif_is_what_its_official_schema_describes(run: Run, policies: Path) -> None:
    add(
        policies,
        """\
        rules: {https-only: {baseline: known-baseline.yml}}
        channels:
          # dbt-alerts: ignore[literal-secret] a drill
          hook: {type: slack, url: "https://hooks.slack.com/services/T0/B0/x"}
          maria: {type: dbt_user, email: maria@acme.example}
        notifications:
          - {to: maria, on: [run.error], jobs: {project: Finance}}
        """,
        name="mehr & mehr.yml",
    )
    add(policies, "https-only: [relay]\n", name="known-baseline.yml")
    document = json.loads(run("lint", "--format", "sarif", "--sarif-suppressed").out)
    official = SARIF.read_text(encoding="utf-8").replace("{2}]?$", "{2}$")  # no regular expression to a strict engine
    jsonschema_rs.Draft7Validator(json.loads(official)).validate(document)
    results = {each["ruleId"]: each for each in document["runs"][0]["results"]}
    assert results["https-only"]["suppressions"][0]["kind"] == "external"
    assert results["literal-secret"]["suppressions"] == [{"kind": "inSource", "justification": "a drill"}]
    assert results["policy-warning"]["level"] == "warning"
    place = results["policy-warning"]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "policies/mehr%20%26%20mehr.yml"
    (fix,) = results["policy-warning"]["fixes"]
    (replacement,) = fix["artifactChanges"][0]["replacements"]
    assert replacement["deletedRegion"]["startLine"] == place["region"]["startLine"]
    named = {rule["id"] for rule in document["runs"][0]["tool"]["driver"]["rules"]}
    assert results.keys() <= named
    (plain,) = json.loads(run("lint", "--format", "sarif").out)["runs"]
    assert {each["ruleId"] for each in plain["results"]} == results.keys() - {"https-only", "literal-secret"}
    (ran,) = plain["invocations"]
    not_asked = [each["associatedRule"]["id"] for each in ran["toolExecutionNotifications"]]
    assert not_asked == [rule.id for rule in RULES if rule.needs_live]


def test_a_fingerprint_outlives_a_line_that_moves(run: Run, policies: Path) -> None:
    def prints() -> set[str]:
        (ran,) = json.loads(run("lint", "--format", "sarif").out)["runs"]
        return {each["partialFingerprints"]["ruleAndSubject/v1"] for each in ran["results"]}

    before = prints()
    add(policies, "\n\n" + POLICY, name="alerts.yml")
    assert prints() == before


def test_annotations_name_the_file_from_the_root_of_the_repository(
    run: Run, policies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(policies.parent))
    monkeypatch.chdir(policies)
    result = run("lint", ".", "--format", "github", "--select", "https-only")
    assert result.out.startswith("::error file=policies/alerts.yml,line=4,col=1,title=https-only::relay is told over")
    assert "%0Afound: http://alerts.acme.example%0Aexpected" in result.out


def test_in_actions_the_text_is_followed_by_annotations(
    run: Run, policies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(policies.parent))
    lines = run("lint", "--select", "https-only").out.splitlines()
    assert lines[0].startswith("policies/alerts.yml:4:1: error[https-only]")
    assert lines[-1].startswith("::error file=policies/alerts.yml")


def test_a_hostile_name_ends_no_annotation(run: Run, policies: Path) -> None:
    add(policies, "rules: {}\nnotifications: [{to: x, on: [failure], jobs: all}]\n", name="a,line=1::x%0A.yml")
    result = run("lint", "--format", "github")
    assert "file=policies/a%2Cline=1%3A%3Ax%250A.yml,line=2" in result.out


def test_junit_has_a_case_for_each_rule(run: Run, policies: Path) -> None:
    suite = ET.fromstring(run("lint", "--format", "junit").out).find("testsuite")  # noqa: S314 - our own text
    assert suite is not None
    cases = {case.get("name"): [child.tag for child in case] for case in suite}
    assert cases["https-only"] == ["failure"]
    assert cases["literal-secret"] == []
    assert cases["departed-user"] == ["skipped"]


def test_a_file_gets_the_form_and_the_log_the_text(run: Run, policies: Path) -> None:
    result = run("lint", "--format", "sarif", "--output", "lint.sarif")
    assert "policies/alerts.yml:4:1: error[https-only]" in result.out
    assert json.loads(Path("lint.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"


def test_an_output_that_cannot_be_written_is_a_failure_with_a_way_out(run: Run, policies: Path) -> None:
    result = run("lint", "--format", "sarif", "--output", "nowhere/lint.sarif")
    assert result.code == 1
    assert "give `--output` a file" in result.err


# --- fixes ----------------------------------------------------------------------------------------------------------
FIXABLE = """\
channels:
  maria: {type: dbt_user, email: maria@acme.example}  # Maria
notifications:
  - {to: maria, on: [run.error, success], jobs: {project: Finance}}   # kept
"""


def test_fixes_are_written_and_what_is_left_is_shown(run: Run, policies: Path) -> None:
    path = add(policies, FIXABLE)
    path.chmod(0o640)
    untouched = (policies / "alerts.yml").stat()
    result = run("lint", "--fix")
    assert path.read_text(encoding="utf-8") == FIXABLE.replace("run.error", "failure")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert (policies / "alerts.yml").stat() == untouched
    assert "Fixed 1 finding in policies/more.yml:\n  policies/more.yml:4:22: [policy-warning]" in result.out
    assert "policy-warning" not in result.out.partition("\n\n")[2]
    assert result.code == 3
    assert run("lint", "--fix").out.startswith("Nothing to fix.\n")
    assert sorted(path.name for path in policies.iterdir()) == ["alerts.yml", "more.yml"]


def test_json_says_what_was_fixed(run: Run, policies: Path) -> None:
    add(policies, FIXABLE)
    document = run("lint", "--fix", "--json").json
    assert [each["rule"] for each in document["fixed"]] == ["policy-warning"]
    assert document["not_fixed"] == []


def test_without_the_word_nothing_is_written(run: Run, policies: Path) -> None:
    path = add(policies, FIXABLE)
    assert "(`--fix` does it)" in run("lint").out
    assert path.read_text(encoding="utf-8") == FIXABLE


# --- baselines ------------------------------------------------------------------------------------------------------
def test_a_baseline_is_written_then_holds_then_is_stale_then_is_mended(run: Run, policies: Path) -> None:
    add(policies, "rules: {https-only: {level: error, baseline: known-baseline.yml}}\n")
    assert run("lint").code == 3
    written = run("lint", "--write-baseline")
    assert written.code == 0
    assert written.out.startswith(
        "Wrote policies/known-baseline.yml: 1 added (https-only: relay), 0 taken out, 0 kept.\n"
    )
    baseline = policies / "known-baseline.yml"
    assert baseline.read_text(encoding="utf-8").endswith(
        "https-only:\n  - relay  # relay is told over http, which anybody on the way can read\n"
    )
    assert "(1 in the baseline)" in run("lint").out
    add(policies, POLICY.replace("http://", "https://"), name="alerts.yml")
    assert found(run) == [("stale-baseline", "known-baseline.yml:4:5")]
    assert run("lint", "--write-baseline").code == 0
    assert "relay" not in baseline.read_text(encoding="utf-8")
    assert found(run) == []


def test_who_did_not_look_at_live_takes_nothing_out_of_a_baseline(run: Run, policies: Path) -> None:
    add(policies, "rules: {production-job-covered: {baseline: known-baseline.yml}}\n")
    baseline = add(policies, "production-job-covered:\n  - job 101\n", name="known-baseline.yml")
    run("lint", "--write-baseline")
    assert baseline.read_text(encoding="utf-8").endswith("production-job-covered:\n  - job 101\n")


def test_a_baseline_that_is_there_takes_in_more_only_where_that_is_said(run: Run, policies: Path) -> None:
    add(policies, "rules: {https-only: {level: error, baseline: known-baseline.yml}}\n")
    baseline = add(policies, "https-only: [channel gone]\n", name="known-baseline.yml")
    before = baseline.read_text(encoding="utf-8")
    refused = run("lint", "--write-baseline")
    assert refused.code == 64
    assert "would take in https-only: relay" in refused.err
    assert baseline.read_text(encoding="utf-8") == before
    assert "1 added (https-only: relay), 1 taken out, 0 kept." in run("lint", "--write-baseline", "--add").out


def test_a_rule_that_is_asked_by_name_and_needs_the_account_is_refused_without_it(run: Run) -> None:
    result = run("lint", "--select", "https-only,production-job-covered")
    assert result.code == 64
    assert "production-job-covered can be asked only of the account" in result.err


def test_annotations_name_the_rules_that_were_not_asked(run: Run) -> None:
    assert "::notice title=not asked::production-job-covered and" in run("lint", "--format", "github").out


def test_a_baseline_that_no_rule_names_is_not_written(run: Run, policies: Path) -> None:
    result = run("lint", "--write-baseline")
    assert result.code == 64
    assert "no rule names a baseline" in result.err


def test_a_broken_baseline_is_an_error(run: Run, policies: Path) -> None:
    add(policies, "rules: {https-only: {baseline: ../known-baseline.yml}}\n")
    result = run("lint")
    assert result.code == 3
    assert "error[invalid-policy] the baseline is outside the policy's folder" in result.out


# --- excuses --------------------------------------------------------------------------------------------------------
def test_an_excused_finding_is_counted_and_listed(run: Run, policies: Path) -> None:
    add(
        policies,
        POLICY.replace("relay:", "# dbt-alerts: ignore[https-only] inside the VPN\nrelay:"),
        name="alerts.yml",
    )
    assert run("lint").code == 0
    assert "(1 excused)" in run("lint").out
    (excused,) = run("lint", "--json").json["excused"]
    assert (excused["rule"], excused["reason"]) == ("https-only", "inside the VPN")


TESTED = """\
rules: {unproved-channel: warn}
channels: {mail: {type: email, to: [oncall@acme.example]}}
notifications: [{to: [mail], on: [failure], jobs: {project: Finance}}]
"""


def test_evidence_on_a_branch_is_not_said_to_be_missing(run: Run, policies: Path) -> None:
    """The branch is another clone's business: without `--online` nobody looked."""
    add(policies, TESTED + "ledger: {store: git}\n")
    done = run("lint", "--select", "unproved-channel", "--json")
    assert (done.code, done.json["findings"], done.json["not_judged"]) == (0, [], ["unproved-channel"])
    assert "1 rule not asked: unproved-channel" in run("lint", "--select", "unproved-channel").out


def test_evidence_that_somebody_changed_is_found(run: Run, policies: Path) -> None:
    at = add(policies, TESTED).parent.parent / ".dbt-alerts" / "evidence.jsonl"
    at.parent.mkdir(exist_ok=True)
    at.write_text('{"id":"made up"}\n', encoding="utf-8")
    told = run("lint", "--select", "unproved-channel", "--json").json["findings"]
    assert "not as it was written: line 1 " in told[0]["message"]
    assert "alert-test verify" in told[0]["fix"]
