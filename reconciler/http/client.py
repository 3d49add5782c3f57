"""One client for one origin: limits, retries, the token's mask. Safe to share between threads."""

from __future__ import annotations

import logging
import os
import ssl
import sys
from collections.abc import Callable, Mapping
from io import BytesIO
from threading import Lock
from typing import BinaryIO, Final, Self, TypeVar

# httpx's command line would bring in click, rich and pygments: 50 ms of every start.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

import httpx  # noqa: E402
import stamina  # noqa: E402

from reconciler import __version__  # noqa: E402
from reconciler.errors import DeadlineExceeded, RuntimeFailure, TransportError  # noqa: E402
from reconciler.http.answers import (  # noqa: E402
    MAX_ANSWER_BYTES,
    Answer,
    Call,
    Effect,
    Explain,
    Passing,
    Unreadable,
    judge,
    unexpected,
)
from reconciler.http.origin import Origin  # noqa: E402
from reconciler.http.pace import Clock, Pace, Patience  # noqa: E402
from reconciler.http.trial import Trial  # noqa: E402
from reconciler.model.secret import MASK, Secret  # noqa: E402

__all__ = ["MAX_IN_FLIGHT", "Client", "Decode", "Transport"]

T = TypeVar("T")
Transport = httpx.BaseTransport
Decode = Callable[[bytes], T]
"""Read a successful body. Raises Unreadable for what is no JSON, another ValueError for a shape nobody knows."""

MAX_IN_FLIGHT: Final = 20
_READ_ONLY: Final = "api/private/"
"""Without a version and a description (reference §2.8): whatever code there will be, it does not write there."""
_HEAD_BYTES: Final = 64
_UNSENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)

# Without a handler, Python would print every scheduled retry to stderr.
logging.getLogger("stamina").addHandler(logging.NullHandler())


def _no_notice(_text: str) -> None:
    return None


def _unexplained(_body: bytes) -> str | None:
    return None


class Client:
    """Send requests with a token to one origin, and nothing to anywhere else.

    Redirects are never followed. Reads and replaces are retried as `pace` says. A create is sent a second time only if
    no connection came about. 408, 425, every 5xx, HTML and a lost answer may come from a proxy after the work was done
    (reference §1.4 has such a case), and nothing says that a 429 cannot: all raise InDoubt after exactly one request.
    Look, then decide; after a 429 the look waits for the end of the cool-down.

    `server_date` is the `Date` header of the newest answer, as it came.
    """

    def __init__(
        self,
        *,
        origin: Origin,
        token: Secret,
        explain: Explain = _unexplained,
        pace: Pace | None = None,
        clock: Clock | None = None,
        notice: Callable[[str], None] = _no_notice,
        transport: Transport | None = None,
    ) -> None:
        self.origin = origin
        self._token = _usable(token)
        self._explain = explain
        self._pace = pace or Pace()
        self._patience = Patience(pace=self._pace, clock=clock or Clock(), notice=notice)
        self._lock = Lock()
        self._calls = 0
        self.server_date: str | None = None
        self._http = _open(origin, self._token, transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.origin.url!r})"

    @property
    def calls(self) -> int:
        """How many requests were sent, retries included."""
        return self._calls

    def close(self) -> None:
        self._http.close()

    def stop(self) -> None:
        """Make every thread that waits for its next try raise Interrupted. The client is of no use afterwards."""
        self._patience.stop()

    def get(self, path: str, decode: Decode[T], *, params: Mapping[str, str | int] | None = None) -> T:
        return self._run(Call(method="GET", path=path, effect=Effect.READ, params=params), decode)

    def download(self, path: str, into: BinaryIO, *, most: int, params: Mapping[str, str | int] | None = None) -> int:
        """Stream a GET's body, of at most `most` bytes, into a file and return its size.

        The file must be open for reading too; what it held is overwritten, by each try anew. It is raw (reference
        §1.6): HTML is refused as ever, anything else is taken. After an error it holds nothing of use.
        """
        call = Call(method="GET", path=path, effect=Effect.READ, params=params, into=into, most=most)
        self._run(call, _untouched)
        return into.seek(0, os.SEEK_END)

    def replace(self, method: str, path: str, decode: Decode[T], *, body: bytes | None = None) -> T:
        """Send a write that may be repeated: a full replace or a deletion. Raises InDoubt if no try had an answer."""
        return self._run(Call(method=method, path=path, effect=Effect.REPLACE, body=body), decode)

    def create(self, path: str, decode: Decode[T], *, body: bytes) -> T:
        """Send a write that must not be repeated. Raises InDoubt when it may have happened."""
        return self._run(Call(method="POST", path=path, effect=Effect.CREATE, body=body), decode)

    def _run(self, call: Call, decode: Decode[T]) -> T:
        if call.effect is not Effect.READ and call.path.lstrip("/").startswith(_READ_ONLY):
            raise ValueError(f"{call.method} {call.path}: this API is only read")
        trial = Trial(call=call, pace=self._pace, patience=self._patience)
        try:
            for attempt in stamina.retry_context(on=trial.worth_another, attempts=None, timeout=None):
                with attempt:
                    return self._once(call, decode, delay=trial.delay)
        except Passing as passing:
            raise trial.final(passing.error, throttled=passing.throttled) from passing.__cause__
        except DeadlineExceeded as late:
            raise trial.final(late, throttled=False) from None
        raise AssertionError("stamina tries at least once")

    def _once(self, call: Call, decode: Decode[T], *, delay: float) -> T:
        if not stamina.is_testing():
            self._patience.await_turn(delay)
        asked_at = self._patience.now()
        answer = self._exchange(call)
        retry_after = self._patience.seconds_until_allowed(answer.retry_after)
        detail = self._detail(answer) if answer.status >= 400 else None
        try:
            judge(call, answer, detail=detail, retry_after=retry_after)
        except Passing as passing:
            if passing.throttled:
                passing.retry_after = self._patience.cool_down(asked_at=asked_at, retry_after=retry_after)
            raise
        self._patience.succeeded(asked_at=asked_at)
        return _decoded(call, answer, decode)

    def _exchange(self, call: Call) -> Answer:
        with self._lock:
            self._calls += 1
        try:
            return self._sent(call)
        except httpx.DecodingError as broken:
            raise Passing(unexpected(call, 0, "a body that cannot be unpacked"), maybe_done=True) from broken
        except httpx.TransportError as lost:
            raise self._lost(call, lost) from lost

    def _sent(self, call: Call) -> Answer:
        """Send once and take in the whole body."""
        request = self._http.build_request(
            call.method, call.path, params=call.params, content=call.body, timeout=_timeout(self._patience.remaining)
        )
        response = self._http.send(request, stream=True)
        try:
            body = self._taken_in(call, response)
        finally:
            response.close()
        headers = response.headers
        self.server_date = headers.get("date")
        return Answer(
            status=response.status_code,
            body=body,
            content_type=headers.get("content-type", ""),
            location=self._masked(headers.get("location", "")),
            retry_after=headers.get("retry-after"),
        )

    def _taken_in(self, call: Call, response: httpx.Response) -> bytes:
        """Read the body to its end, bounded in bytes and by the deadline; into the call's file if it has one."""
        into = call.into if response.is_success else None
        place, most = (BytesIO(), MAX_ANSWER_BYTES) if into is None else (into, call.most)
        place.seek(0)
        place.truncate()
        size = 0
        for chunk in response.iter_bytes():
            size += place.write(chunk)
            if size > most:
                raise unexpected(call, response.status_code, f"more than {_mebibytes(most)}")
            if self._patience.remaining <= 0:
                raise httpx.ReadTimeout("the answer was still arriving at the deadline", request=response.request)
        place.seek(0)
        return place.read() if into is None else place.read(_HEAD_BYTES)

    def _lost(self, call: Call, error: httpx.TransportError) -> Exception:
        text = self._masked(str(error)) or type(error).__name__
        message = f"{call.method} {self.origin.url}{call.path}: {text}"
        if "CERTIFICATE_VERIFY_FAILED" in text:
            return TransportError(message, next_step="Name your company's CA bundle in SSL_CERT_FILE.")
        unreachable = isinstance(error, _UNSENT)
        next_step = "Check `host` and the network." if unreachable else "Run again."
        return Passing(TransportError(message, next_step=next_step), maybe_done=not unreachable)

    def _detail(self, answer: Answer) -> str | None:
        explained = self._explain(answer.body)
        return None if explained is None else self._masked(explained)

    def _masked(self, text: str) -> str:
        return text.replace(self._token.reveal(), MASK)


def _decoded(call: Call, answer: Answer, decode: Decode[T]) -> T:
    """Decode a success. Errors of validation quote what they refuse, perhaps a secret: nothing of them is chained."""
    try:
        return decode(answer.body)
    except Unreadable:
        broken = Passing(unexpected(call, answer.status, "a body that is not JSON"), maybe_done=True)
    except ValueError as error:
        strange = unexpected(call, answer.status, f"a shape nobody knows: {_first_line(error)}")
        if call.effect is Effect.READ:
            raise strange from None
        broken = Passing(strange, maybe_done=True, lasting=True)
    raise broken


def _untouched(_head: bytes) -> None:
    return None


def _mebibytes(size: int) -> str:
    return f"{size >> 20} MiB" if size >= 1 << 20 else f"{size} bytes"


def _first_line(error: ValueError) -> str:
    return str(error).partition("\n")[0][:300]


def _timeout(remaining: float) -> httpx.Timeout:
    most = max(0.05, remaining)
    return httpx.Timeout(min(30.0, most), connect=min(10.0, most), pool=most)


def _usable(token: Secret) -> Secret:
    """Return the token without the newline that files end with. A header cannot hold what else is refused."""
    text = token.reveal().strip()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise RuntimeFailure(
            "the token is empty or holds characters that no token has",
            next_step="Copy it again: a token is one word of letters, digits and underscores.",
        )
    return Secret(text)


def _open(origin: Origin, token: Secret, transport: Transport | None) -> httpx.Client:
    """Make the one httpx client. Raises RuntimeFailure for a proxy or a CA bundle of the environment that is no use."""
    try:
        return _connected(origin, token, transport)
    except (ImportError, ValueError, OSError) as error:  # SOCKS needs a package more; not a proxy; no certificates
        raise RuntimeFailure(
            f"the environment's proxy or CA bundle cannot be used: {error}",
            next_step="Correct HTTPS_PROXY, ALL_PROXY (http:// or https://), SSL_CERT_FILE and SSL_CERT_DIR.",
        ) from error


def _connected(origin: Origin, token: Secret, transport: Transport | None) -> httpx.Client:
    """On loopback no proxy of the environment is asked, and without TLS no CA is loaded."""
    needs_tls = origin.scheme == "https" and transport is None
    return httpx.Client(
        base_url=origin.url,
        headers={
            "Accept": "application/json",
            "Authorization": f"Token {token.reveal()}",
            "Content-Type": "application/json",
            "User-Agent": f"dbt-alerts/{__version__}",
        },
        follow_redirects=False,
        limits=httpx.Limits(
            max_connections=MAX_IN_FLIGHT, max_keepalive_connections=MAX_IN_FLIGHT, keepalive_expiry=5.0
        ),
        transport=transport,
        trust_env=not origin.loopback,
        verify=httpx.create_ssl_context() if needs_tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
    )
