"""What is known about a way of telling people: never more than the vendor said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reconciler.errors import ExitCode

__all__ = ["Evidence", "Stage", "Standing", "Tested", "Trail"]


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
    `correlation` is the id that the test message carried, of a canary its run id. `sealed` is a hash of the message's
    own code, empty where nobody can give one back. `owners` are whom to chase.
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
    sealed: str = ""
    owners: tuple[str, ...] = ()
    account: int = 0

    @property
    def word(self) -> str:
        """Return its standing for people: of a look, which sends nothing, `in order`, for nobody accepted anything."""
        looked = self.stage in {Stage.CONTACTS, Stage.RENDER}
        return "in order" if looked and self.standing is Standing.ACCEPTED else str(self.standing)

    @property
    def arrived(self) -> bool:
        """Whether it says that a message got through: looking at a contact or a template delivers nothing."""
        return self.stage in {Stage.DELIVER, Stage.CANARY, Stage.WEBHOOKS} and self.standing is not Standing.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """What test alerts left, oldest first; None for none. `broken` says what of it is not as it was written.

    Not `seen`: it is where this run did not look, or could not, and nothing is known of it.
    """

    evidence: Sequence[Evidence] | None = None
    broken: str = ""
    seen: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """One run of `alert-test`. `skipped` says what was left out, and why; `noted` what else a reader has to know,
    such as a chain that somebody changed; `patch` what would put the policy right.
    """

    correlation: str
    at: datetime
    stages: tuple[Stage, ...]
    evidence: tuple[Evidence, ...]
    history: tuple[Evidence, ...] = ()
    skipped: tuple[str, ...] = ()
    noted: tuple[str, ...] = ()
    patch: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[Evidence, ...]:
        return tuple(each for each in self.evidence if each.standing is Standing.FAILED)

    @property
    def exit_code(self) -> ExitCode:
        """6 if anything failed, and if nothing was tested: nothing selected proves nothing."""
        return ExitCode.PARTLY if self.failed or not self.evidence else ExitCode.SUCCESS
