"""The account as the policy sees it: every job in scope with its place. Explain, coverage and lint ask here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

from reconciler.model.inventory import Inventory
from reconciler.model.policy import Mute, NotificationRule, Policy
from reconciler.plan.resolve import Recipient, Unresolved, incomplete, recipient_names, resolve_channels, two_rows
from reconciler.plan.scope import ScopeJudge
from reconciler.routing.place import Placed
from reconciler.routing.rules import Ownership, own
from reconciler.routing.selection import JobIndex

__all__ = ["Survey"]

T = TypeVar("T", NotificationRule, Mute)


class Survey:
    """One policy against one inventory. Everything is worked out when it is first asked for, and kept."""

    def __init__(self, policy: Policy, inventory: Inventory) -> None:
        self.policy = policy
        self.inventory = inventory
        self._broken: dict[str, str] = {}

    @cached_property
    def index(self) -> JobIndex:
        return JobIndex(self.inventory)

    @cached_property
    def resolved(self) -> Mapping[str, Recipient | Unresolved]:
        """Every native channel by its name: the recipient that it is here, or what live does not answer."""
        return resolve_channels(self.policy.channels, self.inventory)

    @cached_property
    def scope(self) -> ScopeJudge:
        return ScopeJudge(self.policy.scope, self.inventory, names=recipient_names(self.resolved.values()))

    @cached_property
    def ownership(self) -> Ownership:
        """Which rule speaks for which job. Its conflicts leave the jobs they are about without a rule."""
        return own(self.policy, self.inventory, within=self.scope.jobs, index=self.index)

    @cached_property
    def places(self) -> Mapping[int, Placed]:
        """Every job in scope that is not deleted, by id, in the order of ids."""
        notifications = self._by_job(self.policy.notifications)
        mutes = self._by_job(sorted(self.policy.mutes, key=lambda mute: mute.until))
        inventory, rules = self.inventory, self.ownership.rules
        return {
            job.id: Placed(
                job=job,
                project=inventory.projects.get(job.project_id),
                environment=inventory.environments.get(job.environment_id),
                rule=rules.get(job.id),
                notifications=tuple(notifications.get(job.id, ())),
                mutes=tuple(mutes.get(job.id, ())),
            )
            for job in map(inventory.jobs.__getitem__, sorted(self.scope.jobs))
            if not job.deleted
        }

    def why_broken(self, channel: str) -> str:
        """Say why dbt Cloud delivers nothing through a channel, as far as the policy asks it to.

        Nothing where it does, or where the relay is to deliver. Lint, coverage and explain judge by this alone.
        """
        if channel not in self._broken:
            self._broken[channel] = self._broken_by(channel)
        return self._broken[channel]

    def _broken_by(self, channel: str) -> str:
        recipient = self.resolved.get(channel)
        if recipient is None:
            return ""
        if isinstance(recipient, Unresolved):
            return recipient.blocked.what
        if recipient.departed is not None:
            return f"channel {channel}: the user {recipient.departed} is deactivated, so dbt Cloud delivers nothing"
        if not self.scope.recipient(recipient.key):
            return f"channel {channel} is outside `scope`, so never added"
        blocked = two_rows(recipient.key, self.inventory) or incomplete(recipient, self.inventory)
        return "" if blocked is None else blocked.what

    def _by_job(self, entries: Iterable[T]) -> Mapping[int, Sequence[T]]:
        found: defaultdict[int, list[T]] = defaultdict(list)
        for entry in entries:
            for job_id in self.index.select(entry.jobs):
                found[job_id].append(entry)
        return found
