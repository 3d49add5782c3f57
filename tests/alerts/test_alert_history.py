"""What earlier runs tell: the usual duration, failures in a row, the last success, and when this came before."""

from dataclasses import replace
from datetime import timedelta

from reconciler.alerts.history import last_good, past_of
from reconciler.model.run import RunStatus
from tests.alerts import alert_facts as made

GOOD, BAD, CUT = RunStatus.SUCCESS, RunStatus.ERROR, RunStatus.CANCELLED


def test_usual_is_the_median_of_good_runs_alone() -> None:
    found = past_of(made.past(GOOD, BAD, GOOD, CUT, GOOD, minutes=(10, 900, 20, 900, 600)), failing=True)
    assert (found.usual, found.counted) == (timedelta(minutes=20), 3)


def test_of_an_even_number_it_is_between_the_two_in_the_middle() -> None:
    assert past_of(made.past(GOOD, GOOD, minutes=(10, 20)), failing=True).usual == timedelta(minutes=15)


def test_a_run_without_its_times_or_with_odd_ones_is_not_counted() -> None:
    runs = made.past(GOOD, GOOD, GOOD)
    odd = (replace(runs[0], started_at=None), replace(runs[1], started_at=made.NOW), runs[2])
    assert past_of(odd, failing=True).counted == 1


def test_failures_in_a_row_end_with_a_success_and_not_with_a_cancelled_run() -> None:
    assert past_of(made.past(BAD, CUT, BAD, GOOD, BAD), failing=True).failures_in_a_row == 3
    assert past_of(made.past(BAD, CUT, BAD, GOOD, BAD), failing=False).failures_in_a_row == 2
    assert past_of((), failing=True).failures_in_a_row == 1
    assert past_of(made.past(GOOD, BAD), failing=False).failures_in_a_row == 0


def test_the_last_success_is_the_newest_one() -> None:
    runs = made.past(BAD, GOOD, GOOD)
    assert last_good(runs) is runs[1]
    assert past_of(runs, failing=True).last_success == runs[1].finished_at
    assert last_good(made.past(BAD)) is None


def test_earlier_failures_are_occurrences_the_newest_first_and_ten_at_most() -> None:
    runs = made.past(*[BAD] * 15)
    assert past_of(runs, failing=True).occurrences == tuple(run.finished_at for run in runs[:10])


def test_the_same_error_is_one_with_the_same_words_and_dbt_clouds_general_words_are_none() -> None:
    runs = tuple(replace(run, message="fct_revenue failed") for run in made.past(BAD, BAD, GOOD))
    assert past_of(runs, failing=True, message="fct_revenue failed").same_error == 2
    assert past_of(runs, failing=True, message="other").same_error == 0
    general = tuple(replace(run, message="dbt command failed") for run in runs)
    assert past_of(general, failing=True, message="dbt command failed").same_error == 0
    assert past_of(made.past(BAD), failing=True, message="").same_error == 0
