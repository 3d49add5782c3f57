"""What Slack and Teams read in a text, as runs: markup is what they promise, everything else stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler import escape
from reconciler.render.preview.spans import Span, card_spans, plain_spans, slack_spans, web_address

RUN = "https://ab123.us1.dbt.com/deploy/1/projects/11/runs/90210"


def flat(spans: tuple[Span, ...]) -> list[tuple[str, str, str]]:
    return [(each.text, each.style, each.href) for each in spans]


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("plain", [("plain", "", "")]),
        ("*bold* rest", [("bold", "bold", ""), (" rest", "", "")]),
        ("2 * 3 * 4", [("2 * 3 * 4", "", "")]),
        ("a_name_here", [("a_name_here", "", "")]),
        ("`code` x", [("code", "code", ""), (" x", "", "")]),
        (f"<{RUN}|90210>", [("90210", "", RUN)]),
        (f"*<{RUN}|Failed>*", [("Failed", "bold", RUN)]),
        ("<!subteam^S0123ABCD> now", [("@S0123ABCD", "mention", ""), (" now", "", "")]),
        ("<@U12>", [("@U12", "mention", "")]),
        ("<javascript:alert(1)|press>", [("press", "", "")]),
        ("a &lt;b&gt; &amp; c", [("a <b> & c", "", "")]),
        ("&amp;lt;", [("&lt;", "", "")]),
        ("```\nline 1\nline 2\n```\nafter", [("line 1\nline 2", "pre", ""), ("after", "", "")]),
        ("", []),
    ],
)
def test_slack_markup(text: str, runs: list[tuple[str, str, str]]) -> None:
    assert flat(slack_spans(text)) == runs


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("plain", [("plain", "", "")]),
        ("**bold** rest", [("bold", "bold", ""), (" rest", "", "")]),
        (f"[90210]({RUN})", [("90210", "", RUN)]),
        (f"**[Daily]({RUN}) failed**", [("Daily", "bold", RUN), (" failed", "bold", "")]),
        (r"fct\_revenue \[x\]", [("fct_revenue [x]", "", "")]),
        ("<at>oncall</at> come", [("@oncall", "mention", ""), (" come", "", "")]),
        ("[press](javascript:alert)", [("press", "", "")]),
        ("", []),
    ],
)
def test_card_markup(text: str, runs: list[tuple[str, str, str]]) -> None:
    assert flat(card_spans(text)) == runs


def test_what_no_product_reads_is_left_but_for_marks_that_nobody_sees() -> None:
    assert flat(plain_spans("*a* @\u2060b")) == [("*a* @b", "", "")]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "", None, 7])
def test_only_addresses_of_the_web_and_of_mail_lead_anywhere(url: object) -> None:
    assert web_address(url) == ""


@settings(max_examples=200)
@given(st.text(alphabet=st.sampled_from("ab *_~`<>&|@!#[]()\\1.-"), max_size=30))
def test_what_was_escaped_for_slack_is_drawn_as_itself(text: str) -> None:
    """The picture and the escaper agree: nothing that a name holds becomes a link, a mention or bold."""
    spans = slack_spans(escape.slack(text))
    assert not [each for each in spans if each.href or each.style == "mention"]


@settings(max_examples=200)
@given(st.text(alphabet=st.sampled_from("ab *_~`<>&|@!#[]()\\1.-"), max_size=30))
def test_what_was_escaped_for_a_card_is_drawn_as_itself(text: str) -> None:
    spans = card_spans(escape.teams(text))
    assert not [each for each in spans if each.href or each.style]
