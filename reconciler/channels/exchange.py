"""One exchange over HTTP, as every kind does it: JSON out, a verdict and a masked answer back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from reconciler.channels.contract import Destination, Receipt, Verdict, Wire
from reconciler.channels.destination import address, shown
from reconciler.channels.fit import sound
from reconciler.channels.verdicts import judge
from reconciler.http.outgoing import Returned

__all__ = ["JSON_TYPE", "Exchange", "call", "json_bytes"]

JSON_TYPE: Final = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What came back: the receipt without a vendor's id, and the body's data, empty unless it is an object of JSON."""

    receipt: Receipt
    data: Mapping[str, Any]

    @property
    def done(self) -> bool:
        return self.receipt.verdict is Verdict.DONE


def json_bytes(content: object) -> bytes:
    """Return compact JSON that every parser takes: half a surrogate pair becomes a question mark."""
    return sound(json.dumps(content, ensure_ascii=False, separators=(",", ":"))).encode()


def call(
    url: str,
    to: Destination,
    wire: Wire,
    *,
    body: bytes = b"",
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
    judged_as: str = "",
) -> Exchange:
    """Send once to the vendor, or to what the operator put in its place.

    `judged_as` is for another API of the same vendor, whose answers mean something else; one that no table has is
    judged by status alone.
    """
    sending = {"Accept": "application/json", **(headers or {})}
    if body:
        sending.setdefault("Content-Type", JSON_TYPE)
    returned = wire.http.request(method, address(to, url), body=body, headers=sending)
    judgement = judge(judged_as or to.kind, returned, now=wire.now())
    receipt = Receipt(
        verdict=judgement.verdict,
        answer=shown(judgement.answer, to),
        status=returned.status,
        retry_after=judgement.retry_after,
        seconds=returned.seconds,
    )
    return Exchange(receipt=receipt, data=_data(returned))


def _data(returned: Returned) -> Mapping[str, Any]:
    try:
        found = json.loads(returned.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
