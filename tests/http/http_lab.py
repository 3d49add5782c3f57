"""A client in front of a scripted server, with a clock that only moves when somebody sleeps."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

import httpx

from reconciler.cloud.wire import decode_raw, explain_refusal
from reconciler.http import Client, Clock, Pace, trusted_origin
from reconciler.model.secret import Secret

TOKEN = "dbtc_this-is-the-token-0123456789"
START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
OK = {"status": {"code": 200, "is_success": True}, "data": {"id": 7}}

Reply = httpx.Response | Exception


@dataclass
class FakeTime:
    """Seconds since the start; `sleeps` is every pause that was asked for."""

    seconds: float = 0.0
    sleeps: list[float] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def sleep(self, seconds: float) -> None:
        with self.lock:
            self.sleeps.append(seconds)
            self.seconds += seconds

    def clock(self, chance: float = 1.0) -> Clock:
        return Clock(
            monotonic=lambda: self.seconds,
            now=lambda: START + timedelta(seconds=self.seconds),
            sleep=self.sleep,
            randomness=lambda: chance,
        )


@dataclass
class Server:
    """Answers as scripted, then always with `finally_`. `seen` is what arrived."""

    script: list[Callable[[httpx.Request], Reply] | Reply]
    finally_: Callable[[httpx.Request], Reply]
    seen: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        reply: Any = self.script.pop(0) if self.script else self.finally_
        answer = reply(request) if callable(reply) else reply
        if isinstance(answer, Exception):
            raise answer
        return answer


def lab(
    *script: Callable[[httpx.Request], Reply] | Reply,
    time: FakeTime | None = None,
    chance: float = 1.0,
    pace: Pace | None = None,
    notices: list[str] | None = None,
    finally_: Callable[[httpx.Request], Reply] | None = None,
) -> tuple[Client, Server]:
    """Make a client and the server behind it."""
    server = Server(list(script), finally_ or (lambda _: httpx.Response(200, json=OK)))
    client = Client(
        origin=trusted_origin("https://ab123.us1.dbt.com"),
        token=Secret(TOKEN),
        explain=explain_refusal,
        clock=(time or FakeTime()).clock(chance),
        pace=pace,
        notice=(notices if notices is not None else []).append,
        transport=httpx.MockTransport(server),
    )
    return client, server


def refusal(status: int, message: str = "no", data: object = None, **headers: str) -> httpx.Response:
    """Build an error of the API (reference §1.7)."""
    body = {"status": {"code": status, "is_success": False, "user_message": message}, "data": data}
    return httpx.Response(status, json=body, headers=headers)


def html(status: int) -> httpx.Response:
    return httpx.Response(status, html="<html><body>Bad gateway</body></html>")


def repeat(reply: Callable[[], Reply], times: int) -> Iterable[Callable[[httpx.Request], Reply]]:
    return [lambda _request: reply()] * times


def send(client: Client, kind: str) -> dict[str, Any]:
    """Send one of the three kinds of call."""
    match kind:
        case "get":
            return client.get("/api/v2/accounts/1/notifications/7/", decode_raw)
        case "replace":
            return client.replace("POST", "/api/v2/accounts/1/notifications/7/", decode_raw, body=b"{}")
        case _:
            return client.create("/api/v2/accounts/1/notifications/", decode_raw, body=b"{}")
