"""What a command needs to send messages: templates, the network, and the policy's channels with references opened."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import RuntimeFailure
from reconciler.model.policy import MailServer, RelayedChannel

if TYPE_CHECKING:
    from reconciler.alerts.rendering.renderer import Renderer
    from reconciler.channels.contract import Destination, Smtp, Wire
    from reconciler.channels.destination import Open
    from reconciler.channels.send import Sender
    from reconciler.model.policy import Policy

__all__ = ["Post", "open_post", "templates_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post office: `destination` opens a relayed channel by name, and raises RuntimeFailure where it cannot."""

    sender: Sender
    renderer: Renderer
    wire: Wire
    destination: Callable[[str], Destination]
    fallback: Callable[[str], str | None]


@contextmanager
def open_post(policy: Policy, *, templates: Path | None, environ: Mapping[str, str] = os.environ) -> Generator[Post]:
    """Yield a post office for the policy. No reference is opened before its channel is written to."""
    from reconciler.alerts.rendering.renderer import Renderer  # noqa: PLC0415 - keeps `--help` fast
    from reconciler.channels.contract import Wire  # noqa: PLC0415
    from reconciler.channels.send import Sender  # noqa: PLC0415
    from reconciler.http.outgoing import Outgoing  # noqa: PLC0415

    http = Outgoing.of_environ(environ)
    try:
        with Renderer(overrides=templates) as renderer:
            wire = Wire(http=http)
            yield Post(
                sender=Sender(renderer=renderer, wire=wire),
                renderer=renderer,
                wire=wire,
                destination=_opening(policy, environ),
                fallback=lambda name: _relayed(policy, name).fallback,
            )
    finally:
        http.close()


def templates_of(paths: tuple[Path, ...], given: Path | None) -> Path | None:
    """Return the folder of the policy's own templates: the one given, else `templates/` beside the policy's folder."""
    from reconciler.alerts.rendering.overrides import overrides_beside  # noqa: PLC0415 - keeps `--help` fast

    if given is not None:
        return given
    return next((found for found in map(overrides_beside, paths) if found is not None), None)


def _opening(policy: Policy, environ: Mapping[str, str]) -> Callable[[str], Destination]:
    from reconciler.channels.destination import destination, environ_opener  # noqa: PLC0415

    opener = environ_opener(environ)

    def opened(name: str) -> Destination:
        channel = _relayed(policy, name)
        smtp = _smtp(policy.smtp, opener) if channel.kind == "email" else None
        return destination(channel, open=opener, smtp=smtp, environ=environ)

    return opened


def _relayed(policy: Policy, name: str) -> RelayedChannel:
    channel = policy.channels[name]
    if not isinstance(channel, RelayedChannel):
        raise TypeError(f"channel {name} is native: dbt Cloud delivers it")
    return channel


def _smtp(server: MailServer | None, opener: Open) -> Smtp | None:
    """Open the mail server's password. Raises RuntimeFailure that names its variable."""
    from reconciler.channels.contract import Smtp  # noqa: PLC0415

    if server is None:
        return None
    try:
        password = None if server.password is None else opener(server.password)
    except LookupError:
        raise RuntimeFailure(
            f"{server.at}: mail cannot be sent: the variable {server.password} is not set",
            next_step=f"export {str(server.password).lstrip('$')}=…",
        ) from None
    return Smtp(
        host=server.host,
        port=server.port,
        sender=server.sender,
        user=server.user,
        password=password,
        tls=server.tls.value,
    )
