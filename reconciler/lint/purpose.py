"""What a job is for: whether anybody needs to be woken when it fails, and whether somebody must hear of it."""

from __future__ import annotations

from typing import Final

from reconciler.model.inventory import Job
from reconciler.model.selector import Purpose, Selector
from reconciler.routing.place import Placed

__all__ = ["beside_production", "is_production", "selects_beside_production"]

_IN_REVIEW: Final = {"ci": "a CI job", "merge": "a merge job"}
_NO_WORK: Final = frozenset({"docs", "compile", "parse", "deps", "clean", "ls", "list", "debug"})
_COMMANDS: Final = _NO_WORK | {
    "build",
    "clone",
    "retry",
    "run",
    "run-operation",
    "seed",
    "snapshot",
    "source",
    "test",
}


def is_production(placed: Placed) -> bool:
    """Tell whether the job works in a production environment. CI runs there as well, and is told of in the review."""
    environment = placed.environment
    return (
        environment is not None and environment.purpose == Purpose.PRODUCTION and placed.job.job_type not in _IN_REVIEW
    )


def beside_production(placed: Placed) -> str:
    """Return what the job is instead of production work, in words; empty for one that may page."""
    purpose = placed.environment.purpose if placed.environment is not None else None
    if purpose in {Purpose.STAGING, Purpose.DEVELOPMENT}:
        return f"a {purpose} job"
    if placed.job.job_type in _IN_REVIEW:
        return _IN_REVIEW[placed.job.job_type]
    return "a job that only builds docs" if _only_docs(placed.job) else ""


def selects_beside_production(selector: Selector) -> str:
    """Return the same for every job that a selector can mean, as far as its own words show it."""
    if selector.purposes and not selector.environments and Purpose.PRODUCTION not in selector.purposes:
        return " and ".join(f"{purpose} jobs" for purpose in selector.purposes)
    if selector.job_types and all(each in _IN_REVIEW for each in selector.job_types):
        return " and ".join(f"{each} jobs" for each in selector.job_types)
    return ""


def _only_docs(job: Job) -> bool:
    commands = [_command(step) for step in job.execute_steps]
    return (job.generate_docs or "docs" in commands) and all(command in _NO_WORK for command in commands)


def _command(step: str) -> str:
    """Return what a step does; empty for what is no command of dbt that we know, which may be work."""
    return next((word for word in step.split() if word in _COMMANDS), "")
