"""Whatever a name says, nothing in it is obeyed by Slack, Teams, a mail server or a browser."""

from __future__ import annotations

import re
import unicodedata
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler import escape
from tests.parsed_html import parsed

JOINER = "\u2060"
MARKS = "*_~`<>&@#|[](){}!:/.-+\\\n\r\t\u202e\u200b\x00\x1b aä1Z"
HOSTILE = st.one_of(
    st.text(alphabet=st.sampled_from(MARKS), max_size=30),
    st.text(max_size=40),
    st.sampled_from(
        ["<!channel>", "<@U012AB3CD>", "@here", "<http://e.vil|x>", "{{ 7*7 }}", "[a](http://e.vil)", ":tada:"]
    ),
)
ESCAPES = (escape.plain, escape.slack, escape.slack_code, escape.teams, escape.html, escape.lines, escape.mail_header)


def seen(text: str) -> str:
    """Return what a reader sees: joiners have no width."""
    return text.replace(JOINER, "")


@pytest.mark.parametrize("escaper", ESCAPES)
@given(text=HOSTILE)
def test_what_cannot_be_seen_is_shown_as_its_code(escaper: object, text: str) -> None:
    shown = seen(escaper(text))  # type: ignore[operator]
    assert not any(unicodedata.category(each) in ("Cc", "Cf", "Cs") for each in shown.replace("\n", ""))
    shown.encode()


@given(HOSTILE)
def test_only_lines_stay_lines(text: str) -> None:
    for escaper in (escape.plain, escape.slack, escape.teams, escape.html, escape.mail_header):
        assert "\n" not in escaper(text)
    assert escape.lines(text).count("\n") == len(escape.text_lines(text)) - 1


@given(HOSTILE)
def test_slack_has_no_markup_left(text: str) -> None:
    shown = escape.slack(text)
    assert not re.search(r"[<>`]|&(?!amp;|lt;|gt;)", shown)
    assert not re.search(r"(?<![\w\u2060])[@#*~_]|[*~](?!\u2060)|_(?![\w\u2060])", shown)
    assert "://" not in shown
    assert not re.search(r"(?<!\w):[\w+'-]+:", shown)
    assert not shown.lstrip().startswith("&gt;")


@given(HOSTILE)
def test_slack_reads_back_as_what_was_written(text: str) -> None:
    shown = seen(escape.slack(text))
    back = shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert back == escape.plain(text).replace("`", "\u02cb").replace(JOINER, "")


@given(HOSTILE)
def test_slack_code_is_not_left(text: str) -> None:
    assert not re.search(r"[<>`]|&(?!amp;|lt;|gt;)", escape.slack_code(text))


def test_names_of_models_can_be_copied_from_slack_and_teams() -> None:
    for name in ("stg_orders_daily", "ANALYTICS.FINANCE.STG_PAYMENTS", "joe@acme.example", "08:25:30", "a -> b"):
        assert JOINER not in escape.slack(name)
    for name in ("stg_orders_daily", "ANALYTICS.FINANCE.STG_PAYMENTS", "08:25", "1.5 h"):
        assert escape.teams(name) == name


@given(HOSTILE)
def test_teams_has_no_markup_left(text: str) -> None:
    shown = escape.teams(text)
    for place, mark in enumerate(shown):
        if mark in "*`[]":
            assert shown[place - 1] == "\\"
            assert len(shown[:place]) - len(shown[:place].rstrip("\\")) & 1  # the backslash before it is not one itself
        if mark in "<>~":
            assert shown[place - 1] == JOINER == shown[place + 1]
    assert "<at>" not in shown
    assert "://" not in shown
    assert "{{" not in shown


@given(HOSTILE)
def test_teams_reads_back_as_what_was_written(text: str) -> None:
    back = re.sub(r"\\([\\`*_\[\]\-+.)])", r"\1", seen(escape.teams(text)))
    assert back == seen(escape.plain(text))


@given(HOSTILE)
def test_html_is_one_text_to_a_browser(text: str) -> None:
    (paragraph,) = parsed(f"<p>{escape.html(text)}</p>")
    assert list(paragraph) == []
    assert (paragraph.text or "") == escape.plain(text)


@given(HOSTILE)
def test_a_header_is_one_header(text: str) -> None:
    message = EmailMessage()
    message["Subject"] = escape.mail_header(text)
    assert message.keys() == ["Subject"]
    assert str(message["Subject"]) == escape.mail_header(text)


def test_lines_of_an_error_stay_and_tabs_are_blanks() -> None:
    assert escape.lines("a\r\n\tb\rc\x07") == "a\n    b\nc\\u0007"
