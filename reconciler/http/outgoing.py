"""Posting to addresses that a policy names: https only, nothing private, no redirect, bounded in time and size."""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Self
from urllib.parse import urlsplit

import httpx

from reconciler import __version__
from reconciler.http.outgoing_answer import LOST, MALFORMED, MAX_ANSWER_BYTES, UNSENT, Returned, read, why
from reconciler.http.outgoing_proxy import Proxy
from reconciler.http.outgoing_target import ALLOW_PRIVATE, Allowance, Forbidden, Target, target_of
from reconciler.http.outgoing_wire import DEADLINE, TARGET, Direct, Resolve, look_up, plain_socket

__all__ = ["MAX_ANSWER_BYTES", "Forbidden", "Limits", "Outgoing", "Proxy", "Returned"]

_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_BASE: Final = "DBT_ALERTS_BASE_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds: for a connection with its TLS, for each wait on it, and for a request from beginning to end."""

    connect: float = 5.0
    wait: float = 15.0
    total: float = 30.0


class Outgoing:
    """Send one request to one address, once. Safe to share between threads.

    `allowed_hosts` are the operator's `host` or `host:port` that need not be public, and that alone may be http, on
    this machine. `proxy` is the operator's; it looks names up itself, so what a name leads to is then its decision.
    """

    def __init__(
        self,
        *,
        allowed_hosts: Collection[str] = frozenset(),
        limits: Limits | None = None,
        transport: httpx.BaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        resolve: Resolve = look_up,
        trust: ssl.SSLContext | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._allowance = Allowance.of(allowed_hosts)
        self._monotonic = monotonic
        self._resolve = resolve
        self._transport = transport or Direct(
            allowance=self._allowance,
            monotonic=monotonic,
            resolve=resolve,
            trust=trust,
            proxy=proxy,
        )

    @classmethod
    def of_environ(cls, environ: Mapping[str, str]) -> Self:
        """Return what the operator's environment asks for: private hosts, replaced vendors, a proxy.

        Raises RuntimeFailure for a proxy that is none.
        """
        named = environ.get(ALLOW_PRIVATE, "").replace(",", " ").split()
        return cls(
            allowed_hosts=frozenset([*named, *_bases(environ)]),
            proxy=Proxy.of_environ(environ),
        )

    def close(self) -> None:
        self._transport.close()

    def connect(self, host: str, port: int) -> socket.socket:
        """Open a connection for mail, by the same rules; a proxy for HTTP does not carry it.

        Raises Forbidden for what must not be reached, OSError for what is not. Its waits end like a request's.
        """
        return plain_socket(
            Target(scheme="smtp", host=host.lower().rstrip("."), port=port),
            allowance=self._allowance,
            resolve=self._resolve,
            monotonic=self._monotonic,
            timeout=self._limits.wait,
        )

    def names(self, host: str, port: int) -> bool:
        """Whether the operator named this place as one that need not be public."""
        return self._allowance.names(host.lower().rstrip("."), port)

    def request(self, method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str]) -> Returned:
        """Send it. Never raises for what the network or the receiver does; no word of it holds more than the host."""
        began = self._monotonic()
        try:
            target = target_of(url, self._allowance)
            got = self._sent(self._request(method, url, body, headers, target), target)
        except Forbidden as why:
            got = Returned(status=None, error=str(why), refused=True)
        return replace(got, seconds=max(0.0, self._monotonic() - began))

    def _request(self, method: str, url: str, body: bytes, headers: Mapping[str, str], target: Target) -> httpx.Request:
        limits = self._limits
        waits = {"connect": limits.connect, "read": limits.wait, "write": limits.wait, "pool": limits.connect}
        own = {"Accept-Encoding": "identity", "User-Agent": f"dbt-alerts/{__version__}", "Connection": "close"}
        ends = self._monotonic() + limits.total
        if not all(
            _NAME.fullmatch(name) and value.isascii() and value.isprintable() for name, value in headers.items()
        ):
            raise Forbidden(f"{target.host}: a header holds what cannot be sent")
        try:
            return httpx.Request(
                method,
                url,
                headers={**own, **headers},
                content=body,
                extensions={"timeout": waits, DEADLINE: ends, TARGET: target},
            )
        except (UnicodeError, httpx.InvalidURL):
            raise Forbidden(f"{target.host}: the address holds what cannot be sent") from None

    def _sent(self, request: httpx.Request, target: Target) -> Returned:
        try:
            answer = self._transport.handle_request(request)
        except MALFORMED:
            return Returned(status=None, error=f"{target.host}: a header holds what cannot be sent", refused=True)
        except LOST as lost:
            sent = not isinstance(lost, UNSENT)
            return Returned(status=None, error=why(lost, target.host), maybe_sent=sent)
        late = partial(self._late, request.extensions[DEADLINE])
        return read(answer, host=target.host, late=late)

    def _late(self, ends: float) -> bool:
        return self._monotonic() > ends


def _bases(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield host and port of every address that the operator put in a vendor's place."""
    for name, value in environ.items():
        try:
            at = urlsplit(value.strip()) if name.startswith(_BASE) else None
            port = at.port if at else None
        except ValueError:
            continue
        if at is not None and at.hostname and at.scheme in {"http", "https"}:
            host = f"[{at.hostname}]" if ":" in at.hostname else at.hostname
            yield f"{host}:{port or (443 if at.scheme == 'https' else 80)}"
