"""Which step matters: the one that failed the run, the one that warned, never the last by accident."""

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.cloud.step_choice import StepKind, ended, failed_steps, step_kind, told_warnings, work_steps
from reconciler.model.run import Run, RunStatus, RunStep

OK, BAD, CUT = RunStatus.SUCCESS, RunStatus.ERROR, RunStatus.CANCELLED
START = datetime(2026, 3, 2, 6, tzinfo=UTC)


def run(
    *steps: tuple[str, RunStatus | None] | tuple[str, RunStatus | None, str],
    status: RunStatus | None = OK,
    minutes: tuple[int, ...] = (),
) -> Run:
    """Build a run of dbt commands; each step lasts a minute unless `minutes` says otherwise."""
    made = tuple(
        RunStep(
            index=index,
            name=f"Invoke dbt with `{command}`" if command.startswith("dbt") else command,
            status=status,
            log_tail=log[0] if log else "",
            started_at=START,
            finished_at=START + timedelta(minutes=dict(enumerate(minutes, start=1)).get(index, 1)),
        )
        for index, (command, status, *log) in enumerate(steps, start=1)
    )
    return Run(id=1, job_id=1, project_id=1, environment_id=1, status=status, steps=made)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Clone git repository", StepKind.NOTHING),
        ("Create profile from connection Production", StepKind.NOTHING),
        ("Invoke dbt with `dbt deps`", StepKind.NOTHING),
        ("Invoke dbt with `dbt build --select +revenue`", StepKind.RESULTS),
        ("Invoke dbt with `dbt --warn-error run --select docs`", StepKind.RESULTS),
        ("Invoke dbt with `dbt --log-level info test`", StepKind.RESULTS),
        ("Invoke dbt with `dbt run-operation explode`", StepKind.RESULTS),
        ("Invoke dbt with `dbt source freshness`", StepKind.FRESHNESS),
        ("Invoke dbt with `dbt docs generate`", StepKind.DOCS),
        ("Invoke dbt with `dbt new-verb`", StepKind.RESULTS),
        ("dbt seed", StepKind.RESULTS),
        ("`dbt snapshot`", StepKind.RESULTS),
        ("Invoke dbt build", StepKind.RESULTS),
        ("Fetching dbt", StepKind.NOTHING),
        ("Create profile from connection dbt run", StepKind.NOTHING),
        ("", StepKind.NOTHING),
    ],
)
def test_a_steps_name_says_what_it_leaves(name: str, kind: StepKind) -> None:
    assert step_kind(RunStep(index=1, name=name, status=OK)) is kind


@pytest.mark.parametrize(
    ("found", "index"),
    [
        (run(("dbt deps", OK), ("dbt build", BAD), status=BAD), 2),
        (run(("dbt build", BAD), ("dbt docs generate", OK), status=BAD), 1),
        (run(("dbt build", BAD), ("dbt docs generate", BAD), status=BAD), 1),
        (run(("dbt docs generate", BAD), ("dbt build", BAD), status=BAD), 2),
        (run(("dbt source freshness", BAD), ("dbt build", BAD), status=BAD), 2),
        (run(("dbt source freshness", BAD), ("dbt build", OK), status=BAD), 1),
        (run(("dbt build", BAD), ("dbt test", BAD), status=BAD), 1),
        (run(("Clone git repository", BAD), ("dbt build", BAD), status=BAD), 1),
        (run(("dbt docs generate", BAD), status=BAD), 1),
        (run(("dbt seed", OK), ("dbt build", None), status=BAD), 2),
        (run(("dbt source freshness", BAD), ("dbt build", OK)), 1),
        (run(("dbt seed", OK), ("dbt build", CUT), status=CUT), 2),
        (run(("dbt seed", OK), ("dbt build", OK), status=CUT), 2),
        (run(("dbt seed", OK), ("dbt build", RunStatus.RUNNING), ("dbt docs generate", OK), status=CUT), 2),
    ],
)
def test_the_step_that_failed_the_run_comes_first(found: Run, index: int) -> None:
    assert failed_steps(found)[0].index == index


@pytest.mark.parametrize(
    "found", [run(("dbt build", OK), ("dbt docs generate", BAD)), run(("dbt build", OK)), run(status=BAD), run()]
)
def test_docs_that_failed_do_not_make_a_failure_of_a_success(found: Run) -> None:
    assert failed_steps(found) == ()


def test_several_failed_steps_are_all_there() -> None:
    found = run(("dbt source freshness", BAD), ("dbt run", BAD), ("dbt test", BAD), status=BAD)
    assert [step.index for step in failed_steps(found)] == [2, 3, 1]


@pytest.mark.parametrize(
    ("log", "count"),
    [
        ("06:00:01  Done. PASS=7 WARN=3 ERROR=4 SKIP=5 NO-OP=0 TOTAL=19", 3),
        ("Done. PASS=7 WARN=0 ERROR=0", 0),
        ("Done. PASS=7 WARN=0 ERROR=0\n…\nDone. PASS=7 WARN=2 ERROR=0", 2),
        ("Summary: 12 total | 11 success | 1 warn", 1),
        ("Compilation Error", None),
        ("WARN=" + "9" * 5000, 999_999_999),
        ("", None),
    ],
)
def test_the_summary_line_counts_the_warnings(log: str, count: int | None) -> None:
    assert told_warnings(RunStep(index=1, name="dbt build", status=OK, log_tail=log)) == count


def test_steps_that_say_they_warned_come_first_then_silent_ones_then_the_longest() -> None:
    found = run(
        ("Clone git repository", OK),
        ("dbt run", OK, "WARN=0"),
        ("dbt build", OK, "WARN=0"),
        ("dbt source freshness", OK, "WARN=0"),
        ("dbt seed", OK),
        ("dbt test", OK, "WARN=2"),
        ("dbt docs generate", OK, "WARN=9"),
        minutes=(1, 2, 5, 60, 1, 1, 60),
    )
    assert [step.index for step in work_steps(found)] == [6, 5, 3, 2, 4]


@pytest.mark.parametrize(
    ("status", "finished", "over"),
    [(OK, True, True), (BAD, False, True), (CUT, False, True), (None, True, True), (None, False, False)]
    + [(status, True, False) for status in (RunStatus.QUEUED, RunStatus.STARTING, RunStatus.RUNNING)],
)
def test_a_run_is_over_by_its_code(status: RunStatus | None, finished: bool, over: bool) -> None:
    found = Run(id=1, job_id=1, project_id=1, environment_id=1, status=status, finished_at=START if finished else None)
    assert ended(found) is over
