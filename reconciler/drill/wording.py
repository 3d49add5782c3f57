"""What to do about a failed test: one sentence for each way in which a vendor refuses."""

from __future__ import annotations

from typing import Final

from reconciler.channels.contract import Verdict
from reconciler.drill.routes import Route

__all__ = ["fix_of"]

_BY_WORD: Final = (
    ("is_archived", "unarchive the Slack channel, or give `{channel}` another one"),
    ("channel_is_archived", "unarchive the Slack channel, or give `{channel}` another one"),
    ("not_in_channel", "invite the bot to its Slack channel"),
    ("channel_not_found", "correct `channel_id`, or invite the bot to the private channel"),
    ("token_revoked", "make another bot token and store it where `token` of `{channel}` points"),
    ("invalid_auth", "store a valid bot token where `token` of `{channel}` points"),
    ("account_inactive", "the app's user is gone: install the app again and store its token"),
    ("no_service", "the incoming webhook was removed: make another and store its URL"),
    ("invalid_token", "the incoming webhook was revoked: make another and store its URL"),
    ("missing_scope", "give the app the scope that the answer names, and install it again"),
    ("authentication", "store the right user and password for the mail server"),
    ("signature", "the receiver holds another secret: store the same one at both ends, where `secret` points"),
    ("is not set", "export the variable, or correct the reference"),
)
_BY_KIND: Final = {
    "pagerduty": "compare `routing_key` with the integration's key in PagerDuty: the service may be gone",
    "datadog": "make another API key and store it where `api_key` points; look at `site` too",
    "monte_carlo": "make another API key in Monte Carlo and store `key_id` and `key_token`",
    "email": "see whether the mail server takes mail from this host, user and sender; `smtp:` names it",
    "teams": "see in Power Automate whether the flow is on, and store its URL again",
    "webhook": "look into the receiver's log; its URL and secret are in the channel's settings",
    "apprise": "look at the service that the Apprise URL names",
    "slack": "look at the app's settings in Slack",
}


def fix_of(route: Route, answer: str, verdict: Verdict = Verdict.PERMANENT) -> str:
    """Return what to do, for the owner of the channel."""
    for word, fix in _BY_WORD:
        if word in answer.casefold():
            return fix.format(channel=route.channel)
    match verdict:
        case Verdict.THROTTLED:
            return "it takes no more for now: run again later; if it stays so, ask the vendor for a higher limit"
        case Verdict.TRANSIENT | Verdict.IN_DOUBT:
            return f"no answer that can be trusted: run again; if it stays so, {_BY_KIND.get(route.kind, 'look there')}"
        case _:
            return _BY_KIND.get(route.kind, "look at the channel's settings")
