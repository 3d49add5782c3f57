"""E-mail by SMTP: the message as one mail to all of the channel's addresses.

A mail that was handed over cannot be looked up again: a 250 says that the server has it, nothing says that somebody
read it. Its Message-ID is the same in every try, so that a reader's mail system can tell a repetition.
"""

from __future__ import annotations

import smtplib
import ssl
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from typing import Final
from urllib.parse import urlsplit

from reconciler.channels.contract import Destination, Kind, Payload, Receipt, Role, Smtp, Wire
from reconciler.channels.destination import masked
from reconciler.channels.email.addresses import address, sender
from reconciler.channels.email.compose import mail
from reconciler.channels.email.reach import LOOPBACK, by_rule, to_this_machine
from reconciler.channels.email.send import hand_over, octets
from reconciler.channels.email.verdict import said, verdict
from reconciler.channels.email.wire import Over, Trust, conversation, log_in, no_answer
from reconciler.channels.fit import clip
from reconciler.channels.keys import delivery_key
from reconciler.model.message import Message
from reconciler.model.secret import MASK

__all__ = ["KIND", "Email"]

_MOST_OCTETS: Final = 5_000_000
_LONGEST_LINE: Final = 998
_LONGEST_ANSWER: Final = 1_000
_WANTED: Final = ("From", "To", "Subject", "Date", "Message-ID", "References", "Auto-Submitted")


class Email:
    """The kind `email`."""

    name = "email"

    def __init__(
        self, *, trust: Trust = ssl.create_default_context, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._trust = trust
        self._monotonic = monotonic

    def compose(self, message: Message, to: Destination) -> tuple[Payload, ...]:
        content, cut = mail(message, to)
        return (Payload(role=Role.MAIN, content=content, key=delivery_key(message, to), cut=cut),)

    def check(self, payload: Payload) -> tuple[str, ...]:
        """Return what RFC 5322 forbids, or what a usual server would refuse, about the mail as it travels."""
        if not isinstance(payload.content, EmailMessage):
            return ("the content is not a mail",)
        raw = octets(payload.content)
        found = [f"no {name}" for name in _WANTED if payload.content[name] is None]
        if len(raw) > _MOST_OCTETS:
            found.append(f"{len(raw)} octets, {_MOST_OCTETS} at most")
        if not raw.isascii() or b"\0" in raw:
            found.append("octets that only some servers take")
        lines = raw.split(b"\r\n")
        if max(map(len, lines)) > _LONGEST_LINE:
            found.append(f"a line of more than {_LONGEST_LINE} octets")
        if any(b"\r" in line or b"\n" in line for line in lines):
            found.append("a line that ends in other than CRLF")
        return tuple(found)

    def deliver(self, payload: Payload, to: Destination, wire: Wire) -> Receipt:
        content = payload.content
        if not isinstance(content, EmailMessage):
            return Over.refused("the content is not a mail").receipt
        return self._ask(to, wire, lambda talk: hand_over(talk, content))

    def probe(self, to: Destination, wire: Wire) -> Receipt:
        """Ask the server whether it would take mail of us: EHLO, STARTTLS, AUTH, and nothing is sent to anybody."""
        return self._ask(to, wire, _nothing)

    def redact(self, text: str, to: Destination) -> str:
        """Return the text without the password, plain or as AUTH carries it."""
        smtp = to.smtp
        secret = smtp.password.reveal() if smtp and smtp.password else ""
        if smtp and secret:
            for each in (f"\0{smtp.user or ''}\0{secret}", secret):
                text = text.replace(b64encode(each.encode()).decode(), MASK)
        return masked(text, to)

    def _ask(self, to: Destination, wire: Wire, act: Callable[[smtplib.SMTP], Receipt]) -> Receipt:
        began = self._monotonic()
        try:
            found = self._talk(to, wire, act)
        except Over as over:
            found = over.receipt
        return replace(
            found, answer=clip(self.redact(found.answer, to), _LONGEST_ANSWER), seconds=self._monotonic() - began
        )

    def _talk(self, to: Destination, wire: Wire, act: Callable[[smtplib.SMTP], Receipt]) -> Receipt:
        server = _server(to)
        us = sender(server).domain
        connect = by_rule(server, wire) if to.base is None else to_this_machine
        try:
            with conversation(server, us=us, connect=connect, trust=self._trust) as talk:
                _as_the_policy_says(talk, to)
                return act(talk)
        except (OSError, smtplib.SMTPException) as error:
            return no_answer(error, server)


def _as_the_policy_says(talk: smtplib.SMTP, to: Destination) -> None:
    """Log in at the operator's server too, if it takes logins: a wrong password is to be seen in a rehearsal."""
    if to.base is not None and to.smtp is not None and to.smtp.user is not None and talk.has_extn("auth"):
        log_in(talk, to.smtp)


def _nothing(talk: smtplib.SMTP) -> Receipt:
    code, text = talk.noop()
    return Receipt(verdict=verdict((code, text)), answer=said((code, text)), status=code)


def _server(to: Destination) -> Smtp:
    """Return the mail server that the policy names, or the one of this machine that the operator puts in its place."""
    if to.base is None:
        if to.smtp is None:
            raise Over.refused("the policy names no mail server; write `smtp: {host: …, from: …}`")
        if address(to.smtp.sender) is None:
            raise Over.refused(f"`smtp.from` is not an address that mail can be sent from: {to.smtp.sender!a}")
        return to.smtp
    try:
        place = urlsplit(to.base)
        host, port = place.hostname or "", place.port or 25
    except ValueError:
        place, host, port = None, "", 0
    if place is None or place.scheme != "smtp" or host not in LOOPBACK:
        raise Over.refused("DBT_ALERTS_BASE_EMAIL must be smtp://127.0.0.1:PORT: mail goes there unencrypted")
    writer = sender(to.smtp)
    return Smtp(host=host, port=port, sender=writer.addr_spec, tls="none")


KIND: Final[Kind] = Email()
