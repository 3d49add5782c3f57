"""How far this repository may reach: the upper bound of everything added, changed or removed (design §5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from reconciler.model.edge import Edge, RecipientKey, RecipientKind
from reconciler.model.inventory import Environment, Inventory, Job, Project
from reconciler.model.ledger import Claim
from reconciler.model.policy import Scope
from reconciler.model.selector import NamePattern, compared_name

__all__ = ["ScopeJudge"]


class ScopeJudge:
    """Judges jobs, recipients and edges. What cannot be judged is outside: it is held, never touched.

    `names` are the names that the policy's channels give to recipients; those that live gives are looked up.
    """

    def __init__(
        self, scope: Scope, inventory: Inventory, *, names: Mapping[RecipientKey, frozenset[str]] | None = None
    ) -> None:
        self._scope = scope
        self._inventory = inventory
        self._names = names or {}
        self._projects = _ids(scope.projects, inventory.projects.values())
        self._environments = _ids(scope.environments, inventory.environments.values())
        self._patterns = [NamePattern(pattern.text.casefold()) for pattern in scope.recipients or ()]
        self._recipients: dict[RecipientKey, bool] = {}

    @cached_property
    def jobs(self) -> frozenset[int]:
        """The live jobs inside scope."""
        return frozenset(job.id for job in self._inventory.jobs.values() if not job.deleted and self._judged(job))

    def job(self, job_id: int) -> bool:
        """Tell whether a job of the inventory, live or listed as deleted, is inside; one that no list holds is not."""
        if job_id in self.jobs:
            return True
        job = self._inventory.jobs.get(job_id)
        return job is not None and job.deleted and self._judged(job)

    def recipient(self, key: RecipientKey) -> bool:
        """Tell whether a glob matches the key's value, e-mail, address, channel id or channel name; case is ignored."""
        if self._scope.recipients is None:
            return True
        if key not in self._recipients:
            self._recipients[key] = any(
                pattern.matches(compared_name(name).casefold())
                for name in self._called(key)
                for pattern in self._patterns
            )
        return self._recipients[key]

    def edge(self, edge: Edge, claim: Claim | None = None) -> bool:
        """Tell whether both ends are inside. A claim's job that no list holds any more is judged by the kept ids."""
        if not self.recipient(edge.recipient):
            return False
        if claim is None or edge.job_id in self._inventory.jobs:
            return self.job(edge.job_id)
        return self._judged_by_ids(claim)

    def environment(self, environment: Environment) -> bool:
        """Tell whether what concerns an environment as a whole is inside: all its jobs, and recipients without bounds.

        Whom model notifications reach is unknown here, so globs of recipients leave them outside.
        """
        if self._scope.recipients is not None or not self._inside(environment.project_id, environment.id):
            return False
        if self._scope.jobs is None:
            return True
        jobs = [job.id for job in self._inventory.jobs.values() if job.environment_id == environment.id]
        return bool(jobs) and all(map(self.job, jobs))

    def unknown_names(self) -> tuple[str, ...]:
        """Return the projects and environments that scope names and live does not show."""
        shown = {compared_name(each.name) for each in self._inventory.projects.values()}
        places = {compared_name(each.name) for each in self._inventory.environments.values()}
        return (
            *(f"project {name!r}" for name in self._scope.projects or () if compared_name(name) not in shown),
            *(f"environment {name!r}" for name in self._scope.environments or () if compared_name(name) not in places),
        )

    def _judged(self, job: Job) -> bool:
        return self._inside(job.project_id, job.environment_id) and self._selected(job)

    def _inside(self, project_id: int, environment_id: int) -> bool:
        return (self._projects is None or project_id in self._projects) and (
            self._environments is None or environment_id in self._environments
        )

    def _selected(self, job: Job) -> bool:
        selector = self._scope.jobs
        if selector is None:
            return True
        project = self._inventory.projects.get(job.project_id)
        return selector.matches(job, project, self._inventory.environments.get(job.environment_id))

    def _judged_by_ids(self, claim: Claim) -> bool:
        if not self._inside(claim.project_id, claim.environment_id):
            return False
        selector = self._scope.jobs
        if selector is None:
            return True
        if selector.names or selector.job_types or selector.at_least:
            return False
        gone = Job(
            id=claim.edge.job_id,
            name="",
            project_id=claim.project_id,
            environment_id=claim.environment_id,
            deleted=True,
        )
        return self._selected(gone)

    def _called(self, key: RecipientKey) -> Iterable[str]:
        yield key.value
        yield from self._names.get(key, ())
        if key.kind is RecipientKind.USER and key.value.isdigit():
            user = self._inventory.users.get(int(key.value))
            if user is not None:
                yield user.email
        for row in self._inventory.rows.get(key, ()):
            if row.slack_channel_name:
                yield row.slack_channel_name


def _ids(names: tuple[str, ...] | None, things: Iterable[Project | Environment]) -> frozenset[int] | None:
    """Return the ids of the things so called; None, which bounds nothing, where no names are given."""
    if names is None:
        return None
    wanted = {compared_name(name) for name in names}
    return frozenset(thing.id for thing in things if compared_name(thing.name) in wanted)
