"""Stage canary: nothing runs where nobody would be told; what runs must fail; its id is the code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from reconciler.drill.canary_reach import also_told
from reconciler.drill.stages.canary import stage
from reconciler.errors import NotFound, RuntimeFailure
from reconciler.model.edge import RecipientKey
from reconciler.model.evidence import Evidence, Standing
from reconciler.model.inventory import ALL_JOBS, JobScope, Subscription
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Canary
from reconciler.model.run import Run, RunStatus
from tests.builders import at, inventory, job, policy, row, selector
from tests.drill.bench_lab import Clock, bench, route

MARIA = route("maria", kind="dbt_user", relayed=False)
CANARY = Canary(at=at(), job=selector(names=["Daily Revenue"]), channels=("maria",))
TOLD = inventory(rows=[row(key=RecipientKey.user(1), jobs={Outcome.FAILURE: [101]})])


@dataclass
class Runs:
    """Runs that end as they are told, one look at a time."""

    looks: list[RunStatus | RuntimeFailure]
    started: list[tuple[int, str]] = field(default_factory=list)

    def start(self, job_id: int, *, cause: str) -> Run:
        self.started.append((job_id, cause))
        return self.run(4711)

    def run(self, run_id: int) -> Run:
        found = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if isinstance(found, RuntimeFailure):
            raise found
        return Run(id=run_id, job_id=101, project_id=1, environment_id=11, status=found)


def found(
    runs: Runs | None, *, canary: Canary | None = CANARY, told: bool = True, clock: Clock | None = None
) -> Evidence:
    declared = replace(policy(), canary=canary)
    used = bench(routes=[MARIA], of=declared, live=TOLD if told else inventory(), canary=runs, clock=clock)
    (one,) = stage(used)
    return one


def test_a_run_that_failed_as_planned_waits_for_its_id() -> None:
    runs = Runs([RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.ERROR])
    one = found(runs)
    assert (one.standing, one.correlation) == (Standing.ACCEPTED, "4711")
    assert "dbt-alerts alert-test confirm 4711" in one.answer
    assert runs.started == [(101, "dbt-alerts alert-test 7f3a9c21, meant to fail")]


@pytest.mark.parametrize(
    ("looks", "says"),
    [
        ([RunStatus.SUCCESS], "run 4711 was to fail and ended as success"),
        ([RunStatus.CANCELLED], "run 4711 was to fail and ended as cancelled"),
        ([RuntimeFailure("dbt Cloud answered 403")], "dbt Cloud answered 403"),
    ],
)
def test_any_other_end_proves_nothing(looks: Sequence[RunStatus | RuntimeFailure], says: str) -> None:
    one = found(Runs(list(looks)))
    assert (one.standing, one.answer) == (Standing.FAILED, says)


def test_a_run_that_does_not_end_is_left_when_patience_does() -> None:
    clock = Clock()
    one = found(Runs([RunStatus.QUEUED]), clock=clock)
    assert "has not ended" in one.answer
    assert 60 <= clock.now <= 65


def test_nothing_is_run_where_nobody_would_be_told() -> None:
    runs = Runs([RunStatus.ERROR])
    one = found(runs, told=False)
    assert (one.standing, runs.started) == (Standing.FAILED, [])
    assert "dbt-alerts apply" in one.fix


def test_nothing_is_run_without_a_token_or_without_exactly_one_job() -> None:
    assert "no token" in found(None).answer
    runs = Runs([RunStatus.ERROR])
    nowhere = replace(CANARY, job=selector(names=["Nothing"]))
    assert found(runs, canary=nowhere).answer == "`canary.job` means 0 jobs"
    both = inventory(jobs=[job(), job(id=102)])
    used = bench(routes=[MARIA], of=replace(policy(), canary=CANARY), live=both, canary=runs)
    assert [each.answer for each in stage(used)] == ["`canary.job` means 2 jobs"]
    assert runs.started == []


def test_a_policy_without_one_says_so() -> None:
    used = bench(routes=[MARIA])
    assert list(stage(used)) == []
    assert used.notebook.skipped == ["the policy has no `canary:`, so native channels are not proved"]


def test_a_token_that_may_not_run_the_job_is_told_which_right_it_needs() -> None:
    one = found(Runs([NotFound(method="POST", path="/jobs/101/run", status=404)]))
    assert (one.standing, "`job_runner`" in one.fix) == (Standing.FAILED, True)


# --- who else hears of it -------------------------------------------------------------------------------------------
def hook(name: str, jobs: JobScope, *, active: bool = True) -> Subscription:
    return Subscription(id=name, name=name, url="https://x", events=frozenset(), jobs=jobs, active=active)


def test_others_who_hear_of_the_failure_are_named() -> None:
    rows = [
        row(key=RecipientKey.user(1), jobs={Outcome.FAILURE: [101]}),
        row(id=902, key=RecipientKey.email("boss@acme.example"), jobs={Outcome.FAILURE: [101]}),
        row(id=903, key=RecipientKey.email("calm@acme.example"), jobs={Outcome.SUCCESS: [101]}),
    ]
    hooks = [hook("lake", ALL_JOBS), hook("one", frozenset({101})), hook("else", frozenset({9}))]
    live = inventory(rows=rows, subscriptions=[*hooks, hook("off", ALL_JOBS, active=False)])
    used = bench(routes=[MARIA], of=replace(policy(), canary=CANARY), live=live, canary=Runs([RunStatus.ERROR]))
    told = ("email:boss@acme.example", "webhook lake (of all jobs)", "webhook one")
    assert also_told(used, 101) == told
    assert [each.standing for each in stage(used)] == [Standing.ACCEPTED]
    assert used.notebook.noted == [f"the canary's failure is real to others too: {'; '.join(told)}"]


def test_webhooks_that_may_not_be_read_may_be_there() -> None:
    used = bench(of=replace(policy(), canary=CANARY), live=replace(TOLD, webhooks_hidden=True))
    assert also_told(used, 101) == ("webhooks of all jobs, which this token may not read",)
