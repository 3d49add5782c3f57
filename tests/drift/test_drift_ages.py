"""Moments in both forms that dbt Cloud writes, and ages in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.drift.age import ago, moment

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "1768046400000000",
        "2026-01-10T12:00:00+00:00",
        "2026-01-10T12:00:00Z",
        "2026-01-10T13:00:00+01:00",
        "2026-01-10T12:00:00",
    ],
)
def test_every_form_is_the_same_moment(text: str) -> None:
    assert moment(text) == NOW


@pytest.mark.parametrize("text", [None, "", "yesterday", "9" * 40, "١٢٣", "-1"])
def test_anything_else_is_no_moment(text: str | None) -> None:
    assert moment(text) is None


@given(st.text(max_size=30))
def test_no_text_breaks_it(text: str) -> None:
    found = moment(text)
    assert found is None or found.tzinfo is not None


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(seconds=-90), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=23, minutes=59), "23 hours ago"),
        (timedelta(days=3, hours=5), "3 days ago"),
        (timedelta(days=61), "2 months ago"),
        (timedelta(days=800), "2 years ago"),
    ],
)
def test_ages_are_whole_units(age: timedelta, said: str) -> None:
    assert ago(NOW - age, NOW) == said
