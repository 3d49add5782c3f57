"""The code of a test message: its own, given back however people type, and kept nowhere in clear."""

from __future__ import annotations

import re

import pytest

from reconciler.drill.codes import draw, fits, seal, without


def test_each_message_has_a_code_of_its_own_that_begins_with_the_tests_id() -> None:
    codes = {draw("7f3a9c21") for _ in range(50)}
    assert len(codes) == 50
    assert all(re.fullmatch("7f3a9c21-[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5}", code) for code in codes)


@pytest.mark.parametrize(
    "typed", ["7f3a9c21-K4TQ9-XMW2H", "7F3A9C21 k4tq9 xmw2h", " 7f3a9c21k4tq9xmw2h\n", "`7f3a9c21-K4TQ9-XMW2H`."]
)
def test_a_code_is_known_however_it_is_typed(typed: str) -> None:
    assert fits(typed, seal("7f3a9c21-K4TQ9-XMW2H"))


@pytest.mark.parametrize("typed", ["7f3a9c21", "7f3a9c21-K4TQ9", "7f3a9c21-K4TQ9-XMW2J", ""])
def test_another_code_or_half_of_it_is_not(typed: str) -> None:
    assert not fits(typed, seal("7f3a9c21-K4TQ9-XMW2H"))


def test_nothing_fits_where_no_code_was_sent() -> None:
    assert seal("") == ""
    assert not fits("", "")
    assert not fits("7f3a9c21", "")


def test_the_seal_and_an_answer_that_shows_our_message_do_not_give_the_code_away() -> None:
    code = draw("7f3a9c21")
    secret = code.partition("-")[2]
    assert secret not in seal(code)
    assert secret not in without(f"550 refused: {code}", code)
    assert without("550 refused", "") == "550 refused"
