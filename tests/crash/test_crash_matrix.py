"""SIGKILL at every API call and every ledger write of an apply; then again, reverted, and without the ledger.

Real processes against the sandbox. Many deaths leave the same state behind (reads change nothing): what follows from
one state is worked out once, so the matrix is complete and still ends in about a minute.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from reconciler.model.edge import Edge
from reconciler.model.ledger import Claim
from reconciler.sandbox import SandboxOptions, start
from tests.crash.crash_lab import MANAGER, CrashLab, Image, Kill, Told, Webhook

pytestmark = [pytest.mark.crash, pytest.mark.slow, pytest.mark.timeout(600)]

HEAD = """\
version: 1
manager: {manager}
account: {{id: {account}, host: "{host}", token: $DBT_CLOUD_TOKEN}}
ledger: {{store: file, path: kept/ledger.json}}
channels:
  maria: {{type: dbt_user, email: maria@acme.example}}
  newcomer: {{type: dbt_email, address: newcomer@acme.example, owner: platform@acme.example}}
  finance: {{type: dbt_email, address: finance-data@acme.example, owner: platform@acme.example}}
"""
BEFORE = """\
notifications:
  - {{to: maria, on: [failure], jobs: {{id: [{a}, {b}]}}}}
webhooks:
  - {{name: changes, url: "https://old.acme.example/x", on: [completed], jobs: {{id: [{a}, {b}]}},
     secret_sink: {{store: file, path: kept/changes.secret}}}}
  - {{name: goes, url: "https://goes.acme.example/x", on: [errored], jobs: {{id: {a}}},
     secret_sink: {{store: file, path: kept/goes.secret}}}}
"""
AFTER = """\
notifications:
  - {{to: maria, on: [failure], jobs: {{id: {a}}}}}
  - {{to: maria, on: [cancelled], jobs: {{id: {c}}}}}
  - {{to: newcomer, on: [failure], jobs: {{id: {b}}}}}
  - {{to: finance, on: [failure], jobs: {{id: {theirs}}}}}
webhooks:
  - {{name: changes, url: "https://new.acme.example/x", on: [completed], jobs: {{id: [{b}, {c}]}},
     secret_sink: {{store: file, path: kept/changes.secret}}}}
  - {{name: comes, url: "https://comes.acme.example/x", on: [completed], jobs: {{id: {a}}},
     secret_sink: {{store: file, path: kept/comes.secret}}}}
"""


@dataclass(slots=True, kw_only=True)
class Matrix:
    """The lab, the start, the undisturbed end, and every state that a death left behind, once."""

    lab: CrashLab
    start: Image
    foreign: frozenset[Told]
    adopted: Told
    edges: frozenset[Told] = frozenset()
    active: frozenset[Webhook] = frozenset()
    claims: Mapping[Edge, Claim] = field(default_factory=dict)
    hooks: frozenset[str] = frozenset()
    end_state: object = None
    calls: int = 0
    saves: int = 0
    left: dict[str, Image] = field(default_factory=dict)
    deaths: dict[str, list[Kill]] = field(default_factory=dict)

    def kills(self) -> Iterator[Kill]:
        for moment, count in (("request", self.calls), ("taken", self.calls), ("answered", self.calls)):
            yield from (Kill(moment, number) for number in range(1, count + 1))
        for moment in ("saving", "saved"):
            yield from (Kill(moment, number) for number in range(1, self.saves + 1))

    def die(self, kill: Kill) -> None:
        self.lab.restore(self.start)
        ran = self.lab.apply("after", kill=kill)
        assert ran.killed, f"{kill}: not killed, it ended with {ran.code}\n{ran.output}"
        state = self._state()
        if state not in self.left:
            self.left[state] = self.lab.image()
        self.deaths.setdefault(state, []).append(kill)

    def _state(self) -> str:
        """Return what the next run can see, without times and without the random parts of secrets and ids."""
        ledger = json.loads(self.lab.ledger_path.read_bytes())
        ledger.pop("log", None)
        webhooks = self.lab.webhooks()
        names = {w["id"]: w["name"] for w in webhooks}
        hooks = [[w["name"], w["client_url"], w["job_ids"], w["event_types"], w["active"]] for w in webhooks]
        matches = [w["name"] for w in webhooks if self.lab.secret(w["name"]) == w["hmac_secret"]]
        for claim in ledger.get("subscriptions", ()):
            claim["id"], claim["receipt"] = names.get(claim.get("id")), bool(claim.get("receipt"))
        return json.dumps([sorted(self.lab.edges()), sorted(hooks), sorted(matches), ledger])


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    with start(SandboxOptions()) as sandbox:
        lab = CrashLab.open(sandbox, tmp_path_factory.mktemp("crash"))
        try:
            yield _prepared(lab)
        finally:
            lab.close()


def _prepared(lab: CrashLab) -> Matrix:
    theirs = next(
        told for told in sorted(lab.edges()) if told.who == "4:finance-data@acme.example" and told.what == "on_failure"
    )
    foreign = lab.edges()
    a, b, c = [job for job in lab.jobs if job not in {told.job for told in foreign}][:3]
    values = {"a": a, "b": b, "c": c, "theirs": theirs.job}
    where = {"manager": MANAGER, "account": lab.sandbox.account_id, "host": lab.sandbox.url}
    lab.write("before", HEAD.format(**where) + BEFORE.format(**values))
    lab.write("after", HEAD.format(**where) + AFTER.format(**values))
    first = lab.apply("before")
    assert first.code == 0, first.output
    made = Matrix(lab=lab, start=lab.image(), foreign=foreign, adopted=theirs)
    made.edges, made.active = lab.edges(), lab.active_webhooks()
    made.claims, made.hooks = lab.ledger().claims, frozenset(lab.ledger().subscriptions)
    ran = lab.apply("after")
    assert ran.code == 0, ran.output
    made.end_state, made.calls, made.saves = lab.settled(), ran.calls, ran.saves
    for kill in made.kills():
        made.die(kill)
    return made


def _healthy(lab: CrashLab, matrix: Matrix, *, may_lose: frozenset[Told] = frozenset()) -> None:
    assert lab.edges() >= matrix.foreign - may_lose, "a foreign edge is lost"
    assert lab.duplicates() == []
    assert lab.lost_secrets() == []


def _each(matrix: Matrix) -> Iterator[str]:
    """Put each state back that a death left, and say in one line which deaths left it."""
    for state, image in matrix.left.items():
        matrix.lab.restore(image)
        yield "after " + " ".join(map(str, matrix.deaths[state]))


def test_every_moment_was_died_at(matrix: Matrix) -> None:
    assert matrix.calls > 40
    assert matrix.saves >= 3
    assert sum(map(len, matrix.deaths.values())) == 3 * matrix.calls + 2 * matrix.saves
    assert len(matrix.left) > 10


def test_run_again_ends_in_the_same_state(matrix: Matrix) -> None:
    lab = matrix.lab
    for deaths in _each(matrix):
        again = lab.apply("after")
        assert again.code == 0, f"{deaths}\n{again.output}"
        assert lab.settled() == matrix.end_state, deaths
        _healthy(lab, matrix)
        plan = lab.run("plan", "after.yml", "--detailed-exitcode")
        assert plan.code == 0, f"{deaths}\n{plan.output}"


def test_run_again_with_the_change_reverted_ends_at_the_start(matrix: Matrix) -> None:
    lab = matrix.lab
    for deaths in _each(matrix):
        was_adopted = any(str(edge.recipient) == "email:finance-data@acme.example" for edge in lab.ledger().claims)
        taken_back = frozenset({matrix.adopted}) if was_adopted else frozenset[Told]()
        plan = lab.run("plan", "before.yml")
        assert ("was there before us" in plan.output) == was_adopted, f"{deaths}\n{plan.output}"
        again = lab.apply("before")
        assert again.code == 0, f"{deaths}\n{again.output}"
        assert lab.edges() == matrix.edges - taken_back, deaths
        assert lab.active_webhooks() == matrix.active, deaths
        ledger = lab.ledger()
        assert (ledger.claims, ledger.pending) == (matrix.claims, {}), deaths
        assert set(ledger.subscriptions) - lab.tombstones() == matrix.hooks, deaths
        _healthy(lab, matrix, may_lose=taken_back)


def test_without_its_ledger_it_removes_deactivates_and_recreates_nothing(matrix: Matrix) -> None:
    lab = matrix.lab
    for deaths in _each(matrix):
        lab.ledger_path.unlink()
        edges, active, ids = lab.edges(), lab.active_webhooks(), {w["id"] for w in lab.webhooks()}
        again = lab.apply("after")
        assert again.code in {0, 4, 6}, f"{deaths}\n{again.output}"
        assert lab.edges() >= edges, deaths
        assert {name for name, *_ in lab.active_webhooks()} >= {name for name, *_ in active}, deaths
        assert {w["id"] for w in lab.webhooks()} >= ids, deaths
        assert lab.deletions() == [], deaths
        assert lab.duplicates() == [], deaths
