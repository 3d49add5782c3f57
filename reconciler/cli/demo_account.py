"""What a person would do by hand in the demo's account: a subscription, a failing run, a look at the inbox."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from reconciler.escape import terminal

__all__ = ["Account", "Arrived"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """One message of the sandbox's inbox."""

    kind: str
    state: str
    line: str

    @property
    def delivered(self) -> bool:
        return self.state == "delivered"


class Account:
    """The sandbox's account, by plain HTTP as any script would use it. Proxies are not asked: it is on loopback."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self._url = ready["url"]
        self._id = ready["account_id"]
        self._token = ready["token"]
        self._opener = build_opener(ProxyHandler({}))

    def subscribe(self, url: str, job_id: int) -> str:
        """Make a webhook subscription by hand and return its secret, which only this answer holds (reference §3.3)."""
        wanted = {
            "name": "made by hand in the demo",
            "client_url": url,
            "event_types": ["job.run.errored"],
            "job_ids": [job_id],
            "active": True,
        }
        answer = self._call("POST", f"/api/v3/accounts/{self._id}/webhooks/subscriptions", wanted)
        return str(answer["data"]["hmac_secret"])

    def fail(self, job_id: int) -> None:
        """Start a run that fails, and wait until everything that it causes has happened."""
        self._call("POST", "/_sandbox/runs", {"job_id": job_id, "outcome": "failure"})
        self._call("POST", "/_sandbox/idle", {"timeout": 20})

    def inbox(self) -> Sequence[Arrived]:
        """Return what left dbt Cloud, oldest first."""
        messages = self._call("GET", "/_sandbox/inbox")["messages"]
        return [_arrived(message) for message in reversed(messages)]

    def inbox_page(self) -> str:
        """Return the inbox as a page of HTML, each message as its reader would see it."""
        with self._opener.open(self._url + "/_sandbox/inbox.html", timeout=30) as answer:
            return str(answer.read().decode())

    @property
    def inbox_url(self) -> str:
        return f"{self._url}/_sandbox/inbox.html"

    def _call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        request = Request(  # noqa: S310 - the sandbox's own loopback address
            self._url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Token {self._token}", "Content-Type": "application/json"},
        )
        with self._opener.open(request, timeout=30) as answer:
            return dict(json.loads(answer.read()))


def _arrived(message: dict[str, Any]) -> Arrived:
    kind, state = str(message["kind"]), str(message["state"])
    lines = message["text"].splitlines() or [""]
    what = lines[0] if kind == "webhook" else message["subject"]
    why = f" ({message['reason']})" if message["reason"] else ""
    to = message["recipient"] or "nobody"
    return Arrived(kind=kind, state=state, line=terminal(f"{state:<10} {kind:<8} {to}: {what}{why}"))
