"""The way out: names are looked up once, every address is judged, and the one that was judged is connected to.

Nothing is kept open: a pooled connection that the other side has closed would make a message doubtful, and alerts are
rare.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import httpcore
import httpx

from reconciler.http.outgoing_proxy import Proxy
from reconciler.http.outgoing_target import Allowance, Forbidden, Target

__all__ = ["DEADLINE", "TARGET", "Direct", "Resolve", "look_up", "plain_socket"]

Resolve = Callable[[str, int], Sequence[str]]
"""Every address of a host, as text. Raises OSError for none."""

DEADLINE: Final = "reconciler.deadline"
TARGET: Final = "reconciler.target"


def look_up(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ends:
    """The end of one request, whatever it is doing."""

    at: float
    monotonic: Callable[[], float]

    def within(self, timeout: float | None, late: type[Exception]) -> float:
        left = self.at - self.monotonic()
        if left <= 0:
            raise late("out of time")
        return left if timeout is None else min(timeout, left)


class _Timed(httpcore.NetworkStream):
    """A connection on which no single wait outlives the request's end."""

    def __init__(self, inner: httpcore.NetworkStream, ends: _Ends) -> None:
        self._inner = inner
        self._ends = ends

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._ends.within(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._ends.within(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._ends.within(timeout, httpcore.ConnectTimeout)
        return _Timed(self._inner.start_tls(ssl_context, server_hostname, left), self._ends)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's own signature
        return self._inner.get_extra_info(info)


class _Guarded(httpcore.NetworkBackend):
    """Connects to addresses that were judged. `target` None is the operator's proxy, which nobody judges."""

    def __init__(self, *, ends: _Ends, target: Target | None, allowance: Allowance, resolve: Resolve) -> None:
        self._ends = ends
        self._target = target
        self._allowance = allowance
        self._resolve = resolve
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        lost: Exception = httpcore.ConnectError("it has no address")
        for address in self._judged(host, port, timeout):
            left = self._ends.within(timeout, httpcore.ConnectTimeout)
            try:
                return _Timed(self._inner.connect_tcp(address, port, left, local_address, socket_options), self._ends)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                lost = failed
        raise lost

    def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002 - httpcore's own signature
        timeout: float | None = None,  # noqa: ARG002 - the same
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002 - the same
    ) -> httpcore.NetworkStream:
        raise Forbidden("a socket of this machine is no address")

    def _judged(self, host: str, port: int, timeout: float | None) -> Sequence[str]:
        """Return the host's addresses. One that must not be reached spoils them all: the next look-up may choose it."""
        addresses = self._looked_up(host, port, self._ends.within(timeout, httpcore.ConnectTimeout))
        if self._target is not None:
            for address in addresses:
                if why := self._allowance.refusal(self._target, address):
                    raise Forbidden(why)
        return addresses

    def _looked_up(self, host: str, port: int, timeout: float) -> Sequence[str]:
        """Look up in another thread: the system's own patience with name servers cannot be set."""
        pool = ThreadPoolExecutor(max_workers=1)
        try:
            return pool.submit(self._resolve, host, port).result(timeout)
        except TimeoutError:
            raise httpcore.ConnectTimeout("its name was not found in time") from None
        except (OSError, UnicodeError):
            raise httpcore.ConnectError("its name is not known") from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response, pool: httpcore.ConnectionPool) -> None:
        self._answer = answer
        self._pool = pool

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer.iter_stream())

    def close(self) -> None:
        with closing(self._pool):
            self._answer.close()


class Direct(httpx.BaseTransport):
    """One connection for each request, through the operator's proxy if it has one."""

    def __init__(
        self,
        *,
        allowance: Allowance,
        monotonic: Callable[[], float],
        resolve: Resolve = look_up,
        trust: ssl.SSLContext | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        self._allowance = allowance
        self._monotonic = monotonic
        self._resolve = resolve
        self._trust = trust
        self._proxy = proxy

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        target: Target = request.extensions[TARGET]
        ends = _Ends(at=request.extensions[DEADLINE], monotonic=self._monotonic)
        pool = self._pool(target, ends)
        try:
            answer = pool.handle_request(
                httpcore.Request(
                    request.method,
                    httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=request.url.raw_path),
                    headers=request.headers.raw,
                    content=request.content,
                    extensions={"timeout": request.extensions["timeout"], "sni_hostname": target.host},
                )
            )
        except BaseException:
            pool.close()
            raise
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer, pool))

    def _pool(self, target: Target, ends: _Ends) -> httpcore.ConnectionPool:
        trust = self._trusting() if target.scheme == "https" else None
        named = self._allowance.names(target.host, target.port)
        if self._proxy is None or target.scheme == "http" or named or self._proxy.leaves_out(target.host):
            backend = _Guarded(ends=ends, target=target, allowance=self._allowance, resolve=self._resolve)
            return httpcore.ConnectionPool(ssl_context=trust, network_backend=backend, max_keepalive_connections=0)
        if target.literal is None and "." not in target.host:
            raise Forbidden(f"{target.host} is a name of an inner network")
        return self._proxied(self._proxy, trust, ends)

    def _proxied(self, proxy: Proxy, trust: ssl.SSLContext | None, ends: _Ends) -> httpcore.HTTPProxy:
        at = urlsplit(proxy.url.reveal())
        login = (unquote(at.username).encode(), unquote(at.password or "").encode()) if at.username else None
        backend = _Guarded(ends=ends, target=None, allowance=self._allowance, resolve=self._resolve)
        port = at.port or (443 if at.scheme == "https" else 80)
        where = httpcore.URL(scheme=at.scheme, host=at.hostname or "", port=port, target=b"/")
        return httpcore.HTTPProxy(
            proxy_url=where, proxy_auth=login, ssl_context=trust, network_backend=backend, max_keepalive_connections=0
        )

    def _trusting(self) -> ssl.SSLContext:
        """Load the trusted certificates once, and only if anything is sent."""
        if self._trust is None:
            try:
                self._trust = httpx.create_ssl_context()
            except OSError:
                raise httpcore.ConnectError("SSL_CERT_FILE") from None
        return self._trust


def plain_socket(
    target: Target, *, allowance: Allowance, resolve: Resolve, monotonic: Callable[[], float], timeout: float
) -> socket.socket:
    """Connect for a protocol that is not HTTP, by the same rules; `timeout` seconds for this, and then for each wait.

    Raises Forbidden for an address that must not be reached, OSError for one that is not reached.
    """
    ends = _Ends(at=monotonic() + timeout, monotonic=monotonic)
    guarded = _Guarded(ends=ends, target=target, allowance=allowance, resolve=resolve)
    try:
        opened: socket.socket = guarded.connect_tcp(target.host, target.port).get_extra_info("socket")
    except httpcore.ConnectTimeout as late:
        raise TimeoutError(str(late)) from None
    except httpcore.ConnectError as lost:
        raise lost.__cause__ if isinstance(lost.__cause__, OSError) else OSError(str(lost)) from None
    opened.settimeout(timeout)
    return opened
