"""The inbox page: each message as its reader sees it, and nothing in it that is alive."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib  # pyrefly: ignore[untyped-import]
import httpx
import pytest
from slack_sdk import WebClient

from reconciler.sandbox import RunningSandbox
from reconciler.sandbox.inbox_markup import card_markdown, mrkdwn

HOSTILE = '<script>alert(1)</script>" onload="x <!channel> javascript:alert(1) \u202e </iframe>'


def page(vendors: RunningSandbox) -> httpx.Response:
    return httpx.get(vendors.ready["inbox_url"], trust_env=False)


def tree(answer: httpx.Response) -> Element:
    """Parse strictly: what a browser would have to mend is an error."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(answer.text)


def send_mail(vendors: RunningSandbox, html: str) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "s " + HOSTILE.replace("\n", ""), "a@b.example", "c@d.example"
    message.set_content("plain " + HOSTILE)
    message.add_alternative(html, subtype="html")
    where = urlsplit(vendors.ready["smtp_url"])
    with smtplib.SMTP(where.hostname or "", where.port or 0, timeout=5, local_hostname="test") as client:
        client.send_message(message)


def everything_hostile(web: httpx.Client, vendors: RunningSandbox) -> None:
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": HOSTILE}},
        {"type": "section", "text": {"type": "mrkdwn", "text": f"*{HOSTILE}* <javascript:alert(1)|x> ```{HOSTILE}```"}},
        {
            "type": "actions",
            "elements": [{"type": "button", "text": {"type": "plain_text", "text": "x"}, "url": "javascript:x"}],
        },
    ]
    web.post("slack/services/T/B/X", json={"attachments": [{"color": "red;}</style>", "blocks": blocks}]})
    details = {"error": HOSTILE, "list": [HOSTILE]}
    payload = {"summary": HOSTILE, "source": HOSTILE, "severity": "critical", "custom_details": details}
    links = [{"href": "javascript:alert(1)", "text": HOSTILE}]
    web.post(
        "pagerduty/v2/enqueue",
        json={"routing_key": "k" * 32, "event_action": "trigger", "payload": payload, "links": links},
    )
    body = [{"type": "TextBlock", "text": f"{HOSTILE} [x](javascript:alert(1))", "color": '"><b'}, {"type": HOSTILE}]
    content = {"type": "AdaptiveCard", "body": body, "actions": [{"type": "Action.OpenUrl", "url": "javascript:x"}]}
    kind = "application/vnd.microsoft.card.adaptive"
    web.post("teams/flow", json={"type": "message", "attachments": [{"contentType": kind, "content": content}]})
    key = {"DD-API-KEY": "x"}
    web.post("datadog/api/v1/events", json={"title": HOSTILE, "text": HOSTILE, "tags": [HOSTILE]}, headers=key)
    series = [{"metric": HOSTILE, "points": [[1, [1]]], "tags": [HOSTILE]}]
    web.post("datadog/api/v1/distribution_points", json={"series": series}, headers=key)
    web.post("webhook/x", content=HOSTILE.encode(), headers={"webhook-signature": "<script>"})
    web.post("apprise/x", json={"title": HOSTILE, "message": HOSTILE})
    send_mail(vendors, f"<p>{HOSTILE}</p>")


def test_nothing_that_anybody_sent_is_alive_on_the_page(web: httpx.Client, vendors: RunningSandbox) -> None:
    everything_hostile(web, vendors)
    answer = page(vendors)
    found = list(tree(answer).iter())
    tags = {element.tag for element in found if isinstance(element.tag, str)}
    assert not tags & {"script", "img", "object", "embed", "form", "link", "base"}
    assert not [name for element in found for name in element.attrib if name.startswith("on")]
    assert all(element.attrib["href"].startswith("http") for element in found if "href" in element.attrib)
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_mail_stands_in_a_frame_that_can_do_nothing(vendors: RunningSandbox) -> None:
    send_mail(vendors, "<h1>Daily failed</h1><script>alert(1)</script>")
    [frame] = list(tree(page(vendors)).iter("iframe"))
    assert frame.attrib["sandbox"] == ""
    assert "<h1>Daily failed</h1>" in frame.attrib["srcdoc"]


def test_a_reply_stands_in_the_thread_and_not_by_itself(vendors: RunningSandbox, slack: WebClient) -> None:
    first = slack.chat_postMessage(channel="C0987654321", text="failed")
    slack.chat_postMessage(channel="C0987654321", text="the whole error", thread_ts=first["ts"])
    root = tree(page(vendors))
    [article] = list(root.iter("article"))
    [thread] = [element for element in article.iter("div") if element.attrib.get("class") == "thread"]
    assert "the whole error" in "".join(thread.itertext())


def test_a_slack_message_has_its_bar_and_its_link(web: httpx.Client, vendors: RunningSandbox) -> None:
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "*<https://x.example/r|Daily failed>*"}}
    web.post("slack/services/T/B/X", json={"attachments": [{"color": "#E01E5A", "blocks": [block]}]})
    root = tree(page(vendors))
    [bar] = [element for element in root.iter("div") if element.attrib.get("class") == "bar"]
    assert bar.attrib["style"] == "--c: #E01E5A"
    [link] = list(bar.iter("a"))
    assert (link.attrib["href"], link.text) == ("https://x.example/r", "Daily failed")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* _it_ ~no~ `code`", "<strong>bold</strong> <em>it</em> <s>no</s> <kbd>code</kbd>"),
        ("a*b*c 2 * 3 * 4", "a*b*c 2 * 3 * 4"),
        ("&lt;b&gt; &amp;amp;", "&lt;b&gt; &amp;amp;"),
        ("<!subteam^S1> <@U1|ann>", '<b class="mention">@S1</b> <b class="mention">ann</b>'),
        ("<javascript:alert(1)|x>", "x (javascript:alert(1))"),
        ("```a\n*b* <c>```", "<pre>a&#10;*b* c</pre>"),
        (
            "<https://x.example/a_b_c?x=1&amp;y|l>",
            '<a href="https://x.example/a_b_c?x=1&amp;y" rel="noreferrer noopener">l</a>',
        ),
        ("\ue0000\ue001", "0"),
    ],
)
def test_slack_markup_as_slack_shows_it(text: str, html: str) -> None:
    assert str(mrkdwn(text)) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**b** and \\*not\\*", "<strong>b</strong> and *not*"),
        ("[l](https://x.example)", '<a href="https://x.example" rel="noreferrer noopener">l</a>'),
        ("[l](javascript:x)", "l (javascript:x)"),
        ("- one\n- two", "• one<br>• two"),
        ("<b>", "&lt;b&gt;"),
    ],
)
def test_card_markdown_as_teams_shows_it(text: str, html: str) -> None:
    assert str(card_markdown(text)) == html
