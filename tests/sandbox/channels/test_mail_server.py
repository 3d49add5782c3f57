"""The mail server, spoken to by the standard library's client."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest

from reconciler.sandbox import RunningSandbox, start


@pytest.fixture
def post(vendors: RunningSandbox) -> Iterator[smtplib.SMTP]:
    where = urlsplit(vendors.ready["smtp_url"])
    client = smtplib.SMTP(where.hostname or "", where.port or 0, timeout=5, local_hostname="test")
    yield client
    client.close()


def mail(*to: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "[CRITICAL] Daily Revenue failed · Production"
    message["From"], message["To"] = "dbt-alerts@acme.example", ", ".join(to)
    message["Message-ID"] = "<d1@relay>"
    message["References"] = "<i1@relay>"
    message.set_content("2 models failed")
    message.add_alternative("<p>2 models failed</p>", subtype="html")
    message.add_attachment("all of the error", filename="error.txt")
    return message


def test_a_mail_arrives_once_for_each_recipient_with_all_its_parts(post: smtplib.SMTP, vendors: RunningSandbox) -> None:
    post.login("alerts", "made-up")
    post.send_message(mail("one@acme.example", "two@acme.example"))
    found = vendors.control.inbox(kind="email")
    assert {row["recipient"] for row in found} == {"one@acme.example", "two@acme.example"}
    row = found[0]
    assert row["subject"] == "[CRITICAL] Daily Revenue failed · Production"
    assert (row["text"].strip(), row["html"].strip()) == ("2 models failed", "<p>2 models failed</p>")
    assert [(each["name"], each["text"].strip()) for each in row["attachments"]] == [("error.txt", "all of the error")]
    assert (row["message_id"], row["mail_headers"]["References"]) == ("<d1@relay>", "<i1@relay>")


def test_one_recipient_is_refused_and_the_other_gets_it(post: smtplib.SMTP, vendors: RunningSandbox) -> None:
    vendors.control.break_channel("email", "refusing", only="one@acme.example")
    refused = post.send_message(mail("one@acme.example", "two@acme.example"))
    assert refused["one@acme.example"][0] == 550
    assert [row["recipient"] for row in vendors.control.inbox(kind="email")] == ["two@acme.example"]


def test_greylisting_ends_after_as_many_times_as_asked(post: smtplib.SMTP, vendors: RunningSandbox) -> None:
    vendors.control.break_channel("email", "greylisting", times=1)
    with pytest.raises(smtplib.SMTPRecipientsRefused) as raised:
        post.send_message(mail("one@acme.example"))
    assert raised.value.recipients["one@acme.example"][0] == 451
    post.send_message(mail("one@acme.example"))
    assert len(vendors.control.inbox(kind="email")) == 1


@pytest.mark.parametrize(("mode", "code"), [("unavailable", 421), ("too_large", 552), ("rejected", 554)])
def test_the_mail_itself_is_refused(post: smtplib.SMTP, vendors: RunningSandbox, mode: str, code: int) -> None:
    vendors.control.break_channel("email", mode)
    with pytest.raises(smtplib.SMTPDataError) as raised:
        post.send_message(mail("one@acme.example"))
    assert raised.value.smtp_code == code
    assert vendors.control.inbox(kind="email") == []


@pytest.mark.parametrize(("mode", "arrived"), [("drop_before", 0), ("drop_after", 1)])
def test_a_connection_is_cut_and_nobody_knows(
    post: smtplib.SMTP, vendors: RunningSandbox, mode: str, arrived: int
) -> None:
    vendors.control.break_channel("email", mode)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        post.send_message(mail("one@acme.example"))
    assert len(vendors.control.inbox(kind="email")) == arrived


def test_a_wrong_password(post: smtplib.SMTP, vendors: RunningSandbox) -> None:
    vendors.control.break_channel("email", "wrong_password", only="alerts")
    with pytest.raises(smtplib.SMTPAuthenticationError):
        post.login("alerts", "made-up")


def test_a_broken_mail_is_shown_as_far_as_it_can_be_read(post: smtplib.SMTP, vendors: RunningSandbox) -> None:
    post.sendmail(
        "a@b.example", ["c@d.example"], b"Subject: odd\r\nContent-Type: text/plain; charset=nonsense\r\n\r\nbody"
    )
    [row] = vendors.control.inbox(kind="email")
    assert (row["subject"], row["text"].strip()) == ("odd", "body")


def test_a_port_for_mail_that_is_taken_is_an_error_and_leaves_nothing_open(vendors: RunningSandbox) -> None:
    with pytest.raises(OSError, match="in use"):
        start(smtp_port=urlsplit(vendors.ready["smtp_url"]).port)
