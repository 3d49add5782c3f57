"""What came of a request: read within bounds, said without a word that could be secret."""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import httpcore
import httpx

__all__ = ["LOST", "MALFORMED", "MAX_ANSWER_BYTES", "UNSENT", "Returned", "read", "why"]

MAX_ANSWER_BYTES: Final = 64 * 1024
UNSENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpcore.ConnectError,
    httpcore.ConnectTimeout,
    httpcore.PoolTimeout,
    httpcore.ProxyError,
)
MALFORMED: Final = (httpx.LocalProtocolError, httpcore.LocalProtocolError, UnicodeError)
LOST: Final = (
    httpx.TransportError,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.ProxyError,
    ssl.SSLError,
)
_LATE: Final = (httpx.TimeoutException, httpcore.TimeoutException)


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What came of one request. `status` None: no answer; `error` then says why, and `maybe_sent` whether it may have
    been taken all the same. `refused`: it was not sent, because the address must not be reached.

    `whole` is False where the answer began and its body did not end, in time or in size. `headers` have lower-case
    names. Neither body nor headers are ever shown: a receiver may send back what it was sent.
    """

    status: int | None
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    error: str = ""
    maybe_sent: bool = False
    refused: bool = False
    whole: bool = True
    seconds: float = 0.0


def read(answer: httpx.Response, *, host: str, late: Callable[[], bool]) -> Returned:
    """Read an answer up to its bound. It is one even if its body never ends; `late` tells that time is over."""
    raw, error = bytearray(), ""
    stream = answer.stream
    try:
        for chunk in stream if isinstance(stream, httpx.SyncByteStream) else ():
            raw += chunk
            if len(raw) > MAX_ANSWER_BYTES:
                error = f"{host} answered more than {MAX_ANSWER_BYTES >> 10} KiB"
                break
            if late():
                raise httpcore.ReadTimeout("out of time")
    except LOST as lost:
        error = why(lost, host)
    finally:
        answer.close()
    body, whole = _unpacked(bytes(raw), answer.headers.get("content-encoding", ""))
    return Returned(
        status=answer.status_code,
        body=body,
        headers={name.lower(): value for name, value in answer.headers.items()},
        error=error,
        maybe_sent=True,
        whole=whole and not error,
    )


def _unpacked(raw: bytes, encoding: str) -> tuple[bytes, bool]:
    """Return the body, and whether it is whole. Packed although nobody asked: unpacked to the same bound."""
    match encoding.strip().lower():
        case "" | "identity":
            return raw[:MAX_ANSWER_BYTES], len(raw) <= MAX_ANSWER_BYTES
        case "gzip" | "x-gzip" | "deflate":
            unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
            try:
                body = unpacking.decompress(raw, MAX_ANSWER_BYTES)
            except zlib.error:
                return b"", False
            return body, unpacking.eof
        case _:
            return b"", False


def why(error: Exception, host: str) -> str:
    """Say what happened in words of our own: those of a library may quote the address."""
    if isinstance(error, _LATE):
        return f"{host} took too long to {'connect' if isinstance(error, UNSENT) else 'answer'}"
    if str(error) == "SSL_CERT_FILE":
        return f"no connection to {host}: the certificates of SSL_CERT_FILE or SSL_CERT_DIR cannot be read"
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return f"the certificate of {host} is not to be trusted; name your company's CA bundle in SSL_CERT_FILE"
    if isinstance(error, httpx.ProxyError | httpcore.ProxyError):
        return f"the proxy of HTTPS_PROXY does not lead to {host}"
    if isinstance(error, UNSENT):
        known = "its name is not known" in str(error)
        return f"{host} has no address: its name is not known" if known else f"no connection to {host}"
    return f"{host} ended the connection before it answered"
