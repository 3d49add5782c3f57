"""Failures seen in other tools: what they write, what they do not, and what they say of it."""

from __future__ import annotations

import stat
from pathlib import Path

import httpx
import pytest

from reconciler.cloud.wire import decode_raw
from reconciler.errors import ExitCode
from tests.catalogue.catalogue_lab import every_list, live_edges, refused_without_a_write, tells
from tests.http.http_lab import OK, html, lab, refusal
from tests.interleaving.account import Account
from tests.interleaving.actors import apply_once
from tests.interleaving.keeping import Shared
from tests.interleaving.lockstep import Turns
from tests.interleaving.scenarios import OTHER, World, hears, marias_row, wants
from tests.scenarios.conformity_lab import LEDGER, Bench

READ_ONLY = (
    ("plan",),
    ("plan", "--json"),
    ("plan", "--markdown"),
    ("plan", "--detailed-exitcode"),
    ("drift",),
    ("doctor",),
    ("snapshot", "--out", "live.json"),
)


def test_an_action_whose_object_is_gone_is_not_done(bench: Bench) -> None:
    """The write is answered as if it had worked, and no look shows it."""
    bench.policy(tells("maria: Daily Revenue"))
    maria = next(row for row in bench.rows(type=1, state=1) if row["on_warning"])
    answer = {"status": {"code": 200, "is_success": True}, "data": {**maria, "on_failure": _with(bench, maria)}}
    bench.sandbox.control.add_fault(method="POST", path=f"*/notifications/{maria['id']}/", status=200, body=answer)
    report = bench.apply()
    assert report["exit_code"] == ExitCode.PARTLY
    assert bench.ledger()["claims"] == []


def _with(bench: Bench, row: dict[str, list[int]]) -> list[int]:
    return [*row["on_failure"], bench.job("Daily Revenue")["id"]]


def test_what_others_put_on_a_list_survives_every_write(bench: Bench) -> None:
    maria = next(row for row in bench.rows(type=1, state=1) if row["on_warning"])
    before = every_list(maria)
    assert before
    for rules in (["maria: Daily Revenue", "maria: Hourly Orders"], ["maria: Hourly Orders"]):
        bench.policy(tells(*rules))
        bench.run("apply", "--allow", "coverage=1")
        assert before <= every_list(bench.row(id=maria["id"]))


@pytest.mark.parametrize("command", READ_ONLY, ids=" ".join)
def test_what_only_looks_writes_nowhere(bench: Bench, command: tuple[str, ...]) -> None:
    bench.policy(tells("maria: Daily Revenue"))
    bench.sandbox.control.clear_log()
    before = _files()
    bench.run(*command)
    assert bench.writes() == []
    assert {name: each for name, each in _files().items() if name != "live.json"} == before


def _files() -> dict[str, tuple[int, int]]:
    """Return every file and folder, with its size and its time of change."""
    found = {str(path): path.stat() for path in Path().rglob("*")}
    return {name: (0 if stat.S_ISDIR(info.st_mode) else info.st_size, info.st_mtime_ns) for name, info in found.items()}


def test_what_another_stack_claims_is_not_removed() -> None:
    world = World(account=Account(), keeping=Shared())
    marias_row(world)
    world.applied(wants(0, 1), wants(0, 2, manager=OTHER))
    dropped = apply_once(world.applier(wants(1)), Turns.free("after"))
    assert dropped.code is ExitCode.SUCCESS
    assert hears(0) in world.account.told()
    last = apply_once(world.applier(wants(2, manager=OTHER)), Turns.free("after"))
    assert last.code is ExitCode.SUCCESS
    assert hears(0) not in world.account.told(), "when nobody claims it any more, its last owner takes it"
    world.account.close()


@pytest.mark.parametrize(
    "trouble",
    [
        *(refusal(status) for status in (408, 425, 429, 500, 502, 503, 504)),
        html(502),
        html(200),
        httpx.Response(200, content=b'{"status": {"co'),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("late"),
        httpx.RemoteProtocolError("cut"),
    ],
    ids=lambda trouble: f"{type(trouble).__name__} {getattr(trouble, 'status_code', '')}",
)
def test_every_retry_branch_runs(trouble: httpx.Response | Exception) -> None:
    client, server = lab(trouble, trouble)
    assert client.get("/api/v2/x/", decode_raw) == OK["data"]
    assert len(server.seen) == 3


def test_protection_outlives_the_lines_that_asked_for_it(bench: Bench) -> None:
    protected = tells("maria: Daily Revenue", "maria: Hourly Orders").replace(
        "maria@acme.example}", "maria@acme.example, protect: true}"
    )
    bench.policy(protected)
    assert bench.run("apply").code == 0
    before = live_edges(bench)
    bench.policy(tells("priya: Daily Revenue").replace("  maria: {type: dbt_user, email: maria@acme.example}\n", ""))
    refused_without_a_write(bench, lambda: bench.run("apply", "--allow", "coverage=1", "--allow", "prune=2"), code=4)
    assert live_edges(bench) == before


def test_the_plan_of_a_withdrawn_change_changes_nothing(bench: Bench) -> None:
    kept, withdrawn = ["maria: Daily Revenue", "maria: Hourly Orders"], ["maria: Hourly Orders", "priya: Daily Revenue"]
    bench.policy(tells(*kept))
    assert bench.run("apply").code == 0
    before = live_edges(bench)
    bench.policy(tells(*withdrawn))
    assert bench.run("plan", "--out", "plan.json").code == 0
    bench.policy(tells(*kept))
    refused_without_a_write(bench, lambda: bench.run("apply", "--plan", "plan.json"), code=0)
    assert live_edges(bench) == before


@pytest.mark.parametrize("jobs", ["{name: Nobody called it this, optional: true}", "{name: Nobody called it this}"])
def test_an_empty_list_is_never_everything(bench: Bench, jobs: str) -> None:
    hook = "{{name: lineage, url: 'https://catalog.acme.example/dbt', on: [completed], jobs: {}, {}}}\n"
    sink = "secret_sink: {store: file, path: .dbt-alerts/lineage.secret}"
    bench.policy("webhooks:\n  - " + hook.format(jobs, sink))
    bench.run("apply")
    assert [row["name"] for row in bench.sandbox.control.rows("webhooks") if row["name"] == "lineage"] == []
    bench.policy("webhooks:\n  - " + hook.format("{project: Finance, name: Daily Revenue}", sink))
    assert bench.run("apply").code == 0
    bench.policy("webhooks:\n  - " + hook.format(jobs, sink))
    bench.run("apply")
    assert bench.webhook("lineage")["job_ids"] != []
    assert LEDGER.exists()
