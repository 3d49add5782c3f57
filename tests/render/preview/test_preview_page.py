"""The page of messages: everything that is sent is on it, nothing in it runs, and it is drawn from payloads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any

import html5lib  # pyrefly: ignore[untyped-import]
import pytest

from reconciler.render.preview.mail import mail_styles, mail_values
from reconciler.render.preview.page import Exhibit, Preview, Scene, preview_page
from reconciler.render.preview.pagerduty import pagerduty_values
from reconciler.render.preview.slack import slack_values
from reconciler.render.preview.teams import teams_values

SCENE = Scene(title="Daily Revenue: failure", origin="Made up.", at="08:29 EST", notes=("dbt Cloud tells maria.",))
EVIL = "</script></iframe><img src=x onerror=alert(1)>\u202e"
SLACK: dict[str, Any] = {
    "text": "[CRITICAL] Daily Revenue failed",
    "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "*<https://x.example/1|Daily Revenue failed>*"}}],
    "attachments": [
        {
            "color": "#D40E0D",
            "fallback": "[CRITICAL] Daily Revenue failed",
            "blocks": [
                {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Status*\nfailed"}]},
                {"type": "divider"},
                {
                    "type": "actions",
                    "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Open run"}}],
                },
                {"type": "context", "elements": [{"type": "mrkdwn", "text": "dbt Cloud"}]},
            ],
        }
    ],
}
CARD: dict[str, Any] = {
    "attachments": [
        {
            "content": {
                "type": "AdaptiveCard",
                "body": [
                    {"type": "Container", "style": "attention", "items": [{"type": "TextBlock", "text": "Failed"}]},
                    {"type": "FactSet", "facts": [{"title": "Duration", "value": "42 min"}]},
                    {"type": "TextBlock", "text": "line 1\n\nline 2", "fontType": "Monospace"},
                    {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": "rich"}]},
                    {"type": "Image", "url": "https://x.example/a.png"},
                ],
                "actions": [{"type": "Action.OpenUrl", "title": "Open run", "url": "https://x.example/1"}],
            }
        }
    ]
}
EVENT: dict[str, Any] = {
    "event_action": "trigger",
    "dedup_key": "dbt-alerts:1:3101:failure",
    "payload": {
        "summary": "CRITICAL: dbt job failed - Daily Revenue",
        "source": "dbt Cloud",
        "severity": "critical",
        "custom_details": {"Impact": "stale data", "Failed models": ["a", "b"]},
    },
    "links": [{"href": "https://x.example/1", "text": "Run"}, {"href": "javascript:alert(1)", "text": "press"}],
}


def mail(html: str = "<p>Daily Revenue failed</p>") -> EmailMessage:
    made = EmailMessage()
    made["Subject"], made["From"], made["To"] = (
        "[CRITICAL] Daily Revenue failed",
        "dbt@acme.example",
        "maria@acme.example",
    )
    made.set_content("in plain text")
    made.add_alternative(html, subtype="html")
    made.add_attachment("all of the error", filename="error.txt")
    return made


def page(kind: str, content: Mapping[str, Any] | EmailMessage, *, phone: bool = False) -> str:
    shown = Preview(
        channel="data-critical", kind=kind, when="at once", exhibits=(Exhibit(role="main", content=content),)
    )
    return preview_page(SCENE, [shown], phone=phone)


def words(html: str) -> str:
    return " ".join("".join(html5lib.parse(html, namespaceHTMLElements=False).itertext()).split())


@pytest.mark.parametrize(
    ("kind", "content", "wanted"),
    [
        ("slack", SLACK, ["Daily Revenue failed", "failed", "Open run", "dbt Cloud"]),
        ("teams", CARD, ["Failed", "Duration", "42 min", "line 1 line 2", "rich", "[Image]", "Open run"]),
        (
            "pagerduty",
            EVENT,
            ["CRITICAL: dbt job failed - Daily Revenue", "stale data", "a b", "dbt-alerts:1:3101:failure"],
        ),
        ("email", mail(), ["[CRITICAL] Daily Revenue failed", "maria@acme.example", "in plain text", "error.txt"]),
        ("webhook", {"title": "Daily Revenue failed"}, ['"title": "Daily Revenue failed"']),
    ],
)
def test_what_is_sent_is_on_the_page(kind: str, content: Mapping[str, Any] | EmailMessage, wanted: list[str]) -> None:
    shown = words(page(kind, content))
    assert not [each for each in (*wanted, "data-critical", "at once") if each not in shown]


@pytest.mark.parametrize("kind", ["slack", "teams", "pagerduty", "email", "webhook"])
def test_nothing_that_is_sent_becomes_markup_of_the_page(kind: str) -> None:
    contents: dict[str, Any] = {
        "slack": {
            "text": EVIL,
            "blocks": [{"type": EVIL}, {"type": "section", "text": {"type": "mrkdwn", "text": EVIL}}],
        },
        "teams": {"attachments": [{"content": {"body": [{"type": "TextBlock", "text": EVIL, "size": EVIL}]}}]},
        "pagerduty": {"event_action": EVIL, "dedup_key": EVIL, "payload": {"summary": EVIL, "severity": EVIL}},
        "email": mail(EVIL),
        "webhook": {EVIL: EVIL},
    }
    tree = html5lib.parse(page(kind, contents[kind]), namespaceHTMLElements=False)
    assert not list(tree.iter("img"))
    assert len(list(tree.iter("script"))) == 1
    assert len(list(tree.iter("iframe"))) == (kind == "email")


def test_the_policy_of_the_page_names_its_style_its_script_and_the_styles_of_mails() -> None:
    style = "\n.ink { color: #111 }\n"
    made = page("email", mail(f"<html><head><style>{style}</style></head><body>x</body></html>"))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', made)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert policy[1].count("'sha256-") == 3
    assert "unsafe-inline" not in policy[1].replace("style-src-attr 'unsafe-inline'", "")
    assert 'sandbox="allow-same-origin"' in made, "the frame of a mail runs no script"


def test_the_frame_of_a_mail_holds_the_html_as_it_is_sent() -> None:
    tree = html5lib.parse(page("email", mail('<p class="x">a &amp; b</p>')), namespaceHTMLElements=False)
    assert next(tree.iter("iframe")).get("srcdoc", "").strip() == '<p class="x">a &amp; b</p>'


def test_a_bar_has_the_colour_of_the_payload_and_of_nothing_else() -> None:
    assert slack_values(SLACK)["attachments"][0]["colour"] == "#D40E0D"
    assert slack_values({"attachments": [{"color": "red;background:url(x)"}]})["attachments"][0]["colour"] == "#dddddd"
    assert slack_values({"attachments": [{"color": "danger"}]})["attachments"][0]["colour"].startswith("#")


def test_slack_shows_the_text_only_where_no_blocks_are() -> None:
    assert slack_values(SLACK)["text"] == ()
    assert slack_values({"text": "alone"})["text"][0].text == "alone"


def test_an_old_style_attachment_is_drawn_too() -> None:
    old = {
        "title": "Failed",
        "title_link": "https://x.example",
        "fields": [{"title": "A", "value": "b"}],
        "footer": "f",
    }
    kinds = [each["type"] for each in slack_values({"attachments": [old]})["attachments"][0]["blocks"]]
    assert kinds == ["section", "section", "context"]


def test_teams_ends_a_line_at_an_empty_one() -> None:
    texts_ = [each for each in teams_values(CARD)["body"] if each["type"] == "text"]
    assert texts_[0]["text"][0].text == "line 1\nline 2"
    assert texts_[0]["mono"]


def test_a_link_of_an_event_that_is_no_web_address_leads_nowhere() -> None:
    assert pagerduty_values(EVENT)["links"] == [("Run", "https://x.example/1"), ("press", "")]


def test_a_resolved_incident_has_little_to_see() -> None:
    shown = words(page("pagerduty", {"event_action": "resolve", "dedup_key": "k"}))
    assert "resolve" in shown
    assert "Custom details" not in shown


def test_a_mail_without_html_is_shown_as_its_text() -> None:
    made = EmailMessage()
    made["Subject"] = "s"
    made.set_content("in plain text")
    assert mail_values(made)["html"] == ""
    assert "in plain text" in words(page("email", made))


def test_styles_of_a_mail_are_found_as_a_browser_finds_them() -> None:
    assert mail_styles("<STYLE type='text/css'>a{}</STYLE><style>b{}</style>") == ("a{}", "b{}")


def test_what_was_cut_and_what_broke_is_said() -> None:
    shown = Preview(
        channel="c",
        kind="slack",
        when="",
        exhibits=(Exhibit(role="main", content=SLACK, cut=("error: 900 of 1,000 characters",)),),
        trouble="the template slack/base.j2:3 cannot be used: oh; another stands in for it",
    )
    text = words(preview_page(SCENE, [shown]))
    assert "Shortened: error: 900 of 1,000 characters" in text
    assert "slack/base.j2:3 cannot be used" in text


def test_a_page_without_messages_says_so() -> None:
    assert "Nobody is told by the relay." in words(preview_page(SCENE, []))


def test_the_phone_s_width_can_be_chosen_beforehand() -> None:
    assert '<html lang="en" class="phone">' in page("slack", SLACK, phone=True)
    assert '<html lang="en">' in page("slack", SLACK)


def test_it_needs_nothing_else() -> None:
    made = page("slack", SLACK)
    assert not re.search(r"<link|<img|@import|url\(", made)
