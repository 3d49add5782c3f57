"""What dbt Cloud says of a delivery: that it was begun, and how the receiver answered. Statuses only, never bodies."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TestDelivery", "Tried", "accepted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TestDelivery:
    """A test delivery as dbt Cloud answers it: begun under an event id, or over with the receiver's status.

    The one is the new backend's answer, the other the old one's (reference §3.5). Status 0: no answer came, and `why`
    says what dbt Cloud knows of that.
    """

    event_id: str | None = None
    status: int | None = None
    why: str = ""

    __test__ = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One try of a delivery. Status 0: no answer came; `why` is dbt Cloud's reason, where it gives one."""

    status: int
    why: str = ""


def accepted(status: int) -> bool:
    """Tell whether a receiver took it: any 2xx (reference §6.5)."""
    return 200 <= status < 300
