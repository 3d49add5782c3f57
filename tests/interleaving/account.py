"""The sandbox in hand: its application is called in this thread, every call of what others write stops first.

What nobody writes is read from memory after the first time: it commutes with everything.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final, NamedTuple, TypeAlias

import httpx

from reconciler.model.ledger import Ledger
from reconciler.sandbox.app import create_app
from reconciler.sandbox.options import RateLimit, SandboxOptions
from reconciler.sandbox.seed import fill
from reconciler.sandbox.state import State
from tests.interleaving.lockstep import Turns

__all__ = ["BEFORE", "HOST", "JOBS", "LISTS", "MARIA", "OWNER", "TOKEN", "Account", "Call", "Told", "Wire", "row_body"]

HOST: Final = "http://127.0.0.1:1"
TOKEN: Final = "dbtu_interleaving"
OWNER: Final = 70403103900101
MARIA: Final = 70403103900102
BEFORE: Final = "before"  # who makes what was there before: may write everything
FIRST_JOB: Final = 70403103910001
JOBS: Final = tuple(range(FIRST_JOB, FIRST_JOB + 6))
LISTS: Final = {"on_success": "success", "on_failure": "failure", "on_cancel": "cancelled", "on_warning": "warning"}
Row: TypeAlias = dict[str, Any]


class Told(NamedTuple):
    """One live edge as the API has it: who hears of which outcome of which job."""

    who: str
    what: str
    job: int


class Call(NamedTuple):
    """One call of an actor, with what was live before and after it. `row` is None for a list or a creation."""

    actor: str
    method: str
    row: str | None
    status: int
    before: frozenset[Told]
    after: frozenset[Told]

    @property
    def lost(self) -> frozenset[Told]:
        return self.before - self.after

    @property
    def gained(self) -> frozenset[Told]:
        return self.after - self.before

    def sees(self, row: str | None) -> bool:
        """Whether this is a look at the row; a list shows every row."""
        return self.method == "GET" and self.row in {None, row}


@dataclass(slots=True)
class Account:
    """One small account, put back in a moment; `calls` is everything that happened since.

    `saves` are the ledgers that were saved, each with the number of calls before it.

    `contended` is the kind of object that the actors write: the two lists of kinds are read at once by one actor, and
    an actor has one stop at a time.
    """

    contended: str = "notifications"
    state: State = field(init=False)
    calls: list[Call] = field(default_factory=list)
    saves: list[tuple[int, Ledger]] = field(default_factory=list)
    _app: Any = None
    _lock: Any = field(default_factory=Lock)
    _constant: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.state = State.open(SandboxOptions(token=TOKEN, rate_limit=RateLimit(requests=0)))
        fill(self.state)
        store = self.state.store
        for job in store.find("jobs"):
            if job["id"] not in JOBS:
                store.delete("jobs", job["id"])
        store.clear("notifications")
        store.clear("webhooks")
        self._app = create_app(self.state)

    def close(self) -> None:
        self.state.store.close()

    # --- the whole state, out and in ---------------------------------------------------------------------------------
    def image(self) -> Mapping[str, Any]:
        self._constant.clear()
        return self.state.store.dump()

    def restore(self, image: Mapping[str, Any]) -> None:
        self.state.store.load(image)
        self.calls.clear()
        self.saves.clear()

    # --- what a judge asks -------------------------------------------------------------------------------------------
    def rows(self) -> list[Row]:
        return self.state.store.find("notifications", {"state": 1})

    def told(self) -> frozenset[Told]:
        return told_by(self.rows())

    def webhooks(self) -> list[Row]:
        return self.state.store.find("webhooks")

    def likeness(self) -> str:
        """Return the state as a text that two equal accounts share: no times."""
        times = {"created_at", "updated_at"}
        rows = [*self.state.store.find("notifications"), *self.webhooks()]
        return json.dumps([{k: v for k, v in row.items() if k not in times} for row in rows], sort_keys=True)

    # --- being called ------------------------------------------------------------------------------------------------
    def call(self, turns: Turns, method: str, path: str, query: bytes, body: bytes) -> tuple[int, bytes]:
        """Answer one request as the actor's next step; at once if it is of what nobody writes."""
        parts = path.strip("/").split("/")
        if self.contended not in parts and turns.name != BEFORE:
            return self._unchanging(method, path, query)
        turns.stop(f"{method} {'/'.join(parts[4:])}{'?' if query else ''}{query.decode()}")
        with self._lock:
            before = self.told()
            status, answer = self._served(method, path, query, body)
            row = parts[-1] if parts[-1] not in {"notifications", "subscriptions"} else None
            after = before if method == "GET" else self.told()
            self.calls.append(Call(turns.name, method, row, status, before, after))
        return status, answer

    def _unchanging(self, method: str, path: str, query: bytes) -> tuple[int, bytes]:
        assert method == "GET", f"{method} {path}: nobody was to write this"
        key = f"{path}?{query.decode()}"
        with self._lock:
            if key not in self._constant:
                self._constant[key] = self._served(method, path, query, b"")
            return self._constant[key]

    def _served(self, method: str, path: str, query: bytes, body: bytes) -> tuple[int, bytes]:
        """Run the application to its answer. It waits for nothing, so that no event loop is needed."""
        start: dict[str, Any] = {}
        chunks: list[bytes] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Mapping[str, Any]) -> None:
            start.update({k: v for k, v in message.items() if k == "status"})
            chunks.append(message.get("body", b""))

        serving = self._app(_scope(method, path, query), receive, send)
        try:
            serving.send(None)
        except StopIteration:
            return start["status"], b"".join(chunks)
        raise AssertionError(f"{method} {path}: the sandbox waits for something")


@dataclass(slots=True)
class Wire(httpx.BaseTransport):
    """The way of one actor's HTTP client to the account."""

    account: Account
    turns: Turns

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        status, body = self.account.call(self.turns, request.method, url.path, url.query, request.read())
        return httpx.Response(status, content=body, headers={"content-type": "application/json"})


def _scope(method: str, path: str, query: bytes) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": query,
        "headers": [
            (b"host", b"127.0.0.1"),
            (b"authorization", f"Token {TOKEN}".encode()),
            (b"content-type", b"application/json"),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 1),
    }


def told_by(rows: Iterable[Row]) -> frozenset[Told]:
    return frozenset(
        Told(_who(row), what, int(job)) for row in rows for name, what in LISTS.items() for job in row[name] or ()
    )


def _who(row: Row) -> str:
    match row["type"]:
        case 1:
            return f"user:{row['user_id']}"
        case 4:
            return f"email:{row['external_email']}"
        case _:
            return f"slack:{row['slack_channel_id']}"


def row_body(account_id: int, told: Iterable[Told]) -> Row:
    """Return the body that makes a row which tells exactly this; all of one recipient."""
    told = frozenset(told)
    kind, _, value = next(iter(told)).who.partition(":")
    body: Row = {
        "account_id": account_id,
        "type": {"user": 1, "email": 4}[kind],
        "user_id": int(value) if kind == "user" else OWNER,
        "state": 1,
        **{name: sorted(each.job for each in told if each.what == what) for name, what in LISTS.items()},
    }
    return body | ({"external_email": value} if kind == "email" else {})
