"""The account-level Slack app (type 5) at the command line: its rows are made, adopted and emptied like any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox import RunningSandbox
from tests.cli.conftest import Run

HEAD = """\
version: 1
manager: acme-data-alerts
account: {id: $DBT_CLOUD_ACCOUNT_ID, host: $DBT_CLOUD_HOST, token: $DBT_CLOUD_TOKEN}
"""
OWNER = "platform@acme.example"


def declare(
    *, channel: str = "C0777777777", owner: str | None = OWNER, told: bool = True, linked: bool = False
) -> None:
    by = f", owner: {owner}" if owner else ""
    channels = f"  app: {{type: dbt_slack_app, channel_id: {channel}, channel_name: '#incidents'{by}}}\n"
    to = "app"
    if linked:
        channels += (
            f"  linked: {{type: dbt_slack, channel_id: {channel}, channel_name: '#incidents', linked_by: {OWNER}}}\n"
        )
        to = "[app, linked]"
    rule = (
        f"notifications:\n  - {{to: {to}, on: failure, jobs: {{environment: {{type: production}}}}}}\n" if told else ""
    )
    Path("policies/alerts.yml").write_text(f"{HEAD}channels:\n{channels}{rule}")


def rows(sandbox: RunningSandbox, channel: str = "C0777777777") -> list[dict[str, Any]]:
    return [each for each in sandbox.control.rows("notifications") if each["slack_channel_id"] == channel]


@pytest.mark.parametrize("channel", ["C0777777777", "G0777777777"])
def test_a_row_is_made_whole_public_or_private(run: Run, sandbox: RunningSandbox, channel: str) -> None:
    declare(channel=channel)
    assert run("apply").code == 0
    (row,) = rows(sandbox, channel)
    users = {each["id"]: each["email"] for each in sandbox.control.rows("users")}
    assert (row["type"], row["slack_channel_name"], users[row["user_id"]]) == (5, "#incidents", OWNER)
    assert row["external_email"] is None
    assert row["on_failure"]
    assert run("plan", "--detailed-exitcode").code == 0


def test_the_plan_says_what_must_be_true_in_slack_once(run: Run) -> None:
    declare()
    said = "is told through the account's Slack app: it must be in the one workspace that the account has linked"
    assert run("plan").out.count(said) == 1
    run("apply")
    assert said not in run("plan").out, "said when somebody starts being told, not for ever"


def test_without_an_owner_a_new_row_is_blocked_with_the_line_to_write(run: Run, sandbox: RunningSandbox) -> None:
    declare(owner=None)
    plan = run("plan")
    assert "lacks `owner`, the e-mail of the dbt Cloud user who stands for it" in plan.out
    assert run("apply").code == 6
    assert rows(sandbox) == []


def test_a_row_that_is_there_is_adopted_and_keeps_its_user(run: Run, sandbox: RunningSandbox) -> None:
    declare()
    run("apply")
    before = rows(sandbox)
    Path(".dbt-alerts/ledger.json").unlink()
    declare(owner=None)
    assert "already told, from now on ours" in run("plan").out
    sandbox.control.clear_log()
    assert run("apply").code == 0
    assert rows(sandbox) == before
    assert [each["path"] for each in sandbox.control.log() if each["method"] != "GET"] == []


def test_what_nothing_wants_any_more_is_taken_out_of_the_row(run: Run, sandbox: RunningSandbox) -> None:
    declare()
    run("apply")
    declare(told=False)
    guards = run("plan", "--json").json["guards"]
    allowances = [part for guard in guards if guard["allow"] for part in ("--allow", guard["allow"])]
    assert run("apply", *allowances).code == 0
    assert [row["on_failure"] for row in rows(sandbox)] == [[]]


def test_one_channel_through_both_apps_is_two_recipients_and_the_plan_says_so(
    run: Run, sandbox: RunningSandbox
) -> None:
    declare(linked=True)
    plan = run("plan")
    assert "the policy uses both of dbt Cloud's Slack apps" in plan.out
    assert run("apply").code == 0
    assert sorted(row["type"] for row in rows(sandbox)) == [2, 5]
    assert run("plan", "--detailed-exitcode").code == 0
