"""Texts made to fit: bounded in the vendor's own units, and never cut inside what must stay whole."""

import re
from collections.abc import Callable, Mapping
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.channels.fit import Markup, Unit, clip, measure, pieces, shrink, sound

ANY = st.text(st.characters(codec=None, exclude_categories=())) | st.text("ab<>|&;`\n👩\u200d\u0301[]()\\", max_size=80)


@given(ANY, st.integers(0, 40), st.sampled_from(Unit), st.sampled_from(Markup))
def test_never_larger_than_asked_for(text: str, most: int, unit: Unit, markup: Markup) -> None:
    assert measure(clip(text, most, unit=unit, markup=markup), unit) <= most


@given(ANY, st.sampled_from(Unit), st.sampled_from(Markup))
def test_what_fits_stays_as_it_is(text: str, unit: Unit, markup: Markup) -> None:
    assert clip(text, measure(text, unit), unit=unit, markup=markup) == text


@pytest.mark.parametrize("most", range(1, 40))
def test_a_link_an_entity_and_a_mention_stay_whole(most: int) -> None:
    kept = clip("a &amp; <https://x.example/|here> <!subteam^S1> end", most, markup=Markup.MRKDWN).removesuffix("…")
    assert kept.count("<") == kept.count(">")
    assert not re.search(r"&(?!amp;)", kept)


@pytest.mark.parametrize("most", range(8, 60))
def test_a_code_fence_that_was_opened_is_closed(most: int) -> None:
    text = "look:\n```\nselect 1\nfrom a_long_table_name\n```\nand then more of it"
    kept = clip(text, most, markup=Markup.MRKDWN)
    assert kept.count("```") % 2 == 0


@pytest.mark.parametrize("most", range(1, 40))
def test_a_card_s_link_escape_and_mention_stay_whole(most: int) -> None:
    text = r"a\_b [here](https://x.example/) <at>Ana</at> end"
    kept = clip(text, most, markup=Markup.MARKDOWN).removesuffix("…")
    assert not kept.endswith("\\")
    assert kept.count("[") == kept.count(")")
    assert kept.count("<at>") == kept.count("</at>")


def test_a_character_as_people_see_it_is_not_torn() -> None:
    family, accented = "👩\u200d👩\u200d👧", "e\u0301"
    assert clip("ab" + family + "cd", 5) == "ab…"
    assert clip("ab" + accented + "cd", 4) == "ab…"
    assert clip("👍🏽👍🏽", 3) == "👍🏽…"


@given(ANY, st.integers(0, 40))
def test_plain_text_is_cut_alike_whether_characters_or_units_are_counted(text: str, most: int) -> None:
    narrow = "".join(mark for mark in text if mark < "\ud800")
    assert clip(narrow, most) == clip(narrow, most, unit=Unit.UTF16)


def test_units_are_the_vendor_s() -> None:
    assert [measure("é👍", unit) for unit in (Unit.CHARACTERS, Unit.BYTES, Unit.UTF16)] == [2, 6, 3]


def test_half_a_surrogate_pair_can_be_sent() -> None:
    assert sound("a\ud800b") == "a?b"
    assert sound("schön") == "schön"


def test_a_cut_near_the_end_of_a_line_is_made_there() -> None:
    assert clip("first line\nsecond", 14) == "first line…"


@given(st.text("ab `\n", max_size=200), st.integers(12, 40))
def test_pieces_lose_nothing_but_blanks_and_fences(text: str, most: int) -> None:
    cut = list(pieces(text, most, markup=Markup.MRKDWN))
    assert all(len(piece) <= most for piece in cut)
    assert re.sub(r"[\s`]", "", "".join(cut)) == re.sub(r"[\s`]", "", text)


def test_code_of_nothing_but_marks_comes_to_an_end() -> None:
    marks = "\u0301" * 9_000
    cut = list(islice(pieces(f"```\n{marks}\n```", 3_000, markup=Markup.MRKDWN), 20))
    assert len(cut) < 10
    assert sum(piece.count("\u0301") for piece in cut) == 9_000


def fits(most: int) -> Callable[[Mapping[str, str]], bool]:
    return lambda parts: sum(map(len, parts.values())) <= most


def test_the_least_important_goes_first_and_is_named() -> None:
    parts = {"title": "t" * 50, "error": "e" * 1000, "context": "c" * 200}
    kept, cut = shrink(parts, fits(500), order=["error", "context"])
    assert len(kept["error"]) == 250
    assert kept["context"] == parts["context"]
    assert cut == ("error shortened to 250 of 1,000 characters",)


def test_what_would_be_a_stump_is_left_out_and_the_next_is_shortened() -> None:
    parts = {"title": "t" * 50, "error": "e" * 1000, "context": "c" * 400}
    kept, cut = shrink(parts, fits(300), order=["error", "context"])
    assert "error" not in kept
    assert len(kept["context"]) == 250
    assert cut == ("error left out", "context shortened to 250 of 400 characters")
