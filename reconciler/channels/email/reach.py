"""Where mail may go: by the same rules as everything that leaves, and unencrypted only where the operator says so.

A company's mail server often has a private address: `DBT_ALERTS_ALLOW_PRIVATE` names it, because a policy file that
chooses the server must not choose what of the inner network is talked to.
"""

from __future__ import annotations

import socket
from typing import Final

from reconciler.channels.contract import Smtp, Wire
from reconciler.channels.email.wire import Connect, Over
from reconciler.http.outgoing import Forbidden

__all__ = ["LOOPBACK", "by_rule", "to_this_machine"]

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_PATIENCE: Final = 15.0


def by_rule(server: Smtp, wire: Wire) -> Connect:
    """Return what opens a connection to the policy's server, or raises Over where that is not allowed."""

    def opened(host: str, port: int) -> socket.socket:
        if server.tls == "none" and not wire.http.names(host, port):
            raise Over.refused(
                f"mail for {host} would go unencrypted: write `tls: starttls` or `tls: tls` under `smtp`, "
                "or let the operator name the server in DBT_ALERTS_ALLOW_PRIVATE"
            )
        try:
            return wire.http.connect(host, port)
        except Forbidden as why:
            raise Over.refused(str(why)) from None

    return opened


def to_this_machine(host: str, port: int) -> socket.socket:
    """Open a connection to where the operator's base leads, which is here."""
    return socket.create_connection((host, port), timeout=_PATIENCE)
