"""One alert to one channel until it arrived: tried again as the vendor asks, then through the fallback.

For a process that lives as long as its deliveries. What must outlive the process belongs into a queue.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from reconciler.channels.again import again
from reconciler.channels.contract import Destination, Verdict
from reconciler.channels.send import Sent, told
from reconciler.errors import RuntimeFailure
from reconciler.model.alert import Alert

__all__ = ["Delivered", "Deliverer", "Sends"]


class Sends(Protocol):
    def send(self, alert: Alert, to: Destination, *, thread: str | None = None) -> tuple[Sent, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What became of one alert for one channel. `channel` is who was to be told, `through` the channel that took it.

    `failed` are the channels that were tried before, each with what was answered.
    """

    channel: str
    through: str
    sent: tuple[Sent, ...]
    failed: tuple[tuple[str, str], ...] = ()

    @property
    def arrived(self) -> bool:
        """Whether the vendor took it. Where it only may have, the fallback is told too: better twice than never."""
        last = told(self.sent)
        return last is not None and last.receipt.verdict is Verdict.DONE

    @property
    def answer(self) -> str:
        last = told(self.sent)
        return self.failed[-1][1] if last is None and self.failed else "" if last is None else last.receipt.answer


def _said(sent: tuple[Sent, ...]) -> str:
    """Return the answer that decides; where it leaves a doubt, that it does."""
    last = told(sent)
    if last is None:
        return ""
    doubt = "it may have arrived: " if last.receipt.verdict is Verdict.IN_DOUBT else ""
    return f"{doubt}{last.receipt.answer}"


class Deliverer:
    """Deliver through a sender. `destinations` opens a channel by name and raises RuntimeFailure where it cannot;
    `fallbacks` names the channel that stands in for another.
    """

    def __init__(
        self,
        *,
        sender: Sends,
        destinations: Callable[[str], Destination],
        fallbacks: Callable[[str], str | None],
    ) -> None:
        self._sender = sender
        self._destinations = destinations
        self._fallbacks = fallbacks

    def deliver(self, alert: Alert, channel: str) -> Delivered:
        """Deliver the alert. Raises nothing for what a template, a vendor, a reference or the network does."""
        failed: list[tuple[str, str]] = []
        step: str | None = channel
        found = Delivered(channel=channel, through=channel, sent=())
        while step is not None:
            sent, why = self._through(alert, step)
            found = Delivered(channel=channel, through=step, sent=sent, failed=tuple(failed))
            if found.arrived:
                return found
            failed.append((step, why or _said(sent)))
            step = self._fallbacks(step)
        return Delivered(channel=channel, through=found.through, sent=found.sent, failed=tuple(failed))

    def _through(self, alert: Alert, channel: str) -> tuple[tuple[Sent, ...], str]:
        """Return what was sent through one channel; nothing, and why, where it cannot even be addressed."""
        try:
            to = self._destinations(channel)
        except RuntimeFailure as unopened:
            return (), unopened.message
        return again(lambda: self._sender.send(alert, to)), ""
