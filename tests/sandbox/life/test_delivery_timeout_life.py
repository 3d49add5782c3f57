"""A receiver has ten seconds: reference §6.5. The event loop's own clock is injected, so nobody waits for them."""

import asyncio
import selectors
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from tests.sandbox.life.life_lab import life_of, open_state

pytestmark = pytest.mark.reference("§6.5")

QUIET_SECONDS = 0.1


class SkippingSelector(selectors.DefaultSelector):
    """Counts a long wait as over, without waiting, when nothing has come over any socket for a moment."""

    skipped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= QUIET_SECONDS:
            return super().select(timeout)
        ready = super().select(QUIET_SECONDS)
        self.skipped += 0.0 if ready else timeout
        return ready


class SkippingLoop(asyncio.SelectorEventLoop):
    """Tells the time with what was skipped."""

    def __init__(self) -> None:
        self._skipping = SkippingSelector()
        super().__init__(self._skipping)

    def time(self) -> float:
        return super().time() + self._skipping.skipped


@asynccontextmanager
async def answering_after(seconds: float) -> AsyncGenerator[str]:
    """Listen on loopback; every request is taken, and answered with 200 after so many seconds."""

    answering: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(seconds)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answering.add(asyncio.ensure_future(serve(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    server.close()
    await asyncio.gather(*answering, return_exceptions=True)


def delivery(answer_after: float) -> tuple[Any, list[Any]]:
    """Send one event to a receiver of that kind; return its message of the inbox and its receipts."""

    async def told() -> tuple[Any, list[Any]]:
        life = life_of(open_state(webhook_retries=1))
        async with life.http, answering_after(answer_after) as url:
            webhook = life.webhook(url, event_types=["job.run.completed"])
            await life.ended()
            [message] = await life.inbox(kind="webhook")
        receipts = life.state.store.find("receipts", {"subscription_id": webhook})
        life.state.store.close()
        return message, receipts

    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        return runner.run(told())


@pytest.mark.parametrize("seconds", [0.0, 9.5])
def test_an_answer_within_ten_seconds_counts(seconds: float) -> None:
    message, receipts = delivery(seconds)
    assert (message["state"], [attempt["status"] for attempt in message["attempts"]]) == ("delivered", [200])
    assert [receipt["http_status_code"] for receipt in receipts] == ["200"]


@pytest.mark.parametrize("seconds", [10.5, 60.0])
def test_a_later_200_is_a_failure_and_is_tried_again(seconds: float) -> None:
    message, receipts = delivery(seconds)
    assert message["state"] == "failed"
    late = (0, "no answer within 10 seconds")
    assert [(attempt["status"], attempt["error"]) for attempt in message["attempts"]] == [late, late]
    assert [(receipt["http_status_code"], receipt["response_body"]) for receipt in receipts] == [("0", "")] * 2
