"""Read what dbt Cloud posts (reference §6.2), after its signature was found right and before anybody relies on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from reconciler.alerts.remote import mapping, moment, text, whole
from reconciler.model.run import Event, RunStatus

__all__ = ["MAX_EVENT_BYTES", "read_event"]

MAX_EVENT_BYTES: Final = 1024 * 1024
"""Real ones are under 2 kB (reference §6.5)."""

_ERRORED: Final = "job.run.errored"
_NO_MESSAGE: Final = "None"
_CODES: Final = {int(each): each for each in RunStatus}
_KINDS: Final[dict[type, str]] = {
    list: "a list",
    str: "text",
    int: "a number",
    float: "a number",
    bool: "yes or no",
}


def read_event(body: bytes) -> Event:
    """Return the event, or raise ValueError with one plain sentence that quotes nothing of the body.

    Needed are the account, the kind of event, the job, the run, and one time. Ids may be numbers or digits. An event
    without an id of its own is known by the digest of its bytes: dbt Cloud repeats an event with the same ones. A code
    that nobody knows is a status of None; `job.run.errored` without a code is an error by its name.
    """
    event = _object(body)
    data = mapping(event.get("data"))
    if not data:
        raise ValueError("the event has no `data`: it is not one of a dbt Cloud job")
    kind = _needed_text(event, "eventType")
    ended = moment(data.get("runFinishedAt")) or moment(data.get("runErroredAt"))
    started = moment(data.get("runStartedAt"))
    return Event(
        id=text(event.get("eventId"), most=200) or f"sha256:{sha256(body).hexdigest()}",
        type=kind,
        account_id=_needed_id(event, "accountId"),
        at=_needed_time(moment(event.get("timestamp")), ended, started),
        job_id=_needed_id(data, "jobId"),
        job_name=text(data.get("jobName")),
        run_id=_needed_id(data, "runId"),
        project_id=whole(data.get("projectId")) or None,
        project_name=text(data.get("projectName")),
        environment_id=whole(data.get("environmentId")) or None,
        environment_name=text(data.get("environmentName")),
        status=_status(data, kind),
        message=_message(data.get("runStatusMessage")),
        reason=text(data.get("runReason")),
        started_at=started,
        ended_at=ended,
    )


def _object(body: bytes) -> Mapping[str, Any]:
    if len(body) > MAX_EVENT_BYTES:
        raise ValueError(f"the event has more than {MAX_EVENT_BYTES >> 20} MiB; real ones have under 2 kB")
    try:
        found = json.loads(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("the event is not UTF-8 text") from None
    except RecursionError:
        raise ValueError("the event is nested too deeply") from None
    except ValueError:
        raise ValueError("the event is not JSON") from None
    if not isinstance(found, dict):
        raise ValueError(f"the event is no JSON object but {_KINDS.get(type(found), 'null')}")  # noqa: TRY004 - the body is wrong, not a type
    return found


def _needed_text(found: Mapping[str, Any], key: str) -> str:
    value = text(found.get(key), most=200)
    if not value:
        raise ValueError(f"the event's `{key}` is missing or no text")
    return value


def _needed_id(found: Mapping[str, Any], key: str) -> int:
    value = whole(found.get(key))
    if not value:
        raise ValueError(f"the event's `{key}` is missing or no id")
    return value


def _needed_time(*known: datetime | None) -> datetime:
    for at in known:
        if at is not None:
            return at
    raise ValueError("the event's `timestamp` is missing or no time, and its run has none either")


def _status(data: Mapping[str, Any], kind: str) -> RunStatus | None:
    code = data.get("runStatusCode")
    if code is None:
        return RunStatus.ERROR if kind == _ERRORED else None
    return _CODES.get(whole(code) or 0)


def _message(value: object) -> str:
    """Return what the run says; dbt Cloud writes the word None where there is nothing (reference §6.2)."""
    said = text(value, most=10_000)
    return "" if said.strip() == _NO_MESSAGE else said
