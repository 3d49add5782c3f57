"""The inbox as JSON and as a page."""

import asyncio
import re

import pytest

from reconciler.sandbox.inbox import Kind, MessageState, drop
from tests.sandbox.life.life_lab import Life, Receiver

pytestmark = pytest.mark.anyio

HOSTILE = '<script>alert(1)</script>" onload="x {{ 7*7 }} \u202e'


async def test_messages_are_filtered_and_newest_comes_first(life: Life) -> None:
    life.notify(on_failure=[101], on_success=[101])
    life.webhook("https://relay.example.net/", event_types=["job.run.completed"])
    first = await life.ended(outcome="failure")
    second = await life.ended()
    everything = await life.inbox()
    assert [message["id"] for message in everything] == sorted((m["id"] for m in everything), reverse=True)
    assert {message["run_id"] for message in await life.inbox(run=first["id"])} == {first["id"]}
    assert {message["kind"] for message in await life.inbox(kind="webhook")} == {"webhook"}
    assert len(await life.inbox(channel="email:maria@acme.example")) == 2
    assert len(await life.inbox(state="not sent")) == 2
    assert len(await life.inbox(job=101)) == 4
    assert await life.inbox(since=everything[0]["id"]) == []
    assert {m["run_id"] for m in await life.inbox(since=second["started_at"])} == {second["id"]}


@pytest.mark.parametrize(
    "query", ["run=x", "wait_for=x", "since=yesterday", "timeout=x", "timeout=nan", "timeout=-1", "timeout=61"]
)
async def test_a_filter_that_makes_no_sense_is_refused(life: Life, query: str) -> None:
    assert (await life.http.get(f"/_sandbox/inbox?{query}")).status_code == 400


async def test_clearing_forgets_and_numbers_go_on(life: Life) -> None:
    life.notify(on_success=[101])
    await life.ended()
    [old] = await life.inbox()
    assert (await life.http.delete("/_sandbox/inbox")).status_code == 204
    assert await life.inbox() == []
    await life.ended()
    assert [message["id"] > old["id"] for message in await life.inbox()] == [True]


async def test_waiting_ends_with_the_message(life: Life) -> None:
    life.notify(on_success=[101])
    waiting = asyncio.create_task(life.inbox(kind="email", wait_for=1, timeout=20))
    await asyncio.sleep(0)
    await life.ended()
    assert len(await waiting) == 1


async def test_waiting_ends_with_its_time(life: Life) -> None:
    assert await life.inbox(wait_for=1, timeout=0.01) == []


async def test_every_name_on_the_page_is_escaped(life: Life) -> None:
    life.job(102, name=HOSTILE)
    life.notify(on_failure=[102])
    life.webhook("https://relay.example.net/?<b>", name=HOSTILE, event_types=["job.run.completed"])
    await life.ended(102, "failure", cause=HOSTILE)
    page = (await life.http.get("/_sandbox/inbox.html")).text
    assert "<script" not in page
    assert 'onload="' not in page
    assert "<b>" not in re.sub(r"<b>\d+</b>", "", page)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{ 7*7 }}" in page


async def test_the_page_tells_what_became_of_each_message(life: Life, receiver: Receiver) -> None:
    receiver.answers = [500]
    life.webhook(receiver.url, name="broken", event_types=["job.run.completed"])
    life.webhook("https://relay.example.net/", name="far", event_types=["job.run.completed"])
    life.notify(user_id=2, on_success=[101])
    await life.ended()
    page = (await life.http.get("/_sandbox/inbox.html")).text
    for words in ("failed, 6 tries", "not sent", "suppressed", "the user has left", "the receiver answered 500"):
        assert words in page


async def test_an_empty_page_says_so(life: Life) -> None:
    assert "Nothing yet" in (await life.http.get("/_sandbox/inbox.html")).text


async def test_a_message_dropped_by_hand_is_there(life: Life) -> None:
    drop(life.state, Kind.EMAIL, MessageState.DELIVERED, {"subject": "s", "channel": "email:a", "reason": ""})
    assert (await life.inbox())[0]["subject"] == "s"
