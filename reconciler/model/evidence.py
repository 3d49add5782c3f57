"""What is known about a way of telling people: never more than the vendor said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["Evidence", "Stage", "Standing"]


class Stage(StrEnum):
    """The stages of `alert-test`, in their order."""

    CONTACTS = "contacts"
    RENDER = "render"
    DELIVER = "deliver"
    WEBHOOKS = "webhooks"
    CANARY = "canary"


class Standing(StrEnum):
    """`proved`: a person's code, or the vendor's own read-back. `accepted`: a 2xx, and no more to be had."""

    PROVED = "proved"
    ACCEPTED = "accepted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One look at one route. `route` is a channel's name, `webhook:TEAM/NAME` or `person:E-MAIL`.

    `answer` is what the vendor said, masked; `fix` is what to do about a failure. `seconds` is the latency.
    `correlation` is the id that the test message carried. `owners` are whom to chase.
    """

    at: datetime
    id: str
    stage: Stage
    route: str
    kind: str
    standing: Standing
    answer: str
    fix: str = ""
    seconds: float | None = None
    correlation: str = ""
    owners: tuple[str, ...] = ()
    account: int = 0
