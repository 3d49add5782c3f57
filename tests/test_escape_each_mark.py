"""Every character that could hide, reorder or break what a reviewer reads, one by one: chance finds none of them."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from reconciler import escape

MARKS = {
    "right-to-left override": "\u202e",
    "left-to-right override": "\u202d",
    "right-to-left mark": "\u200f",
    "right-to-left isolate": "\u2067",
    "arabic letter mark": "\u061c",
    "zero width space": "\u200b",
    "zero width joiner": "\u200d",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "tag letter": "\U000e0041",
    "escape": "\x1b",
    "control sequence introducer": "\x9b",
    "carriage return": "\r",
    "backspace": "\b",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
    "private use": "\ue000",
    "lone surrogate": "\ud800",
}


@pytest.mark.parametrize("medium", ["terminal", "markdown", "html"])
@pytest.mark.parametrize("mark", MARKS.values(), ids=MARKS)
def test_a_mark_is_shown_as_its_code_point(mark: str, medium: str) -> None:
    shown = getattr(escape, medium)(f"Daily{mark}Revenue")
    assert mark not in shown
    assert f"u{ord(mark):04x}" in shown


def test_no_other_character_is_invisible() -> None:
    hidden = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        if unicodedata.category(character) in hidden:
            assert escape.terminal(character) == f"\\u{number:04x}"
