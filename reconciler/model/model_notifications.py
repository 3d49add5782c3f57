"""Model notifications: dbt Cloud mails the owners of models, environment by environment (reference §2.8).

The unit of ownership is one outcome of one environment. Who the owners are stands in each dbt project and is unknown
here: nothing of this counts as coverage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from reconciler.model.problem import Position

__all__ = [
    "ModelAnswer",
    "ModelClaim",
    "ModelNotificationRule",
    "ModelNotifications",
    "ModelOutcome",
    "ModelRelease",
    "ModelUnanswered",
    "outcomes_text",
]


class ModelOutcome(StrEnum):
    """What can become of a model in a run. A run itself is never skipped."""

    SUCCESS = "success"
    WARNING = "warning"
    FAILURE = "failure"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelNotificationRule:
    """One entry of `model_notifications:`. Without a project it means every environment so called."""

    at: Position
    team: str
    environment: str
    on: frozenset[ModelOutcome]
    project: str | None = None

    @property
    def name(self) -> str:
        return self.environment if self.project is None else f"{self.environment} of {self.project}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRelease:
    """One entry of `release:` about model notifications: they stay as they are and are no longer ours."""

    team: str
    environment: str
    project: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelNotifications:
    """One environment's model notifications as live shows them. `selected` counts only while they are enabled.

    `unknown` names fields that we do not understand and leave alone.
    """

    environment_id: int
    enabled: bool = False
    selected: frozenset[ModelOutcome] = frozenset()
    unknown: tuple[str, ...] = ()

    @property
    def told(self) -> frozenset[ModelOutcome]:
        """The outcomes that owners are told of."""
        return self.selected if self.enabled else frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUnanswered:
    """Live does not say. `why` is one sentence, `next_step` what helps."""

    environment_id: int
    why: str
    next_step: str


ModelAnswer = ModelNotifications | ModelUnanswered


@dataclass(frozen=True, kw_only=True)
class ModelClaim:
    """What is ours of one environment's model notifications.

    `applied` holds each outcome as we last knew it by our own doing: on, or off and to stay off. An outcome that it
    lacks is somebody else's. `pending` are outcomes that we were about to switch: ours while they are on. `found` were
    on before us. The project's id is kept so that scope can be judged when the environment is gone, and `at`, which is
    not compared, says where the policy declares it.
    """

    environment_id: int
    project_id: int
    team: str
    applied: Mapping[ModelOutcome, bool] = field(default_factory=dict)
    pending: frozenset[ModelOutcome] = frozenset()
    found: frozenset[ModelOutcome] = frozenset()
    at: str = field(default="", compare=False)

    @cached_property
    def on(self) -> frozenset[ModelOutcome]:
        """What we switched on, or took over."""
        return frozenset(outcome for outcome, value in self.applied.items() if value)

    def owned(self, told: frozenset[ModelOutcome]) -> frozenset[ModelOutcome]:
        """Return B: what is on by our doing; a pending outcome counts once it is on, because then we made it."""
        return self.on | (self.pending & told)


def outcomes_text(outcomes: frozenset[ModelOutcome]) -> str:
    """Return outcomes in the order of the policy language."""
    return ", ".join(outcome.value for outcome in ModelOutcome if outcome in outcomes) or "nothing"
