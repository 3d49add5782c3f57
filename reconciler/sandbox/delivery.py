"""Webhooks on their way: signed once, sent to loopback only, tried again, counted (reference §6).

Ours to choose where the reference is silent: every try has the same bytes and eventId; any 2xx is success; a redirect
is a failure; one event whose tries all failed is one failed delivery.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import httpx
from starlette.routing import BaseRoute

from reconciler.sandbox.durations import parse_time, run_time
from reconciler.sandbox.inbox import Kind, MessageState, amend, drop
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row
from reconciler.sandbox.webhook_body import SAMPLE_DATA, body_bytes, run_data, signature

__all__ = ["announce", "is_loopback", "resume_pending", "routes", "send_test"]

_KEPT_BODY_CHARACTERS = 4096
_TEST_JOB = 123


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a try brought back: a status, or 0 and an error."""

    status: int
    body: str = ""
    error: str = ""

    @property
    def ok(self) -> bool:
        """Whether the receiver took it."""
        return 200 <= self.status < 300


def routes(state: State) -> list[BaseRoute]:
    """Plug in the test endpoint's side effect; there are no URLs here."""
    state.hooks.send_test = partial(send_test, state)
    return []


def announce(state: State, run: Row, event_type: str) -> None:
    """Send an event of a run to every active webhook that wants it; an empty job list wants all (reference §3.2)."""
    for webhook in state.store.find("webhooks", {"active": True}):
        jobs = [int(job) for job in webhook.get("job_ids") or []]
        if event_type in webhook["event_types"] and (not jobs or run["job_definition_id"] in jobs):
            event = _new_event(state, webhook, event_type, _data(state, run, event_type), run=run)
            _dispatch(state, webhook, event)


async def send_test(state: State, webhook: Row) -> Row:
    """Send the sample event; return the answer's `data`: an event id, or the old backend's verdict (reference §3.5)."""
    event = _new_event(state, webhook, webhook["event_types"][0], dict(SAMPLE_DATA), run=None)
    if not state.options.legacy:
        _dispatch(state, webhook, event)
        return {"event_id": event["id"]}
    if not is_loopback(webhook["client_url"]):
        return {
            "verification_error": "not sent: the sandbox delivers to loopback only",
            "verification_status_code": "0",
        }
    answer = await _try(state, event["id"])
    return {"verification_error": answer.error or None, "verification_status_code": str(answer.status)}


def resume_pending(state: State) -> None:
    """Go on with the tries of events whose matter was not settled when the database file was left."""
    for message in state.store.find("messages", {"kind": Kind.WEBHOOK.value}):
        if message["state"] == MessageState.PENDING:
            state.agenda.after(0, partial(_attempt, state, message["event_id"], len(message["attempts"]) + 1))


def is_loopback(url: str) -> bool:
    """Whether the host of a URL is this machine by its very spelling; no name is looked up."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        return False
    if parsed.scheme not in ("http", "https"):
        return False
    try:
        return parsed.host == "localhost" or ipaddress.ip_address(parsed.host).is_loopback
    except ValueError:
        return False


def _data(state: State, run: Row, event_type: str) -> Row:
    found = {
        "job": state.store.get("jobs", run["job_definition_id"]) or {},
        "project": state.store.get("projects", run["project_id"]) or {},
        "environment": state.store.get("environments", run["environment_id"] or 0) or {},
    }
    return run_data(run, event_type=event_type, **found)


def _new_event(state: State, webhook: Row, event_type: str, data: Row, *, run: Row | None) -> Row:
    """Sign and record an event and its place in the inbox; nothing is sent yet."""
    event_id = state.new_id("wev_")
    body = body_bytes(
        event_id=event_id,
        event_type=event_type,
        webhook=webhook,
        account_id=state.account_id,
        at=state.clock.now(),
        data=data,
    )
    signed = signature(webhook.get("hmac_secret") or "", body)
    shown: Row = {"subscription_id": webhook["id"], "event_id": event_id, "event_type": event_type}
    sent: Row = {"url": webhook["client_url"], "signature": signed, "body": body.decode(), "attempts": []}
    about = {"run_id": run["id"] if run else None, "job_id": run["job_definition_id"] if run else None}
    title = {"channel": f"webhook:{webhook['id']}", "recipient": webhook["client_url"], "subject": webhook["name"]}
    details = {"reason": "", "origin": "dbt cloud", "text": _words(data, event_type), **title, **about, **shown, **sent}
    message = drop(state, Kind.WEBHOOK, MessageState.PENDING, details)
    event = {
        "id": event_id,
        "subscription_id": webhook["id"],
        "account_identifier": webhook.get("account_identifier") or "",
        "account_id": str(state.account_id),
        "job_id": data["jobId"],
        "trigger_event_type": event_type,
        "payload": body.decode(),
        "http_status_code": "0",
        "run_id": about["run_id"],
        "created_at": run_time(state.clock.now()),
        "signature": signed,
        "message_id": message["id"],
    }
    return state.store.insert("events", event)


def _words(data: Row, event_type: str) -> str:
    return f"{event_type}: {data['jobName']} ({data['projectName']}), run {data['runId']} {data['runStatus']}"


def _dispatch(state: State, webhook: Row, event: Row) -> None:
    if is_loopback(webhook["client_url"]):
        state.agenda.after(0, partial(_attempt, state, event["id"], 1))
        return
    reason = "the sandbox delivers to loopback only; signed and kept"
    amend(state, event["message_id"], {"state": MessageState.NOT_SENT.value, "reason": reason})
    if event["run_id"] is None:
        # A test call waits for its receipt: an address that cannot be reached has one too, without a status.
        at = run_time(state.clock.now()) or ""
        state.store.insert("receipts", _receipt(state, event, at, Answer(status=0, error=f"not sent: {reason}")))


async def _attempt(state: State, event_id: str, number: int) -> None:
    """Try once; plan the next try, or count the event as delivered or failed."""
    event = state.store.get("events", event_id)
    webhook = state.store.get("webhooks", event["subscription_id"]) if event else None
    if event is None or webhook is None or not (webhook.get("active") or number == 1):
        return
    answer = await _try(state, event_id)
    if answer.ok:
        _count_success(state, webhook["id"])
    elif number <= state.options.webhook_retries:
        state.agenda.after(state.options.webhook_retry_spacing, partial(_attempt, state, event_id, number + 1))
    else:
        failed = {"state": MessageState.FAILED.value, "reason": f"gave up after {number} tries: {answer.error}"}
        amend(state, event["message_id"], failed)
        _count_failure(state, webhook["id"])


async def _try(state: State, event_id: str) -> Answer:
    """Send an event as it was signed, and write down what came of it."""
    event = state.store.get("events", event_id) or {}
    webhook = state.store.get("webhooks", event["subscription_id"]) or {}
    body, headers = event["payload"].encode(), _headers(event["signature"])
    sent_at = run_time(state.clock.now()) or ""
    answer = await _post(webhook["client_url"], body, headers, seconds=state.options.webhook_timeout)
    receipt = _receipt(state, event, sent_at, answer)
    with state.store.transaction():
        state.store.insert("receipts", receipt)
        state.store.update("events", event_id, {"http_status_code": str(answer.status)})
        if state.store.get("webhooks", webhook["id"]) is not None:
            shown = {"http_status_code": str(answer.status), "dispatched_at": _dispatched(state, sent_at)}
            state.store.update("webhooks", webhook["id"], shown)
        _note(state, event, sent_at, answer)
    return answer


def _receipt(state: State, event: Row, at: str, answer: Answer) -> Row:
    return {
        "id": state.new_id("wre_"),
        "event_id": event["id"],
        "subscription_id": event["subscription_id"],
        "dispatched_at": at,
        "http_status_code": str(answer.status),
        "error_info": answer.error,
        "request_body": event["payload"],
        "request_headers": json.dumps(_headers(event["signature"])),
        "response_body": answer.body,
    }


def _headers(signed: str) -> dict[str, str]:
    return {"Authorization": signed, "Content-Type": "application/json", "User-Agent": "dbt-cloud-sandbox"}


def _dispatched(state: State, at: str) -> str:
    """Write the time of a try: epoch microseconds on the old backend (reference §3.3), ISO on the new one (choice)."""
    moment = parse_time(at)
    if moment is None or not state.options.legacy:
        return at.replace(" ", "T")
    return str(int(moment.timestamp() * 1_000_000))


def _note(state: State, event: Row, at: str, answer: Answer) -> None:
    message = state.store.get("messages", event["message_id"])
    if message is not None:
        attempts = [*message["attempts"], {"at": at, "status": answer.status, "error": answer.error}]
        became = MessageState.DELIVERED if answer.ok else MessageState.PENDING
        amend(state, message["id"], {"attempts": attempts, "state": became.value, "reason": answer.error})


async def _post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> Answer:
    """POST to loopback: no redirect, no proxy, no certificate check (the sandbox's own are self-signed)."""
    try:
        async with (
            asyncio.timeout(seconds),
            _client(seconds) as client,
            client.stream("POST", url, content=body, headers=dict(headers)) as response,
        ):
            text = await _beginning(response)
            return Answer(status=response.status_code, body=text, error=_complaint(response.status_code))
    except TimeoutError:
        return Answer(status=0, error=f"no answer within {seconds:g} seconds")
    except (httpx.HTTPError, httpx.InvalidURL, OSError, OverflowError, ValueError) as problem:
        return Answer(status=0, error=f"{type(problem).__name__}: {problem}")


def _client(seconds: float) -> httpx.AsyncClient:
    # The certificate is not checked: the receiver is on loopback, where it can only be self-signed.
    return httpx.AsyncClient(follow_redirects=False, trust_env=False, verify=False, timeout=seconds)  # noqa: S501


async def _beginning(response: httpx.Response) -> str:
    read = b""
    async for chunk in response.aiter_raw():
        read += chunk
        if len(read) >= _KEPT_BODY_CHARACTERS:
            break
    return read[:_KEPT_BODY_CHARACTERS].decode(errors="replace")


def _complaint(status: int) -> str:
    return "" if 200 <= status < 300 else f"the receiver answered {status}"


def _count_success(state: State, webhook_id: str) -> None:
    if state.store.get("webhooks", webhook_id) is not None:
        state.store.update("webhooks", webhook_id, {"_failures": 0, "_failing_since": None})


def _count_failure(state: State, webhook_id: str) -> None:
    """Switch the webhook off after too many failures in a row, or too long a time of nothing else (reference §6.5)."""
    webhook = state.store.get("webhooks", webhook_id)
    if webhook is None:
        return
    now = state.clock.now()
    failures = webhook.get("_failures", 0) + 1
    since = parse_time(webhook.get("_failing_since")) or now
    changes: Row = {"_failures": failures, "_failing_since": run_time(since)}
    lasting = not state.options.legacy and now - since >= timedelta(days=state.options.deactivate_after_days)
    if webhook.get("active") and (lasting or failures >= state.options.failure_limit):
        days = state.options.deactivate_after_days
        why = f"only failed deliveries for {days:g} days" if lasting else f"{failures} consecutive failed deliveries"
        off = {"active": False, "deactivate_reason": f"Deactivated after {why}"}
        changes = {**off, "_failures": 0, "_failing_since": None}
    state.store.update("webhooks", webhook_id, changes)
