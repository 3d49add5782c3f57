"""The body of a webhook and its signature: bytes that are made once and never again (reference §6.1 and §6.2)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reconciler.sandbox.durations import parse_time, webhook_time
from reconciler.sandbox.outcomes import Status
from reconciler.sandbox.store import Row

__all__ = ["SAMPLE_DATA", "body_bytes", "run_data", "signature"]

VERSIONLESS = "2026.2.27+abc1234"
_WORDS = {Status.RUNNING: "Running", Status.SUCCESS: "Success", Status.ERROR: "Errored"}

# The test delivery is fixed sample data of the usual shape; its run does not exist (reference §3.5).
SAMPLE_DATA: Mapping[str, Any] = {
    "jobId": "123",
    "jobName": "Daily Job (dbt build)",
    "runId": "12345",
    "environmentId": "1234",
    "environmentName": "Production",
    "dbtVersion": "1.0.0",
    "projectName": "Snowflake Github Demo",
    "projectId": "167194",
    "runStatus": "Running",
    "runStatusCode": 3,
    "runStatusMessage": "None",
    "runReason": "Kicked off from the UI by test@test.com",
    "runStartedAt": "2022-12-14T22:08:41Z",
}


def signature(secret: str, body: bytes) -> str:
    """Return what `Authorization` holds: the bare lower-case hex HMAC-SHA256 of the raw bytes."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def body_bytes(*, event_id: str, event_type: str, webhook: Row, account_id: int, at: datetime, data: Row) -> bytes:
    """Write the body as compact JSON."""
    body = {
        "accountId": account_id,
        "webhookId": webhook["id"],
        "eventId": event_id,
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.%f000Z"),
        "eventType": event_type,
        "webhookName": webhook["name"],
        "data": data,
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def run_data(run: Row, *, event_type: str, job: Row, project: Row, environment: Row) -> Row:
    """Describe a run: ids as texts, "None" for no message, and the time field that the event type has."""
    status = Status(run["status"])
    version = run["dbt_version"] or ""
    return {
        "jobId": str(run["job_definition_id"]),
        "jobName": job.get("name", ""),
        "runId": str(run["id"]),
        "environmentId": str(run["environment_id"]),
        "environmentName": environment.get("name", ""),
        "dbtVersion": VERSIONLESS if version in ("versionless", "latest") else version,
        "projectName": project.get("name", ""),
        "projectId": str(run["project_id"]),
        "runStatus": _WORDS[status],
        "runStatusCode": status.value,
        "runStatusMessage": _message(run, event_type),
        "runReason": run["trigger"]["cause"],
        "runStartedAt": _time(run["started_at"]),
        **_end(run, event_type),
    }


def _message(run: Row, event_type: str) -> str:
    # `errored` leaves at once, before the message is known: so the recorded deliveries say.
    return str(run["status_message"]) if event_type == "job.run.completed" else "None"


def _end(run: Row, event_type: str) -> Row:
    match event_type:
        case "job.run.completed":
            return {"runFinishedAt": _time(run["finished_at"])}
        case "job.run.errored":
            return {"runErroredAt": _time(run["finished_at"])}
        case _:
            return {}


def _time(text: str | None) -> str:
    at = parse_time(text)
    return webhook_time(at) if at else ""
