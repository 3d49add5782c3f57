"""A job's place in the policy: the rule that speaks for it, and everything else that names it."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.inventory import Environment, Job, Project
from reconciler.model.policy import JobRule, Mute, NotificationRule

__all__ = ["Placed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One live job. Without a rule it has no tier; of its mutes the one that ends last counts."""

    job: Job
    project: Project | None = None
    environment: Environment | None = None
    rule: JobRule | None = None
    notifications: tuple[NotificationRule, ...] = ()
    mutes: tuple[Mute, ...] = ()
