"""How webhooks leave: reference §3.5, §6.1 to §6.5 and §8.8."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.sandbox.delivery import is_loopback, resume_pending
from reconciler.sandbox.options import Backend
from reconciler.sandbox.webhook_body import signature
from tests.sandbox.life.life_lab import ACCOUNT, SECRET, Life, Receiver

pytestmark = pytest.mark.anyio

RECORDED = Path(__file__).parents[2] / "fixtures" / "webhooks"


def test_the_signature_is_that_of_the_published_vector() -> None:
    body = b'{"accountId":4711,"eventType":"job.run.completed"}'
    wanted = "66847219bf042db0c762153aa2a273ce3de6d3d658967c8a07975a4c99f7ca76"
    assert signature("demo-hmac-secret", body) == wanted


async def test_each_delivery_is_signed_compact_json(life: Life, receiver: Receiver) -> None:
    life.webhook(receiver.url)
    await life.ended()
    for head, body in zip(receiver.heads, receiver.bodies, strict=True):
        assert head["authorization"] == signature(SECRET, body)
        assert head["content-type"] == "application/json"
        assert json.dumps(json.loads(body), separators=(",", ":")).encode() == body


@pytest.mark.parametrize(
    ("outcome", "events"),
    [
        ("success", ["job.run.started", "job.run.completed"]),
        ("warning", ["job.run.started", "job.run.completed"]),
        ("failure", ["job.run.started", "job.run.errored", "job.run.completed"]),
        ("cancel", []),
        ("timeout", ["job.run.started"]),
    ],
)
async def test_an_end_fires_its_events_in_order(
    life: Life, receiver: Receiver, outcome: str, events: list[str]
) -> None:
    life.webhook(receiver.url)
    run = await life.trigger(outcome=outcome)
    if outcome == "cancel":
        await life.http.post(life.v2(f"runs/{run['id']}/cancel/"))
    await life.state.agenda.settle()
    bodies = [json.loads(body) for body in receiver.bodies]
    assert [body["eventType"] for body in bodies] == events
    assert len({body["eventId"] for body in bodies}) == len(events)


@pytest.mark.parametrize("name", ["started", "errored", "completed_success", "completed_errored"])
async def test_a_body_has_the_fields_of_the_recorded_one(life: Life, receiver: Receiver, name: str) -> None:
    recorded = json.loads((RECORDED / f"job_run_{name}.json").read_text())
    life.webhook(receiver.url, event_types=[recorded["eventType"]])
    run = await life.ended(outcome="success" if name == "completed_success" else "failure")
    [body] = [json.loads(body) for body in receiver.bodies]
    assert list(body) == list(recorded)
    assert list(body["data"]) == list(recorded["data"])
    assert {key: type(value) for key, value in body["data"].items()} == {
        key: type(value) for key, value in recorded["data"].items()
    }
    for key in ("runStatus", "runStatusCode", "runStatusMessage"):
        assert body["data"][key] == recorded["data"][key]
    assert (body["accountId"], body["data"]["runId"]) == (ACCOUNT, str(run["id"]))


async def test_errored_leaves_at_once_and_completed_with_the_artifacts(life: Life, receiver: Receiver) -> None:
    life.webhook(receiver.url, event_types=["job.run.errored", "job.run.completed"])
    run = await life.trigger(seconds=1)
    await life.state.agenda.advance(timedelta(seconds=0.9))
    await life.http.post(f"/_sandbox/runs/{run['id']}/finish", json={"outcome": "failure"})
    await life.state.agenda.advance(timedelta(0))
    assert [json.loads(body)["eventType"] for body in receiver.bodies] == ["job.run.errored"]
    assert (await life.run(run["id"]))["artifacts_saved"] is False
    await life.state.agenda.advance(timedelta(seconds=0.2))
    assert json.loads(receiver.bodies[-1])["eventType"] == "job.run.completed"
    assert (await life.run(run["id"]))["artifacts_saved"] is True


@pytest.mark.parametrize(
    ("fields", "sent"),
    [({"job_ids": []}, True), ({"job_ids": [101]}, True), ({"job_ids": [999]}, False), ({"active": False}, False)],
)
async def test_an_empty_job_list_means_every_job(
    life: Life, receiver: Receiver, fields: dict[str, object], sent: bool
) -> None:
    life.webhook(receiver.url, **fields)
    await life.ended()
    assert bool(receiver.bodies) is sent


async def test_five_retries_carry_the_same_bytes_and_are_written_down(life: Life, receiver: Receiver) -> None:
    receiver.answers = [500]
    webhook = life.webhook(receiver.url, event_types=["job.run.completed"])
    await life.ended()
    assert len(receiver.bodies) == 6
    assert len(set(receiver.bodies)) == 1
    [message] = await life.inbox(kind="webhook")
    assert (message["state"], len(message["attempts"])) == ("failed", 6)
    receipts = life.state.store.find("receipts", {"event_id": message["event_id"]})
    assert {receipt["http_status_code"] for receipt in receipts} == {"500"}
    row = life.state.store.get("webhooks", webhook)
    assert row is not None
    assert (row["http_status_code"], row["dispatched_at"] is None, row["active"]) == ("500", False, True)


async def test_a_retry_that_is_taken_ends_the_matter(life: Life, receiver: Receiver) -> None:
    receiver.answers = [503, 500, 204]
    life.webhook(receiver.url, event_types=["job.run.completed"])
    await life.ended()
    [message] = await life.inbox(kind="webhook")
    assert [attempt["status"] for attempt in message["attempts"]] == [503, 500, 204]
    assert (message["state"], message["reason"]) == ("delivered", "")


async def test_retries_are_spaced(life: Life, receiver: Receiver) -> None:
    receiver.answers = [500]
    life.webhook(receiver.url, event_types=["job.run.started"])
    await life.trigger(seconds=0)
    await life.state.agenda.advance(timedelta(seconds=0.9))
    assert len(receiver.bodies) == 1
    await life.state.agenda.advance(timedelta(seconds=0.2))
    assert len(receiver.bodies) == 2


@pytest.mark.parametrize("life", [{"webhook_retries": 0}], indirect=True)
async def test_a_redirect_is_a_failure_and_is_not_followed(life: Life, receiver: Receiver) -> None:
    receiver.answers = [302]
    life.webhook(receiver.url, event_types=["job.run.completed"])
    await life.ended()
    [message] = await life.inbox()
    assert (message["state"], message["attempts"][0]["error"]) == ("failed", "the receiver answered 302")


@pytest.mark.parametrize("life", [{"webhook_retries": 0, "webhook_timeout": 0.05}], indirect=True)
async def test_a_receiver_that_is_too_slow_has_failed(life: Life, receiver: Receiver) -> None:
    receiver.answers = [None]
    life.webhook(receiver.url, event_types=["job.run.completed"])
    await life.ended()
    [message] = await life.inbox()
    assert message["attempts"][0]["error"] == "no answer within 0.05 seconds"


@pytest.mark.parametrize(
    "url",
    [
        "https://relay.example.net/dbt",
        "http://localhost.example.net/",
        "http://127.0.0.1@example.net/",
        "http://10.0.0.1/",
        "http://[::ffff:8.8.8.8]/",
        "http://0.0.0.0/",
        "ftp://127.0.0.1/",
        "http://[::1/",
        "not a url",
        "",
    ],
)
async def test_what_is_not_loopback_is_signed_kept_and_not_sent(life: Life, url: str) -> None:
    assert not is_loopback(url)
    webhook = life.webhook(url, event_types=["job.run.completed"])
    await life.ended()
    [message] = await life.inbox(state="not sent")
    assert message["signature"] == signature(SECRET, message["body"].encode())
    assert message["attempts"] == []
    assert life.state.store.count("receipts", {"subscription_id": webhook}) == 0


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://127.9.9.9/", "https://localhost/x", "http://[::1]:80/"])
def test_loopback_is_known_by_its_spelling(url: str) -> None:
    assert is_loopback(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://127.0.0.1:0/", "https://localhost:1/"])
@pytest.mark.parametrize("life", [{"webhook_retries": 0}], indirect=True)
async def test_nobody_listening_is_a_failed_delivery(life: Life, url: str) -> None:
    life.webhook(url, event_types=["job.run.completed"])
    await life.ended()
    [message] = await life.inbox()
    assert (message["state"], message["attempts"][0]["status"]) == ("failed", 0)


@pytest.mark.parametrize("life", [{"webhook_retries": 0, "deactivate_after_failures": 3}], indirect=True)
async def test_too_many_failures_in_a_row_switch_a_webhook_off(life: Life, receiver: Receiver) -> None:
    receiver.answers = [500, 500, 200, 500]
    webhook = life.webhook(receiver.url, event_types=["job.run.completed"])
    seen = []
    for _ in range(7):
        await life.ended()
        seen.append((life.state.store.get("webhooks", webhook) or {})["active"])
    assert seen == [True] * 5 + [False] * 2
    row = life.state.store.get("webhooks", webhook) or {}
    assert row["deactivate_reason"] == "Deactivated after 3 consecutive failed deliveries"
    assert len(receiver.bodies) == 6


@pytest.mark.parametrize("life", [{"webhook_retries": 0}], indirect=True)
async def test_seven_days_of_only_failures_switch_a_webhook_off(life: Life, receiver: Receiver) -> None:
    receiver.answers = [500]
    webhook = life.webhook(receiver.url, event_types=["job.run.completed"])
    seen = []
    for _ in range(3):
        await life.ended()
        seen.append((life.state.store.get("webhooks", webhook) or {})["active"])
        await life.state.agenda.advance(timedelta(days=3.5))
    assert seen == [True, True, False]


async def test_a_test_delivery_is_sent_and_names_its_event(life: Life, receiver: Receiver) -> None:
    webhook = life.webhook(receiver.url)
    answer = await life.http.get(f"/api/v3/accounts/{ACCOUNT}/webhooks/subscription/{webhook}/test")
    await life.state.agenda.settle()
    [body] = [json.loads(body) for body in receiver.bodies]
    assert answer.json() == {"data": {"event_id": body["eventId"]}, "status": {"code": 200}}
    assert (await life.http.get(life.v2(f"runs/{body['data']['runId']}/"))).status_code == 404


@pytest.mark.parametrize("life", [{"backend": Backend.LEGACY}], indirect=True)
@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, {"verification_error": None, "verification_status_code": "200"}),
        (410, {"verification_error": "the receiver answered 410", "verification_status_code": "410"}),
    ],
)
async def test_the_old_backend_answers_a_test_with_its_verdict(
    life: Life, receiver: Receiver, status: int, verdict: dict[str, str | None]
) -> None:
    receiver.answers = [status]
    webhook = life.webhook(receiver.url)
    answer = await life.http.get(f"/api/v3/accounts/{ACCOUNT}/webhooks/subscription/{webhook}/test")
    assert answer.json()["data"] == verdict
    assert len(receiver.bodies) == 1
    assert ((life.state.store.get("webhooks", webhook) or {})["dispatched_at"]).isdigit()


@pytest.mark.parametrize("life", [{"backend": Backend.LEGACY, "webhook_retries": 0}], indirect=True)
async def test_the_old_backend_switches_off_after_five_failures(life: Life, receiver: Receiver) -> None:
    receiver.answers = [500]
    webhook = life.webhook(receiver.url, event_types=["job.run.completed"])
    for _ in range(5):
        assert (life.state.store.get("webhooks", webhook) or {})["active"] is True
        await life.ended()
    assert (life.state.store.get("webhooks", webhook) or {})["active"] is False


async def test_a_delivery_left_pending_in_a_file_is_taken_up(life: Life, receiver: Receiver) -> None:
    receiver.answers = [500, 200]
    life.webhook(receiver.url, event_types=["job.run.started"])
    await life.trigger(seconds=0)
    await life.state.agenda.advance(timedelta(0))
    life.state.agenda.clear()
    resume_pending(life.state)
    await life.state.agenda.settle()
    [message] = await life.inbox()
    assert [attempt["status"] for attempt in message["attempts"]] == [500, 200]


async def test_the_ids_of_events_are_the_same_for_the_same_seed(receiver: Receiver) -> None:
    from tests.sandbox.life.life_lab import life_of, open_state

    seen = []
    for seed in (7, 7, 8):
        life = life_of(open_state(seed=seed))
        life.webhook("https://relay.example.net/", event_types=["job.run.completed"])
        async with life.http:
            await life.ended()
            seen.append((await life.inbox())[0]["event_id"])
        life.state.store.close()
    assert seen[0] == seen[1] != seen[2]
    assert len(seen[0]) == len("wev_") + 27


async def test_a_test_call_to_an_address_that_is_not_reached_has_a_receipt_that_says_why(life: Life) -> None:
    webhook = life.webhook("https://relay.example.net/")
    base = f"/api/v3/accounts/{ACCOUNT}/webhooks/subscription/{webhook}"
    event = (await life.http.get(f"{base}/test")).json()["data"]["event_id"]
    [receipt] = (await life.http.get(f"{base}/event/{event}/receipt")).json()["data"]
    assert receipt["http_status_code"] == "0"
    assert receipt["error_info"].startswith("not sent: the sandbox delivers to loopback only")
