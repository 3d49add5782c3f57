"""What every part of a running sandbox shares, and how parts plug into it.

A part is a module with any of these functions; `app` names them all:
    routes(state) -> list[starlette.routing.BaseRoute]   its URLs (see `api/routing.py` for the API's own)
    workers(state) -> list[Worker]                       coroutine functions, run as tasks while the server lives
Parts talk to each other through the store and through `state.hooks`.
"""

import hashlib
import socket
import string
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any, Protocol, TypeAlias

from reconciler.sandbox.agenda import Agenda
from reconciler.sandbox.clock import Clock
from reconciler.sandbox.faults import Faults
from reconciler.sandbox.journal import Journal
from reconciler.sandbox.limits import Limiter
from reconciler.sandbox.options import SandboxOptions
from reconciler.sandbox.store import Row, Store

Worker: TypeAlias = Callable[[], Awaitable[None]]

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


async def _no_test(subscription: Row) -> dict[str, Any]:
    raise NotImplementedError(f"nothing delivers {subscription['id']}")


class LatestRun(Protocol):
    """Finds a job's newest run, or its newest finished one."""

    def __call__(self, job_id: int, *, finished: bool) -> Row | None:
        """Return its public form, or None."""
        ...


def _no_runs(job_id: int, *, finished: bool) -> Row | None:  # noqa: ARG001 - stands in for a part that is not plugged in
    return None


@dataclass(slots=True, kw_only=True)
class Hooks:
    """Calls from one part into another. Each is set by the part that can do it, in its `routes` or `workers`.

    `send_test(webhook row)` -> the `data` of the answer to `…/test` (reference §3.5).
    `latest_run(job id, finished=bool)` -> the public form of a job's newest run, or None.
    `public_job(id)`, `public_environment(id)` -> what the API shows of them, or None.
    """

    send_test: Callable[[Row], Awaitable[dict[str, Any]]] = _no_test
    latest_run: LatestRun = _no_runs
    public_job: Callable[[int], Row | None] = lambda _job: None
    public_environment: Callable[[int], Row | None] = lambda _environment: None


@dataclass(slots=True, kw_only=True)
class State:
    """One running sandbox."""

    options: SandboxOptions
    store: Store
    clock: Clock
    agenda: Agenda
    limiter: Limiter
    latency_ms: float = 0.0
    journal: Journal = field(default_factory=Journal)
    faults: Faults = field(default_factory=Faults)
    hooks: Hooks = field(default_factory=Hooks)
    base_url: str = ""
    mail_socket: socket.socket | None = None

    @classmethod
    def open(cls, options: SandboxOptions) -> "State":
        """Open the store and start the clock."""
        clock = Clock(speed=options.clock_speed)
        return cls(
            options=options,
            store=Store(options.db),
            clock=clock,
            agenda=Agenda(clock),
            limiter=Limiter(clock, options.rate_limit),
            latency_ms=options.latency_ms,
        )

    @property
    def account_id(self) -> int:
        """The one account that the main token sees."""
        return self.options.account_id

    def stamp(self) -> str:
        """Now, as jobs, notifications and environments show it (`…T10:42:10.111442+00:00`)."""
        return self.clock.now().astimezone(UTC).isoformat(timespec="microseconds")

    def stamp_with_space(self) -> str:
        """Now, as runs and projects show it: a space in place of the T (reference §5.3)."""
        return self.stamp().replace("T", " ")

    def random_text(self, purpose: str, length: int = 27, alphabet: str = BASE62) -> str:
        """Draw a text that is the same for the same seed, purpose and number of draws so far."""
        draw = self.store.next_number(f"random:{purpose}")
        digest = hashlib.shake_256(f"{self.options.seed}:{purpose}:{draw}".encode()).digest(length * 2)
        pairs = zip(digest[::2], digest[1::2], strict=True)
        return "".join(alphabet[(high * 256 + low) % len(alphabet)] for high, low in pairs)

    def new_id(self, prefix: str) -> str:
        """Make an id like `wsu_` + 27 base62 characters (reference §8.3)."""
        return prefix + self.random_text(prefix)
