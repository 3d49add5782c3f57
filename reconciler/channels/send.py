"""One alert to one channel, once: rendered, composed, checked, delivered. Trying again is the caller's business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from reconciler.channels.contract import Destination, Kind, Payload, Receipt, Role, Verdict, Wire
from reconciler.channels.kinds import KINDS
from reconciler.model.alert import Alert, Audience
from reconciler.model.message import Message, Trouble

__all__ = ["Renders", "Sender", "Sent", "told"]


class Renders(Protocol):
    """What `alerts/rendering` gives: a message for every alert, whatever is wrong with a template."""

    def render(
        self,
        alert: Alert,
        kind: str,
        *,
        audience: Audience = ...,
        thread: str | None = ...,
        include: frozenset[str] = ...,
        relay: bool = ...,
    ) -> Message: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What happened to one payload. `trouble` is a template that could not be used; the alert went out all the same."""

    channel: str
    kind: str
    payload: Payload
    receipt: Receipt
    trouble: Trouble | None = None

    @property
    def role(self) -> Role:
        return self.payload.role


def told(sent: tuple[Sent, ...]) -> Sent | None:
    """Return what decides whether somebody was told, the main payload; a channel of metrics alone may have none."""
    return next((each for each in sent if each.role is Role.MAIN), sent[0] if sent else None)


class Sender:
    """Send alerts to channels. `relay` says that a relay stands behind, which will answer what a message offers."""

    def __init__(
        self, *, renderer: Renders, wire: Wire, kinds: Mapping[str, Kind] = KINDS, relay: bool = False
    ) -> None:
        self._renderer = renderer
        self._wire = wire
        self._kinds = kinds
        self._relay = relay

    def send(self, alert: Alert, to: Destination, *, thread: str | None = None) -> tuple[Sent, ...]:
        """Deliver the main payload, then what belongs to it; nothing of that if the main one did not arrive.

        Raises nothing for what a template, a vendor or the network does. A fallback is used when `told(…)` has the
        verdict gone or permanent, or when the caller has no more tries.
        """
        message = self.message(alert, to, thread=thread)
        kind = self._kinds[to.kind]
        sent: list[Sent] = []
        main: str | None = thread
        for payload in self.payloads(message, to):
            if sent and sent[0].role is Role.MAIN and sent[0].receipt.verdict is not Verdict.DONE:
                break
            placed = payload if payload.thread or not sent else replace(payload, thread=main)
            receipt = self._delivered(kind, placed, to)
            sent.append(Sent(channel=to.name, kind=to.kind, payload=placed, receipt=receipt, trouble=message.trouble))
            main = receipt.vendor_id if placed.role is Role.MAIN and not thread else main
        return tuple(sent)

    def message(self, alert: Alert, to: Destination, *, thread: str | None = None) -> Message:
        """Render the alert for a channel: for its audience, with what its `include` names."""
        return self._renderer.render(
            alert,
            to.kind,
            audience=Audience(to.settings.get("audience") or Audience.ENGINEERS),
            thread=thread,
            include=_included(to.settings.get("include")),
            relay=self._relay,
        )

    def payloads(self, message: Message, to: Destination) -> tuple[Payload, ...]:
        """Compose without sending; the main payload first."""
        composed = self._kinds[to.kind].compose(message, to)
        return tuple(sorted(composed, key=lambda payload: payload.role is not Role.MAIN))

    def _delivered(self, kind: Kind, payload: Payload, to: Destination) -> Receipt:
        wrong = kind.check(payload)
        if wrong:
            why = "not sent, the vendor would refuse it: " + "; ".join(wrong)
            return Receipt(verdict=Verdict.PERMANENT, answer=kind.redact(why, to))
        return kind.deliver(payload, to, self._wire)


def _included(words: Any) -> frozenset[str]:  # noqa: ANN401 - a setting of the policy: one word or several
    if not words:
        return frozenset()
    return frozenset({words}) if isinstance(words, str) else frozenset(str(word) for word in words)
