"""Twenty requests at once: the number itself. That it holds is proved where a whole inventory is read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock

import httpx

from reconciler.http import MAX_IN_FLIGHT, Client, trusted_origin
from reconciler.model.secret import Secret


def test_the_limit_is_twenty() -> None:
    assert MAX_IN_FLIGHT == 20


def test_a_client_lets_twenty_threads_ask_at_the_same_time() -> None:
    together, lock, seen = Barrier(20, timeout=30), Lock(), list[str]()

    def answer(request: httpx.Request) -> httpx.Response:
        together.wait()  # breaks, and fails the test, if fewer than twenty ever arrive
        with lock:
            seen.append(request.url.path)
        return httpx.Response(200, json={})

    origin = trusted_origin("ab123.us1.dbt.com")
    with (
        Client(origin=origin, token=Secret("dbtu_made_up"), transport=httpx.MockTransport(answer)) as client,
        ThreadPoolExecutor(20) as threads,
    ):
        list(threads.map(lambda number: client.get(f"/page/{number}", len), range(40)))
    assert len(seen) == client.calls == 40
