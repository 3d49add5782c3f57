"""Start and stop a sandbox: uvicorn in a thread, on loopback only."""

import contextlib
import ipaddress
import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import uvicorn

from reconciler.sandbox.app import create_app
from reconciler.sandbox.channels import mail
from reconciler.sandbox.client import Control
from reconciler.sandbox.options import SandboxOptions
from reconciler.sandbox.protocol import ResettableProtocol
from reconciler.sandbox.seed import OWNER, fill, main_token
from reconciler.sandbox.state import State
from reconciler.sandbox.tls import Certificate, make_certificate

_START_SECONDS = 20.0


class NotLoopbackError(ValueError):
    """The sandbox was asked to listen where others could reach it."""

    def __init__(self, host: str) -> None:
        super().__init__(f"the sandbox listens on loopback only, not on {host!r}; use 127.0.0.1 or ::1")


class DidNotStartError(RuntimeError):
    """The server did not come up; its own log says why."""


@dataclass(slots=True, kw_only=True)
class RunningSandbox:
    """A sandbox that answers. A context manager: leaving it stops the server and closes the store."""

    state: State
    url: str
    token: str
    ca_file: Path | None
    _server: uvicorn.Server
    _thread: threading.Thread
    control: Control = field(init=False)

    def __post_init__(self) -> None:
        self.control = Control(self.url, token=self.state.options.control_token, ca_file=self.ca_file)

    @property
    def account_id(self) -> int:
        """The account that the token sees."""
        return self.state.account_id

    @property
    def store(self) -> Any:
        """The store itself, for tests in the same process."""
        return self.state.store

    @property
    def ready(self) -> dict[str, Any]:
        """What a script needs to begin, as printed by `--json`."""
        return ready_line(self.state, self.url, self.token, self.ca_file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop serving; calling it twice is harmless."""
        self.control.close()  # first: the server waits for open connections
        self._server.should_exit = True
        self._thread.join()
        self.state.store.close()


def ready_line(state: State, url: str, token: str, ca_file: Path | None) -> dict[str, Any]:
    """Say where the sandbox is and what is in it; ids are null in an empty account."""
    project = state.store.first("projects", {"state": 1}) or {}
    where = {"project_id": project.get("id"), "deployment_type": "production"}
    environment = state.store.first("environments", where) or {}
    owner = state.store.first("users", {"email": OWNER}) or {}
    jobs = {word: state.store.get("settings", f"{outcome}_job") or {} for word, outcome in _JOBS.items()}
    return {
        "url": url,
        "account_id": state.account_id,
        "token": token,
        "project_id": project.get("id"),
        "environment_id": environment.get("id"),
        "user_id": owner.get("id"),
        **{f"{word}_job_id": row.get("value") for word, row in jobs.items()},
        "control_url": f"{url}/_sandbox/",
        "inbox_url": f"{url}/_sandbox/inbox.html",
        "channels_url": f"{url}/channels/",
        "smtp_url": _smtp_url(state),
        "ca_file": str(ca_file) if ca_file else None,
    }


def _smtp_url(state: State) -> str | None:
    if state.mail_socket is None:
        return None
    host, port = state.mail_socket.getsockname()[:2]
    return f"smtp://{f'[{host}]' if ':' in host else host}:{port}"


_JOBS = {"fail": "failure", "warn": "warning", "slow": "slow"}


def start(options: SandboxOptions | None = None, **changes: Any) -> RunningSandbox:
    """Start a sandbox and return once it answers. Keyword arguments are `SandboxOptions` by name.

    Raises NotLoopbackError, DidNotStartError, OSError (the port is taken).
    """
    options = options or SandboxOptions(**changes)
    server, state, certificate, listener = prepare(options)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True)
    thread.start()
    _wait_until_started(server, thread)
    return RunningSandbox(
        state=state,
        url=state.base_url,
        token=main_token(state),
        ca_file=certificate.path if certificate else None,
        _server=server,
        _thread=thread,
    )


def prepare(options: SandboxOptions) -> tuple[uvicorn.Server, State, Certificate | None, socket.socket]:
    """Bind the port, fill the store, assemble the server; nothing is served yet."""
    listener = _listen(options)
    certificate = make_certificate(options.tls_dir) if options.tls else None
    state = State.open(options)
    state.base_url = _url(listener, tls=options.tls)
    state.mail_socket = _listen_for_mail(options, listener)
    fill(state)
    config = uvicorn.Config(
        create_app(state),
        http=ResettableProtocol,
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
        ssl_certfile=str(certificate.path) if certificate else None,
        ssl_keyfile=str(certificate.key) if certificate else None,
    )
    return uvicorn.Server(config), state, certificate, listener


def _listen(options: SandboxOptions) -> socket.socket:
    try:
        loopback = ipaddress.ip_address(options.host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise NotLoopbackError(options.host)
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    # Named in full: asyncio switches Nagle off only for sockets that say they are TCP, which saves 40 ms per answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with contextlib.ExitStack() as undo:
        undo.callback(listener.close)
        listener.bind((options.host, options.port))
        listener.listen(2048)
        undo.pop_all()
    return listener


def _listen_for_mail(options: SandboxOptions, listener: socket.socket) -> socket.socket | None:
    """Bind the mail server's port, if there is to be one; a port that is taken gives the other one free again."""
    if options.smtp_port is None:
        return None
    with contextlib.ExitStack() as undo:
        undo.callback(listener.close)
        made = mail.listen(options.host, options.smtp_port)
        undo.pop_all()
    return made


def _url(listener: socket.socket, *, tls: bool) -> str:
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if tls else 'http'}://{shown}:{port}"


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    waiting = threading.Event()
    for _ in range(int(_START_SECONDS / 0.005)):
        if server.started:
            return
        if not thread.is_alive():
            break
        waiting.wait(0.005)
    raise DidNotStartError("the sandbox did not start; its log above says why")
