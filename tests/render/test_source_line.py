"""A line of a file under a finding: what is shown of it, and where the caret is."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.lint.secrets_in_text import secret_spans
from reconciler.model.secret import MASK
from reconciler.render.lint.source_line import pointed_at


def columns(text: str) -> int:
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text
    )


@pytest.mark.parametrize(
    ("line", "column", "shown", "caret"),
    [
        ("abc: def", 6, "abc: def", 5),
        ("abc", 4, "abc", 3),
        ("abc", 99, "abc", 3),
        ("\ta: b", 5, "    a: b", 7),
        ("データ: x", 6, "データ: x", 8),
        ("e\u0301: x", 5, "e\u0301: x", 3),
        ("a\u202eb: x", 5, "a\\u202eb: x", 9),
    ],
)
def test_the_caret_stands_under_what_is_meant(line: str, column: int, shown: str, caret: int) -> None:
    assert pointed_at(line, column, width=80) == (shown, caret)


def test_of_a_long_line_the_part_around_the_caret_is_shown() -> None:
    line = "a" * 500 + "X" + "b" * 500
    shown, caret = pointed_at(line, 501, width=60)
    assert len(shown) == 60
    assert shown[0] == shown[-1] == "…"
    assert shown[caret] == "X"


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
    st.integers(1, 210),
    st.integers(40, 120),
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 30)), max_size=3),
)
@example("x" * 200, 200, 40, [(190, 10)])
def test_whatever_the_line_it_fits_and_the_caret_is_under_it(
    line: str, column: int, width: int, spans: list[tuple[int, int]]
) -> None:
    hidden = [(start, min(start + length, len(line))) for start, length in spans if start < len(line)]
    shown, caret = pointed_at(line, column, width=width, hidden=hidden)
    assert columns(shown) <= width
    assert 0 <= caret <= columns(shown)
    assert "\n" not in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("  a: {type: slack, token: xoxb-1, channel_id: C1}", f"  a: {{type: slack, token: {MASK}, channel_id: C1}}"),
        ('  password: "hunter2"', f'  password: "{MASK}"'),
        ("  token: $SLACK_TOKEN", "  token: $SLACK_TOKEN"),
        ('  token: "${SLACK_TOKEN}"', '  token: "${SLACK_TOKEN}"'),
        ("  headers: {X-Token: abc def}", f"  headers: {{X-Token: {MASK}}}"),
        ("  secret_sink: {store: file}", "  secret_sink: {store: file}"),
        ("  a: https://x.example?token=0123456789&b=1", f"  a: {MASK}"),
        ("  url: https://hooks.slack.com/services/T0/B0/x  # why", f"  url: {MASK}  # why"),
        ("  a: known-value-0 and known-value-0", f"  a: {MASK} and {MASK}"),
    ],
)
def test_what_nobody_should_read_is_masked(line: str, shown: str) -> None:
    assert pointed_at(line, 1, width=200, hidden=secret_spans(line, ["known-value-0"]))[0] == shown


def test_a_caret_inside_what_is_masked_stands_at_its_beginning() -> None:
    line = "  token: abcdefghij # x"
    shown, caret = pointed_at(line, 14, width=80, hidden=secret_spans(line))
    assert shown[caret:].startswith(MASK)


@given(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=200), st.integers(1, 210), st.integers(40, 120)
)
@example("x" * 200, 100, 40)
def test_a_plain_line_is_shown_as_one_that_is_looked_at_character_by_character(
    line: str, column: int, width: int
) -> None:
    nothing = [(len(line), len(line))]
    assert pointed_at(line, column, width=width) == pointed_at(line, column, width=width, hidden=nothing)
