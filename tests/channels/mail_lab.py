"""A real mail server on loopback, aiosmtpd's, that does to a mail whatever a test asks for."""

import asyncio
import ssl
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Thread
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from reconciler.channels.contract import Destination, Smtp
from reconciler.model.secret import Secret

PASSWORD = "correct horse"


@dataclass
class Inbox:
    """What the server was handed, and how it answers. `answers` are by recipient; `after` happens after the content."""

    mails: list[Envelope] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    content: str = "250 2.0.0 queued as 4711"
    after: Callable[[SMTP], Any] | None = None

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.mails.append(envelope)
        if self.after is not None:
            self.after(server)
        return self.content

    def only(self) -> EmailMessage:
        (one,) = self.mails
        assert isinstance(one.content, bytes)
        return message_from_bytes(one.content, policy=policy.default)


def hang_up(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.WriteTransport)
    server.transport.abort()


def _login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:  # noqa: ANN401
    assert isinstance(data, LoginPassword)
    return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


@contextmanager
def mail_server(inbox: Inbox, *, tls: ssl.SSLContext | None = None, **options: Any) -> Generator[int]:  # noqa: ANN401
    """Serve until the block ends; the port is given. With `tls` every octet is encrypted from the first one on."""
    if options.get("auth_required"):
        options |= {"authenticator": _login, "auth_require_tls": False}
    loop = asyncio.new_event_loop()
    running = Thread(target=loop.run_forever)
    running.start()

    async def opened() -> asyncio.Server:
        return await loop.create_server(
            lambda: SMTP(inbox, hostname="mx.acme.example", loop=loop, **options), "127.0.0.1", 0, ssl=tls
        )

    async def closed(server: asyncio.Server) -> None:
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    server = asyncio.run_coroutine_threadsafe(opened(), loop).result(5)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(closed(server), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        running.join(5)
        loop.close()


def a_channel(
    port: int = 0, *, tls: str = "none", user: str | None = None, password: str = PASSWORD, **settings: object
) -> Destination:
    smtp = Smtp(
        host="127.0.0.1",
        port=port,
        sender="dbt-alerts@acme.example",
        tls=tls,
        user=user,
        password=Secret(password) if user else None,
    )
    return Destination(
        name="oncall-mail", kind="email", settings={"to": ("oncall@acme.example",), **settings}, smtp=smtp
    )
