"""Every vendor on this machine: the sandbox in a process of its own, a mail server in this one, as slow as asked."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from benchmarks.measure import ROOT, Usage, run
from reconciler.sandbox.client import Control

__all__ = ["Vendors", "vendors"]

_OVER_HTTP: Final = ("slack", "teams", "pagerduty", "datadog", "monte_carlo", "webhook")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendors:
    """`environ` leads a command to all of them, and holds no secret of a channel."""

    control: Control
    environ: Mapping[str, str]

    def cli(self, folder: Path, *arguments: str, environ: Mapping[str, str]) -> Usage:
        """Run `dbt-alerts` in that folder as a user does."""
        command = [sys.executable, "-m", "reconciler", *arguments]
        return run(command, environ={**self.environ, **environ}, folder=folder)


@contextmanager
def vendors(*, latency_ms: int = 0) -> Generator[Vendors]:
    """Start them. Each answers a message after so long; dbt Cloud at once."""
    port = _free_port()
    logging.getLogger("mail.log").addHandler(logging.NullHandler())  # it warns at each login of what it will drop
    mail = Controller(
        _Mail(latency_ms / 1000), hostname="127.0.0.1", port=port, auth_require_tls=False, authenticator=_everybody
    )
    mail.start()
    command = [sys.executable, "-m", "reconciler.sandbox", "--port", "0", "--run-seconds", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            ready = json.loads(process.stdout.readline() if process.stdout else "")
            control = Control(ready["url"])
            control.settings(rate_limit=0)
            if latency_ms:
                control.add_fault(path="/channels/*", latency_ms=latency_ms)
            yield Vendors(control=control, environ=_environ(ready, mail=f"smtp://127.0.0.1:{port}"))
            control.close()
        finally:
            process.terminate()
            mail.stop()


def _environ(ready: Mapping[str, Any], *, mail: str) -> dict[str, str]:
    channels = f"{ready['url']}/channels"
    return {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(ROOT),
        "DBT_CLOUD_HOST": str(ready["url"]),
        "DBT_CLOUD_ACCOUNT_ID": str(ready["account_id"]),
        "DBT_CLOUD_TOKEN": str(ready["token"]),
        **{f"DBT_ALERTS_BASE_{kind.upper()}": f"{channels}/{kind}" for kind in _OVER_HTTP},
        "DBT_ALERTS_BASE_APPRISE": f"json://{channels.partition('://')[2]}/apprise",
        "DBT_ALERTS_BASE_EMAIL": mail,
    }


class _Mail:
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        await asyncio.sleep(self._seconds)
        return "250 OK"


def _everybody(*_: object) -> AuthResult:
    return AuthResult(success=True)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as there:
        return int(there.getsockname()[1])
