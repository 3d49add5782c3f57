"""A loopback endpoint that webhooks can be delivered to, with answers as told."""

import hashlib
import hmac
import json
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

from tests.contract.contract_api import Json

__all__ = ["Delivery", "Receiver", "sign"]


def sign(secret: str, body: bytes) -> str:
    """Compute the signature that dbt Cloud sends (reference §6.1)."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        return json.loads(self.body)

    @property
    def event(self) -> str:
        return str(self.json["eventType"])


class Receiver:
    """Records every request. The n-th is answered with the n-th of `statuses`, the rest with the last of them."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.statuses: Sequence[int] = (200,)
        self.location: str | None = None
        self._numbers = count()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/dbt"

    def of(self, run_id: int) -> list[Delivery]:
        return [delivery for delivery in self.deliveries if delivery.json["data"]["runId"] == str(run_id)]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.take(self.command, self.path, dict(self.headers.items()), body)
                self.send_response(status)
                if receiver.location is not None:
                    self.send_header("Location", receiver.location)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # pyrefly: ignore
                """Say nothing on stderr."""

        return Handler

    def take(self, method: str, path: str, headers: dict[str, str], body: bytes) -> int:
        number = next(self._numbers)
        self.deliveries.append(Delivery(method=method, path=path, headers=headers, body=body))
        return self.statuses[min(number, len(self.statuses) - 1)]

    @contextmanager
    def listening(self) -> Generator["Receiver"]:
        """Serve until the block is left."""
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()
