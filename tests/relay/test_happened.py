from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.model.outcome import Outcome
from reconciler.model.run import Event, Node, NodeResult, NodeStatus, PastRun, Run, RunFacts, RunStatus, RunStep
from reconciler.model.telling import Cause, FailedNode, History, NodeKind
from reconciler.relay.happened import happenings, history

NOW = datetime(2026, 1, 13, 12, 0, tzinfo=UTC)
ENDED = NOW - timedelta(minutes=1)
RUN = Run(id=900, job_id=101, project_id=1, environment_id=11, status=RunStatus.ERROR, finished_at=ENDED)
EVENT = Event(
    id="wev_1",
    type="job.run.errored",
    account_id=1,
    at=NOW,
    job_id=101,
    job_name="Daily Revenue",
    run_id=900,
    status=RunStatus.ERROR,
    ended_at=ENDED - timedelta(seconds=5),
)


def of(run: Run, *results: NodeResult, **nodes: Node) -> RunFacts:
    return RunFacts(run=run, results=results, nodes={each.unique_id: each for each in nodes.values()})


def ended(status: RunStatus | None, *, message: str = "") -> list[tuple[Outcome, Cause | None]]:
    found = happenings(of(replace(RUN, status=status, message=message)), None, now=NOW)
    return [(each.outcome, each.cause) for each in found]


@pytest.mark.parametrize("status", [RunStatus.QUEUED, RunStatus.STARTING, RunStatus.RUNNING, None])
def test_a_run_that_goes_on_is_nothing_to_tell(status: RunStatus | None) -> None:
    assert ended(status) == []


def test_each_end_is_its_outcome() -> None:
    assert ended(RunStatus.SUCCESS) == [(Outcome.SUCCESS, None)]
    assert ended(RunStatus.ERROR) == [(Outcome.FAILURE, None)]
    assert ended(RunStatus.CANCELLED, message="Cancelled by user.") == [(Outcome.CANCELLED, None)]


def test_what_dbt_cloud_calls_cancelled_after_a_timeout_is_a_failure() -> None:
    said = "This run timed out after running for 1 day, which exceeded the configured timeout of 86400 seconds."
    assert ended(RunStatus.CANCELLED, message=said) == [(Outcome.FAILURE, Cause.TIMEOUT)]


def test_a_good_run_with_warnings_is_told_as_both() -> None:
    warned = NodeResult(unique_id="test.shop.not_null_id.abc", status=NodeStatus.WARNED, kind=NodeKind.TEST)
    good, warning = happenings(of(replace(RUN, status=RunStatus.SUCCESS), warned), None, now=NOW)
    assert (good.outcome, good.nodes) == (Outcome.SUCCESS, ())
    assert (warning.outcome, [node.name for node in warning.nodes]) == (Outcome.WARNING, ["not_null_id"])


def test_a_source_too_old_for_its_own_limit_is_a_warning_of_a_run_that_went_on() -> None:
    stale = NodeResult(unique_id="source.shop.stripe.payments", status=NodeStatus.ERROR, kind=NodeKind.FRESHNESS)
    good, warning = happenings(of(replace(RUN, status=RunStatus.SUCCESS), stale), None, now=NOW)
    assert (good.outcome, warning.outcome) == (Outcome.SUCCESS, Outcome.WARNING)
    assert [node.kind for node in warning.nodes] == [NodeKind.FRESHNESS]


def test_a_freshness_step_that_failed_without_results_is_a_warning_too() -> None:
    step = RunStep(index=4, name="Invoke dbt with `dbt source freshness`", status=RunStatus.ERROR)
    facts = replace(of(replace(RUN, status=RunStatus.SUCCESS)), step=step)
    assert [each.outcome for each in happenings(facts, None, now=NOW)] == [Outcome.SUCCESS, Outcome.WARNING]
    fine = replace(facts, step=replace(step, status=RunStatus.SUCCESS))
    assert [each.outcome for each in happenings(fine, None, now=NOW)] == [Outcome.SUCCESS]


def test_only_what_failed_itself_is_named_with_the_tags_of_the_manifest() -> None:
    bad = NodeResult(unique_id="model.shop.fct_revenue", status=NodeStatus.ERROR, kind=NodeKind.MODEL)
    skipped = NodeResult(unique_id="model.shop.report", status=NodeStatus.SKIPPED, kind=NodeKind.MODEL)
    node = Node(unique_id="model.shop.fct_revenue", name="fct_revenue", resource_type="model", tags=("pii",))
    (failure,) = happenings(of(RUN, bad, skipped, node=node), None, now=NOW)
    assert failure.nodes == (FailedNode(name="fct_revenue", kind=NodeKind.MODEL, tags=("pii",)),)


def test_the_api_is_newer_than_the_event() -> None:
    (failure,) = happenings(of(RUN), EVENT, now=NOW)
    assert failure.at == ENDED
    assert [each.outcome for each in happenings(of(replace(RUN, status=RunStatus.SUCCESS)), EVENT, now=NOW)] == [
        Outcome.SUCCESS
    ]


def test_an_event_counts_while_the_api_still_says_running_or_nothing() -> None:
    still = of(replace(RUN, status=RunStatus.RUNNING, finished_at=None))
    for facts in (still, None):
        (failure,) = happenings(facts, EVENT, now=NOW)
        assert (failure.outcome, failure.at) == (Outcome.FAILURE, EVENT.ended_at)


def past(*statuses: RunStatus | None) -> list[PastRun]:
    """Return earlier runs, newest first, an hour apart."""
    return [
        PastRun(id=899 - n, status=status, started_at=None, finished_at=NOW - timedelta(hours=n + 1))
        for n, status in enumerate(statuses)
    ]


def test_failures_in_a_row_are_counted_over_cancelled_runs() -> None:
    before = past(RunStatus.ERROR, RunStatus.CANCELLED, RunStatus.ERROR, RunStatus.SUCCESS, RunStatus.ERROR)
    assert history(before) == History(failures_before=2)


def test_after_a_good_run_the_count_begins_anew() -> None:
    assert history(past(RunStatus.SUCCESS, RunStatus.ERROR)) == history([]) == History()
