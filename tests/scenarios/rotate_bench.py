"""A receiver on loopback that reads its secrets from the sink's file, as the guide says, and knows what it refused."""

from __future__ import annotations

import hmac
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

HOOK = """\
webhooks:
  - name: lineage
    url: "{url}"
    on: [completed]
    jobs: {{project: Finance}}
    {more}
    secret_sink: {{store: file, path: secrets/lineage.secret}}
"""
KEY = "default/lineage"
SECRET = Path("secrets/lineage.secret")


@dataclass(slots=True, kw_only=True)
class Receiver:
    """Answers 204 to what one of the secrets in `file` signed, else 401; `down` answers 503 to everything."""

    file: Path
    url: str = ""
    down: bool = False
    answered: list[int] = field(default_factory=list)

    def policy(self, more: str = "") -> str:
        return HOOK.format(url=self.url, more=more)

    def status(self, body: bytes, signature: str) -> int:
        secrets = self.file.read_text().split("\n")
        good = any(hmac.compare_digest(hmac.new(s.encode(), body, sha256).hexdigest(), signature) for s in secrets)
        status = 503 if self.down else 204 if good else 401
        self.answered.append(status)
        return status


@contextmanager
def receiving(file: Path) -> Generator[Receiver]:
    known = Receiver(file=file)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(known.status(body, self.headers["Authorization"]))
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # pyrefly: ignore
            """Say nothing on stderr."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        known.url = f"http://127.0.0.1:{server.server_port}/dbt"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield known
        finally:
            server.shutdown()
            thread.join()
