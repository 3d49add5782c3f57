"""Values of others' JSON: always a value or nothing."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from reconciler.alerts.remote import first_text, items, mapping, moment, number, seconds, text, texts, whole


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("2026-03-02 06:00:00.100000+00:00", datetime(2026, 3, 2, 6, 0, 0, 100000, tzinfo=UTC)),
        ("2026-03-02T06:00:00Z", datetime(2026, 3, 2, 6, tzinfo=UTC)),
        ("2026-03-02T06:00:00.123456789Z", datetime(2026, 3, 2, 6, 0, 0, 123456, tzinfo=UTC)),
        ("2026-03-02T06:00:00", datetime(2026, 3, 2, 6, tzinfo=UTC)),
        ("2026-03-02T06:00:00-05:00", datetime(2026, 3, 2, 11, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59Z", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (1_700_000_000, None),
    ],
)
def test_a_time_is_aware_and_in_utc_or_nothing(given: object, read: datetime | None) -> None:
    assert moment(given) == read


@pytest.mark.parametrize(
    ("given", "read"), [(7, 7), ("7", 7), (0, 0), (True, None), (-1, None), (7.0, None), ("7.0", None), (2**63, None)]
)
def test_a_whole_number_is_not_negative_and_no_truth_value(given: object, read: int | None) -> None:
    assert whole(given) == read


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (1, 1.0),
        (Decimal("0.5"), 0.5),
        (Decimal("1E+999"), None),
        (10**400, None),
        (True, None),
        ("1", None),
        (None, None),
    ],
)
def test_a_number_is_finite(given: object, read: float | None) -> None:
    assert number(given) == read


@pytest.mark.parametrize(
    ("given", "read"), [(0, 0.0), (1.5, 1.5), (-5, None), (1e308, None), (1e12, None), ("1", None), (None, None)]
)
def test_a_length_of_time_is_one_that_somebody_can_have_measured(given: object, read: float | None) -> None:
    assert seconds(given) == read


def test_a_text_is_bounded_and_can_be_written() -> None:
    assert text("abcdef", most=3) == "abc"
    assert text(json.loads('"\\udc00x"')).encode() == b"?x"
    assert [text(each) for each in (None, 7, ["a"], {"a": 1})] == ["", "", "", ""]
    assert first_text(None, "", 7, "first", "second") == "first"


def test_texts_are_a_list_or_the_one_that_stands_in_its_place() -> None:
    assert texts("one") == ("one",)
    assert texts(["a", 7, "", None, "b"]) == ("a", "b")
    assert texts(["a"] * 5, most=2) == ("a", "a")
    assert texts({"a": 1}) == texts("") == texts(None) == ()


def test_what_is_no_mapping_and_no_list_is_an_empty_one() -> None:
    assert mapping([1]) == mapping(None) == {}
    assert list(items({"a": 1})) == list(items("ab")) == []
