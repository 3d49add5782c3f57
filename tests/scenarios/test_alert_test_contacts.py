"""What the contacts ask for in the policy's files: a renamed channel, a person with a new address, as a patch."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.alert_lab import AlertDesk

POLICY = """\
channels:
  maria: {type: dbt_user, email: maria@acme.example}   # she answers for revenue
  room: {type: dbt_slack, channel_id: C0123456789, channel_name: "#old-name", linked_by: platform@acme.example}
notifications:
  - {to: [maria, room], on: [failure], jobs: {project: Finance, name: Daily Revenue}}
"""


@pytest.fixture
def desk(alert_desk: AlertDesk) -> AlertDesk:
    alert_desk.policy(POLICY)
    return alert_desk


def test_a_renamed_channel_is_in_order_and_its_name_comes_as_a_patch(desk: AlertDesk) -> None:
    done = desk.command("alert-test", "contacts", "--channel", "room", "--json")
    (found,) = done.json["evidence"]
    assert found["standing"] == "accepted"
    assert any(line.startswith("+") and '"#data-alerts"' in line for line in done.json["patch"]), done.json
    assert "#old-name" in Path("policies/alerts.yml").read_text()
    desk.command("alert-test", "contacts", "--channel", "room", "--write-edits")
    text = Path("policies/alerts.yml").read_text()
    assert '"#data-alerts"' in text
    assert "# she answers for revenue" in text
    assert desk.command("alert-test", "contacts", "--channel", "room", "--json").json["patch"] == []


def test_a_person_with_a_new_address_comes_as_a_patch(desk: AlertDesk) -> None:
    control = desk.sandbox.control
    maria = next(each for each in control.rows("users") if each["email"] == "maria@acme.example")
    control.put("users", {**{k: v for k, v in maria.items() if k != "id"}, "email": "maria.lopez@acme.example"})
    control.change("users", maria["id"], is_active=False)
    done = desk.command("alert-test", "contacts", "--channel", "maria", "--json")
    assert done.code == 6
    added = [line for line in done.json["patch"] if line.startswith("+ ")]
    assert added == ['+  maria: {type: dbt_user, email: "maria.lopez@acme.example"}   # she answers for revenue']


def test_others_webhooks_are_called_only_where_the_user_says_so(desk: AlertDesk) -> None:
    quiet = desk.command("alert-test", "webhooks", "--json")
    assert quiet.json["evidence"] == []
    assert any("--third-party" in each for each in quiet.json["skipped"])
    loud = desk.command("alert-test", "webhooks", "--third-party", "--wait", "1", "--json")
    assert {each["stage"] for each in loud.json["evidence"]} == {"webhooks"}
    called = [each["answer"] for each in loud.json["evidence"] if each["seconds"] is not None]
    assert called
    assert all("not sent: the sandbox delivers to loopback only" in each for each in called)


def test_a_reading_token_tests_everything_else_and_reports_it(desk: AlertDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = '  - {name: lineage, url: "https://x.acme.example/", on: [completed], jobs: {project: Finance}, '
    desk.policy(POLICY + "webhooks:\n" + hook + "secret_sink: {store: file, path: lineage.secret}}\n")
    reads = desk.sandbox.control.add_token(permission="account_viewer")["token"]
    monkeypatch.setenv("DBT_CLOUD_TOKEN", reads)
    done = desk.command("alert-test", "contacts", "render", "deliver", "webhooks", "--json")
    assert done.code == 6, done.err
    found = {(each["route"], each["stage"]): each for each in done.json["evidence"]}
    assert "`webhooks_only`" in found["webhook:default/lineage", "webhooks"]["fix"]
    assert {stage for _, stage in found} == {"contacts", "webhooks"}


def test_a_channel_that_nothing_uses_is_named(desk: AlertDesk) -> None:
    desk.policy(POLICY.replace("channels:\n", "channels:\n  phone: {type: slack, url: $SLACK_CRITICAL_URL}\n"))
    assert "left out: phone: nothing in the policy uses it" in desk.command("alert-test", "contacts").out
    done = desk.command("alert-test", "contacts", "--channel", "phone")
    assert done.code == 6
    assert "left out: phone: nothing in the policy uses it" in done.out
    assert "phone" not in desk.command("alert-test", "contacts", "--channel", "maria").out


@pytest.mark.parametrize("option", ["--html", "--output"])
def test_a_report_that_cannot_be_written_is_refused_before_anything_is_done(desk: AlertDesk, option: str) -> None:
    done = desk.command("alert-test", "contacts", option, "nowhere/report")
    assert (done.code, "nowhere/report cannot be written" in done.err) == (64, True)
    assert not Path(".dbt-alerts/evidence.jsonl").exists()
