"""A thin hand on one sandbox: raw HTTP with the token, and a record of every exchange for the OpenAPI judge."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import httpx

from tests.contract.openapi_judge import Exchange

__all__ = ["Api", "Json"]

Json: TypeAlias = Any

PERMISSIONS = "The requested resource was not found. Please check that you have the proper permissions."
INVALID = "The request was invalid. Please double check the provided data and try again."


class Api:
    """Speaks to one account. Paths are relative to the account; `raw` is for everything else."""

    def __init__(self, *, url: str, token: str, account_id: int, user_id: int) -> None:
        self.account_id = account_id
        self.user_id = user_id
        self.token = token
        self.exchanges: list[Exchange] = []
        self.raw = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Token {token}", "Accept": "application/json"},
            event_hooks={"response": [self._record]},
            timeout=15,
            trust_env=False,
        )

    def _record(self, response: httpx.Response) -> None:
        response.read()
        self.exchanges.append(
            Exchange(
                method=response.request.method,
                path=response.request.url.path,
                status=response.status_code,
                content_type=response.headers.get("content-type", ""),
                body=response.content,
            )
        )

    def v2(self, path: str = "") -> str:
        return f"/api/v2/accounts/{self.account_id}/{path}"

    def v3(self, path: str = "") -> str:
        return f"/api/v3/accounts/{self.account_id}/{path}"

    def get(self, path: str, **params: Json) -> httpx.Response:
        return self.raw.get(path, params=params or None)

    def data(self, path: str, **params: Json) -> Json:
        """GET that must succeed; the envelope's `data`."""
        return ok(self.get(path, **params))["data"]

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        return self.raw.post(path, json={} if body is None else body)

    def put(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        return self.raw.put(path, json=body)

    def delete(self, path: str) -> httpx.Response:
        return self.raw.delete(path)

    # --- notifications, reference §2
    def notification_body(self, **fields: Json) -> dict[str, Any]:
        lists: dict[str, list[int]] = {name: [] for name in ("on_success", "on_failure", "on_cancel", "on_warning")}
        owner = {"account_id": self.account_id, "user_id": self.user_id}
        return {**owner, "type": 1, "state": 1, **lists, **fields}

    def create_notification(self, **fields: Json) -> Json:
        return ok(self.post(self.v2("notifications/"), self.notification_body(**fields)))["data"]

    # --- webhooks, reference §3
    def create_webhook(self, client_url: str = "https://relay.example.net/dbt", **fields: Json) -> Json:
        body = {"name": "contract", "client_url": client_url, "event_types": ["job.run.completed"], "active": True}
        return ok(self.post(self.v3("webhooks/subscriptions"), body | fields), 201)["data"]

    def webhook(self, webhook_id: str) -> Json:
        return self.data(self.v3(f"webhooks/subscription/{webhook_id}"))

    def put_webhook(self, webhook: Mapping[str, Any], **changes: Json) -> Json:
        """Replace a webhook by itself with `changes`, as a client that read it first would."""
        kept = ("name", "client_url", "event_types", "job_ids", "active")
        body = {key: webhook[key] for key in kept} | changes
        return ok(self.put(self.v3(f"webhooks/subscription/{webhook['id']}"), body))["data"]

    # --- runs, reference §5
    def trigger(self, job_id: int, **fields: Json) -> Json:
        return ok(self.post(self.v2(f"jobs/{job_id}/run/"), {"cause": "contract test"} | fields))["data"]

    def run(self, run_id: int, **params: Json) -> Json:
        return self.data(self.v2(f"runs/{run_id}/"), **params)

    def close(self) -> None:
        self.raw.close()


def ok(response: httpx.Response, status: int = 200) -> Json:
    """Parse an answer that must have `status`; shows the body when it has not."""
    assert response.status_code == status, (
        f"{response.request.method} {response.url}: {response.status_code} {response.text[:500]}"
    )
    return response.json()
