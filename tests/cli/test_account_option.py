"""`--account FILE` on every command that loads a policy: the same policy for another account."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

from reconciler.cli.main import COMMANDS, app
from reconciler.sandbox import RunningSandbox
from tests.cli.conftest import SMALLEST, Run

STAGING = """\
version: 1
manager: acme-staging
account: {id: $STAGING_ACCOUNT_ID, host: $STAGING_HOST, token: $STAGING_TOKEN}
"""
PEOPLE = SMALLEST.partition("channels:")
WITHOUT_ACCOUNT = "".join(PEOPLE[1:])


@pytest.fixture
def staging(run: Run, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Put the account into a file of its own, and name another account beside the policy."""
    Path("policies/alerts.yml").write_text(WITHOUT_ACCOUNT)
    Path("policies/account.yml").write_text(PEOPLE[0])
    Path("staging.yml").write_text(STAGING)
    monkeypatch.setenv("STAGING_ACCOUNT_ID", str(sandbox.account_id))
    monkeypatch.setenv("STAGING_HOST", sandbox.url)
    monkeypatch.setenv("STAGING_TOKEN", sandbox.token)
    return run


def commands() -> Iterator[tuple[str, click.Command]]:
    for name in COMMANDS:
        command = app.get_command(click.Context(app), name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            for inner in command.list_commands(click.Context(command)):
                found = command.get_command(click.Context(command), inner)
                assert found is not None
                yield f"{name} {inner}", found


def test_every_command_that_loads_a_policy_takes_the_option() -> None:
    without = []
    for name, command in commands():
        assert command.callback is not None or isinstance(command, click.Group)
        if command.callback is None:
            continue
        module = import_module(inspect.unwrap(command.callback).__module__)
        has_option = any("--account" in each.opts and each.metavar == "FILE" for each in command.params)
        if any(name.startswith("load_policy") for name in vars(module)) and not has_option:
            without.append(name)
    assert without == []


def test_only_the_other_accounts_variables_are_needed(staging: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DBT_CLOUD_HOST", "DBT_CLOUD_ACCOUNT_ID", "DBT_CLOUD_TOKEN"):
        monkeypatch.delenv(name)
    assert staging("plan").code == 3
    shown = staging("plan", "--account", "staging.yml", "--json")
    assert (shown.code, shown.json["manager"]) == (0, "acme-staging")
    assert staging("ledger", "show", "--account", "staging.yml").code == 0


def test_a_problem_is_told_at_its_place_in_that_file(staging: Run) -> None:
    Path("staging.yml").write_text(STAGING.replace("host:", "hots:"))
    refused = staging("plan", "--account", "staging.yml")
    assert refused.code == 3
    assert "staging.yml:3:36: error: there is no key `hots` here" in refused.err


def test_a_plan_says_that_apply_takes_the_same_file(staging: Run) -> None:
    told = staging("plan", "--account", "staging.yml", "--out", "plan.json").out
    assert "--account staging.yml" in told.partition("apply")[2]


@pytest.mark.parametrize(
    ("staging_text", "what"),
    [
        (STAGING, "it is for manager acme-data-alerts, and this policy is for acme-staging"),
        (STAGING.replace("acme-staging", "acme-data-alerts").replace("$STAGING_HOST", "$LOCAL_HOST"), "it is for host"),
    ],
    ids=["manager", "host"],
)
def test_a_plan_made_for_one_account_is_not_applied_to_another(
    staging_text: str, what: str, staging: Run, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_HOST", sandbox.url.replace("127.0.0.1", "localhost"))
    Path("staging.yml").write_text(staging_text)
    assert staging("plan", "--out", "plan.json").code == 0
    sandbox.control.clear_log()
    refused = staging("apply", "--plan", "plan.json", "--account", "staging.yml", "--yes")
    assert refused.code == 5
    assert what in refused.err
    assert [each for each in sandbox.control.log() if each["method"] != "GET"] == []
    assert staging("apply", "--plan", "plan.json", "--yes").code == 0


def test_a_plan_made_for_the_other_account_is_applied_with_it(staging: Run) -> None:
    staging("plan", "--account", "staging.yml", "--out", "plan.json")
    assert staging("apply", "--plan", "plan.json", "--yes").code == 5
    assert staging("apply", "--plan", "plan.json", "--account", "staging.yml", "--yes").code == 0
    assert json.loads(Path(".dbt-alerts/ledger.json").read_text())["manager"] == "acme-staging"


def test_an_import_reads_the_other_account_and_says_so_in_what_comes_next(staging: Run) -> None:
    Path("policies/account.yml").unlink()
    Path("policies/alerts.yml").unlink()
    told = staging("import", "--account", "staging.yml")
    assert told.code == 0
    assert "dbt-alerts plan --account staging.yml" in told.out
    assert staging("plan", "--account", "staging.yml").code == 0


@pytest.mark.parametrize(
    "words",
    [("lint",), ("coverage", "--live", "live.json"), ("explain", "channel", "maria", "--live", "live.json"), ("test",)],
)
def test_who_counts_days_refuses_a_calendar_of_nowhere(words: tuple[str, ...], run: Run) -> None:
    assert run("snapshot", "--out", "live.json").code == 0
    Path("policies/days.yml").write_text("calendars: {here: {country: XX}}\n")
    assert run("plan").code == 0
    refused = run(*words)
    assert refused.code == 3
    assert "policies/days.yml:1:29" in refused.out + refused.err


WEBHOOK = """
webhooks:
  - {name: lineage refresh, url: "https://catalog.acme.example/dbt", on: [completed], jobs: all,
     secret_sink: {store: file, path: .dbt-alerts/lineage.secret}}
"""


def test_the_second_account_never_overwrites_the_first_ones_secret(
    staging: Run, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_HOST", sandbox.url.replace("127.0.0.1", "localhost"))
    kept = Path(".dbt-alerts/lineage.secret")
    Path("policies/account.yml").write_text(PEOPLE[0] + "scope: {all_jobs_webhooks: true}\n")
    Path("policies/hooks.yml").write_text(WEBHOOK)
    Path("staging.yml").write_text(
        STAGING.replace("$STAGING_HOST", "$LOCAL_HOST")
        + "scope: {all_jobs_webhooks: true}\nledger: {store: file, path: .dbt-alerts/staging.json}\n"
    )
    assert staging("apply", "--yes").code == 0
    before = kept.read_bytes()
    sandbox.control.call("POST", "/reset")  # by another name it is another account, and knows nothing of the first
    sandbox.control.clear_log()
    refused = staging("apply", "--account", "staging.yml", "--yes")
    assert refused.code == 4
    assert f"account {sandbox.account_id} on 127.0.0.1" in refused.err
    assert "give each account a sink of its own" in refused.err
    assert [each for each in sandbox.control.log() if each["method"] != "GET"] == []
    assert kept.read_bytes() == before
