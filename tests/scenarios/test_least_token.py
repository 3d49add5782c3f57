"""The least token of each command, found by trying every permission set, and held against the page that names it.

Least: the fewest areas that it may write, then the fewest that it may read. Sets of older plans and in private beta,
of which the documentation's tables say nothing, are left out (reference §1.2).
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import pytest

from reconciler.cli.sandbox_values import bases
from reconciler.sandbox.permissions import SETS, Access, Area, access
from tests.scenarios.conformity_lab import LEDGER, Bench
from tests.scenarios.rotate_bench import KEY, SECRET, Receiver, receiving

GUIDE = Path(__file__).parents[2] / "docs/guides/tokens.md"
AREAS = [area for area in Area if area not in {Area.ANYBODY, Area.MODELS}]
LEFT_OUT = {"owner", "member", "readonly", "analyst_read"}
MOST_AT_ONCE = 3
HIDDEN = "may not read webhooks"

TELLS = """\
channels:
  maria: {type: dbt_user, email: maria@acme.example}
  mail: {type: dbt_email, address: new@acme.example, owner: platform@acme.example}
notifications:
  - {to: [maria, mail], on: [failure], jobs: {environment: {type: production}}}
"""
RELAYED = """\
relay: {url: "https://alerts.acme.example/dbt"}
channels:
  room: {type: slack, url: "https://hooks.slack.com/services/T0SANDBOX/B0CRITICAL/made-up"}
notifications:
  - {to: [room], on: [failure], jobs: {environment: {type: production}}}
"""
CANARY = "canary: {job: {project: Finance, name: Month Close}, channels: [maria], token: $CANARY_TOKEN}\n"
MODELS = "model_notifications: {environment: Production, project: Finance, on: [failure, skipped]}\n"


def reach(sets: Sequence[str]) -> tuple[int, int]:
    """Return how many areas a token with these sets may write, and how many it may read."""
    found = [access(sets, area) for area in AREAS]
    return sum(each is Access.WRITE for each in found), sum(each is not Access.NONE for each in found)


def candidates() -> list[tuple[str, ...]]:
    """Return every choice of up to three sets that adds something with each of them, the least first."""
    useful = [name for name in SETS if name not in LEFT_OUT and reach([name]) != (0, 0)]
    chosen = [each for count in range(1, MOST_AT_ONCE + 1) for each in combinations(useful, count)]
    return sorted(filter(_each_adds, chosen), key=lambda sets: (*reach(sets), len(sets), sets))


def _each_adds(sets: tuple[str, ...]) -> bool:
    whole = reach(sets)
    return all(reach([name for name in sets if name != one]) != whole for one in sets)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A command, what is done before it by a token that may everything, what the policy holds then, a lost ledger.

    `RUN` in the command is the id of a run that failed; `variable` is where the token that is tried stands.
    """

    policy: Callable[[Receiver], str]
    command: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()
    after: Callable[[Receiver], str] | None = None
    lost: bool = False
    variable: str = "DBT_CLOUD_TOKEN"


def plain(_: Receiver) -> str:
    return TELLS


def hooked(receiver: Receiver) -> str:
    return TELLS + receiver.policy()


def models(_: Receiver) -> str:
    return TELLS + MODELS


def relayed(_: Receiver) -> str:
    return RELAYED


def canary(_: Receiver) -> str:
    return TELLS + CANARY


CASES = {
    "plan": Case(policy=plain, command=("plan",)),
    "drift": Case(policy=plain, command=("drift",)),
    "doctor": Case(policy=plain, command=("doctor",)),
    "snapshot": Case(policy=plain, command=("snapshot",)),
    "import": Case(policy=plain, command=("import", "--manager", "tried", "--out", "imported")),
    "lint --online": Case(policy=plain, command=("lint", "--online")),
    "explain": Case(policy=plain, command=("explain", "job", "Month Close")),
    "coverage": Case(policy=plain, command=("coverage",)),
    "init --from-account": Case(policy=plain, command=("init", "begun", "--from-account", "--yes")),
    "plan with webhooks": Case(policy=hooked, command=("plan",)),
    "apply": Case(policy=plain, command=("apply",)),
    "apply with webhooks": Case(policy=hooked, command=("apply",)),
    "apply with model notifications": Case(policy=models, command=("apply",)),
    "rotate": Case(policy=hooked, before=(("apply",),), command=("rotate", KEY)),
    "purge": Case(
        policy=hooked, before=(("apply",), ("rotate", KEY)), command=("purge", "--older-than", "0d", "--yes")
    ),
    "ledger rebuild": Case(policy=plain, before=(("apply",),), command=("ledger", "rebuild"), lost=True),
    "ledger verify": Case(policy=plain, before=(("apply",),), command=("ledger", "verify")),
    "release": Case(
        policy=plain,
        before=(("apply",),),
        after=lambda _: "channels: {}\n",
        command=("release", "--yes", "email:new@acme.example"),
    ),
    "notify": Case(policy=relayed, command=("notify", "--run", "RUN")),
    "render --run": Case(policy=relayed, command=("render", "--run", "RUN")),
    "alert-test": Case(policy=relayed, command=("alert-test", "contacts", "render", "deliver")),
    "alert-test with webhooks": Case(
        policy=hooked, before=(("apply",),), command=("alert-test", "contacts", "render", "deliver", "webhooks")
    ),
    "alert-test canary": Case(
        policy=canary, before=(("apply",),), command=("alert-test", "canary"), variable="CANARY_TOKEN"
    ),
}


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(tmp_path / SECRET) as known:
        yield known


def _failed_run(bench: Bench) -> str:
    run = bench.sandbox.control.call(
        "POST", "/runs", json={"job_id": bench.job("Month Close")["id"], "outcome": "failure"}
    )
    bench.sandbox.control.call("POST", "/idle", json={"timeout": 20})
    return str(run["id"])


def least(bench: Bench, receiver: Receiver, case: Case, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Return the first token that the command succeeds with, trying the least first, each from the same state."""
    bench.policy(case.policy(receiver))
    for name, value in {**bases(bench.sandbox.url, None), "CANARY_TOKEN": bench.sandbox.token}.items():
        monkeypatch.setenv(name, value)
    command = [_failed_run(bench) if word == "RUN" else word for word in case.command]
    for arguments in case.before:
        done = bench.run(*arguments)
        assert done.code == 0, done.err
    if case.lost:
        LEDGER.unlink()
    if case.after is not None:
        bench.policy(case.after(receiver))
    state, here, kept = bench.sandbox.control.dump(), Path.cwd(), Path.cwd().with_name(f"{Path.cwd().name}-kept")
    shutil.copytree(here, kept)
    for sets in candidates():
        bench.sandbox.control.load(state)
        for name in (".dbt-alerts", "secrets", "imported", "begun", "snapshot.json"):
            shutil.rmtree(here / name, ignore_errors=True)
        shutil.copytree(kept, here, dirs_exist_ok=True)
        token = bench.sandbox.control.add_token(permission=",".join(sets))["token"]
        monkeypatch.setenv(case.variable, token)
        done = bench.run(*command)
        if done.code == 0 and (case.policy is not hooked or HIDDEN not in done.out):
            return sets
    return ()


def documented() -> dict[str, tuple[str, ...]]:
    rows = re.findall(r"^\| `([a-z -]+)`((?: with [a-z ]+)?) \| ([a-z_`+ ]+) \|", GUIDE.read_text(), re.MULTILINE)
    return {command + more: tuple(sorted(re.findall(r"`([a-z_]+)`", sets))) for command, more, sets in rows}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_the_guide_names_the_least_token(
    bench: Bench, receiver: Receiver, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = least(bench, receiver, CASES[name], monkeypatch)
    assert tuple(sorted(found)) == documented().get(name), f"{name} takes {found}"


@pytest.mark.parametrize(
    "command",
    [
        "lint",
        "test",
        "graph",
        "init begun --yes --email maria@acme.example",
        "explain job 'Month Close' --live a.json",
        "coverage --live a.json",
    ],
)
def test_what_reads_files_only_takes_no_token(bench: Bench, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.policy(TELLS)
    assert bench.run("snapshot", "--out", "a.json").code == 0
    monkeypatch.delenv("DBT_CLOUD_TOKEN")
    done = bench.run(*shlex.split(command))
    assert done.code == 0, done.err


def test_the_guide_names_no_command_that_is_not_tried() -> None:
    assert documented().keys() == CASES.keys()
