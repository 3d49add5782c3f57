"""`dbt-alerts purge` as people meet it: it shows, asks, deletes what was switched off for good and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.conformity_lab import LEDGER, Bench
from tests.scenarios.rotate_bench import KEY, SECRET, Receiver, receiving

NO_HOOKS = "webhooks: []\n"


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(tmp_path / SECRET) as known:
        yield known


@pytest.fixture
def rotated(bench: Bench, receiver: Receiver) -> Bench:
    bench.policy(receiver.policy())
    assert bench.run("apply").code == 0
    assert bench.run("rotate", KEY).code == 0
    return bench


@pytest.fixture
def dropped(bench: Bench, receiver: Receiver) -> Bench:
    bench.policy(receiver.policy())
    assert bench.run("apply").code == 0
    bench.policy(NO_HOOKS)
    assert bench.run("apply", "--allow", "empty-team=default").code == 0
    return bench


def ours(bench: Bench) -> dict[str, bool]:
    """Our webhooks by id: whether each is on."""
    return {row["id"]: row["active"] for row in bench.sandbox.control.rows("webhooks") if row["name"] == "lineage"}


def deletions(bench: Bench) -> list[str]:
    return [each for each in bench.writes() if each.startswith("DELETE")]


def test_nothing_is_old_enough_on_the_day_itself(rotated: Bench) -> None:
    done = rotated.run("purge")
    assert done.code == 0
    assert "Not yet old enough (1)" in done.out
    assert deletions(rotated) == []


def test_without_a_terminal_it_wants_a_yes_and_shows_what_it_is_for(rotated: Bench) -> None:
    done = rotated.run("purge", "--older-than", "0d")
    assert done.code == 4
    assert "To be deleted for good (1)" in done.out
    assert KEY in done.out
    assert "--yes" in done.err
    assert deletions(rotated) == []


def test_a_replaced_webhook_goes_with_its_secret(rotated: Bench) -> None:
    (gone,) = [each for each, active in ours(rotated).items() if not active]
    done = rotated.run("purge", "--older-than", "0d", "--yes")
    assert done.code == 0, done.err
    assert f"- {KEY}  {gone}  replaced, off since" in done.out
    assert list(ours(rotated).values()) == [True]
    (left,) = ours(rotated)
    rows = {row["id"]: row["hmac_secret"] for row in rotated.sandbox.control.rows("webhooks")}
    assert SECRET.read_text() == rows[left]
    assert rotated.plan()["actions"] == []
    assert rotated.run("purge", "--older-than", "0d").out.startswith("Nothing to purge")


def test_a_dropped_webhook_goes_and_its_file_is_named(dropped: Bench) -> None:
    done = dropped.run("purge", "--older-than", "0d", "--yes", "--json")
    (item,) = done.json["webhooks"]
    assert (done.code, done.json["result"], item["state"], item["replaced"]) == (0, "success", "purged", False)
    assert "lineage.secret#" in item["receipt"]
    assert (ours(dropped), SECRET.exists()) == ({}, True)
    assert json.loads(LEDGER.read_text())["subscriptions"] == []


def test_one_that_is_wanted_again_is_revived_and_not_deleted(dropped: Bench, receiver: Receiver) -> None:
    dropped.policy(receiver.policy())
    done = dropped.run("purge", "--older-than", "0d", "--yes")
    assert done.code == 4
    assert "the policy names it again" in done.out
    assert dropped.run("apply").code == 0
    assert list(ours(dropped).values()) == [True]
    assert dropped.run("purge", "--older-than", "0d", "--yes").out.startswith("Nothing to purge")


def test_a_plan_is_quiet_about_tombstones(dropped: Bench) -> None:
    plan = dropped.plan()
    assert (plan["actions"], [note for note in plan["notes"] if "lineage" in note]) == ([], [])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--older-than", "soon"), "write a number of days, like 30d"),
        (("--older-than", "-1d"), "like 30d"),
        (("--key", "default/other"), f"what was: {KEY}"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(rotated: Bench, arguments: tuple[str, ...], says: str) -> None:
    done = rotated.run("purge", *arguments)
    assert (done.code, says in done.err) == (64, True), done.err


def test_a_token_that_may_not_see_webhooks_takes_nothing_for_deleted(
    rotated: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = LEDGER.read_text()
    monkeypatch.setenv("DBT_CLOUD_TOKEN", rotated.sandbox.control.add_token(permission="account_viewer")["token"])
    done = rotated.run("purge", "--older-than", "0d", "--yes")
    assert done.code == 1
    assert LEDGER.read_text() == before
