"""Where mail may go: by the same rules as everything that leaves, and unencrypted to this machine alone."""

from __future__ import annotations

import socket
from typing import Final

from reconciler.channels.contract import Smtp, Wire
from reconciler.channels.email_wire import Connect, Over

__all__ = ["LOOPBACK", "connect"]

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_PATIENCE: Final = 15.0
"""Seconds for the connection, and for each reply."""


def connect(server: Smtp, wire: Wire) -> Connect:
    """Return what opens a connection to the server's host, or raises Over where that is not allowed."""

    def opened(host: str, port: int) -> socket.socket:
        if server.tls == "none" and host not in LOOPBACK:
            raise Over.refused(
                f"mail for {host} would go unencrypted: write `tls: starttls` or `tls: tls` under `smtp`"
            )
        return socket.create_connection((host, port), timeout=_PATIENCE)

    return opened
