"""`release` and `release:`: what was ours is given up, and dbt Cloud does not hear of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.sandbox import RunningSandbox
from tests.cli.conftest import Run

LEDGER = Path(".dbt-alerts/ledger.json")
WITHOUT = """\
version: 1
manager: acme-data
account: {id: $DBT_CLOUD_ACCOUNT_ID, host: $DBT_CLOUD_HOST, token: $DBT_CLOUD_TOKEN}
"""
MAIL = "mail/finance-data@acme.example"


@pytest.fixture
def adopted(run: Run, sandbox: RunningSandbox) -> Run:
    """Run commands where everything of the account was imported and taken over."""
    Path("policies/alerts.yml").unlink()
    Path("policies").rmdir()
    assert run("import", "--manager", "acme-data").code == 0
    assert run("apply", "--yes").code == 0
    sandbox.control.clear_log()
    return run


def only_account() -> None:
    """Take everything out of the policy, but keep what webhooks need."""
    for path in Path("policies").rglob("*.yml"):
        path.unlink()
    Path("policies/account.yml").write_text(WITHOUT)


def writes(sandbox: RunningSandbox) -> list[str]:
    return [f"{each['method']} {each['path']}" for each in sandbox.control.log() if each["method"] != "GET"]


def test_what_the_policy_still_wants_is_refused_with_the_way_out(adopted: Run) -> None:
    before = LEDGER.read_bytes()
    refused = adopted("release", MAIL)
    assert refused.code == 4
    assert "email:finance-data@acme.example|failure|" in refused.err
    assert "`release:`" in refused.err
    assert LEDGER.read_bytes() == before


@pytest.mark.parametrize(
    ("key", "edges", "webhooks"),
    [
        (MAIL, 2, 0),
        ("email:Finance-Data@acme.example", 2, 0),
        ("slack:C0123456789", 2, 0),
        ("finance/incident bridge", 0, 1),
        ("default/everything to the lake", 0, 1),
    ],
)
def test_a_key_is_a_channel_a_recipient_or_a_webhook(
    adopted: Run, sandbox: RunningSandbox, key: str, edges: int, webhooks: int
) -> None:
    only_account()
    said = adopted("release", key, "--json").json
    assert (len(said["edges"]), len(said["webhooks"]), said["released"]) == (edges, webhooks, True)
    plan = adopted("plan", "--json").json
    assert not [each for each in plan["actions"] if key in json.dumps(each)]
    assert writes(sandbox) == []
    assert adopted("release", key).code == 64


def test_an_edge_is_given_up_alone(adopted: Run) -> None:
    only_account()
    edge = adopted("release", MAIL, "--dry-run", "--json").json["edges"][0]
    assert adopted("release", edge, "--json").json["edges"] == [edge]
    assert len(adopted("release", MAIL, "--json").json["edges"]) == 1


def test_a_dry_run_shows_and_writes_nothing(adopted: Run) -> None:
    only_account()
    before = LEDGER.read_bytes()
    shown = adopted("release", MAIL, "--dry-run")
    assert (shown.code, "email:finance-data@acme.example|failure|" in shown.out) == (0, True)
    assert LEDGER.read_bytes() == before


def test_one_unknown_key_among_several_releases_nothing(adopted: Run) -> None:
    only_account()
    before = LEDGER.read_bytes()
    assert adopted("release", MAIL, "nobody").code == 64
    assert LEDGER.read_bytes() == before


def test_the_log_says_who_released_what(adopted: Run) -> None:
    only_account()
    adopted("release", MAIL)
    assert f"release {MAIL}" in LEDGER.read_text()


def test_released_is_not_removed_by_the_apply_that_follows(adopted: Run, sandbox: RunningSandbox) -> None:
    only_account()
    adopted("release", MAIL)
    plan = adopted("plan", "--json").json
    assert not [each for each in plan["actions"] if "finance-data" in json.dumps(each)]
    assert plan["counts"]
    assert writes(sandbox) == []


def test_release_in_the_policy_gives_up_channels_and_webhooks_without_a_write(
    adopted: Run, sandbox: RunningSandbox
) -> None:
    channels = Path("policies/channels.yml").read_text()
    only_account()
    names = [
        line.split(": ")[0].strip().rstrip(":")
        for line in channels.splitlines()
        if line.startswith("  ") and line[2] not in " #"
    ]
    Path("policies/channels.yml").write_text(channels)
    entries = [f"  - {{to: {name}}}\n" for name in names] + ["  - {webhook: everything to the lake}\n"]
    Path("policies/release.yml").write_text("release:\n" + "".join(entries))
    for team, name in (("finance", "incident bridge"), ("growth", "old chat bot")):
        Path(f"policies/{team}.yml").write_text(f"team: {team}\nrelease: [{{webhook: {name}}}]\n")
    plan = adopted("plan", "--json").json
    assert {each["do"] for each in plan["actions"]} == {"release", "release-webhook"}
    assert adopted("apply", "--yes").code == 0
    assert writes(sandbox) == []
    only_account()
    assert adopted("plan", "--json").json["actions"] == []
