"""The long tail of services, by the Apprise library: one address, one message, and whether it says that it was taken.

Apprise is an extra, and other people's code for each of 170 services. It runs in a process of its own, so that a
service that hangs, or prints, or starts threads, does it there; and that process is ended when its time is over.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from email.message import EmailMessage
from importlib.util import find_spec
from threading import BoundedSemaphore
from typing import Final

from reconciler.channels.apprise.process import NO_ADDRESS, NO_LIBRARY, NOT_SENT, SENT
from reconciler.channels.apprise.schemes import refusal
from reconciler.channels.contract import Destination, Kind, Payload, Receipt, Role, Verdict, Wire
from reconciler.channels.destination import masked, revealed
from reconciler.channels.fit import clip, clip_words, sound
from reconciler.channels.keys import delivery_key
from reconciler.model.message import Message

__all__ = ["AT_ONCE", "KIND", "Apprise", "Run"]

Run = Callable[[bytes, float], int | None]
"""Give the process its order and wait for so many seconds: its exit code, None if its time was over."""

_PATIENCE: Final = 30.0
AT_ONCE: Final = 2
"""Processes side by side: each loads all of Apprise, 0.3 s of a processor that other channels are waiting for."""
_MOST_TITLE: Final = 250
_MOST_BODY: Final = 30_000
_INSTALL: Final = "Apprise is not installed: python -m pip install 'dbt-alerts-as-code[apprise]'"


def _in_a_process(order: bytes, patience: float) -> int | None:
    command = [sys.executable, "-I", "-c", _bootstrap()]
    environ = {key: value for key, value in os.environ.items() if key in _PASSED_ON}
    try:
        ran = subprocess.run(  # noqa: S603 - the order is on stdin
            command, input=order, capture_output=True, timeout=patience, env=environ, check=False
        )
    except subprocess.TimeoutExpired:
        return None
    return ran.returncode


def _bootstrap() -> str:
    """Return what the process runs; our modules are found where this one's are, whatever the folder it starts in."""
    return f"import sys; sys.path[:] = {sys.path!r}; from reconciler.channels.apprise.process import main; main()"


_PASSED_ON: Final = frozenset(
    {"PATH", "SYSTEMROOT", "SSL_CERT_FILE", "SSL_CERT_DIR", "TMPDIR", "TEMP", "LANG", "HTTPS_PROXY", "NO_PROXY"}
)
"""No token of ours is in the environment of other people's code."""


class Apprise:
    """The kind `apprise`. Whoever delivers waits for one of its `turns`; that is no part of the latency."""

    name = "apprise"

    def __init__(
        self,
        *,
        run: Run = _in_a_process,
        patience: float = _PATIENCE,
        monotonic: Callable[[], float] = time.monotonic,
        turns: AbstractContextManager[object] | None = None,
    ) -> None:
        self._run = run
        self._patience = patience
        self._monotonic = monotonic
        self._turns = turns or BoundedSemaphore(AT_ONCE)

    def compose(self, message: Message, to: Destination) -> tuple[Payload, ...]:
        parts = {key: sound(value) for key, value in message.parts.items()}
        alert = message.alert
        plain = sound(f"{alert.severity}: {alert.job.name} {alert.outcome.value}")
        title = _line(parts.get("title", "")) or _line(plain) or "dbt"
        body = parts.get("body", "").strip() or parts.get("text", "").strip() or title
        short = {"title": clip(title, _MOST_TITLE), "body": clip(body, _MOST_BODY)}
        cut = [
            clip_words(key, long, short[key]) for key, long in (("title", title), ("body", body)) if short[key] != long
        ]
        return (Payload(role=Role.MAIN, content=short, key=delivery_key(message, to), cut=tuple(cut)),)

    def check(self, payload: Payload) -> tuple[str, ...]:
        content = payload.content
        if isinstance(content, EmailMessage):
            return ("the content is neither title nor body",)
        found = [f"no {key}" for key in ("title", "body") if not content.get(key)]
        for key, most in (("title", _MOST_TITLE), ("body", _MOST_BODY)):
            if len(content.get(key, "")) > most:
                found.append(f"{key} of more than {most} characters")
        return tuple(found)

    def deliver(self, payload: Payload, to: Destination, wire: Wire) -> Receipt:
        """Send it. Done is Apprise's own True; what a service says beside that, Apprise keeps to itself."""
        if isinstance(payload.content, EmailMessage):
            return Receipt(verdict=Verdict.PERMANENT, answer="the content is neither title nor body")
        url = _address(to)
        why = refusal(url, base=to.base, named=wire.http.names)
        if why:
            return Receipt(verdict=Verdict.PERMANENT, answer=self.redact(why, to))
        if find_spec("apprise") is None:
            return Receipt(verdict=Verdict.PERMANENT, answer=_INSTALL)
        order = {"url": url, "title": payload.content["title"], "body": payload.content["body"]}
        with self._turns:
            began = self._monotonic()
            code = self._run(json.dumps(order).encode(), self._patience)
            seconds = self._monotonic() - began
        return replace(self._receipt(code), seconds=seconds)

    def redact(self, text: str, to: Destination) -> str:
        return masked(text, to)

    def _receipt(self, code: int | None) -> Receipt:
        if code is None:
            why = f"no answer within {self._patience:g} s: it may have been sent"
            return Receipt(verdict=Verdict.IN_DOUBT, answer=why)
        broken = (Verdict.IN_DOUBT, f"Apprise broke (exit code {code}): it may have been sent")
        verdict, answer = _MEANS.get(code, broken)
        return Receipt(verdict=verdict, answer=answer)


_MEANS: Final = {
    SENT: (Verdict.DONE, "Apprise says that the service took it"),
    NOT_SENT: (Verdict.TRANSIENT, "Apprise says that the service did not take it"),
    NO_ADDRESS: (Verdict.PERMANENT, "Apprise cannot read the channel's `url`"),
    NO_LIBRARY: (Verdict.PERMANENT, _INSTALL),
}


def _line(text: str) -> str:
    return " ".join(text.replace("\0", "\ufffd").split())


def _address(to: Destination) -> str:
    """Return Apprise's address; an operator's base takes the place of the whole: what it holds are tokens."""
    url = revealed(to.settings.get("url", "")).strip()
    return url if to.base is None else to.base


KIND: Final[Kind] = Apprise()
