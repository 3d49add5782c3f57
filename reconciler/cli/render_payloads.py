"""From messages to payloads, as they would leave, with every reference closed: what is shown needs no secret."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.alerts.rendering.renderer import Renderer
from reconciler.channels.contract import Destination, Payload, Smtp, Wire
from reconciler.channels.destination import destination
from reconciler.channels.kinds import KINDS
from reconciler.channels.send import Sender
from reconciler.http.outgoing import Outgoing
from reconciler.model.secret import Reference, Secret

if TYPE_CHECKING:
    from reconciler.cli.render_values import Shown
    from reconciler.model.message import Message
    from reconciler.model.policy import MailServer, RelayedChannel

__all__ = ["Made", "content_document", "made"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One message with its payloads. `problems` is what the vendor would refuse: a bug of ours, or of a template."""

    shown: Shown
    message: Message
    payloads: tuple[Payload, ...]
    problems: tuple[str, ...]


def made(shown: Iterable[Shown], *, templates: Path | None, smtp: MailServer | None) -> tuple[Made, ...]:
    """Render and compose all of them. Nothing is sent, nothing is opened."""
    http = Outgoing()
    try:
        with Renderer(overrides=templates) as renderer:
            sender = Sender(renderer=renderer, wire=Wire(http=http))
            return tuple(_made(each, sender, _closed(each.channel, smtp)) for each in shown)
    finally:
        http.close()


def _made(shown: Shown, sender: Sender, to: Destination) -> Made:
    message = sender.message(shown.alert, to)
    payloads = sender.payloads(message, to)
    problems = tuple(problem for each in payloads for problem in KINDS[to.kind].check(each))
    return Made(shown=shown, message=message, payloads=payloads, problems=problems)


def _closed(channel: RelayedChannel, smtp: MailServer | None) -> Destination:
    """Return the channel with `$NAME` in the place of each secret; one that stands in the policy stays masked."""
    server = Smtp(host=smtp.host, port=smtp.port, sender=smtp.sender) if smtp else None
    return destination(channel, open=_shut, smtp=server, environ={})


def _shut(value: Secret | Reference) -> Secret:
    return Secret(str(value))


def content_document(content: Mapping[str, Any] | EmailMessage) -> Mapping[str, Any]:
    """Return a payload's content as JSON holds it; of a mail what a reader of it sees."""
    if not isinstance(content, EmailMessage):
        return content
    text, html = content.get_body(("plain",)), content.get_body(("html",))
    return {
        "headers": {name: str(value) for name, value in content.items() if not name.lower().startswith("content-")},
        "text": "" if text is None else str(text.get_content()),
        "html": "" if html is None else str(html.get_content()),
        "attachments": {str(each.get_filename()): str(each.get_content()) for each in content.iter_attachments()},
    }
