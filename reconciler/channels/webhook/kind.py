"""An HTTP endpoint of somebody's own, signed as Standard Webhooks has it.

POST {"type", "timestamp", "data"} below 20 KB, with `webhook-id` (the same in every try, so that the receiver can tell
a repetition), `webhook-timestamp` and `webhook-signature`. 2xx is taken; a redirect is a failure; 410 ends it.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any, Final

from reconciler.channels.contract import Destination, Kind, Payload, Receipt, Role, Verdict, Wire
from reconciler.channels.destination import basic, masked, revealed
from reconciler.channels.exchange import JSON_TYPE, call, json_bytes
from reconciler.channels.keys import delivery_key
from reconciler.channels.webhook.data import MAX_BYTES, body
from reconciler.model.message import Message

__all__ = ["KIND", "Webhook"]

_OURS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection", "content-encoding"})
"""Headers that a policy cannot set, beside those of the signature: they decide where a request ends."""


class Webhook:
    name = "webhook"

    def compose(self, message: Message, to: Destination) -> tuple[Payload, ...]:
        content, cut = body(message)
        return (Payload(role=Role.MAIN, content=content, key=delivery_key(message, to), cut=cut),)

    def check(self, payload: Payload) -> tuple[str, ...]:
        content = payload.content
        return tuple(_problems(content)) if isinstance(content, Mapping) else ("a mail is no JSON",)

    def deliver(self, payload: Payload, to: Destination, wire: Wire) -> Receipt:
        """Sign and send. A secret that cannot sign sends nothing."""
        sending = json_bytes(payload.content)
        try:
            signed = _signed(payload.key, sending, to, wire)
        except (binascii.Error, ValueError, EmptySecret):
            return Receipt(verdict=Verdict.PERMANENT, answer="not sent: `sign.secret` must be `whsec_` and base64")
        headers = {"Content-Type": JSON_TYPE, **_authorized(to), **_own(to), "webhook-id": payload.key, **signed}
        return call(revealed(to.settings.get("url", "")), to, wire, body=sending, headers=headers).receipt

    def redact(self, text: str, to: Destination) -> str:
        return masked(text, to)


class EmptySecret(ValueError):
    """There is nothing to sign with."""


def _signed(key: str, sending: bytes, to: Destination, wire: Wire) -> Mapping[str, str]:
    sign = to.settings.get("sign")
    now = wire.now().astimezone(UTC)
    stamp = {"webhook-timestamp": str(int(now.timestamp()))}
    if not sign:
        return stamp
    from standardwebhooks import Webhook as Signer  # noqa: PLC0415 - only who signs pays for it

    secret = revealed(sign["secret"])
    if not secret.removeprefix("whsec_"):
        raise EmptySecret
    signature = Signer(secret).sign(msg_id=key, timestamp=now, data=sending.decode())
    return stamp | {"webhook-signature": signature}


def _authorized(to: Destination) -> Mapping[str, str]:
    user, password = to.settings.get("user"), to.settings.get("password")
    if user is None and password is None:
        return {}
    return {"Authorization": f"Basic {basic(to)}"}


def _own(to: Destination) -> Mapping[str, str]:
    own: Mapping[str, object] = to.settings.get("headers") or {}
    return {
        name: revealed(value)
        for name, value in own.items()
        if name.lower() not in _OURS and not name.lower().startswith("webhook-")
    }


def _problems(content: Mapping[str, Any]) -> Iterator[str]:
    if (size := len(json_bytes(content))) >= MAX_BYTES:
        yield f"{size:,} bytes, fewer than {MAX_BYTES:,} are taken"
    for name in ("type", "timestamp", "data"):
        if not content.get(name):
            yield f"no `{name}`"


KIND: Final[Kind] = Webhook()
