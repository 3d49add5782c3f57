"""A message as a mail: what a mail system and a reader find in it, read back by a parser that is not ours."""

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import html5lib  # pyrefly: ignore[untyped-import]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.channels.contract import Destination, Payload, Role
from reconciler.channels.email.addresses import address
from reconciler.channels.email.kind import Email
from reconciler.model.alert import AlertJob, Audience
from reconciler.model.message import Message
from tests.channels.made_messages import NOW, a_drill, a_message, an_alert
from tests.channels.mail_lab import a_channel

PARTS = {
    "subject": "[CRITICAL] Daily Revenue failed · Production",
    "preheader": "Revenue dashboard shows <stale> data",
    "text": "Daily Revenue failed.\nDie Umsätze fehlen.",
    "html": "<p>Daily Revenue failed.</p>",
    "attachment": "Database Error\n" + "x" * 5000,
}
HOSTILE = st.text(
    st.one_of(st.sampled_from("\r\n\0<>@,;:\"'\\&=?_.\u202e\u2028\x85\ud800 é界😀-"), st.characters()), max_size=60
).map(lambda text: text * 3)


def _composed(message: Message, to: Destination | None = None) -> Payload:
    (payload,) = Email().compose(message, to or a_channel())
    assert Email().check(payload) == ()
    return payload


def _read(message: Message, to: Destination | None = None) -> EmailMessage:
    """The mail as its reader's system parses it, from the octets that were sent."""
    content = _composed(message, to).content
    assert isinstance(content, EmailMessage)
    return message_from_bytes(content.as_bytes(policy=policy.SMTP), policy=policy.default)


def _text(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def _strict(html: str) -> None:
    html5lib.HTMLParser(strict=True).parse(html)


# --- what is in it --------------------------------------------------------------------------------------------------
def test_text_and_html_stand_side_by_side_and_the_full_error_beside_them() -> None:
    mail = _read(a_message("email", PARTS))
    assert mail["Subject"] == "[CRITICAL] Daily Revenue failed · Production"
    assert _text(mail, "plain") == "Daily Revenue failed.\nDie Umsätze fehlen.\n"
    assert "<p>Daily Revenue failed.</p>" in _text(mail, "html")
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "error-run-9001.txt"
    assert attached.get_content().splitlines() == PARTS["attachment"].splitlines()
    assert mail.get_content_type() == "multipart/mixed"


def test_headers_say_who_when_and_that_no_person_wrote_it() -> None:
    mail = _read(a_message("email", PARTS, alert=a_drill(an_alert())))
    assert str(mail["From"]) == "dbt alerts <dbt-alerts@acme.example>"
    assert str(mail["To"]) == "oncall@acme.example"
    assert mail["Date"].datetime == NOW
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Dbt-Alerts-Incident"] == "70403103916842:101:failure:9001"
    assert mail["X-Dbt-Alerts-Run"] == "9001"
    assert mail["X-Dbt-Alerts-Test"] == "drill-7"
    assert mail["Importance"] == "high"
    assert "Precedence" not in mail


def test_the_same_message_is_the_same_mail_to_the_octet_and_another_channel_has_another_id() -> None:
    message = a_message("email", PARTS)
    first, again = _composed(message), _composed(message)
    elsewhere = _composed(message, replace(a_channel(), name="management"))
    assert str(first.content) == str(again.content)
    assert first.key == again.key != elsewhere.key
    assert isinstance(first.content, EmailMessage)
    assert first.content["Message-ID"] == f"<{first.key}@acme.example>"


def test_an_incidents_mails_are_one_thread() -> None:
    failed = _read(a_message("email", PARTS))
    later = an_alert(id="another", now=NOW + timedelta(hours=1))
    recovered = _read(a_message("email", PARTS, alert=later, thread=failed["Message-ID"]))
    unrelated = _read(a_message("email", PARTS, alert=an_alert(incident="70403103916842:102:failure:9002")))
    assert recovered["In-Reply-To"] == failed["Message-ID"]
    assert str(failed["References"]) in str(recovered["References"])
    assert recovered["Message-ID"] != failed["Message-ID"]
    assert unrelated["References"] != failed["References"]


def test_the_next_incident_of_a_job_begins_a_thread_of_its_own() -> None:
    first, again, next_one = (
        _read(a_message("email", PARTS, alert=an_alert(id=key, conversation=f"70403103916842:101:failure:{run}")))
        for key, run in (("a", 1), ("b", 1), ("c", 7))
    )
    assert first["References"] == again["References"] != next_one["References"]


@pytest.mark.parametrize("thread", ["<a@b>\r\nBcc: eve@evil.example", "<" + "x" * 3000 + ">", "", "<é@b>"])
def test_what_the_store_calls_a_thread_cannot_begin_a_header(thread: str) -> None:
    mail = _read(a_message("email", PARTS, thread=thread))
    assert mail["Bcc"] is None
    assert mail["In-Reply-To"] == mail["References"]


# --- who gets it ----------------------------------------------------------------------------------------------------
def test_owners_of_failed_nodes_are_told_where_a_pattern_of_the_channel_allows_them() -> None:
    owners = (
        "Maria@ACME.example",
        "eve@evil.example",
        "eve@evil.example,x@acme.example",
        "no address",
        "ONCALL@acme.example",
    )
    to = a_channel(node_owners=("*@acme.example",))
    mail = _read(a_message("email", PARTS, alert=an_alert(node_owners=owners)), to)
    assert [each.addr_spec for each in mail["To"].addresses] == ["oncall@acme.example", "Maria@acme.example"]


@pytest.mark.parametrize("patterns", [(), ("*@acme",), ("acme.example",), ("*@acme.example ?",)])
def test_without_a_pattern_that_fits_whole_no_owner_is_told(patterns: tuple[str, ...]) -> None:
    to = a_channel(node_owners=patterns)
    mail = _read(a_message("email", PARTS, alert=an_alert(node_owners=("maria@acme.example",))), to)
    assert str(mail["To"]) == "oncall@acme.example"


def test_a_crowd_of_owners_is_bounded_and_said() -> None:
    owners = tuple(f"owner{number}@acme.example" for number in range(300))
    payload = _composed(a_message("email", PARTS, alert=an_alert(node_owners=owners)), a_channel(node_owners=("*",)))
    assert payload.cut == ("not told: 280 of 300 owners of nodes",)


def test_an_address_that_mail_cannot_be_sent_to_is_said_and_the_others_are_told() -> None:
    payload = _composed(a_message("email", PARTS), a_channel(to=("a b@acme.example", "oncall@acme.example")))
    assert payload.cut == ("not told: 'a b@acme.example' is not an address that mail can be sent to",)


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("oncall@münchen.example", "oncall@xn--mnchen-3ya.example"),
        ("first.last+dbt@acme.example", "first.last+dbt@acme.example"),
        ("umlaut-ä@acme.example", None),
        ('"a b"@acme.example', None),
        ("a@b@c.example", None),
        ("=?utf-8?q?a=40b.example=2C?=@acme.example", None),
        ("a=b?c@acme.example", "a=b?c@acme.example"),
        ("a..b@acme.example", None),
        (".a@acme.example", None),
        ("a@" + "x" * 70 + ".example", None),
        ("a@acme.example>", None),
        ("a@acme.example\r\nBcc: x@y.example", None),
        ("@acme.example", None),
        ("", None),
    ],
)
def test_an_address_is_one_plain_mailbox_or_none(text: str, spelled: str | None) -> None:
    found = address(text)
    assert (found.addr_spec if found else None) == spelled


# --- HTML -----------------------------------------------------------------------------------------------------------
def test_a_templates_fragment_becomes_a_whole_strict_document() -> None:
    html = _text(_read(a_message("email", PARTS)), "html")
    _strict(html)
    assert html.startswith("<!DOCTYPE html>")
    assert "<title>[CRITICAL] Daily Revenue failed · Production</title>" in html
    assert "Revenue dashboard shows &lt;stale&gt; data" in html


def test_a_templates_document_stays_as_it_is_but_for_the_preheader() -> None:
    whole = '<!DOCTYPE html><html lang="en"><head><title>t</title></head><body class="x"><p>hi</p></body></html>'
    html = _text(_read(a_message("email", {**PARTS, "html": whole})), "html")
    _strict(html)
    assert html.count("<html") == 1
    assert html.index('<body class="x"><div style="display:none') < html.index("<p>hi</p>")


def test_without_html_the_text_is_shown_as_it_is() -> None:
    html = _text(_read(a_message("email", {"text": "a <b> & c\n  indented"})), "html")
    _strict(html)
    assert "a &lt;b&gt; &amp; c\n  indented</pre>" in html


@pytest.mark.parametrize("parts", [{}, {"body": "All in one"}, {"html": "<p>x</p>"}, {"attachment": "x"}])
def test_a_template_may_leave_any_part_out(parts: dict[str, str]) -> None:
    mail = _read(a_message("email", parts))
    assert mail["Subject"] == "[CRITICAL] Daily Revenue failure"
    assert _text(mail, "plain").strip() == parts.get("body", "[CRITICAL] Daily Revenue failure")


# --- what is left out -----------------------------------------------------------------------------------------------
def test_the_error_is_not_attached_where_the_channel_leaves_errors_out() -> None:
    assert not [*_read(a_message("email", PARTS, include=frozenset({"link"}))).iter_attachments()]
    assert [*_read(a_message("email", PARTS, include=frozenset({"error"}))).iter_attachments()]


def test_stakeholders_are_given_no_error() -> None:
    assert not [*_read(a_message("email", PARTS, audience=Audience.STAKEHOLDERS)).iter_attachments()]


def test_what_is_too_long_is_cut_and_said() -> None:
    long = {"subject": "s" * 999, "text": "t" * 100_000, "html": "<p>" + "h" * 200_000, "attachment": "a" * 1_100_000}
    payload = _composed(a_message("email", long))
    mail = _read(a_message("email", long))
    assert [each.partition(" ")[0] for each in payload.cut] == ["html:", "text:", "attachment:"]
    assert len(mail["Subject"]) == 180
    assert "[… 40000 characters cut]" in _text(mail, "plain")
    _strict(_text(mail, "html"))


# --- whatever it is made of -----------------------------------------------------------------------------------------
@given(HOSTILE, HOSTILE, HOSTILE, st.booleans())
def test_no_text_breaks_out_of_its_place(subject: str, text: str, name: str, with_parts: bool) -> None:
    parts = {"subject": subject, "text": text, "preheader": name, "attachment": text} if with_parts else {}
    alert = an_alert(
        id=name, incident=text, severity=name, job=AlertJob(id=1, name=name), node_owners=(name, f"{name}@acme.example")
    )
    message = a_message("email", parts, alert=alert, thread=subject)
    mail = _read(message, a_channel(node_owners=("*",)))
    known = {"From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted", "Importance"}
    others = {key for key in mail.keys() if key not in known and not key.startswith("X-")}  # noqa: SIM118 - a header each
    assert others == {"MIME-Version", "Content-Type"}
    assert len(mail["To"].addresses) <= 2
    assert mail.defects == []
    assert all(part.defects == [] for part in mail.walk())
    _strict(_text(mail, "html"))


@pytest.mark.parametrize(
    "text", ["\r\n.\r\n" * 20_000, "界" * 100_000, "x" * 100_000, "\0" * 100_000, "=?utf-8?q?" * 10_000]
)
def test_a_hundred_thousand_characters_are_a_mail_that_every_server_takes(text: str) -> None:
    payload = _composed(a_message("email", dict.fromkeys(("subject", "preheader", "text", "attachment"), text)))
    assert payload.role is Role.MAIN


def test_the_check_finds_what_a_server_would_refuse() -> None:
    bare = EmailMessage(policy=policy.SMTP)
    bare["Subject"] = ""
    bare.set_payload("x" * 2000)
    found = Email().check(Payload(role=Role.MAIN, content=bare, key="k"))
    assert "no Message-ID" in found
    assert "a line of more than 998 octets" in found
    assert Email().check(Payload(role=Role.MAIN, content={}, key="k")) == ("the content is not a mail",)
