"""How findings count and name jobs."""

from __future__ import annotations

import pytest

from reconciler.lint.job_words import few, times


@pytest.mark.parametrize(
    ("number", "text"), [(2.0, "2"), (24.0, "24"), (2.5, "2.5"), (1.04, "1.0"), (10.0, "10"), (10.4, "10")]
)
def test_how_often_is_told_with_no_more_digits_than_help(number: float, text: str) -> None:
    assert times(number) == text


def test_of_many_the_first_are_named_and_the_others_counted() -> None:
    assert few(["a", "b", "c"]) == "a, b, c"
    assert few(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
    assert few(["a", "b"], at_most=1) == "a and 1 more"
