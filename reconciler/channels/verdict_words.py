"""The words that vendors put beside a status, or instead of one: read tolerantly, believed where a table has them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from reconciler.channels.contract import Verdict
from reconciler.http.outgoing import Returned

__all__ = ["Said", "said"]

_SLACK: Final = {
    **dict.fromkeys(("ratelimited", "rate_limited", "message_limit_exceeded"), Verdict.THROTTLED),
    **dict.fromkeys(("request_timeout", "service_unavailable", "team_added_to_org", "rollup_error"), Verdict.TRANSIENT),
    # "It's possible some aspect of the operation succeeded": Slack's own words for both
    **dict.fromkeys(("internal_error", "fatal_error"), Verdict.IN_DOUBT),
    **dict.fromkeys(
        (
            "account_inactive",
            "channel_is_archived",
            "channel_not_found",
            "invalid_auth",
            "invalid_token",
            "is_archived",
            "no_service",
            "no_team",
            "not_authed",
            "not_in_channel",
            "org_login_required",
            "team_disabled",
            "token_expired",
            "token_revoked",
        ),
        Verdict.GONE,
    ),
}
_TEAMS_STATUS: Final = re.compile(r"HTTP error (\d{3})")
_TEAMS: Final = {"429": Verdict.THROTTLED, "404": Verdict.GONE, "410": Verdict.GONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """`word` is what the vendor said, on one line, uncut: half a secret cannot be masked. `verdict` is None where the
    status decides.

    `understood` is False for a body that is not the vendor's: a proxy's page, half an answer.
    """

    word: str = ""
    verdict: Verdict | None = None
    understood: bool = True


def said(kind: str, returned: Returned) -> Said:
    """Read the body of an answer as this kind of vendor means it."""
    text = returned.body.decode("utf-8", "replace").strip()
    match kind:
        case "slack":
            return _slack(text, returned)
        case "teams":
            return _teams(text, returned)
        case "monte_carlo":
            return _graphql(text, returned)
        case "datadog":
            return _datadog(text, returned)
        case "pagerduty":
            return _pagerduty(text, returned)
        case _:
            return Said(word=_message(text))


def _slack(text: str, returned: Returned) -> Said:
    """Read Slack: its API answers 200 with `ok` inside; a webhook a bare `ok`, or a status and a bare word."""
    body = _object(text)
    ok = text == "ok" if body is None else body.get("ok") is True
    word = text if body is None else str(body.get("error", ""))
    if ok:
        return Said(word="ok", verdict=Verdict.DONE if _good(returned) else None)
    if not re.fullmatch(r"[a-z0-9_]{2,80}", word):
        return Said(word=_line(text), understood=False)
    return Said(word=word, verdict=_SLACK.get(word) or (Verdict.PERMANENT if _good(returned) else None))


def _teams(text: str, returned: Returned) -> Said:
    """Read Teams: a workflow answers 202 and nothing; the old connector 200 and `1`, or 200 and what failed."""
    if returned.status != 200 or text in {"", "1"}:
        return Said(word=_message(text))
    named = _TEAMS_STATUS.search(text)
    status = named.group(1) if named else ""
    verdict = Verdict.TRANSIENT if status.startswith("5") else _TEAMS.get(status, Verdict.PERMANENT)
    return Said(word=_line(text), verdict=verdict)


def _graphql(text: str, returned: Returned) -> Said:
    """Read GraphQL: it answers 200 with `errors`; a mutation may answer `false` for its own success."""
    body = _object(text)
    if body is None:
        return Said(word=_line(text), understood=False)
    if errors := body.get("errors"):
        word = _line(_first_message(errors))
        slow = re.search(r"throttl|rate.?limit|too many", word, re.IGNORECASE)
        verdict = (Verdict.THROTTLED if slow else Verdict.PERMANENT) if _good(returned) else None
        return Said(word=word or "errors", verdict=verdict)
    if _good(returned) and not isinstance(body.get("data"), dict):
        return Said(word="neither data nor errors", understood=False)
    return Said(word="" if _good(returned) else _message(text))


def _pagerduty(text: str, returned: Returned) -> Said:
    """Read PagerDuty: what it took is a `success`; a good status with anything else came from somebody in between."""
    body = _object(text) or {}
    status = body.get("status")
    if not _good(returned) or status == "success":
        return Said(word=_message(text))
    refused = Verdict.PERMANENT if isinstance(status, str) else None
    return Said(word=_message(text), verdict=refused, understood=refused is not None)


def _datadog(text: str, returned: Returned) -> Said:
    body = _object(text) or {}
    errors = body.get("errors")
    if errors:
        return Said(word=_line(_first_message(errors)), verdict=Verdict.PERMANENT if _good(returned) else None)
    return Said(word=_line(body["status"]) if isinstance(body.get("status"), str) else "")


def _good(returned: Returned) -> bool:
    return returned.status is not None and 200 <= returned.status < 300


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _first_message(errors: object) -> str:
    first = errors[0] if isinstance(errors, list) and errors else errors
    return str(first.get("message", first)) if isinstance(first, dict) else str(first)


def _message(text: str) -> str:
    """Return the sentence of a JSON body that has one where most have it, else the text's first line."""
    body = _object(text) or {}
    words = [body[key] for key in ("message", "error", "detail", "title") if isinstance(body.get(key), str)]
    inner = body.get("error")
    if isinstance(inner, dict) and isinstance(inner.get("message"), str):
        words.append(inner["message"])
    details = [str(each) for each in body["errors"]] if isinstance(body.get("errors"), list) else []
    return _line(": ".join([*words[:1], *details[:2]]) or text)


def _line(text: str) -> str:
    return " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())
