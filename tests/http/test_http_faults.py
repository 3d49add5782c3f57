"""The table of faults: for each, how many requests the server sees, and what the caller is told.

A create is the column to look at: whatever may have happened after the work was done is sent exactly once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
from typing_extensions import override

from reconciler.errors import ApiError, DeadlineExceeded, InDoubt, RuntimeFailure, Throttled, TransportError
from reconciler.errors import UnexpectedAnswer as Unexpected
from reconciler.http import Pace
from tests.http.http_lab import FakeTime, Reply, html, lab, refusal, repeat, send

KINDS = ("get", "replace", "create")
ATTEMPTS = Pace().attempts


@dataclass(frozen=True)
class Fault:
    """One fault: how it looks, and for GET what it is once it does not go away."""

    name: str
    reply: Callable[[], Reply]
    error: type[RuntimeFailure]

    def __str__(self) -> str:
        return self.name


def reset() -> Reply:
    return httpx.ReadError("Connection reset by peer")


MAYBE_DONE = [
    Fault("408", lambda: refusal(408), ApiError),
    Fault("425", lambda: refusal(425), ApiError),
    Fault("500", lambda: refusal(500), ApiError),
    Fault("500 HTML", lambda: html(500), ApiError),
    Fault("502", lambda: html(502), ApiError),
    Fault("503", lambda: refusal(503), ApiError),
    Fault("503 Retry-After", lambda: refusal(503, **{"Retry-After": "3"}), ApiError),
    Fault("504", lambda: html(504), ApiError),
    Fault("200 HTML", lambda: html(200), Unexpected),
    Fault("200 HTML without a type", lambda: httpx.Response(200, content=b"  <!DOCTYPE html>"), Unexpected),
    Fault("half a JSON", lambda: httpx.Response(200, content=b'{"data": {"id": 7'), Unexpected),
    Fault("empty body", lambda: httpx.Response(200, content=b""), Unexpected),
    Fault("bad UTF-8", lambda: httpx.Response(200, content=b'{"data": {"id": "\xff"}}'), Unexpected),
    Fault("bad gzip", lambda: httpx.Response(200, headers={"Content-Encoding": "gzip"}, content=_Raw()), Unexpected),
    Fault("reset", reset, TransportError),
    Fault("no answer", lambda: httpx.RemoteProtocolError("Server disconnected"), TransportError),
    Fault("read timeout", lambda: httpx.ReadTimeout("timed out"), TransportError),
    Fault("write timeout", lambda: httpx.WriteTimeout("timed out"), TransportError),
]
NOT_SENT = [
    Fault("refused", lambda: httpx.ConnectError("Connection refused"), TransportError),
    Fault("connect timeout", lambda: httpx.ConnectTimeout("timed out"), TransportError),
]


class _Raw(httpx.SyncByteStream):
    @override
    def __iter__(self) -> Iterator[bytes]:
        yield b"this is no gzip"


@pytest.mark.parametrize("fault", [*MAYBE_DONE, *NOT_SENT], ids=str)
def test_a_read_is_tried_five_times_and_then_says_what_it_met(fault: Fault) -> None:
    client, server = lab(finally_=lambda _: fault.reply())
    with pytest.raises(fault.error) as raised:
        send(client, "get")
    assert type(raised.value) is fault.error
    assert len(server.seen) == client.calls == ATTEMPTS


@pytest.mark.parametrize("fault", MAYBE_DONE, ids=str)
def test_a_replace_is_tried_five_times_and_is_then_in_doubt(fault: Fault) -> None:
    client, server = lab(finally_=lambda _: fault.reply())
    with pytest.raises(InDoubt, match="may have taken effect"):
        send(client, "replace")
    assert len(server.seen) == ATTEMPTS


@pytest.mark.parametrize("fault", MAYBE_DONE, ids=str)
def test_a_create_that_may_have_happened_is_sent_once(fault: Fault) -> None:
    client, server = lab(fault.reply())
    with pytest.raises(InDoubt) as raised:
        send(client, "create")
    assert raised.value.next_step
    assert len(server.seen) == 1


@pytest.mark.parametrize("fault", NOT_SENT, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_what_never_left_is_sent_again_and_never_in_doubt(fault: Fault, kind: str) -> None:
    client, server = lab(finally_=lambda _: fault.reply())
    with pytest.raises(TransportError) as raised:
        send(client, kind)
    assert not isinstance(raised.value, InDoubt)
    assert len(server.seen) == ATTEMPTS


@pytest.mark.parametrize("kind", ["get", "replace"])
@pytest.mark.parametrize("headers", [{}, {"Retry-After": "7"}], ids=["without Retry-After", "with Retry-After"])
def test_after_a_429_a_call_that_may_be_repeated_is_sent_again(kind: str, headers: dict[str, str]) -> None:
    client, server = lab(*repeat(lambda: refusal(429, **headers), 6))
    assert send(client, kind) == {"id": 7}
    assert len(server.seen) == 7


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "7"}], ids=["without Retry-After", "with Retry-After"])
def test_a_create_is_not_repeated_after_a_429_and_the_look_waits_for_the_cool_down(headers: dict[str, str]) -> None:
    time = FakeTime()
    client, server = lab(refusal(429, **headers), time=time, chance=0.0)
    with pytest.raises(InDoubt):
        send(client, "create")
    assert len(server.seen) == 1
    send(client, "get")
    assert time.sleeps == [7 if headers else Pace().cooldown_first]


@pytest.mark.parametrize("kind", ["get", "replace"])
def test_a_429_that_stays_is_throttled_once_the_deadline_is_near(kind: str) -> None:
    time = FakeTime()
    client, server = lab(finally_=lambda _: refusal(429), time=time, chance=0.0, pace=Pace(deadline=900))
    with pytest.raises(Throttled) as raised:
        send(client, kind)
    assert raised.value.status == 429
    assert time.sleeps == pytest.approx([2, 5, 12.5, 31.25, 78.125, 195.3125, 300])
    assert len(server.seen) == 8


@pytest.mark.parametrize("kind", ["get", "replace"])
@pytest.mark.parametrize("fault", [*MAYBE_DONE, *NOT_SENT], ids=str)
def test_a_fault_that_passes_is_not_noticed(kind: str, fault: Fault) -> None:
    client, server = lab(*repeat(fault.reply, 4))
    assert send(client, kind) == {"id": 7}
    assert len(server.seen) == 5


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 422, 302, 307])
def test_what_the_api_refuses_is_refused_at_once_and_without_doubt(kind: str, status: int) -> None:
    client, server = lab(refusal(status))
    with pytest.raises(ApiError) as raised:
        send(client, kind)
    assert raised.value.status == status
    assert len(server.seen) == 1


@pytest.mark.parametrize(("kind", "error"), [("get", ApiError), ("replace", InDoubt), ("create", InDoubt)])
@pytest.mark.parametrize("status", [501, 505, 520, 524])
def test_an_odd_server_error_is_not_repeated_but_leaves_a_write_in_doubt(
    kind: str, error: type[RuntimeFailure], status: int
) -> None:
    client, server = lab(finally_=lambda _: html(status))
    with pytest.raises(error):
        send(client, kind)
    assert len(server.seen) == 1


@pytest.mark.parametrize(("kind", "error"), [("get", Unexpected), ("replace", InDoubt), ("create", InDoubt)])
def test_a_success_of_an_unknown_shape_is_not_taken_for_a_refusal(kind: str, error: type[RuntimeFailure]) -> None:
    client, server = lab(finally_=lambda _: httpx.Response(200, json={"data": [1]}))
    with pytest.raises(error, match="a shape nobody knows: data: "):
        send(client, kind)
    assert len(server.seen) == 1


def test_a_replace_that_was_lost_and_then_refused_is_refused() -> None:
    client, server = lab(reset(), refusal(400))
    with pytest.raises(ApiError, match="400"):
        send(client, "replace")
    assert len(server.seen) == 2


@pytest.mark.parametrize(("kind", "error"), [("get", DeadlineExceeded), ("replace", InDoubt)])
def test_the_deadline_ends_the_tries(kind: str, error: type[RuntimeFailure]) -> None:
    client, server = lab(finally_=lambda _: refusal(503, **{"Retry-After": "40"}), pace=Pace(deadline=100))
    with pytest.raises(error, match="503"):
        send(client, kind)
    assert len(server.seen) == 3


def test_nothing_is_sent_after_the_deadline() -> None:
    time = FakeTime()
    client, server = lab(time=time, pace=Pace(deadline=100))
    time.seconds = 100
    with pytest.raises(DeadlineExceeded, match="100 s"):
        send(client, "get")
    assert server.seen == []
