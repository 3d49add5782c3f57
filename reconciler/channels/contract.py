"""What every channel kind is: a message becomes payloads, each is checked, sent once, and its answer classified.

A kind is a module of this room, called as the policy calls it, with its `KIND: Final[Kind]`; `kinds.py` lists them.
Nothing here tries again: whoever sends reads the verdict, and the delay that comes with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from enum import StrEnum
from typing import Any, Protocol

from reconciler.http.outgoing import Outgoing
from reconciler.model.message import Message
from reconciler.model.secret import Secret

__all__ = ["Destination", "Kind", "Payload", "Receipt", "Role", "Smtp", "Verdict", "Wire"]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Verdict(StrEnum):
    """What an answer means for whoever wants the message to arrive: the one table for all kinds is `verdicts.py`."""

    DONE = "done"
    THROTTLED = "throttled"
    TRANSIENT = "transient"
    GONE = "gone"
    PERMANENT = "permanent"
    IN_DOUBT = "in doubt"


class Role(StrEnum):
    """Which part of a message a payload is. Only the main one decides whether somebody was told."""

    MAIN = "main"
    DETAIL = "detail"
    METRICS = "metrics"
    EVENT = "event"


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """The mail server of e-mail channels. `tls` is `starttls`, `tls` or `none`."""

    host: str
    port: int
    sender: str
    user: str | None = None
    password: Secret | None = None
    tls: str = "starttls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A relayed channel with its references opened. The only value of this room with secrets, each masked by type.

    `settings` are the channel's other keys as the policy has them. `base` is the operator's replacement of the vendor's
    host (`DBT_ALERTS_BASE_<KIND>`), None where there is none. `acknowledges` tells whether a relay will answer buttons.
    """

    name: str
    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    base: str | None = None
    smtp: Smtp | None = None
    acknowledges: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """One exchange's content, as data: JSON for a body, or a whole mail. `cut` says what was shortened, for people.

    `key` is the same in every try: the vendor's idempotency key where there is one. `thread` is the vendor's name of
    the message that this one belongs to; for what follows a main payload, the sender fills it with that one's id.
    """

    role: Role
    content: Mapping[str, Any] | EmailMessage
    key: str
    cut: tuple[str, ...] = ()
    thread: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the vendor answered. `answer` is masked and short. `vendor_id` finds the message again: Slack's ts, a dedup
    key, a Message-ID. `retry_after` are seconds that the vendor asked for. `seconds` is the latency. `untold` are those
    of several recipients whom the vendor refused, though it took the message for the others.
    """

    verdict: Verdict
    answer: str
    status: int | None = None
    vendor_id: str | None = None
    retry_after: float | None = None
    seconds: float = 0.0
    untold: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """How payloads leave. `http` refuses what must not be reached; mail goes by the same rules. `now` is aware."""

    http: Outgoing
    now: Callable[[], datetime] = _utc_now


class Kind(Protocol):
    """One kind of channel. All four are total: no message is too large, no name too strange, no answer too odd."""

    name: str

    def compose(self, message: Message, to: Destination) -> tuple[Payload, ...]:
        """Make the payloads, shortened by priority to what the vendor takes; adds no text but what it cut."""
        ...

    def check(self, payload: Payload) -> tuple[str, ...]:
        """Return what the vendor would refuse about it; nothing for every payload that `compose` makes."""
        ...

    def deliver(self, payload: Payload, to: Destination, wire: Wire) -> Receipt:
        """Send it once. Never raises for what the network or the vendor does: that is a verdict."""
        ...

    def redact(self, text: str, to: Destination) -> str:
        """Return the text without anything secret of the destination in it."""
        ...
