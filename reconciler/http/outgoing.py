"""Posting to addresses that a policy names: https only, nothing private, no redirect, bounded in time and size."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import httpx

__all__ = ["Outgoing", "Returned"]

_MAX_ANSWER_BYTES: Final = 64 * 1024


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


class Outgoing:
    """Send one request to one address, once."""

    def __init__(
        self,
        *,
        allowed_hosts: frozenset[str] = frozenset(),
        timeout: float = 15.0,
        transport: httpx.BaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._allowed = allowed_hosts
        self._monotonic = monotonic
        self._http = httpx.Client(follow_redirects=False, timeout=timeout, transport=transport, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def request(self, method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str]) -> Returned:
        """Send it. Never raises for what the network or the receiver does."""
        began = self._monotonic()
        try:
            with self._http.stream(method, url, content=body, headers=dict(headers)) as answer:
                got = next(answer.iter_bytes(_MAX_ANSWER_BYTES), b"")
                return Returned(
                    status=answer.status_code,
                    body=got[:_MAX_ANSWER_BYTES],
                    headers=dict(answer.headers),
                    seconds=self._monotonic() - began,
                )
        except httpx.HTTPError as error:
            unsent = isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout))
            return Returned(
                status=None,
                error=type(error).__name__,
                maybe_sent=not unsent,
                seconds=self._monotonic() - began,
            )
