"""`dbt-alerts render`: what would be sent, to whom routing tells it, without sending and without a secret."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.render_browser import BROWSERS, Look, picture
from reconciler.errors import RuntimeFailure
from tests.cli.explain_desk import Desk, Result

AT = "2026-01-06T08:29"
EVENT = {
    "accountId": 70403103916842,
    "eventId": "wev_1",
    "eventType": "job.run.completed",
    "timestamp": "2026-01-06T13:25:10Z",
    "data": {
        "jobId": "101",
        "jobName": "Daily Revenue",
        "runId": "4711",
        "runStatus": "Error",
        "runStatusCode": 20,
        "runStatusMessage": "None",
        "runStartedAt": "2026-01-06T12:43:00Z",
        "runFinishedAt": "2026-01-06T13:25:00Z",
    },
}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    for name in [name for name in os.environ if name.startswith("DBT_ALERTS_BASE_")]:
        monkeypatch.delenv(name)
    return Desk.at(tmp_path, monkeypatch, capsys)


def rendered(desk: Desk, *arguments: str) -> Result:
    return desk.run("render", *arguments, "--live", "live.json")


def messages(desk: Desk, *arguments: str) -> dict[str, dict[str, Any]]:
    done = rendered(desk, "--job", "Daily Revenue", "--project", "Finance", "--at", AT, *arguments, "--json")
    assert done.code == 0, done.err
    return {f"{each['channel']}/{each['case']}": each for each in done.json["messages"]}


def test_everybody_whom_routing_tells_gets_a_message(desk: Desk) -> None:
    found = messages(desk)
    told = {name for name in found if not name.startswith("datadog")}
    assert told == {"data-team/failure", "oncall/escalation", "management/escalation"}
    assert "+30m" in found["management/escalation"]["when"]


def test_dbt_clouds_own_messages_are_named_and_not_made_up(desk: Desk) -> None:
    done = rendered(desk, "--job", "Daily Revenue", "--project", "Finance", "--channel", "data-team", "--json")
    assert done.json["native"] == ["leo", "maria"]


def test_a_made_up_alert_is_dressed_with_what_the_policy_says(desk: Desk) -> None:
    text = json.dumps(messages(desk, "--channel", "data-team"))
    assert "Revenue dashboard shows stale data" in text
    assert "maria@acme.example" in text
    assert "https://ab123.us1.dbt.com/deploy/70403103916842/projects/1/runs/" in text
    assert "none is named in the policy" in text, "the policy names no runbook, and the message says so"


def test_no_secret_is_needed_and_none_is_shown(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGERDUTY_KEY", "5" * 32)
    monkeypatch.setenv("SLACK_URL", "https://hooks.slack.com/services/T1/B1/secretsecret")
    text = json.dumps(messages(desk))
    assert "secretsecret" not in text
    assert "5" * 32 not in text


def test_a_channel_that_would_not_be_told_can_be_looked_at_all_the_same(desk: Desk) -> None:
    found = messages(desk, "--on", "success", "--channel", "info")
    assert found["info/success"]["when"] == "routing would not tell it"


@pytest.mark.parametrize(("channel", "words"), [("maria", "dbt Cloud writes"), ("nobody", "no such channel")])
def test_what_is_no_relayed_channel_is_refused(desk: Desk, channel: str, words: str) -> None:
    done = rendered(desk, "--job", "Daily Revenue", "--project", "Finance", "--channel", channel)
    assert done.code == 64
    assert words in done.err
    assert "data-team" in done.err


def test_any_case_can_be_looked_at(desk: Desk) -> None:
    found = messages(desk, "--case", "digest", "--channel", "data-team")
    assert "121 of 126 runs succeeded" in json.dumps(found["data-team/digest"])


def test_a_late_message_has_the_job_s_own_deadline(desk: Desk) -> None:
    found = messages(desk, "--on", "late", "--channel", "data-team")
    text = json.dumps(found["data-team/late"])
    assert "Tue 6 Jan 2026, 08:00 EST" in text
    assert "29 min late" in text
    assert "revenue_dashboard" not in text, "the name of the made-up one"


def test_an_escalation_says_who_was_told_of_the_incident_before(desk: Desk) -> None:
    text = json.dumps(messages(desk)["management/escalation"])
    assert "told so far: data-team, oncall" in text.replace("leo, ", "").replace("maria, ", "").replace(
        ", leo", ""
    ).replace(", maria", "")


def test_a_timeout_says_so(desk: Desk) -> None:
    assert "timed out" in json.dumps(messages(desk, "--on", "timeout", "--channel", "data-team"))


def test_a_real_event_is_told_as_it_was(desk: Desk) -> None:
    Path("event.json").write_text(json.dumps(EVENT), encoding="utf-8")
    done = rendered(desk, "--event", "event.json", "--channel", "data-team", "--at", AT, "--json")
    assert done.code == 0, done.err
    assert not done.json["made_up"]
    text = json.dumps(done.json)
    assert "4711" in text
    assert "07:43 EST" in text
    assert "fct_revenue" not in text, "nothing is made up where something real is there"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("[]", "--event event.json: "),
        (
            json.dumps({**EVENT, "eventType": "job.run.started", "data": {**EVENT["data"], "runStatusCode": 3}}),
            "not ended",
        ),  # type: ignore[dict-item]
    ],
    ids=["no event", "not ended"],
)
def test_an_event_that_tells_nothing_is_refused(desk: Desk, body: str, words: str) -> None:
    Path("event.json").write_text(body, encoding="utf-8")
    done = rendered(desk, "--event", "event.json")
    assert done.code == 64
    assert words in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--job", "Daily Revenue", "--event", "event.json", "--on", "failure"),
        ("--job", "Daily Revenue", "--run", "7", "--case", "digest"),
        ("--job", "Daily Revenue", "--dark"),
        ("--job", "Nothing of the Kind"),
        (),
        ("--job", "Old Load"),
    ],
    ids=["event and on", "run and case", "dark without a picture", "no such job", "no job", "outside scope"],
)
def test_what_cannot_be_asked_is_a_usage_error(desk: Desk, arguments: tuple[str, ...]) -> None:
    assert rendered(desk, *arguments).code == 64


def test_the_payload_is_printed_below_a_line_that_says_whose_it_is(desk: Desk) -> None:
    done = rendered(desk, "--job", "Daily Revenue", "--project", "Finance", "--channel", "data-team")
    first, _, rest = done.out.partition("\n")
    assert first == "# data-team (slack, main): at once"
    assert json.loads(rest)["attachments"]


def test_an_override_beside_the_policy_is_used_and_the_rest_stays(desk: Desk) -> None:
    Path("templates/slack").mkdir(parents=True)
    Path("templates/slack/failure.j2").write_text(
        '{% extends "slack/base.j2" %}{% block title %}Oh no: {{ job.name }}{% endblock %}', encoding="utf-8"
    )
    found = json.dumps(messages(desk, "--channel", "data-team"))
    assert "Oh no: Daily Revenue" in found
    assert "Revenue dashboard shows stale data" in found


def test_a_broken_override_is_told_and_another_message_stands_in(desk: Desk) -> None:
    Path("templates/slack").mkdir(parents=True)
    Path("templates/slack/failure.j2").write_text("{{ job.nmae }}", encoding="utf-8")
    done = rendered(desk, "--job", "Daily Revenue", "--project", "Finance", "--channel", "data-team")
    assert done.code == 3
    assert "! the template slack/failure.j2:1 cannot be used" in done.out
    assert "Daily Revenue failed" in done.out


def test_the_page_shows_every_message(desk: Desk) -> None:
    messages(desk, "--html", "page.html")
    page = Path("page.html").read_text(encoding="utf-8")
    for wanted in ("Slack", "PagerDuty", "E-mail", "management", "Made up, and dressed with", "Nothing was sent."):
        assert wanted in page


def test_a_page_that_cannot_be_written_is_a_failure_that_names_the_option(desk: Desk) -> None:
    done = rendered(desk, "--job", "Daily Revenue", "--project", "Finance", "--html", "no/such/folder.html")
    assert done.code == 1
    assert "--html" in done.err


def test_check_finds_a_template_that_breaks_and_a_folder_that_nobody_reads(desk: Desk) -> None:
    Path("templates/slak").mkdir(parents=True)
    Path("templates/common").mkdir()
    Path("templates/common/late.j2").write_text("{{ nothing_of_the_kind }}", encoding="utf-8")
    done = desk.run("render", "--check", "--json")
    assert done.code == 3
    assert done.json["unknown_folders"] == ["slak"]
    assert done.json["broken"]


def test_samples_need_no_policy_and_no_account(desk: Desk) -> None:
    for path in (Path("policies/data.yml"), Path("live.json")):
        path.unlink()
    done = desk.run("render", "--samples", "--case", "late", "--html", "page.html")
    assert done.code == 0, done.err
    for kind in ("slack", "email", "teams", "pagerduty"):
        assert f"# {kind} late: " in done.out
    assert "Messages of a made-up job" in Path("page.html").read_text(encoding="utf-8")


def test_a_picture_needs_a_browser(tmp_path: Path) -> None:
    with pytest.raises(RuntimeFailure, match="chromium") as refused:
        picture("<p>", tmp_path / "x.png", Look(), which=lambda _: None)
    assert "--html" in refused.value.next_step


def test_a_picture_is_as_high_as_the_page(tmp_path: Path) -> None:
    calls: list[list[str]] = []

    def run(command: Any) -> str:  # noqa: ANN401 - what subprocess takes
        calls.append(list(command))
        (tmp_path / "x.png").write_bytes(b"")
        return '<html data-height="1234">'

    picture("<p>", tmp_path / "x.png", Look(width=500, dark=True), which=lambda name: f"/bin/{name}", run=run)
    assert "--window-size=500,1234" in calls[1]
    assert calls[0][0] == f"/bin/{BROWSERS[0]}"
    assert any("preferredColorScheme=0" in each for each in calls[1])


def test_a_browser_that_draws_nothing_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(RuntimeFailure, match="no picture"):
        picture("<p>", tmp_path / "x.png", Look(), which=lambda name: name, run=lambda _: "")
