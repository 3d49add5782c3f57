"""`dbt-alerts ledger` on a file: what people read, what scripts get. tests/scenarios has it on a branch."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest
from syrupy.assertion import SnapshotAssertion

from reconciler.sandbox import RunningSandbox
from tests.cli.conftest import Run

LEDGER = Path(".dbt-alerts/ledger.json")


def plain(text: str) -> str:
    """Take out what differs from run to run: host, account, times, people, commits, digests."""
    text = re.sub(r"127\.0\.0\.1:\d+", "HOST", text)
    text = re.sub(r"account \d+", "account N", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.+]+ \S+:", "TIME SOMEBODY:", text)
    return re.sub(r"user:\d+", "user:ID", re.sub(r", commit [0-9a-f]{12}", "", text))


def test_show_tells_who_owns_what_and_who_wrote_last(run: Run, snapshot: SnapshotAssertion) -> None:
    assert "It is empty" in run("ledger", "show").out
    assert run("apply", "--yes").code == 0
    assert plain(run("ledger", "show").out) == snapshot


def test_show_needs_no_token(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBT_CLOUD_TOKEN")
    assert run("ledger", "show").code == 0


def test_show_as_json_counts_by_team_recipient_and_outcome(run: Run) -> None:
    run("apply", "--yes")
    shown = run("ledger", "show", "--json").json
    (owned,) = shown["owned"]
    ledger = json.loads(LEDGER.read_text())
    edges = sum(len(row[-1]) for row in ledger["claims"])
    assert sum(owned["outcomes"].values()) == edges
    assert (owned["team"], owned["channel"], shown["lease"]) == ("default", "maria", None)
    assert (shown["result"], shown["exit_code"], shown["empty"]) == ("success", 0, False)
    assert shown["others"] == {"shared": False, "managers": []}


def test_the_log_is_short_unless_all_of_it_is_asked_for(run: Run) -> None:
    run("apply", "--yes")
    ledger = json.loads(LEDGER.read_text())
    ledger["log"] = [{**ledger["log"][0], "what": f"write {number}"} for number in range(9)]
    LEDGER.write_text(json.dumps(ledger))
    assert [each["what"] for each in run("ledger", "show", "--json").json["log"]] == [f"write {n}" for n in range(4, 9)]
    assert len(run("ledger", "show", "--json", "--log").json["log"]) == 9


def test_verify_is_quiet_about_a_sound_one(run: Run) -> None:
    run("apply", "--yes")
    ended = run("ledger", "verify", "--detailed-exitcode")
    assert (ended.code, ended.out) == (0, "The ledger is sound.\n")


def test_verify_says_what_was_taken_away_and_what_to_do(run: Run, sandbox: RunningSandbox) -> None:
    run("apply", "--yes")
    taken = [row for row in sandbox.control.rows("notifications") if row["on_cancel"]]
    dump = sandbox.control.dump()
    for row in dump["tables"]["notifications"]:
        if row["id"] in {each["id"] for each in taken}:
            row["on_cancel"] = []
    sandbox.control.load(dump)
    assert run("ledger", "verify").code == 0
    ended = run("ledger", "verify", "--detailed-exitcode")
    assert ended.code == 2
    assert "no longer in dbt Cloud" in ended.out
    assert "Next step: somebody took them away" in ended.out
    document = run("ledger", "verify", "--json").json
    assert (document["sound"], [each["kind"] for each in document["findings"]]) == (False, ["not-live"])


def test_verify_plans_from_a_snapshot_too(run: Run) -> None:
    run("apply", "--yes")
    run("snapshot", "--out", "live.json")
    assert run("ledger", "verify", "--live", "live.json", "--detailed-exitcode").code == 0


@pytest.mark.parametrize("command", ["show", "verify"])
def test_a_damaged_ledger_is_a_failure(run: Run, command: str) -> None:
    run("apply", "--yes")
    LEDGER.write_text("{")
    ended = run("ledger", command, "--json")
    assert (ended.code, ended.json["result"]) == (1, "failure")
    assert "damaged" in ended.json["message"]


def test_rebuild_restores_what_policy_and_live_both_have(run: Run, sandbox: RunningSandbox) -> None:
    run("apply", "--yes")
    owned = run("ledger", "show", "--json").json["owned"]
    LEDGER.unlink()
    sandbox.control.clear_log()
    assert run("ledger", "rebuild").code == 0
    assert [entry for entry in sandbox.control.log() if entry["method"] != "GET"] == []
    again = run("ledger", "show", "--json").json["owned"]
    assert [{**each, "adopted": 0} for each in again] == [{**each, "adopted": 0} for each in owned]
    assert all(each["adopted"] == sum(each["outcomes"].values()) for each in again)
    assert run("plan", "--detailed-exitcode").code == 0


def test_rebuild_claims_our_webhook_by_its_mark_and_knows_no_secret(run: Run, sandbox: RunningSandbox) -> None:
    policy = Path("policies/alerts.yml")
    policy.write_text(
        policy.read_text()
        + "webhooks:\n  - {name: lineage, url: https://lineage.acme.example/x, on: [completed],"
        + " jobs: {environment: {type: production}}, secret_sink: {store: file, path: lineage.secret}}\n"
    )
    assert run("apply", "--yes").code == 0
    (before,) = run("ledger", "show", "--json").json["webhooks"]
    applied = json.loads(LEDGER.read_text())["subscriptions"][0]["applied"]
    LEDGER.unlink()
    sandbox.control.clear_log()
    assert run("ledger", "rebuild", "--json").json["webhooks"] == 1
    assert [entry for entry in sandbox.control.log() if entry["method"] != "GET"] == []
    (after,) = run("ledger", "show", "--json").json["webhooks"]
    assert after == {**before, "state": "secret-unknown"}
    assert json.loads(LEDGER.read_text())["subscriptions"][0]["applied"] == applied
    kinds = [each["kind"] for each in run("ledger", "verify", "--json").json["findings"]]
    assert kinds == ["secret-unknown"]
    assert run("plan", "--detailed-exitcode").code == 0


def test_model_notifications_are_shown_verified_and_rebuilt(run: Run, sandbox: RunningSandbox) -> None:
    policy = Path("policies/alerts.yml")
    entry = "model_notifications: {environment: Production, project: Finance, on: [failure, skipped]}\n"
    policy.write_text(policy.read_text() + entry)
    assert run("apply", "--yes").code == 0
    (owned,) = run("ledger", "show", "--json").json["model_notifications"]
    assert (owned["team"], owned["on"], owned["adopted"], owned["pending"]) == (
        "default",
        ["failure", "skipped"],
        [],
        [],
    )
    assert f"environment {owned['environment_id']}: failure, skipped, team default\n" in run("ledger", "show").out
    assert run("ledger", "verify", "--detailed-exitcode").code == 0
    LEDGER.unlink()
    sandbox.control.clear_log()
    assert run("ledger", "rebuild").code == 0
    assert [entry for entry in sandbox.control.log() if entry["method"] != "GET"] == []
    (again,) = run("ledger", "show", "--json").json["model_notifications"]
    assert again == {**owned, "adopted": owned["on"]}
    assert "failure, skipped adopted" in run("ledger", "show").out
    path = f"/api/v3/accounts/{sandbox.account_id}/environments/{owned['environment_id']}/model-notifications/"
    with httpx.Client(base_url=sandbox.url, headers={"Authorization": f"Token {sandbox.token}"}) as api:
        off = {name: name == "on_success" for name in ("on_success", "on_warning", "on_failure", "on_skipped")}
        assert api.post(path, json={"enabled": True, **off}).status_code == 200
    verified = run("ledger", "verify", "--detailed-exitcode")
    assert verified.code == 2
    assert "Production of Finance: failure, skipped off; success on" in verified.out


def test_rebuild_refuses_a_ledger_that_is_there(run: Run) -> None:
    run("apply", "--yes")
    before = LEDGER.read_bytes()
    ended = run("ledger", "rebuild")
    assert ended.code == 4
    assert "--merge" in ended.err
    assert LEDGER.read_bytes() == before
    assert run("ledger", "rebuild", "--merge").code == 0
    assert LEDGER.read_bytes() == before, "nothing was missing, so nothing is written"


def test_rebuild_in_ci_needs_a_place_that_is_kept(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    assert run("ledger", "rebuild").code == 4
    assert not LEDGER.exists()


def test_a_file_has_no_lease_to_break(run: Run) -> None:
    assert run("ledger", "unlock").out == "Nobody holds the ledger.\n"
    assert run("ledger", "unlock", "--json").json["broken"] is None


def test_the_group_lists_its_commands(run: Run) -> None:
    ended = run("ledger", "--help")
    assert [name for name in ("show", "verify", "rebuild", "unlock") if f"  {name} " in ended.out] == [
        "show",
        "verify",
        "rebuild",
        "unlock",
    ]
