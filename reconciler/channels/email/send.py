"""Handing one mail over: sender, recipients one by one, content; and what it means if the line breaks meanwhile."""

from __future__ import annotations

import re
import smtplib
from email.message import EmailMessage
from typing import Final

from reconciler.channels.contract import Receipt, Verdict
from reconciler.channels.email.compose import POLICY
from reconciler.channels.email.verdict import Reply, for_all, listed, receipt, said, verdict
from reconciler.channels.email.wire import Over

__all__ = ["hand_over", "octets"]

_LEADING_DOT: Final = re.compile(rb"^\.", re.MULTILINE)


def octets(mail: EmailMessage) -> bytes:
    """Return the mail as it travels: ASCII, lines ended by CRLF."""
    return mail.as_bytes(policy=POLICY)


def hand_over(talk: smtplib.SMTP, mail: EmailMessage) -> Receipt:
    """Send the mail to all of its recipients, once. Done is a 250 after the content, for one recipient at least."""
    who = [each.addr_spec for each in mail["To"].addresses]
    if not who:
        raise Over.refused("the channel has no address that mail can be sent to")
    _ask("MAIL FROM", talk.mail(mail["From"].addresses[0].addr_spec))
    refused = _refused(talk, who)
    if len(refused) == len(who):
        raise Over(for_all(refused))
    reply = talk.docmd("DATA")
    if reply[0] != 354:
        raise Over(receipt("DATA", reply))
    talk.send(_LEADING_DOT.sub(b"..", octets(mail)) + b".\r\n")
    return _taken(talk, mail, refused)


def _ask(what: str, reply: Reply) -> None:
    if verdict(reply) is not Verdict.DONE:
        raise Over(receipt(what, reply))


def _refused(talk: smtplib.SMTP, who: list[str]) -> dict[str, Reply]:
    """Name the recipients; return those that the server does not take. 421 is the end of the conversation."""
    refused: dict[str, Reply] = {}
    for each in who:
        reply = talk.rcpt(each)
        if reply[0] == 421:
            raise Over(receipt("RCPT TO", reply))
        if verdict(reply) is not Verdict.DONE:
            refused[each] = reply
    return refused


def _taken(talk: smtplib.SMTP, mail: EmailMessage, refused: dict[str, Reply]) -> Receipt:
    """Read the answer to the content. Whatever breaks from here on, the server may have sent the mail on already."""
    found = str(mail["Message-ID"])
    try:
        reply = talk.getreply()
    except (OSError, smtplib.SMTPException):
        why = "the connection was lost after the content: the mail may have been sent"
        return Receipt(verdict=Verdict.IN_DOUBT, answer=why, vendor_id=found)
    if reply[0] != 250:
        raise Over(receipt("content", reply))
    answer = said(reply) + (f"; not told: {listed(refused)}" if refused else "")
    return Receipt(verdict=Verdict.DONE, answer=answer, status=250, vendor_id=found, untold=tuple(refused))
