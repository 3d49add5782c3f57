"""A client for dbt Cloud: who may get the token, and how its refusals are read."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from reconciler.cloud.wire import explain_refusal
from reconciler.http import Client, Clock, Pace, Transport, trusted_origin

if TYPE_CHECKING:
    from reconciler.model.secret import Secret

__all__ = ["open_client"]


def _no_notice(_text: str) -> None:
    return None


def open_client(
    *,
    host: str,
    token: Secret,
    trusted_hosts: Collection[str] = (),
    pace: Pace | None = None,
    clock: Clock | None = None,
    notice: Callable[[str], None] = _no_notice,
    transport: Transport | None = None,
) -> Client:
    """Return a client for the policy's `host`. Raises Refused for a host that must not get the token.

    `notice` is told of long pauses; it is called from the thread that meets them.
    """
    return Client(
        origin=trusted_origin(host, trusted_hosts=trusted_hosts),
        token=token,
        explain=explain_refusal,
        pace=pace,
        clock=clock,
        notice=notice,
        transport=transport,
    )
