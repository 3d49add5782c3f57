"""A small account in a sandbox whose clock stands still, and a loopback receiver that answers as told."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import httpx

from reconciler.sandbox.app import create_app
from reconciler.sandbox.options import SandboxOptions
from reconciler.sandbox.state import State

__all__ = ["ACCOUNT", "SECRET", "Json", "Life", "Receiver", "job_row", "life_of", "open_state"]

ACCOUNT = 70403103916842
SECRET = "demo-hmac-secret"

Json: TypeAlias = Any
Row: TypeAlias = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Life:
    """One sandbox: `http` speaks to it, `settle` lets everything under way happen."""

    state: State
    http: httpx.AsyncClient

    def v2(self, path: str) -> str:
        return f"/api/v2/accounts/{ACCOUNT}/{path}"

    async def trigger(self, job: int = 101, outcome: str | None = None, **body: Json) -> Row:
        answer = await self.http.post("/_sandbox/runs", json={"job_id": job, "outcome": outcome, **body})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def ended(self, job: int = 101, outcome: str | None = None, **body: Json) -> Row:
        run = await self.trigger(job, outcome, **body)
        await self.state.agenda.settle()
        return await self.run(run["id"])

    async def run(self, run_id: int, **params: Json) -> Row:
        return await self.data(f"runs/{run_id}/", **params)

    async def data(self, path: str, **params: Json) -> Json:
        answer = await self.http.get(self.v2(path), params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    async def inbox(self, **params: Json) -> list[Row]:
        answer = await self.http.get("/_sandbox/inbox", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()["messages"]

    def job(self, job_id: int, **fields: Json) -> None:
        self.state.store.insert("jobs", job_row(job_id, **fields))

    def notify(self, **fields: Json) -> int:
        lists: Row = {"on_success": [], "on_failure": [], "on_cancel": [], "on_warning": []}
        base: Row = {"account_id": ACCOUNT, "user_id": 1, "type": 1, "state": 1, "external_email": None}
        slack: Row = {"slack_channel_id": None, "slack_channel_name": None}
        return self.state.store.insert("notifications", {**base, **slack, **lists, **fields})["id"]

    def webhook(self, url: str, **fields: Json) -> str:
        webhook_id = self.state.new_id("wsu_")
        events = ["job.run.started", "job.run.completed", "job.run.errored"]
        base: Row = {"id": webhook_id, "name": "hook", "client_url": url, "event_types": events, "job_ids": []}
        counts: Row = {"http_status_code": "0", "dispatched_at": None, "deactivate_reason": None, "active": True}
        secret = {
            "hmac_secret": "demo-hmac-secret",
            "account_id": ACCOUNT,
            "account_identifier": "act_x",
            "description": None,
        }
        self.state.store.insert("webhooks", {**base, **counts, **secret, **fields})
        return webhook_id


def job_row(job_id: int, **fields: Json) -> Row:
    base: Row = {
        "id": job_id,
        "account_id": ACCOUNT,
        "project_id": 11,
        "environment_id": 21,
        "name": "Nightly",
        "state": 1,
        "is_system": False,
        "deactivated": False,
        "execute_steps": ["dbt build"],
        "execution": {"timeout_seconds": 0},
        "generate_docs": False,
        "run_generate_sources": False,
        "dbt_version": None,
        "triggers": {"schedule": False},
        "schedule": {"cron": "0 6 * * *"},
        "job_completion_trigger_condition": None,
    }
    return base | fields


def populate(state: State) -> None:
    store = state.store
    store.insert("accounts", {"id": ACCOUNT, "state": 1, "identifier": "act_x", "run_duration_limit_seconds": 86400})
    store.insert(
        "users", {"id": 1, "email": "maria@acme.example", "is_active": True, "first_name": "M", "last_name": "P"}
    )
    store.insert("users", {"id": 2, "email": "gone@acme.example", "is_active": False})
    store.insert("tokens", {"id": "secret", "user_id": 1, "active": True})
    store.insert("projects", {"id": 11, "name": "Finance", "state": 1})
    store.insert(
        "environments", {"id": 21, "project_id": 11, "name": "Production", "state": 1, "dbt_version": "versionless"}
    )
    store.insert("jobs", job_row(101))


def open_state(**options: Json) -> State:
    state = State.open(SandboxOptions(seeded=False, clock_speed=0, account_id=ACCOUNT, **options))
    populate(state)
    state.base_url = "http://127.0.0.1:8080"
    return state


def life_of(state: State) -> Life:
    transport = httpx.ASGITransport(create_app(state))
    return Life(
        state=state,
        http=httpx.AsyncClient(
            transport=transport,
            base_url="http://127.0.0.1:8080",
            headers={"Authorization": "Token secret"},
            trust_env=False,
        ),
    )


@dataclass(slots=True, kw_only=True)
class Receiver:
    """A loopback HTTP server. `answers` are used up in order, the last one for ever; None never answers."""

    url: str = ""
    answers: list[int | None] = field(default_factory=lambda: [200])
    bodies: list[bytes] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        named = {name.lower(): value for name, value in headers.items()}
        self.heads.append(named)
        self.bodies.append(await reader.readexactly(int(named["content-length"])))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is None:
            await reader.read()
        else:
            more = "Location: http://127.0.0.1:1/elsewhere\r\n" if 300 <= answer < 400 else ""
            writer.write(f"HTTP/1.1 {answer} X\r\n{more}Content-Length: 2\r\nConnection: close\r\n\r\nhi".encode())
            await writer.drain()
        writer.close()
