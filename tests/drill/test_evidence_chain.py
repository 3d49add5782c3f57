"""A chain of evidence: what was written is read again, and what was changed is found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.drill.chain import LONGEST_LINE, START, chained, evidence_in, linked, tip_of, verify
from tests.drill.evidence_lab import seen

THREE = [seen(id=str(number), answer=f"answer {number}") for number in range(3)]
LINES = list(chained(THREE, after=START))


def test_what_was_written_is_read_again() -> None:
    assert evidence_in(b"".join(LINES)) == tuple(THREE)
    assert list(verify(LINES)) == []


def test_each_line_names_the_hash_of_the_one_before() -> None:
    links = [linked(line) for line in LINES]
    assert [each.before for each in links] == [START, links[0].hash, links[1].hash]
    assert tip_of(b"".join(LINES)) == links[2].hash


def test_a_chain_goes_on_where_it_ended() -> None:
    later = list(chained([seen(id="4")], after=tip_of(b"".join(LINES))))
    assert list(verify([*LINES, *later])) == []


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ([LINES[0].replace(b"answer 0", b"answer 9"), *LINES[1:]], "line 1 was changed: its hash does not fit"),
        ([LINES[0], LINES[1].replace(b"accepted", b"proved"), LINES[2]], "line 2 was changed: its hash does not fit"),
        ([*LINES[:2], LINES[2].replace(b"accepted", b"proved")], "line 3 was changed: its hash does not fit"),
        ([LINES[0], LINES[2]], "line 2 does not follow the line before it: one is missing or new"),
        (LINES[1:], "line 1 does not follow the line before it: one is missing or new"),
        ([LINES[0], b"nonsense\n", *LINES[1:]], "line 2 is no record"),
        ([LINES[0], b"[]\n", *LINES[1:]], "line 2 is no record"),
        ([b"x" * (LONGEST_LINE + 1), *LINES[1:]], "line 1 is no record"),
    ],
)
def test_what_was_changed_is_found(lines: list[bytes], what: str) -> None:
    assert [each.what for each in verify(lines)] == [what]


def test_lines_that_changed_places_are_found() -> None:
    assert list(verify([LINES[1], LINES[0], LINES[2]])) != []


def test_a_readable_line_is_read_whatever_stands_around_it() -> None:
    assert evidence_in(b"{half\n" + LINES[0] + b"\xff\n") == (THREE[0],)


def test_no_text_makes_a_line_too_long_to_be_read() -> None:
    (line,) = chained([seen(answer="é\n\u202e" * 100_000, fix="x" * 100_000)], after=START)
    assert len(line) < LONGEST_LINE
    assert len(linked(line.rstrip()).evidence.answer) == 2000


@settings(max_examples=30)
@given(st.text(max_size=50), st.integers(min_value=0))
def test_one_changed_byte_anywhere_is_found(answer: str, place: int) -> None:
    lines = list(chained([seen(answer=answer), seen(id="2")], after=START))
    first = bytearray(lines[0])
    spot = place % (len(first) - 1)
    first[spot] = (first[spot] + 1) % 256 or 1
    if bytes(first[spot : spot + 1]) in {b"\n", b"\r"}:
        return
    assert list(verify([bytes(first), lines[1]])) != []
