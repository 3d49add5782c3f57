"""The unit of ownership: one recipient, told of one outcome of one job (design §5)."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, Self

from reconciler.model.outcome import Outcome

__all__ = ["Edge", "RecipientKey", "RecipientKind", "compared_address"]


class RecipientKind(StrEnum):
    """Through what dbt Cloud reaches a recipient; the prefix of its key."""

    USER = "user"
    EMAIL = "email"
    SLACK = "slack"
    SLACK_APP = "slack_app"


def compared_address(address: str) -> str:
    """Return an e-mail address as it is compared: trimmed and case-folded."""
    return address.strip().casefold()


class RecipientKey(NamedTuple):
    """Who is told, by identity and not by name: `user:<id>`, `email:<address>`, `slack:<id>`, `slack_app:<id>`.

    A named tuple, not a dataclass: keys are hashed and compared a million times in a plan.
    """

    kind: RecipientKind
    value: str

    @classmethod
    def user(cls, user_id: int) -> Self:
        return cls(RecipientKind.USER, str(user_id))

    @classmethod
    def email(cls, address: str) -> Self:
        """Return the key of an external address, unique in dbt Cloud (reference §2.5), whatever its case."""
        return cls(RecipientKind.EMAIL, compared_address(address))

    @classmethod
    def slack(cls, channel_id: str) -> Self:
        return cls(RecipientKind.SLACK, channel_id.strip())

    @classmethod
    def slack_app(cls, channel_id: str) -> Self:
        return cls(RecipientKind.SLACK_APP, channel_id.strip())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote. Raises ValueError for anything else."""
        kind, _, value = text.partition(":")
        return cls(RecipientKind(kind), value)

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


class Edge(NamedTuple):
    """Recipient, outcome, job id: the sort order of tuples is the order in which plans are written."""

    recipient: RecipientKey
    outcome: Outcome
    job_id: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote. Raises ValueError for anything else."""
        recipient, outcome, job_id = text.rsplit("|", 2)
        return cls(RecipientKey.parse(recipient), Outcome(outcome), int(job_id))

    def __str__(self) -> str:
        return f"{self.recipient}|{self.outcome}|{self.job_id}"
