"""Links, code, mentions and preformatted text, in each medium."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler import escape
from reconciler.alerts.rendering.media import (
    Medium,
    address,
    code,
    escaped,
    link,
    medium_of,
    mention,
    preformatted,
)
from tests.parsed_html import parsed

TEXT = st.text(max_size=40)
URL = "https://acme.example/a?b=1&c=2"


@pytest.mark.parametrize(
    ("medium", "made"),
    [
        (Medium.SLACK, "<https://acme.example/a?b=1&amp;c=2|the run>"),
        (Medium.TEAMS, "[the run](https://acme.example/a?b=1&c=2)"),
        (Medium.HTML, '<a href="https://acme.example/a?b=1&amp;c=2">the run</a>'),
        (Medium.LINE, "the run: https://acme.example/a?b=1&c=2"),
        (Medium.LINES, "the run: https://acme.example/a?b=1&c=2"),
        (Medium.DATADOG, "the run: https://acme.example/a?b=1&c=2"),
    ],
)
def test_links(medium: Medium, made: str) -> None:
    assert link(medium, URL, "the run") == made


@pytest.mark.parametrize("medium", Medium)
@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "data:text/html,x", "//e.vil", "file:///etc/passwd"])
def test_what_is_no_address_of_the_web_is_not_linked(medium: Medium, url: str) -> None:
    assert link(medium, url, "the run") == escaped(medium, "the run")


def test_an_address_alone_is_not_written_twice() -> None:
    assert link(Medium.LINE, URL, URL) == URL == link(Medium.LINE, URL, "")


@given(st.text(alphabet=st.sampled_from("<>|()[]\"' \n\\`*&ä\ud800%"), max_size=20))
def test_no_address_breaks_out_of_its_link(tail: str) -> None:
    url = f"https://acme.example/{tail}"
    assert not set(address(url)) & set("<>|()\"' \n\\`*")
    assert re.fullmatch(r"<[^<>|]*\|x>", link(Medium.SLACK, url, "x"))
    assert re.fullmatch(r"\[x\]\([^()\s]*\)", link(Medium.TEAMS, url, "x"))
    (anchor,) = parsed(link(Medium.HTML, url, "x")).iter("a")
    assert set(anchor.attrib) == {"href"}


@given(TEXT)
def test_no_text_breaks_out_of_its_link(text: str) -> None:
    assert re.fullmatch(r"<https://x\.y\|[^<>]*>", link(Medium.SLACK, "https://x.y", text))
    (anchor,) = parsed(link(Medium.HTML, "https://x.y", text)).iter("a")
    assert (anchor.text or "") == escape.plain(text)


@given(st.text(alphabet=st.sampled_from("`<>&\n a"), max_size=20))
def test_no_text_breaks_out_of_code(text: str) -> None:
    for made in (code(Medium.SLACK, text), preformatted(Medium.SLACK, text)):
        assert "`" not in made.strip("`")
        assert "<" not in made
    assert "\n" not in code(Medium.SLACK, text)


def test_preformatted_text_keeps_its_lines_and_indents() -> None:
    text = "a\n  *b*\n"
    assert preformatted(Medium.SLACK, text) == "```\na\n  *b*\n```"
    assert preformatted(Medium.HTML, text) == "<pre>a\n  *b*</pre>"
    assert preformatted(Medium.TEAMS, text) == "a\n\u00a0\u00a0\\*b\\*"
    assert preformatted(Medium.LINE, text) == "a\n  *b*"
    assert "\n" not in preformatted(Medium.HEADER, text)


ONCALL = {"slack": "S0123ABCD", "teams": "joe@acme.example", "name": "Joe <b>", "email": "joe@acme.example"}


@pytest.mark.parametrize(
    ("medium", "oncall", "made"),
    [
        (Medium.SLACK, ONCALL, "<!subteam^S0123ABCD>"),
        (Medium.SLACK, ONCALL | {"slack": "U0123"}, "<@U0123>"),
        (Medium.SLACK, ONCALL | {"slack": "S1> <!channel"}, "Joe &lt;b&gt;"),
        (Medium.SLACK, ONCALL | {"slack": "", "name": "<!here>"}, "&lt;!here&gt;"),
        (Medium.TEAMS, ONCALL, "<at>Joe &lt;b&gt;</at>"),
        (Medium.TEAMS, ONCALL | {"teams": ""}, "Joe \u2060<\u2060b\u2060>\u2060"),
        (Medium.HTML, ONCALL, "Joe &lt;b&gt;"),
        (Medium.LINE, ONCALL | {"name": ""}, "joe@acme.example"),
        (Medium.SLACK, None, ""),
        (Medium.SLACK, {}, ""),
    ],
)
def test_who_is_on_call_rings_where_it_can(medium: Medium, oncall: dict[str, object] | None, made: str) -> None:
    assert mention(medium, oncall) == made


def test_datadog_tells_nobody_and_reads_no_markdown() -> None:
    assert escaped(Medium.DATADOG, "%%% @pagerduty") == "%\u2060%\u2060% @\u2060pagerduty"


@pytest.mark.parametrize(
    ("kind", "part", "medium"),
    [
        ("slack", "title", Medium.LINE),
        ("slack", "summary", Medium.SLACK),
        ("slack", "fallback", Medium.SLACK),
        ("slack", "error", Medium.SLACK_CODE),
        ("teams", "fields", Medium.TEAMS),
        ("email", "subject", Medium.HEADER),
        ("email", "text", Medium.LINE),
        ("email", "html", Medium.HTML),
        ("email", "html_more", Medium.HTML),
        ("email", "attachment", Medium.LINES),
        ("datadog", "text", Medium.DATADOG),
        ("pagerduty", "details", Medium.LINE),
        ("never_heard_of", "text", Medium.LINE),
    ],
)
def test_each_part_has_its_medium(kind: str, part: str, medium: Medium) -> None:
    assert medium_of(kind, part) is medium
