"""uvicorn's HTTP/1.1 protocol, with a way to cut the connection: the reset that a real network produces."""

import asyncio
import socket
import struct
from typing import Any, cast

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

EXTENSION = "sandbox.reset"
_LINGER_ZERO = struct.pack("ii", 1, 0)


class ResettableProtocol(H11Protocol):
    """Hands each request the means to reset its own connection (`scope["extensions"]["sandbox.reset"]`)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inner = cast("ASGIApp", self.app)

        async def with_reset(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[EXTENSION] = {"abort": self.abort}
            await inner(scope, receive, send)

        self.app = cast("Any", with_reset)

    def abort(self) -> None:
        """Send a TCP reset: no answer, no polite close. The client sees a broken connection."""
        plain = self.transport.get_extra_info("socket")
        if plain is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()
