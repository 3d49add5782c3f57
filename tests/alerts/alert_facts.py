"""Small builders of runs, results and questions for tests of alerts: a test names only what it is about."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.alerts.build import Asked
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Layer, Policy
from reconciler.model.run import Event, Node, NodeResult, NodeStatus, PastRun, Run, RunFacts, RunStatus, RunStep
from reconciler.model.telling import NodeKind
from reconciler.routing.place import Placed
from tests import builders

NOW = datetime(2026, 1, 3, 13, 29, tzinfo=UTC)
BEGAN = NOW - timedelta(minutes=46)
ENDED = NOW - timedelta(minutes=4)
COMMIT = "9f2c1d7ab04e4f3c8d5e6f708192a3b4c5d6e7f8"
GOOD_COMMIT = "41aa0be2c3d4e5f60718293a4b5c6d7e8f901234"
MISSING_COLUMN = (
    "Database Error in model orders (models/orders.sql)\n"
    "  000904 (42000): SQL compilation error: error line 14 at position 4\n"
    "  invalid identifier 'AMOUNT_EUR'"
)


def run(**given: Any) -> Run:  # noqa: ANN401 - the fields of Run
    values: dict[str, Any] = {
        "id": 90210,
        "job_id": 101,
        "project_id": 1,
        "environment_id": 11,
        "status": RunStatus.ERROR,
        "message": "dbt command failed",
        "started_at": BEGAN,
        "finished_at": ENDED,
        "git_sha": COMMIT,
        "git_branch": "main",
        "cause": "scheduled",
    }
    return Run(**(values | given))


def failed(name: str = "orders", *, message: str = MISSING_COLUMN, **given: Any) -> NodeResult:  # noqa: ANN401
    return NodeResult(
        unique_id=f"model.shop.{name}", status=NodeStatus.ERROR, kind=NodeKind.MODEL, message=message, **given
    )


def failed_test(name: str = "not_null_orders_id", *, rows: int = 37, **given: Any) -> NodeResult:  # noqa: ANN401
    return NodeResult(
        unique_id=f"test.shop.{name}.1a2b",
        status=NodeStatus.FAILED,
        kind=NodeKind.TEST,
        message=f"Got {rows} results, configured to fail if != 0",
        failures=rows,
        **given,
    )


def result(unique_id: str, status: NodeStatus) -> NodeResult:
    return NodeResult(unique_id=unique_id, status=status, kind=NodeKind.MODEL)


def node(unique_id: str, **given: Any) -> Node:  # noqa: ANN401
    kind, _, name, *_ = unique_id.split(".")
    return Node(unique_id=unique_id, name=given.pop("name", name), resource_type=kind, **given)


def nodes(*given: Node) -> Mapping[str, Node]:
    return {each.unique_id: each for each in given}


def past(*statuses: RunStatus, minutes: Sequence[int] = ()) -> tuple[PastRun, ...]:
    """Return earlier runs, newest first, a day apart; each lasted 18 minutes or what is given."""
    found = []
    for place, status in enumerate(statuses):
        began = NOW - timedelta(days=place + 1)
        lasted = timedelta(minutes=minutes[place] if minutes else 18)
        found.append(
            PastRun(id=900 - place, status=status, started_at=began, finished_at=began + lasted, git_sha=GOOD_COMMIT)
        )
    return tuple(found)


def facts(*results: NodeResult, **given: Any) -> RunFacts:  # noqa: ANN401
    return RunFacts(run=given.pop("run", run()), results=results, **given)


def event(**given: Any) -> Event:  # noqa: ANN401
    values: dict[str, Any] = {
        "id": "wev_1",
        "type": "job.run.errored",
        "account_id": 7,
        "at": ENDED,
        "job_id": 101,
        "job_name": "Daily Revenue",
        "run_id": 90210,
        "status": RunStatus.ERROR,
        "message": "",
        "reason": "scheduled",
        "started_at": BEGAN,
        "ended_at": ENDED,
    }
    return Event(**(values | given))


def step(name: str = "Clone git repository", *, log_tail: str = "fatal: could not read") -> RunStep:
    return RunStep(index=1, name=name, status=RunStatus.ERROR, log_tail=log_tail)


def policy(*, rule: Layer | None = None, tier: Layer | None = None, defaults: Layer | None = None) -> Policy:
    """Return a policy whose one rule is of the tier critical, with everything that an engineer needs."""
    whole = builders.layer(
        owner="maria@acme.example",
        runbook="https://wiki.acme.example/revenue",
        impact="Revenue dashboard shows stale data",
        timezone="America/New_York",
    )
    return builders.policy(
        tiers=[
            builders.tier(layer=tier or builders.layer(response="at once")),
            builders.tier("high", rank=2, layer=builders.layer(response="today")),
        ],
        jobs=[builders.rule(tier="critical", layer=rule or whole, team="finance")],
        defaults=defaults,
    )


def asked(found: RunFacts | None = None, **given: Any) -> Asked:  # noqa: ANN401
    used = given.pop("policy", None) or policy()
    placed = given.pop("placed", None) or Placed(
        job=builders.job(),
        project=builders.project(),
        environment=builders.environment(),
        rule=used.jobs[0] if used.jobs else None,
    )
    values: dict[str, Any] = {
        "policy": used,
        "placed": placed,
        "outcome": Outcome.FAILURE,
        "now": NOW,
        "host": builders.HOST,
        "account_id": 7,
        "facts": found,
    }
    return Asked(**(values | given))
