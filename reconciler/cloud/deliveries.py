"""Test deliveries and their receipts. Not the Reader's: the GET that sends one has a side effect (reference §3.1)."""

from __future__ import annotations

import re
from typing import Final

from reconciler.cloud.paths import Paths
from reconciler.cloud.wire import Wire, WireItem, decoder
from reconciler.errors import UnexpectedAnswer
from reconciler.http import Client
from reconciler.model.delivery import TestDelivery, Tried

__all__ = ["Deliveries"]


class _WireTest(Wire):
    """The answer to a test: an event on the new backend, a verdict on the old one (reference §3.5)."""

    event_id: str | None = None
    verification_error: str | None = None
    verification_status_code: str | None = None


class _WireReceipt(Wire):
    """One try of a delivery. It holds bodies and headers too, which are nobody's business here."""

    http_status_code: str | None = None
    error_info: str | None = None


_TEST: Final = decoder(WireItem[_WireTest])
_RECEIPTS: Final = decoder(WireItem[list[_WireReceipt]])
_ADDRESS: Final = re.compile(r"https?://\S+")
_LONGEST: Final = 200


class Deliveries:
    def __init__(self, client: Client, account_id: int) -> None:
        self._client = client
        self._paths = Paths(account_id)

    def send_test(self, subscription_id: str) -> TestDelivery:
        """Let dbt Cloud send its sample event, signed with the webhook's secret. Repeating it does no harm."""
        path = self._paths.test_of(subscription_id)
        answer = self._client.get(path, _TEST).data
        if answer.event_id:
            return TestDelivery(event_id=answer.event_id)
        if answer.verification_status_code is None and answer.verification_error is None:
            raise UnexpectedAnswer(
                method="GET", path=path, status=200, detail="neither an event nor a verdict", next_step="Run again."
            )
        status = _status(answer.verification_status_code)
        return TestDelivery(status=status, why="" if status else _reason(answer.verification_error))

    def answers(self, subscription_id: str, event_id: str) -> tuple[int, ...]:
        """Return the status of each try of one event so far, 0 for one without an answer."""
        return tuple(each.status for each in self.tries(subscription_id, event_id))

    def tries(self, subscription_id: str, event_id: str) -> tuple[Tried, ...]:
        """Return each try of one event so far, with dbt Cloud's reason for one without an answer."""
        receipts = self._client.get(self._paths.receipts_of(subscription_id, event_id), _RECEIPTS)
        return tuple(_tried(each) for each in receipts.data)


def _tried(receipt: _WireReceipt) -> Tried:
    status = _status(receipt.http_status_code)
    return Tried(status=status, why="" if status else _reason(receipt.error_info))


def _reason(text: str | None) -> str:
    """Return it in one short line, without addresses: a webhook's may hold a secret."""
    return _ADDRESS.sub("its address", " ".join((text or "").split()))[:_LONGEST]


def _status(text: str | None) -> int:
    """Read a status, which the API gives as text; what is no number is no answer of a receiver."""
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 4 else 0
