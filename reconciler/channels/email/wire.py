"""One conversation with a mail server: the connection, its encryption, who we are; and how each of them may end."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Timer
from typing import Final

from reconciler.channels.contract import Receipt, Smtp, Verdict
from reconciler.channels.email.verdict import receipt

__all__ = ["Connect", "Over", "Trust", "conversation", "log_in", "no_answer"]

Connect = Callable[[str, int], socket.socket]
Trust = Callable[[], ssl.SSLContext]

_WHOLE: Final = 60.0
"""Seconds for everything: a server that answers one octet a second must not hold a worker for longer."""

_EXPIRED: Final = 10
"""OpenSSL's X509_V_ERR_CERT_HAS_EXPIRED: who renews it makes the next try work."""


class Over(Exception):
    """The conversation ends here, with this receipt."""

    def __init__(self, why: Receipt) -> None:
        super().__init__(why.answer)
        self.receipt = why

    @classmethod
    def refused(cls, why: str) -> Over:
        """We go no further, and trying again would change nothing."""
        return cls(Receipt(verdict=Verdict.PERMANENT, answer=why))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    """What the server replies to one command, if it is what we asked for."""

    what: str
    wanted: int


@contextmanager
def conversation(server: Smtp, *, us: str, connect: Connect, trust: Trust) -> Generator[smtplib.SMTP]:
    """Open a connection on which mail may be handed over; raise Over where that is not to be had.

    With `starttls` nothing but EHLO is said before the channel is encrypted and the certificate is verified for the
    server's name; without it, nothing more is. `us` is the name that we greet with.
    """
    talk = smtplib.SMTP(local_hostname=us)
    talk.sock = _opened(server, connect, trust)
    watchdog = Timer(_WHOLE, _cut_off, args=(talk,))
    watchdog.daemon = True
    watchdog.start()
    try:
        _expect(talk.getreply(), _Asking(what="greeting", wanted=220))
        _greet(talk)
        if server.tls == "starttls":
            _encrypt(talk, server, trust)
        if server.user is not None:
            log_in(talk, server)
        yield talk
        with suppress(OSError, smtplib.SMTPException):
            talk.quit()
    finally:
        watchdog.cancel()
        talk.close()


def _opened(server: Smtp, connect: Connect, trust: Trust) -> socket.socket:
    plain = connect(server.host, server.port)
    if server.tls != "tls":
        return plain
    try:
        return trust().wrap_socket(plain, server_hostname=server.host)
    except BaseException:
        plain.close()
        raise


def _cut_off(talk: smtplib.SMTP) -> None:
    """Wake whoever waits for the server. The plain method: a TLS socket's own would take its cipher away meanwhile."""
    there = talk.sock
    if there is not None:
        with suppress(OSError):
            socket.socket.shutdown(there, socket.SHUT_RDWR)


def _expect(reply: tuple[int, bytes], asked: _Asking) -> None:
    if reply[0] != asked.wanted:
        raise Over(receipt(asked.what, reply))


def _greet(talk: smtplib.SMTP) -> None:
    _expect(talk.ehlo(), _Asking(what="EHLO", wanted=250))


def _encrypt(talk: smtplib.SMTP, server: Smtp, trust: Trust) -> None:
    """Go on encrypted or not at all. What was said before is forgotten: it may have been said by somebody else."""
    if not talk.has_extn("starttls"):
        raise Over.refused(
            f"{server.host} offers no STARTTLS; nothing was sent. "
            "If it speaks TLS from the first byte, as port 465 does, write `tls: tls` under `smtp`"
        )
    _expect(talk.docmd("STARTTLS"), _Asking(what="STARTTLS", wanted=220))
    if talk.sock is None:
        raise smtplib.SMTPServerDisconnected
    talk.sock = trust().wrap_socket(talk.sock, server_hostname=server.host)
    talk.file = None
    talk.ehlo_resp = None
    talk.esmtp_features = {}
    talk.does_esmtp = False
    _greet(talk)


def log_in(talk: smtplib.SMTP, server: Smtp) -> None:
    """Say who we are. Raises Over where the server does not want us, or has no login."""
    password = server.password.reveal() if server.password else ""
    try:
        talk.login(server.user or "", password)
    except smtplib.SMTPAuthenticationError as refused:
        error = refused.smtp_error
        raise Over(
            receipt("AUTH", (refused.smtp_code, error if isinstance(error, bytes) else error.encode()))
        ) from None
    except smtplib.SMTPNotSupportedError:
        raise Over.refused(f"{server.host} takes no user and password here (no AUTH); leave out `smtp.user`") from None
    except UnicodeError:
        raise Over.refused("`smtp.user` or `smtp.password` has characters that SMTP's AUTH cannot carry") from None


def _reply(error: smtplib.SMTPResponseException) -> tuple[int, bytes]:
    said = error.smtp_error
    return error.smtp_code, said if isinstance(said, bytes) else said.encode()


def no_answer(error: Exception, server: Smtp) -> Receipt:
    """Return the receipt of a conversation that broke before the mail was handed over."""
    where = f"{server.host}:{server.port}"
    match error:
        case smtplib.SMTPResponseException():
            return receipt(where, _reply(error))
        case ssl.SSLCertVerificationError() if error.verify_code != _EXPIRED:
            return Receipt(verdict=Verdict.PERMANENT, answer=_why(error, where))
        case TimeoutError() if server.port == 465 and server.tls != "tls":
            return Receipt(verdict=Verdict.TRANSIENT, answer=f"{_why(error, where)}: port 465 wants `smtp.tls: tls`")
        case _:
            return Receipt(verdict=Verdict.TRANSIENT, answer=_why(error, where))


def _why(error: Exception, where: str) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return f"the certificate of {where} does not hold ({error.verify_message}); nothing was sent"
        case ssl.SSLError():
            return f"no encryption with {where}: {error.reason or 'broken off'}"
        case TimeoutError():
            return f"{where} did not answer in time"
        case ConnectionRefusedError():
            return f"{where} refuses connections"
        case smtplib.SMTPException() | ConnectionError():
            return f"{where} ended the connection ({type(error).__name__})"
        case _:
            return f"{where} is not reached: {error}"
