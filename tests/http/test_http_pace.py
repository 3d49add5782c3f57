"""Pauses: whose, how long, and until when."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event, Lock

import httpx
import pytest
import stamina

from reconciler.errors import ApiError, DeadlineExceeded, InDoubt, Interrupted, RuntimeFailure, Throttled
from reconciler.http import Client, Pace, trusted_origin
from reconciler.http.pace import retry_after_seconds
from reconciler.model.secret import Secret
from tests.http.http_lab import OK, START, TOKEN, FakeTime, Reply, lab, refusal, repeat, send


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("17", 17.0),
        (" 17 ", 17.0),
        ("Mon, 02 Mar 2026 06:00:40 GMT", 40.0),
        ("Mon, 02 Mar 2026 08:00:40 +0200", 40.0),
        ("Mon, 02 Mar 2026 05:00:00 GMT", 0.0),
        ("9" * 400, 999_999_999.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("٣", None),
        ("Mon, 02 Mar 2026 06:00:40 +9999999999999", None),
        ("Mon, 02 Mar 99999999999999999999 06:00:40 GMT", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, now=START) == seconds


@pytest.mark.parametrize(("chance", "pauses"), [(1.0, [0.5, 1, 2, 4]), (0.5, [0.25, 0.5, 1, 2]), (0.0, [])])
def test_pauses_double_and_chance_spreads_them_over_their_whole_length(chance: float, pauses: list[float]) -> None:
    time = FakeTime()
    client, _ = lab(finally_=lambda _: refusal(500), time=time, chance=chance)
    with pytest.raises(ApiError):
        send(client, "get")
    assert time.sleeps == pauses


def test_pauses_have_an_upper_end() -> None:
    time = FakeTime()
    client, _ = lab(finally_=lambda _: refusal(500), time=time, pace=Pace(attempts=9))
    with pytest.raises(ApiError):
        send(client, "get")
    assert max(time.sleeps) == Pace().backoff_max


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("header", ["11", "Mon, 02 Mar 2026 06:00:11 GMT"])
def test_retry_after_is_waited_for_to_the_second(status: int, header: str) -> None:
    time = FakeTime()
    client, server = lab(refusal(status, **{"Retry-After": header}), time=time)
    send(client, "get")
    assert time.sleeps == [11]
    assert len(server.seen) == 2


@pytest.mark.parametrize(("status", "error"), [(429, Throttled), (503, DeadlineExceeded)])
def test_who_is_asked_to_wait_beyond_the_deadline_does_not_wait_at_all(
    status: int, error: type[RuntimeFailure]
) -> None:
    time = FakeTime()
    client, server = lab(refusal(status, **{"Retry-After": "3600"}), time=time)
    with pytest.raises(error, match=str(status)):
        send(client, "get")
    assert time.sleeps == []
    assert len(server.seen) == 1


def test_a_limiter_that_says_now_is_not_asked_in_a_tight_loop() -> None:
    time = FakeTime()
    client, server = lab(finally_=lambda _: refusal(429, **{"Retry-After": "0"}), time=time, pace=Pace(deadline=10))
    with pytest.raises(Throttled):
        send(client, "get")
    assert len(server.seen) <= 10


def test_a_cool_down_is_for_all_calls_of_the_client() -> None:
    time = FakeTime()
    client, server = lab(refusal(429, **{"Retry-After": "60"}), time=time)
    with pytest.raises(InDoubt):
        send(client, "create")
    send(client, "get")
    assert len(server.seen) == 2
    assert time.seconds == 60


def test_threads_refused_together_are_one_cool_down() -> None:
    """Ten requests in flight meet the limiter at once: the next pause is the first one, not the tenth."""
    time, together = FakeTime(), Barrier(10)
    refused, lock = 0, Lock()

    def answer(_request: httpx.Request) -> Reply:
        nonlocal refused
        with lock:
            refused += 1
            first = refused <= 10
        if not first:
            return httpx.Response(200, json=OK)
        together.wait(timeout=10)
        return refusal(429)

    client, server = lab(finally_=answer, time=time, chance=0.0)
    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(lambda _: send(client, "get"), range(10))) == [{"id": 7}] * 10
    assert len(server.seen) == 20
    assert max(time.sleeps) <= Pace().cooldown_first


def test_cool_downs_begin_small_again_after_a_success() -> None:
    time = FakeTime()
    client, _ = lab(refusal(429), refusal(429), httpx.Response(200, json=OK), refusal(429), time=time, chance=0.0)
    send(client, "get")
    time.seconds += 1
    send(client, "get")
    assert time.sleeps == [2, 5, 2]


def test_a_429_does_not_use_up_the_tries_of_a_call() -> None:
    client, server = lab(*repeat(lambda: refusal(429), 4), *repeat(lambda: refusal(500), 4))
    send(client, "get")
    assert len(server.seen) == 9


def test_a_long_pause_is_told_once_and_a_short_one_is_not() -> None:
    notices: list[str] = []
    client, _ = lab(refusal(429), refusal(429, **{"Retry-After": "42"}), notices=notices)
    send(client, "get")
    assert notices == ["dbt Cloud's rate limit is reached; waiting 42 s"]


def test_stop_ends_the_pause_of_every_thread() -> None:
    met = Event()

    def answer(_request: httpx.Request) -> httpx.Response:
        met.set()
        return refusal(429, **{"Retry-After": "600"})

    origin = trusted_origin("http://127.0.0.1:1")
    client = Client(origin=origin, token=Secret(TOKEN), transport=httpx.MockTransport(answer))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(send, client, "get")
        assert met.wait(10)
        client.stop()
        with pytest.raises(Interrupted):
            waiting.result(timeout=10)
    with pytest.raises(Interrupted):
        send(client, "get")


def test_staminas_test_mode_neither_waits_nor_tries_more_often() -> None:
    time = FakeTime()
    client, server = lab(finally_=lambda _: refusal(429, **{"Retry-After": "60"}), time=time)
    with stamina.set_testing(True, attempts=3), pytest.raises(Throttled):
        send(client, "get")
    assert time.sleeps == []
    assert len(server.seen) == 3


def test_http_dates_are_read_against_the_clock_that_moves() -> None:
    at = START + timedelta(seconds=30)
    assert retry_after_seconds("Mon, 02 Mar 2026 06:00:40 GMT", now=at) == 10
