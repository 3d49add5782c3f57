"""What a status and a body mean, before anybody looks into the body's meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import BinaryIO, Final
from urllib.parse import urlsplit

from reconciler.errors import ApiError, AuthenticationError, NotFound, RuntimeFailure, Throttled, UnexpectedAnswer

__all__ = ["MAX_ANSWER_BYTES", "Answer", "Call", "Effect", "Explain", "Passing", "Unreadable", "judge", "unexpected"]

# 501 and the other 4xx never: reference §1.4. 425 is not there, but by its definition nothing was processed.
_WORTH_RETRYING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_DETAIL_LENGTH: Final = 600
MAX_ANSWER_BYTES: Final = 32 * 1024 * 1024
"""What is held in memory of one answer at most."""

_GONE_OR_HIDDEN: Final = "It is gone, or the token may not see it: `dbt-alerts doctor` says what this token sees."
_WRONG_HOST: Final = "Is `host` right? It must be the host of your dbt Cloud URL, for example ab123.us1.dbt.com."

Explain = Callable[[bytes], str | None]
"""Turn the body of a refusal into one line of text; None for a body that is not the API's."""


class Unreadable(ValueError):
    """What `decode` raises for bytes that are no JSON at all: a proxy's page or a torn body, worth another try."""


class Effect(Enum):
    """What happens when a request is sent twice: nothing (READ), the same (REPLACE), or a second object (CREATE)."""

    READ = auto()
    REPLACE = auto()
    CREATE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`into` takes the body of a success; `most` bounds it, in bytes. Without it the body is held, in fewer bytes."""

    method: str
    path: str
    effect: Effect
    params: Mapping[str, str | int] | None = None
    body: bytes | None = None
    into: BinaryIO | None = None
    most: int = MAX_ANSWER_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`body` is only its beginning where the whole went into a file."""

    status: int
    body: bytes
    content_type: str = ""
    location: str = ""
    retry_after: str | None = None

    @property
    def html(self) -> bool:
        return "html" in self.content_type.lower() or self.body[:64].lstrip().startswith(b"<")


class Passing(Exception):
    """A failure that another try may mend, or that leaves a write in doubt. `error` is what to raise in the end.

    `maybe_done`: a write may have taken effect. `lasting`: another try would meet the same. `throttled`: a 429;
    `retry_after` is its header, in seconds.
    """

    def __init__(
        self,
        error: RuntimeFailure,
        *,
        maybe_done: bool,
        lasting: bool = False,
        throttled: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.maybe_done = maybe_done
        self.lasting = lasting
        self.throttled = throttled
        self.retry_after = retry_after


def judge(call: Call, answer: Answer, *, detail: str | None, retry_after: float | None) -> None:
    """Return for a success; raise what the answer means otherwise: Passing, or the final error.

    `detail` is the server's explanation, None when the body is not the API's.
    """
    status = answer.status
    if status in _WORTH_RETRYING:
        raise _passing(call, answer, detail=_shown(answer, detail), retry_after=retry_after)
    if status >= 400:
        error = _refusal(call, answer, detail)
        if status >= 500 and call.effect is not Effect.READ:
            raise Passing(error, maybe_done=True, lasting=True)
        raise error
    if status >= 300:
        raise _redirect(call, answer)
    if answer.html:
        raise Passing(unexpected(call, answer.status, "HTML instead of JSON", next_step=_WRONG_HOST), maybe_done=True)


def _passing(call: Call, answer: Answer, *, detail: str, retry_after: float | None) -> Passing:
    throttled = answer.status == 429
    kind = Throttled if throttled else ApiError
    error = kind(
        method=call.method,
        path=call.path,
        status=answer.status,
        detail=detail,
        next_step="Run again in five minutes." if throttled else "Run again; if it stays, see status.getdbt.com.",
    )
    return Passing(error, maybe_done=not throttled, throttled=throttled, retry_after=retry_after)


def _refusal(call: Call, answer: Answer, detail: str | None) -> ApiError:
    kind, next_step = ApiError, ""
    if answer.status == 401:
        kind, next_step = AuthenticationError, "Check the token: it is wrong, expired, or belongs to another host."
    elif answer.status == 403:
        kind = AuthenticationError
        next_step = (
            "Compare `account.id` with the token's account, and the token's permissions with docs/guides/tokens.md."
        )
    elif answer.status == 404:
        kind, next_step = NotFound, _WRONG_HOST if detail is None else _GONE_OR_HIDDEN
    shown = _shown(answer, detail)
    return kind(method=call.method, path=call.path, status=answer.status, detail=shown, next_step=next_step)


def _redirect(call: Call, answer: Answer) -> UnexpectedAnswer:
    try:
        host = urlsplit(answer.location).hostname
    except ValueError:
        host = None
    target = f"to host {host[:200]}" if host else "elsewhere on the same host"
    detail = f"a redirect {target}, which is not followed with a token"
    return unexpected(call, answer.status, detail, next_step=_WRONG_HOST)


def unexpected(call: Call, status: int, detail: str, *, next_step: str = "Run again.") -> UnexpectedAnswer:
    """Return the error for an answer that is not the API's; status 0 when not even that could be read."""
    return UnexpectedAnswer(method=call.method, path=call.path, status=status, detail=detail, next_step=next_step)


def _shown(answer: Answer, detail: str | None) -> str:
    if detail is None:
        return "HTML instead of JSON" if answer.html else "no JSON"
    return " ".join(detail.split())[:_DETAIL_LENGTH]
