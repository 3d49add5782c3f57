"""What can be wrong with a vendor: facts of its world, and ways in which its answers go astray."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.sandbox.inbox import Kind
from reconciler.sandbox.store import Row

__all__ = ["FACTS", "TRANSPORT", "rules_of"]

FACTS: Mapping[Kind, Mapping[str, str]] = {
    Kind.EMAIL: {
        "refusing": "550 for the recipient, for good",
        "greylisting": "451 for the recipient: later",
        "unavailable": "421 instead of taking the mail",
        "wrong_password": "535 to every login",
        "too_large": "552 after the mail",
        "rejected": "554 after the mail",
        "drop_before": "the connection is cut before the mail is taken",
        "drop_after": "the mail is taken, and the connection is cut before anybody says so",
    },
    Kind.SLACK: {
        "archived": "the channel (`only`: its id, or a webhook's path) is archived",
        "no_channel": "the channel is gone",
        "no_service": "the incoming webhook was removed",
        "prohibited": "an administrator restricts posting",
        "not_in_channel": "the bot was removed from the channel",
        "revoked": "the bot token was revoked",
        "wrong_token": "the bot token, or the webhook's last part, is wrong",
        "missing_scope": "the token lacks the scope (`only`: its name, such as chat:write)",
        "no_user": "no such user (`only`: an address)",
        "no_usergroup": "the user group (`only`: its id) is disabled",
    },
    Kind.PAGERDUTY: {
        "revoked": "the integration key (`only`) is unknown",
        "revoked_api_key": "401 for the REST key",
        "nobody_on_call": "nobody is on call",
        "swallowed": "202, and no incident opens",
    },
    Kind.DATADOG: {"revoked": "403: the key (`only`) is not valid"},
    Kind.TEAMS: {
        "gone": "404: the workflow was deleted",
        "wrong_signature": "401: the address' `sig` is wrong",
        "disabled": "400: the workflow is switched off",
        "silent": "202, and nobody ever sees the card",
        "connector": "an old connector: 200 and `1`, or 200 and a text that is an error",
    },
    Kind.MONTE_CARLO: {
        "revoked": "403: key id and token are not valid",
        "upload_refused": "403 for uploads",
    },
    Kind.WEBHOOK_OUT: {"gone": "410: switch it off", "wrong_secret": "401: the signature does not fit"},
    Kind.APPRISE: {"gone": "404"},
}

TRANSPORT: Mapping[str, str] = {
    "throttled": "429 with Retry-After: `seconds`, 7 unless said",
    "server_error": "503 with a page of HTML",
    "slow": "an answer `seconds` late, 30 unless said",
    "reset": "the connection is cut before the message is taken",
    "reset_after": "the message is taken and the connection is cut before the answer",
    "error_body": "200 with an error inside",
    "redirect": "307 to another address of this sandbox, where a client that follows it is seen",
    "huge": "200 with 32 MB",
    "garbage": "200 with something that is not what the vendor says",
}

_HTML = "<!doctype html><html><head><title>503</title></head><body><h1>Service Unavailable</h1></body></html>"
_HUGE = 32 * 1024 * 1024

_THROTTLED: Mapping[Kind, Any] = {
    Kind.PAGERDUTY: {
        "status": "throttle exceeded",
        "message": "Requests for this service are arriving too quickly.  Please retry later.",
        "errors": ["Enhance Your Calm."],
    },
    Kind.DATADOG: {"errors": ["Rate limit of 1000 requests in 60 seconds reached. Please try again later."]},
    Kind.TEAMS: {"error": {"code": "WorkflowRunRateLimitExceeded", "message": "Rate limit is exceeded."}},
    Kind.MONTE_CARLO: {"message": "Too Many Requests"},
}
_ERROR_BODIES: Mapping[Kind, Any] = {
    Kind.PAGERDUTY: {"status": "invalid event", "message": "Event object is invalid", "errors": ["Internal"]},
    Kind.DATADOG: {"errors": ["Payload is not in the expected format"]},
    Kind.TEAMS: "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 "
    "with ContextId tcid=0,server=SANDBOX,cv=sandbox.",
    Kind.MONTE_CARLO: {"data": None, "errors": [{"message": "Object not found", "path": ["sendDbtArtifactsEvent"]}]},
    Kind.WEBHOOK_OUT: {"error": "could not be stored"},
    Kind.APPRISE: {"error": "could not be passed on"},
}


def rules_of(kind: Kind, asked: Row) -> list[Row]:
    """Write a mode as rules of `faults`: one, or two for Slack, whose webhooks and Web API speak differently."""
    below = "*" if asked["path"] == "*" else f"/{asked['path'].removeprefix('/')}"  # Apprise posts to the kind itself
    scope: Row = {"path": f"/channels/{kind.place}{below}", "times": asked["times"]}
    effects = _effects(kind, asked["mode"], asked["seconds"])
    if kind is not Kind.SLACK or asked["mode"] not in ("throttled", "error_body") or asked["path"] != "*":
        return [{**scope, **effects}]
    by_api = {**effects, "body": {"ok": False, "error": _SLACK_ERRORS[asked["mode"]]}}
    return [
        {**scope, "path": "/channels/slack/api/*", **by_api},
        {**scope, "path": "/channels/slack/services/*", **effects},
    ]


_SLACK_ERRORS = {"throttled": "ratelimited", "error_body": "internal_error"}


def _effects(kind: Kind, mode: str, seconds: int | None) -> Row:
    known: Mapping[str, Row] = {
        "throttled": _throttled(kind, str(7 if seconds is None else seconds)),
        "server_error": {"status": 503, "body": _HTML},
        "slow": {"latency_ms": (30 if seconds is None else seconds) * 1000},
        "reset": {"reset": "before"},
        "reset_after": {"reset": "after"},
        "error_body": {"status": 200, "body": _ERROR_BODIES.get(kind, "channel_not_found")},
        "redirect": {"status": 307, "headers": {"Location": "/channels/webhook/redirected"}, "body": "moved"},
        "huge": {"status": 200, "size": _HUGE, "body": "huge"},
        "garbage": {"status": 200, "body": "<html>Welcome to the captive portal</html>"},
    }
    return known[mode]


def _throttled(kind: Kind, seconds: str) -> Row:
    headers = {"Retry-After": seconds}
    if kind is Kind.DATADOG:
        headers |= {"X-RateLimit-Limit": "1000", "X-RateLimit-Period": "60", "X-RateLimit-Remaining": "0"}
        headers |= {"X-RateLimit-Reset": seconds, "X-RateLimit-Name": "sandbox"}
    return {"status": 429, "headers": headers, "body": _THROTTLED.get(kind, "rate_limited")}
