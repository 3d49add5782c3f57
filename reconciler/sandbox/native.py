"""dbt Cloud's own notifications at the end of a run: e-mail and Slack, delivered into the inbox (reference §2.3, §2.4).

A message that nobody would get is in the inbox too, suppressed, with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from reconciler.sandbox.durations import humanized, parse_time, since
from reconciler.sandbox.inbox import Kind, MessageState, drop
from reconciler.sandbox.outcomes import Status
from reconciler.sandbox.run_steps import warning_count
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row, Store

__all__ = ["Told", "link_slack", "slack_linked_by", "tell_people", "told_outcomes"]


class NotificationType(IntEnum):
    """`type` of a notification; 3 (webhook) is deprecated and sends nothing."""

    EMAIL = 1
    SLACK = 2
    WEBHOOK = 3
    EXTERNAL_EMAIL = 4
    SLACK_APP = 5


class Told(StrEnum):
    """The outcomes that a notification lists jobs under."""

    SUCCESS = "on_success"
    FAILURE = "on_failure"
    CANCEL = "on_cancel"
    WARNING = "on_warning"


_VERBS = {
    Told.SUCCESS: "succeeded",
    Told.FAILURE: "failed",
    Told.CANCEL: "was cancelled",
    Told.WARNING: "finished with warnings",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a message goes. `trouble` says why nobody gets it; empty if somebody does."""

    kind: Kind
    channel: str
    recipient: str
    trouble: str = ""


def link_slack(store: Store, user_id: int) -> None:
    """Record who linked the user-level Slack app: only this user's type-2 notifications are delivered."""
    store.put("settings", {"id": "slack", "linked_by": user_id})


def slack_linked_by(store: Store) -> int | None:
    """Return the user who linked the user-level Slack app, if anybody did."""
    return (store.get("settings", "slack") or {}).get("linked_by")


def told_outcomes(status: Status, warnings: int) -> tuple[Told, ...]:
    """Say which lists a run's end concerns: its status, and warnings whatever the status; a timeout is a cancel."""
    by_status = {Status.SUCCESS: Told.SUCCESS, Status.ERROR: Told.FAILURE, Status.CANCELLED: Told.CANCEL}[status]
    return (by_status, Told.WARNING) if warnings else (by_status,)


def tell_people(state: State, run: Row) -> None:
    """Send one message per active notification and outcome that lists the run's job."""
    outcomes = told_outcomes(Status(run["status"]), warning_count(run))
    for notification in state.store.find("notifications", {"state": 1}):
        for told in outcomes:
            if run["job_definition_id"] in (notification.get(told) or []):
                _send(state, run, notification, told)


def _send(state: State, run: Row, notification: Row, told: Told) -> None:
    address = _address(state.store, notification)
    if address is None:
        return
    subject, text = _words(state, run, told)
    details = {
        "reason": address.trouble,
        "origin": "dbt cloud",
        "channel": address.channel,
        "recipient": address.recipient,
        "subject": subject,
        "text": text,
        "outcome": told.removeprefix("on_"),
        "run_id": run["id"],
        "job_id": run["job_definition_id"],
        "notification_id": notification["id"],
    }
    drop(state, address.kind, MessageState.SUPPRESSED if address.trouble else MessageState.DELIVERED, details)


def _address(store: Store, notification: Row) -> Address | None:
    match notification["type"]:
        case NotificationType.EMAIL:
            return _user_address(store, notification)
        case NotificationType.EXTERNAL_EMAIL:
            mail = notification.get("external_email") or ""
            trouble = "" if mail else "the notification has no address"
            return Address(kind=Kind.EMAIL, channel=f"email:{mail}", recipient=mail, trouble=trouble)
        case NotificationType.SLACK:
            linked_by = slack_linked_by(store)
            return _slack_address(notification, _link_trouble(linked_by, notification.get("user_id")))
        case NotificationType.SLACK_APP:
            return _slack_address(notification, "")
        case _:
            return None


def _user_address(store: Store, notification: Row) -> Address:
    user = store.get("users", notification.get("user_id") or 0)
    mail = (user or {}).get("email") or ""
    departed = user is None or not user.get("is_active")
    trouble = "the user has left" if departed else "" if mail else "the user has no address"
    return Address(kind=Kind.EMAIL, channel=f"email:{mail}", recipient=mail, trouble=trouble)


def _link_trouble(linked_by: int | None, user_id: int | None) -> str:
    if linked_by is None:
        return "not delivered: no user has linked Slack"
    return "" if linked_by == user_id else "not delivered: linked by another user"


def _slack_address(notification: Row, trouble: str) -> Address:
    channel = notification.get("slack_channel_id") or ""
    name = notification.get("slack_channel_name") or channel
    missing = "" if channel else "the notification has no channel"
    return Address(kind=Kind.SLACK, channel=f"slack:{channel}", recipient=name, trouble=missing or trouble)


def _words(state: State, run: Row, told: Told) -> tuple[str, str]:
    """Compose subject and text: short, in our own words, with the facts that dbt Cloud's messages have."""
    job = (state.store.get("jobs", run["job_definition_id"]) or {}).get("name", "")
    project = (state.store.get("projects", run["project_id"]) or {}).get("name", "")
    environment = (state.store.get("environments", run["environment_id"] or 0) or {}).get("name", "")
    length = humanized(since(parse_time(run["started_at"]), parse_time(run["finished_at"])))
    lines = [
        f"Job {job} {_VERBS[told]}.",
        f"Project: {project}",
        f"Environment: {environment}",
        f"Run: #{run['id']}, {length}, {run['trigger']['cause']}",
        *([f"Message: {run['status_message']}"] if run["status_message"] else []),
        f"{state.base_url}/deploy/{run['account_id']}/projects/{run['project_id']}/runs/{run['id']}/",
    ]
    return f"[dbt Cloud] {job} {_VERBS[told]}", "\n".join(lines)
