"""Times and durations as recorded runs have them: reference §5.3."""

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.sandbox.durations import from_now, hhmmss, humanized, parse_time, run_time, since

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "clock", "words"),
    [
        (0, "00:00:00", "0 minutes"),
        (0.9, "00:00:00", "0 minutes"),
        (1, "00:00:01", "1 second"),
        (12, "00:00:12", "12 seconds"),
        (97, "00:01:37", "1 minute, 37 seconds"),
        (110, "00:01:50", "1 minute, 50 seconds"),
        (3600, "01:00:00", "1 hour"),
        (3605, "01:00:05", "1 hour"),
        (86_436, "24:00:36", "1 day"),
        (15 * 86_400, "360:00:00", "2 weeks, 1 day"),
    ],
)
def test_a_length_is_written_as_recorded(seconds: float, clock: str, words: str) -> None:
    length = timedelta(seconds=seconds)
    assert (hhmmss(length), humanized(length)) == (clock, words)


def test_a_moment_is_told_from_now() -> None:
    assert from_now(NOON - timedelta(days=15), NOON) == "2 weeks, 1 day ago"
    assert from_now(NOON + timedelta(minutes=3), NOON) == "3 minutes from now"
    assert from_now(None, NOON) == "0 minutes from now"


def test_a_missing_or_reversed_span_is_nothing() -> None:
    assert since(None, NOON) == since(NOON, None) == since(NOON, NOON - timedelta(1)) == timedelta(0)


@pytest.mark.parametrize(
    "text",
    ["2026-03-02T13:00:00+01:00", "2026-03-02 12:00:00.000000+00:00", "2026-03-02T12:00:00Z", "2026-03-02T12:00:00"],
)
def test_any_iso_time_is_read_as_utc_and_written_with_a_blank(text: str) -> None:
    assert run_time(parse_time(text)) == "2026-03-02 12:00:00.000000+00:00"


@pytest.mark.parametrize("text", ["", "yesterday", "0001-01-01T00:00:00+14:00"])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_time(text)
