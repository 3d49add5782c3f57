"""What the token sees, and what this policy needs it to see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.cloud.probe import AREAS
from reconciler.doctor.patient import Patient
from reconciler.model.checkup import Check
from reconciler.model.selector import compared_name
from reconciler.plan.scope import ScopeJudge

__all__ = ["check_permissions", "check_scope", "check_writing"]

_WEBHOOKS: Final = "webhooks"
_SETS: Final = {
    "users": "Account Viewer, or Notification Manager",
    "notifications": "Notification Manager, or Account Admin",
    "webhooks": "Webhook, or Account Admin",
}
_SETS_FOR_THE_REST: Final = "Account Viewer, or Job Viewer on every project of `scope`"


def check_permissions(patient: Patient) -> Iterator[Check]:
    """Read one row of each list that a plan reads."""
    if not patient.account_seen:
        yield Check.unknown("permissions", "not looked at without a token that works")
        return
    for area in AREAS:
        if not patient.probe.readable(area):
            patient.unreadable.add(area)
            yield _hidden(area, patient)
    if seen := [area for area in AREAS if area not in patient.unreadable]:
        yield Check.ok("permissions", f"may read {', '.join(seen)}")


def _hidden(area: str, patient: Patient) -> Check:
    if area == _WEBHOOKS and not _uses_webhooks(patient):
        return Check.ok("permissions", "may not read webhooks, of which this policy has none")
    sets = _SETS.get(area, _SETS_FOR_THE_REST)
    return Check.failed("permissions", f"may not read {area}", f"add a permission set to the token: {sets}")


def _uses_webhooks(patient: Patient) -> bool:
    return bool(patient.policy.webhooks)


def check_writing(patient: Patient) -> Iterator[Check]:
    """Say what `apply` needs. Whether the token has it shows only by writing, which a look never does."""
    needs = ["notifications (Notification Manager, or Account Admin)"]
    if _uses_webhooks(patient):
        needs.append("webhooks (Webhook, Admin or Developer, or Account Admin)")
    yield Check.unknown(
        "permissions",
        f"`apply` writes {' and '.join(needs)}: whether this token may shows only by writing",
        "see docs/guides/tokens.md for the least token of each command",
    )


def check_scope(patient: Patient) -> Iterator[Check]:
    """Look for what the policy names, in its scope and its selectors, and the token does not see."""
    if not patient.readable:
        yield Check.unknown("scope", "not looked at: the account cannot be read")
        return
    inventory = patient.inventory
    unknown = ScopeJudge(patient.policy.scope, inventory).unknown_names()
    for name in unknown:
        yield Check.failed(
            "scope",
            f"scope names {name}, which the token does not see",
            "correct the name in `scope`, or let the token see it: nothing there is planned",
        )
    unseen = _projects_named(patient) - {compared_name(each.name) for each in inventory.projects.values()}
    if unseen:
        yield Check.failed(
            "scope",
            f"the policy names projects that the token does not see: {', '.join(sorted(unseen))}",
            "let the token see them, or correct their names: a token that lost a project looks like deleted jobs",
        )
    if not unknown and not unseen:
        projects = sum(not each.deleted for each in inventory.projects.values())
        jobs = sum(not each.deleted for each in inventory.jobs.values())
        yield Check.ok("scope", f"the token sees {projects} projects and {jobs} jobs")


def _projects_named(patient: Patient) -> set[str]:
    policy = patient.policy
    asked = (
        *(rule.match for rule in policy.jobs),
        *(rule.jobs for rule in (*policy.notifications, *policy.webhooks)),
    )
    return {compared_name(name) for selector in asked if not selector.optional for name in selector.projects}
