"""Hostile text stays text: in a terminal, in Markdown, in HTML."""

from __future__ import annotations

import html as standard
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from reconciler import escape

TEXT = st.text(alphabet=st.characters(), max_size=80)


@given(TEXT)
def test_a_terminal_gets_only_what_it_prints(text: str) -> None:
    shown = escape.terminal(text)
    assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200e\u200f\u2028\u2029")
    shown.encode()  # a lone surrogate would refuse


def test_plain_names_are_untouched_in_a_terminal() -> None:
    assert escape.terminal("Täglicher Umsatz → 日次 [[id]]") == "Täglicher Umsatz → 日次 [[id]]"


@given(TEXT)
def test_html_has_no_tag_and_reads_back(text: str) -> None:
    found: list[str] = []

    class Parser(HTMLParser):
        @override
        def handle_starttag(self, tag: str, attrs: object) -> None:
            found.append(tag)

        @override
        def handle_comment(self, data: str) -> None:
            found.append(data)

    parser = Parser()
    parser.feed(f'<p title="{escape.html(text)}">{escape.html(text)}</p>')
    assert found == ["p"]
    assert standard.unescape(escape.html(text)) == escape.plain(text)


@given(TEXT)
def test_markdown_is_one_line_without_live_markup(text: str) -> None:
    shown = escape.markdown(text)
    assert "\n" not in shown
    assert "<" not in shown
    for place, character in enumerate(shown):
        if character in "`*_[]|!#":
            assert shown[place - 1] == "\\"


def test_markdown_mentions_nobody() -> None:
    assert "@octocat" not in escape.markdown("ping @octocat")
