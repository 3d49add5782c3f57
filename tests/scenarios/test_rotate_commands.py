"""`dbt-alerts rotate` as people meet it: against the sandbox, with a receiver that checks every signature."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.sandbox import Backend
from tests.scenarios.conformity_lab import LEDGER, Bench
from tests.scenarios.rotate_bench import KEY, SECRET, Receiver, receiving


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(tmp_path / SECRET) as known:
        yield known


@pytest.fixture
def armed(bench: Bench, receiver: Receiver) -> Bench:
    bench.policy(receiver.policy())
    assert bench.run("apply").code == 0
    return bench


def ours(bench: Bench) -> list[dict[str, object]]:
    return [row for row in bench.sandbox.control.rows("webhooks") if row["name"] == "lineage"]


def on(bench: Bench) -> list[object]:
    return [row["id"] for row in ours(bench) if row["active"]]


def secret_of(bench: Bench, webhook: object) -> object:
    return next(row["hmac_secret"] for row in ours(bench) if row["id"] == webhook)


def test_it_says_what_is_in_use_and_what_comes_next(armed: Bench, receiver: Receiver) -> None:
    (old,) = on(armed)
    done = armed.run("rotate", KEY)
    (new,) = on(armed)
    assert done.code == 0, done.err
    assert new != old
    assert receiver.answered == [204]
    assert SECRET.read_text() == f"{secret_of(armed, new)}\n{secret_of(armed, old)}"
    assert f"in use      {new}" in done.out
    assert "answered with 204" in done.out
    assert f"off         {old}" in done.out
    assert "`purge` takes it out from" in done.out
    assert armed.plan()["actions"] == []


def test_json_says_the_same(armed: Bench) -> None:
    found = armed.run("rotate", KEY, "--leaked", "--json").json
    (new,) = on(armed)
    assert (found["result"], found["exit_code"], found["state"]) == ("success", 0, "rotated")
    assert (found["id"], found["status"], found["retire_from"]) == (new, 204, "")
    assert SECRET.read_text() == secret_of(armed, new)


def test_a_receiver_that_is_down_keeps_the_old_one(armed: Bench, receiver: Receiver) -> None:
    before = on(armed)
    receiver.down = True
    done = armed.run("rotate", KEY, "--wait", "1")
    assert done.code == 6
    assert "answered the test delivery with 503" in done.out
    assert "Next step: let the receiver accept" in done.out
    assert on(armed) == before
    assert SECRET.read_text() == secret_of(armed, before[0])
    assert armed.plan()["actions"] == []
    receiver.down = False
    assert armed.run("rotate", KEY).code == 0
    assert len(on(armed)) == 1


@pytest.mark.parametrize("bench_with", [{"backend": Backend.LEGACY}], indirect=True)
def test_on_the_old_backend_too(bench_with: Bench, receiver: Receiver) -> None:
    bench_with.policy(receiver.policy())
    assert bench_with.run("apply").code == 0
    assert bench_with.run("rotate", KEY).code == 0
    assert len(on(bench_with)) == 1


def test_without_its_ledger_there_is_one_to_choose(armed: Bench) -> None:
    """The two carry one mark; the next step names the one that is on."""
    assert armed.run("rotate", KEY).code == 0
    LEDGER.unlink()
    (blocked,) = armed.plan()["blocked"]
    assert f"keep {on(armed)[0]}, which is on" in json.dumps(blocked)
    assert armed.run("apply").code == 6
    assert len(on(armed)) == 1


def test_a_webhook_whose_ledger_was_lost_is_told_once_and_rotated(armed: Bench) -> None:
    LEDGER.unlink()
    SECRET.unlink()
    plan = armed.plan()
    assert [note for note in plan["notes"] if "secret unknown" in note] == [
        (
            "webhook default/lineage: secret unknown to us; with a `secret_sink`,"
            " `dbt-alerts rotate default/lineage` gives it a new one"
        )
    ]
    assert armed.run("apply").code == 0
    after = armed.plan()
    assert after["actions"] == []
    assert len([note for note in after["notes"] if "secret unknown" in note]) == 1
    assert armed.run("rotate", KEY).code == 0
    assert [note for note in armed.plan()["notes"] if "secret unknown" in note] == []


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("default/other",), 64, "the policy has no webhook default/other; it has: default/lineage"),
        (("lineage",), 64, "the policy has no webhook lineage"),
        ((), 64, "TEAM/NAME"),
    ],
)
def test_a_wrong_key_is_a_usage_error(armed: Bench, arguments: tuple[str, ...], code: int, says: str) -> None:
    done = armed.run("rotate", *arguments)
    assert (done.code, says in done.err) == (code, True), done.err


def test_before_the_first_apply_there_is_nothing_to_rotate(bench: Bench, receiver: Receiver) -> None:
    bench.policy(receiver.policy())
    done = bench.run("rotate", KEY)
    assert done.code == 4
    assert "not in the ledger" in done.err
    assert bench.writes() == []


def test_without_a_sink_the_secret_would_have_no_place(armed: Bench, receiver: Receiver) -> None:
    text = receiver.policy().replace("secret_sink:", "# secret_sink:")
    armed.policy(text)
    writes = len(armed.writes())
    done = armed.run("rotate", KEY)
    assert done.code == 4
    assert "no secret_sink" in done.err
    assert len(armed.writes()) == writes
