"""A mail server on a port of its own: takes every mail on loopback, parses it, and refuses as it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import socket
from dataclasses import dataclass

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from reconciler.sandbox.channels.facts import holds
from reconciler.sandbox.channels.mail_parts import read_mail
from reconciler.sandbox.inbox import Kind, MessageState, drop
from reconciler.sandbox.state import State

__all__ = ["PostOffice", "listen", "serve"]

_MOST_BYTES = 30 * 1024 * 1024
_RUN_LINK = re.compile(r"/runs/(\d{1,18})\b")
_DROPPED = "421 4.3.2 closing"


def listen(host: str, port: int) -> socket.socket:
    """Bind the port (0 picks one); nothing is served yet. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    with contextlib.ExitStack() as undo:
        undo.callback(listener.close)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
        undo.pop_all()
    return listener


async def serve(state: State, listener: socket.socket) -> None:
    """Serve until cancelled, on the sandbox's own loop."""
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    loop = asyncio.get_running_loop()
    office = PostOffice(state=state)

    def connection() -> SMTP:
        return SMTP(
            office,
            data_size_limit=_MOST_BYTES,
            enable_SMTPUTF8=True,
            hostname="sandbox.acme.example",
            ident="sandbox",
            authenticator=office.authenticate,
            auth_require_tls=False,
            loop=loop,
        )

    server = await loop.create_server(connection, sock=listener)
    try:
        await server.serve_forever()
    finally:
        server.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class PostOffice:
    """Decides about each mail; the names of its methods are aiosmtpd's."""

    state: State

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: object
    ) -> AuthResult:
        """Let everybody in, whatever the password, unless passwords are wrong now."""
        name = login.login.decode("utf-8", "replace") if isinstance(login, LoginPassword) else ""
        return AuthResult(success=not self._holds("wrong_password", name), handled=False)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient, or refuse: for good, or for now."""
        if self._holds("refusing", address):
            return "550 5.1.1 mailbox unavailable"
        if self._holds("greylisting", address):
            return "451 4.7.1 greylisted, try again later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        """Take a mail: one row in the inbox for each recipient."""
        names = tuple(envelope.rcpt_tos)
        if self._holds("unavailable", *names):
            return "421 4.3.2 service not available, closing the connection"
        if self._holds("too_large", *names):
            return "552 5.3.4 message size exceeds fixed limit"
        if self._holds("rejected", *names):
            return "554 5.7.1 message rejected"
        if self._holds("drop_before", *names):
            return self._cut(server)
        self._keep(envelope)
        return self._cut(server) if self._holds("drop_after", *names) else "250 2.0.0 OK: taken"

    def _holds(self, mode: str, *names: str) -> bool:
        return holds(self.state, Kind.EMAIL, mode, *names)

    def _cut(self, server: SMTP) -> str:
        if isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return _DROPPED

    def _keep(self, envelope: Envelope) -> None:
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode()
        mail = read_mail(raw)
        subject, text = mail.pop("subject"), mail.pop("text")
        for address in envelope.rcpt_tos:
            run = self._run(text, mail["html"])
            words = {"channel": f"email:{address}", "recipient": address, "subject": subject, "text": text}
            about = {"run_id": run, "job_id": None, "reason": "", "origin": "channel"}
            sender = {"envelope_from": envelope.mail_from, "envelope_to": list(envelope.rcpt_tos)}
            drop(self.state, Kind.EMAIL, MessageState.DELIVERED, {**words, **about, **sender, **mail})

    def _run(self, text: str, html: str) -> int | None:
        found = _RUN_LINK.search(text) or _RUN_LINK.search(html)
        row = self.state.store.get("runs", int(found[1])) if found else None
        return row["id"] if row else None
