"""A receiver on loopback: what a relay does first with a webhook of dbt Cloud's, and nothing more."""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

__all__ = ["Delivered", "Listener", "listening"]

_LONGEST_WAIT: Final = 20.0
_LARGEST_BODY: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """One delivery: which event of which job, whether its signature is right, and its bytes."""

    event: str
    job: str
    verified: bool
    body: bytes


class Listener:
    """Keeps what arrives. `wait` checks the signature over the raw bytes, in constant time (reference §6.1)."""

    def __init__(self, url: str, arrived: queue.Queue[tuple[str, bytes]]) -> None:
        self.url = url
        self._arrived = arrived

    def wait(self, secret: str) -> Delivered:
        """Return the first delivery. Raises TimeoutError when none comes in 20 seconds."""
        try:
            signature, body = self._arrived.get(timeout=_LONGEST_WAIT)
        except queue.Empty as nothing:
            raise TimeoutError("no webhook arrived") from nothing
        expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        event = json.loads(body)
        return Delivered(
            event=str(event["eventType"]),
            job=str(event["data"]["jobName"]),
            verified=hmac.compare_digest(expected.encode(), signature.encode()),
            body=body,
        )


@contextmanager
def listening() -> Generator[Listener]:
    """Yield a listener on a free loopback port; it ends with the block."""
    arrived: queue.Queue[tuple[str, bytes]] = queue.Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = min(int(self.headers.get("Content-Length", 0)), _LARGEST_BODY)
            arrived.put((self.headers.get("Authorization", ""), self.rfile.read(size)))
            self.send_response(204)
            self.end_headers()

        def log_request(self, code: object = "-", size: object = "-") -> None:
            """Keep quiet: the demo tells what arrived."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Listener(f"http://127.0.0.1:{server.server_port}/dbt", arrived)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
