"""`import` as people call it: an account of the sandbox, taken over without one write to it."""

from __future__ import annotations

import json
import os
import shlex
import threading
from pathlib import Path

import httpx
import pytest

from reconciler.cli.import_files import put_in_place
from reconciler.cli.import_place import SchemaPlace, schema_place
from reconciler.errors import PolicyError, Refused
from reconciler.policy import load
from reconciler.sandbox import RunningSandbox
from tests.cli.conftest import Run

NEW = ("import", "--manager", "acme-data")


@pytest.fixture
def empty(run: Run) -> Run:
    """Run commands in a folder without any policy."""
    Path("policies/alerts.yml").unlink()
    Path("policies").rmdir()
    return run


def writes(sandbox: RunningSandbox) -> list[str]:
    return [f"{each['method']} {each['path']}" for each in sandbox.control.log() if each["method"] != "GET"]


def test_import_plan_apply_plan_writes_nothing_to_dbt_cloud_and_ends_empty(empty: Run, sandbox: RunningSandbox) -> None:
    sandbox.control.clear_log()
    told = empty(*NEW)
    assert (told.code, told.err) == (0, "")
    plan = empty("plan", "--json")
    assert plan.code == 0
    assert {action["do"] for action in plan.json["actions"]} == {"adopt", "adopt-webhook"}
    assert plan.json["blocked"] == []
    assert empty("apply", "--yes").code == 0
    assert writes(sandbox) == []
    again = empty("plan", "--detailed-exitcode")
    assert (again.code, "No changes." in again.out) == (0, True)


def told_of_models(sandbox: RunningSandbox) -> None:
    """Switch on what a person would in dbt Cloud: failure and skipped, for the owners of Finance's models."""
    finance = next(each["id"] for each in sandbox.control.rows("projects") if each["name"] == "Finance")
    there = [each for each in sandbox.control.rows("environments") if each["project_id"] == finance]
    number = next(each["id"] for each in there if each["name"] == "Production")
    path = f"/api/v3/accounts/{sandbox.account_id}/environments/{number}/model-notifications/"
    body = {"enabled": True, "on_success": False, "on_warning": False, "on_failure": True, "on_skipped": True}
    with httpx.Client(base_url=sandbox.url, headers={"Authorization": f"Token {sandbox.token}"}) as api:
        assert api.post(path, json=body).status_code == 200


def test_model_notifications_are_taken_over_too(empty: Run, sandbox: RunningSandbox) -> None:
    told_of_models(sandbox)
    sandbox.control.clear_log()
    assert empty(*NEW, "--json").json["model_notifications"] == 1
    asked = [each["path"] for each in sandbox.control.log() if "model-notifications" in each["path"]]
    owners = [each for each in sandbox.control.rows("environments") if each["type"] != "development"]
    assert len(asked) == len(set(asked)) == len([each for each in owners if each["state"] == 1]), "one call for each"
    entry = "  - {environment: Production, project: Finance, on: [failure, skipped]}\n"
    assert entry in Path("policies/teams/finance.yml").read_text()
    plan = empty("plan", "--json").json
    assert {action["do"] for action in plan["actions"]} == {"adopt", "adopt-models", "adopt-webhook"}
    assert empty("apply", "--yes").code == 0
    assert writes(sandbox) == []
    assert empty("plan", "--detailed-exitcode").code == 0


def test_what_an_imported_rule_said_was_there_before_us(empty: Run) -> None:
    empty(*NEW)
    empty("apply", "--yes")
    for path in Path("policies").glob("teams/*.yml"):
        path.unlink()
    assert "was there before us" in empty("plan").out


def test_the_files_of_the_seeded_account_are_as_people_read_them(empty: Run, snapshot: object) -> None:
    empty(*NEW)
    texts = {str(path): path.read_text() for path in sorted(Path("policies").rglob("*.yml"))}
    assert "\n".join(f"── {path}\n{text}" for path, text in texts.items()) == snapshot


def test_the_summary_counts_and_says_what_comes_next(empty: Run, snapshot: object) -> None:
    assert empty(*NEW).out == snapshot


def test_json_says_the_same(empty: Run) -> None:
    said = empty(*NEW, "--json").json
    assert (said["result"], said["exit_code"], said["folder"]) == ("success", 0, "policies")
    assert sorted(said["files"]) == sorted(str(p.relative_to("policies")) for p in Path("policies").rglob("*.yml"))
    assert {each["kind"] for each in said["oddities"]} >= {"dangling", "no-address", "secret-unknown", "all-jobs"}


def test_nothing_is_overwritten_and_everything_in_the_way_is_named(empty: Run) -> None:
    empty(*NEW)
    before = {path: path.read_bytes() for path in Path("policies").rglob("*.yml")}
    again = empty("import", "--out", "policies", "policies/account.yml")
    assert again.code == 4
    assert "policies/channels.yml" in again.err
    assert "policies/teams/finance.yml" in again.err
    assert {path: path.read_bytes() for path in Path("policies").rglob("*.yml")} == before


def test_what_the_policy_says_already_is_not_written_again(empty: Run) -> None:
    empty(*NEW)
    again = empty("import", "--out", "more", "policies")
    assert (again.code, Path("more").exists()) == (0, False)
    assert again.out.startswith("Nothing in dbt Cloud that the policy does not say already; no file was written.\n")
    assert "has no address and reaches nobody" in again.out
    assert "Next step" not in again.out
    said = empty("import", "--out", "more", "policies", "--json").json
    assert (said["files"], said["next_steps"], said["edges"], said["webhooks"]) == ([], [], 0, 0)


@pytest.mark.parametrize(
    ("given", "out", "where"),
    [
        (["policies"], "policies/found", " policies"),
        (["policies"], "found anew", " policies 'found anew'"),
        (["policies"], "policies/.hidden", " policies policies/.hidden"),
        (["policies"], "policies/tests/found", " policies policies/tests/found"),
        (["policies/alerts.yml"], "policies", ""),
        ([], "policies", ""),
    ],
)
def test_the_next_step_names_the_whole_policy_word_for_word(run: Run, given: list[str], out: str, where: str) -> None:
    where = "" if where == " policies" else where
    steps = run("import", *given, "--out", out, "--json").json["next_steps"]
    assert [step.split("`")[1] for step in steps[:2]] == [f"dbt-alerts plan{where}", f"dbt-alerts apply{where}"]
    plan = run("plan", "--json", *shlex.split(where))
    assert (plan.code, plan.json["manager"]) == (0, "acme-data-alerts")
    assert "remove" not in {action["do"] for action in plan.json["actions"]}


def test_the_first_line_of_each_file_names_the_schema_that_the_last_step_writes(empty: Run) -> None:
    step = empty(*NEW, "--json").json["next_steps"][-1]
    assert empty(*shlex.split(step.split("`")[1])[1:]).code == 0
    files = [*Path("policies").rglob("*.yml")]
    assert len(files) == 6
    for path in files:
        _, _, named = path.read_text().partition("\n")[0].partition("$schema=")
        assert json.loads((path.parent / named).read_text())["$schema"].startswith("http://json-schema.org/")


@pytest.mark.parametrize("there", ["schemas/policy.schema.json", "policy.schema.json", "policies/policy.schema.json"])
def test_a_schema_that_is_there_is_named_and_asks_for_no_step(empty: Run, there: str) -> None:
    place = Path(there)
    place.parent.mkdir(exist_ok=True)
    place.write_text("{}")
    steps = empty(*NEW, "--out", "policies/found", "--json").json["next_steps"]
    assert not any("schema" in step for step in steps)
    first = Path("policies/found/account.yml").read_text().partition("\n")[0]
    assert (Path("policies/found") / first.partition("$schema=")[2]).resolve() == place.resolve()


def test_a_schema_is_sought_up_to_the_root_of_the_repository_and_no_further(empty: Run, tmp_path: Path) -> None:
    (tmp_path / "policy.schema.json").write_text("{}")
    assert schema_place(tmp_path / "a" / "b").missing is None
    (tmp_path / "a" / ".git").mkdir(parents=True)
    assert schema_place(tmp_path / "a" / "b") == SchemaPlace(
        seen="../../policy.schema.json", missing=Path("policy.schema.json")
    )


def test_outside_the_working_directory_it_stands_beside_the_folder(empty: Run, tmp_path: Path) -> None:
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere" / "policies"
    assert schema_place(elsewhere) == SchemaPlace(
        seen="../policy.schema.json", missing=elsewhere.parent / "policy.schema.json"
    )


def test_a_policy_that_is_there_gives_its_account_its_channels_and_its_scope(run: Run) -> None:
    assert run("import", "--json").json["channels"] > 0
    assert not Path("policies/account.yml").exists()
    assert "maria@acme.example:" not in Path("policies/channels.yml").read_text()
    plan = run("plan", "--json")
    assert {action["do"] for action in plan.json["actions"]} == {"add", "adopt", "adopt-webhook"}


def test_without_a_policy_somebody_has_to_say_who_we_are(empty: Run) -> None:
    assert empty("import").code == 64
    assert empty("import", "--manager", "not a name").code == 64
    assert not Path("policies").exists()


def test_without_the_variables_it_names_them(empty: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBT_CLOUD_TOKEN")
    refused = empty(*NEW)
    assert (refused.code, "DBT_CLOUD_TOKEN" in refused.err) == (3, True)


def test_a_snapshot_needs_no_token_and_holds_no_webhooks_address(empty: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    empty(*NEW, "--out", "first")
    empty("snapshot", "first", "--out", "live.json")
    monkeypatch.delenv("DBT_CLOUD_TOKEN")
    said = empty(*NEW, "--live", "live.json", "--json").json
    assert {"redacted"} <= {each["kind"] for each in said["oddities"]}
    assert said["webhooks"] == 0


def test_one_file_where_no_split_is_wanted(empty: Run) -> None:
    assert sorted(empty(*NEW, "--split", "none", "--json").json["files"]) == [
        "account.yml",
        "channels.yml",
        "notifications.yml",
    ]
    assert empty("plan").code == 0


def test_an_owner_map_says_whose_job_it_is_and_the_first_match_wins(empty: Run) -> None:
    Path("owners.yml").write_text("ledger-team: {name: Daily Ledger}\nmoney: {project: Finance}\n")
    empty(*NEW, "--owners", "owners.yml")
    files = {path.name for path in Path("policies/teams").iterdir()}
    assert "ledger-team.yml" in files
    assert "finance.yml" not in files
    assert empty("plan").code == 0


def test_what_is_wrong_with_an_owner_map_has_its_place(empty: Run) -> None:
    Path("owners.yml").write_text("money: {projct: Finance}\n")
    wrong = empty(*NEW, "--owners", "owners.yml")
    assert wrong.code == 3
    assert "owners.yml:1:9" in wrong.err
    assert "did you mean `project`" in wrong.err
    assert "Error: 1 problem in the owner map" in wrong.err


def test_an_entry_of_an_owner_map_that_owns_nothing_is_told(empty: Run) -> None:
    Path("owners.yml").write_text("zzz: {name: nope}\n")
    told = empty(*NEW, "--owners", "owners.yml").out
    assert "owners.yml:1: “zzz”: matches no job; dbt Cloud has no name nope\n" in told


def test_terraform_holds_what_is_imported_and_the_summary_says_how_to_hand_over(
    empty: Run, sandbox: RunningSandbox
) -> None:
    row = next(each for each in sandbox.control.rows("notifications") if each["type"] == 1 and each["on_failure"])
    values = {"notification_type": 1, "state": 1, **{name: row[name] for name in ("user_id", "on_failure")}}
    state = {"version": 4, "resources": [{"mode": "managed", "type": "dbtcloud_notification", "name": "maria",
             "instances": [{"index_key": "a b", "attributes": values}]}]}  # fmt: skip
    Path("state.json").write_text(json.dumps(state))
    told = empty(*NEW, "--from-terraform", "state.json")
    assert told.code == 0
    assert """terraform state rm 'dbtcloud_notification.maria["a b"]'""" in told.out
    assert len(list(Path("policies/teams").iterdir())) >= 1
    assert {action["do"] for action in empty("plan", "--json").json["actions"]} == {"adopt"}


def test_a_state_that_cannot_be_read_is_a_usage_error_and_one_that_is_none_a_wrong_file(empty: Run) -> None:
    assert empty(*NEW, "--from-terraform", "missing.json").code == 64
    Path("state.json").write_text("{}")
    none = empty(*NEW, "--from-terraform", "state.json")
    assert (none.code, "Error: 1 problem in the Terraform state" in none.err) == (3, True)
    Path("state.json").write_text('{"version": 4, "resources": []}')
    other = empty(*NEW, "--from-terraform", "state.json")
    assert (other.code, "is it the right workspace?" in other.err) == (3, True)
    assert not Path("policies").exists()


def test_a_disk_that_refuses_leaves_nothing_behind(empty: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("policies").mkdir()
    true_link, calls = os.link, threading.Semaphore(2)

    def link(*arguments: str) -> None:
        if not calls.acquire(blocking=False):
            raise OSError(28, "No space left on device")
        true_link(*arguments)

    monkeypatch.setattr(os, "link", link)
    refused = empty(*NEW)
    assert (refused.code, "nothing was left there" in refused.err) == (1, True)
    assert list(Path("policies").iterdir()) == []


def test_a_run_that_is_killed_halfway_leaves_no_policy_that_loads(
    empty: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("policies").mkdir()
    true_link, order = os.link, list[Path]()

    def link(source: Path, target: Path) -> None:
        true_link(source, target)
        order.append(target)

    monkeypatch.setattr(os, "link", link)
    empty(*NEW)
    assert len(order) == 6
    for count in range(len(order)):
        half = tmp_path / f"half-{count}"
        for path in order[:count]:
            place = half / path.relative_to("policies")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())
        half.mkdir(exist_ok=True)
        with pytest.raises(PolicyError):
            load([half])
    load([Path("policies")])


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "policies").mkdir()
    theirs = tmp_path / "policies" / "channels.yml"
    true_fsync = os.fsync

    def fsync(descriptor: int) -> None:
        theirs.write_text("theirs")
        true_fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(Refused, match="overwrites nothing"):
        put_in_place(tmp_path / "policies", {"channels.yml": "ours", "teams/a.yml": "team: a\n"})
    assert theirs.read_text() == "theirs"
    assert [path.name for path in (tmp_path / "policies").rglob("*") if path.is_file()] == ["channels.yml"]
