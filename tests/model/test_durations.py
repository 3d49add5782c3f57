"""Lengths of time as text: as people say them, and as the policy's canonical form has them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.model.duration import duration_text, exact_duration


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(minutes=90), "90m"),
        (timedelta(hours=4), "4h"),
        (timedelta(hours=24), "24h"),
        (timedelta(hours=36), "36h"),
        (timedelta(days=7), "7d"),
        (timedelta(seconds=90), "90s"),
        (timedelta(0), "0s"),
    ],
)
def test_people_are_told_one_unit(duration: timedelta, text: str) -> None:
    assert duration_text(duration) == text


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(minutes=90), "1h30m"),
        (timedelta(hours=36), "1d12h"),
        (timedelta(days=1, seconds=5), "1d5s"),
        (timedelta(0), "0s"),
    ],
)
def test_the_canonical_form_has_each_unit_once(duration: timedelta, text: str) -> None:
    assert exact_duration(duration) == text
