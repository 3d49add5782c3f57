"""A vendor on loopback that answers as scripted, and destinations that lead to it."""

import json
import socket
import struct
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from reconciler.channels.contract import Destination, Wire
from reconciler.http.outgoing import Limits, Outgoing
from reconciler.model.secret import Secret

NOW = datetime(2026, 11, 20, 8, 12, tzinfo=UTC)
ROUTING_KEY = "0123456789abcdef0123456789abcdef"
IMPATIENT = Limits(connect=5.0, wait=0.15, total=0.3)
SIGNING = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass(frozen=True)
class Answer:
    """`after` is written once the body is: nothing, or what breaks the connection."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    instead: Callable[[BaseHTTPRequestHandler], None] | None = None


@dataclass(frozen=True)
class Seen:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def data(self) -> Any:  # noqa: ANN401
        return json.loads(self.body)


@dataclass
class Vendor:
    port: int = 0
    script: list[Answer] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/channels/it"

    def wire(self, **given: Any) -> Wire:  # noqa: ANN401
        given = {"allowed_hosts": {f"127.0.0.1:{self.port}"}, **given}
        return Wire(http=Outgoing(**given), now=lambda: NOW)


def reset(handler: BaseHTTPRequestHandler) -> None:
    """End the connection as a process that was killed does."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def reset_mid_answer(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"ok": tr')
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_RDWR)


def garbage(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"\x00\x01 this is no HTTP\r\n\r\n")


@contextmanager
def vendor(*script: Answer) -> Generator[Vendor]:
    it = Vendor(script=list(script))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return None

        def _answer(self) -> None:
            self.close_connection = True
            length = int(self.headers.get("content-length") or 0)
            it.seen.append(Seen(self.command, self.path, dict(self.headers), self.rfile.read(length)))
            answer = it.script.pop(0) if it.script else Answer()
            if answer.instead is not None:
                answer.instead(self)
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_POST = do_GET = _answer  # noqa: N815

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
            return None

    server = Quiet(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    it.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield it
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "slack": {"token": Secret("xoxb-this-is-the-token"), "channel_id": "C0987654321"},
    "slack webhook": {"url": Secret("https://hooks.slack.com/services/T00000000/B00000000/secretsecret")},
    "teams": {"url": Secret("https://flow.example/workflows/abcdef/run?api-version=1&sig=verysecretsignature")},
    "pagerduty": {"routing_key": Secret(ROUTING_KEY), "api_key": Secret("u+rest-key-of-pagerduty")},
    "webhook": {
        "url": Secret("https://tickets.example/hook/secret-path"),
        "headers": {"X-Token": Secret("header-secret")},
        "user": "alerts",
        "password": Secret("basic-secret"),
        "sign": {"secret": Secret(SIGNING)},
    },
}


def to(which: str, base: str | None = None, **given: Any) -> Destination:  # noqa: ANN401
    settings = {**SETTINGS[which], **given.pop("settings", {})}
    return Destination(name="critical", kind=which.partition(" ")[0], settings=settings, base=base, **given)
