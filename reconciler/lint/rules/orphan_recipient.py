"""What people clicked together in dbt Cloud outlives them: notifications to who is gone, about jobs that are gone.

They deliver nothing, and count as cover for whoever reads the list in dbt Cloud. A policy that does not know a
recipient never touches it, so somebody has to. Found is a live notification that no channel of the policy is about, if

- its user is deactivated or unknown, or it has no address: dbt Cloud has nobody to send it to;
- the person is there, but every job that it names is listed as deleted.

Judged is only what names a job inside `scope`, because the rest is other people's. A job that no list holds is not
taken for deleted: the token may not see its project. Since no line of the policy is about such a notification, it is
reported at `account`, where no comment excuses it (a baseline holds what shall stay), and not where a file is checked
alone. Channels that the policy has and nothing uses are no finding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from reconciler.lint.job_words import jobs_text
from reconciler.lint.rule import Found, Looked, Rule
from reconciler.model.edge import RecipientKey, RecipientKind
from reconciler.model.inventory import Inventory, NotificationRow, NotificationType
from reconciler.model.lint import LintLevel

if TYPE_CHECKING:
    from reconciler.model.plan import Names
    from reconciler.plan.survey import Survey

__all__ = ["RULE"]

_KINDS: Final = {
    NotificationType.USER: "user notification",
    NotificationType.SLACK: "Slack notification",
    NotificationType.EMAIL: "mail notification",
    NotificationType.SLACK_APP: "Slack notification",
}


def _judge(looked: Looked) -> Iterator[Found]:
    survey = looked.survey
    if survey is None or looked.policy.missing:
        return
    known = {each.key for each in survey.resolved.values() if each.key is not None}
    orphans = [
        (row, why)
        for row in sorted(survey.inventory.notifications, key=lambda row: row.id)
        if not row.deleted and row.key not in known and row.type in _KINDS
        if (why := _why(row, survey))
    ]
    from reconciler.plan.naming import live_names  # noqa: PLC0415 - wanted where live is

    names = live_names(survey.inventory) if orphans else None
    for row, why in orphans:
        who = f" to {_called(row.key, names)}" if row.key is not None and names is not None else ""
        yield Found(
            at=looked.policy.account.at,
            subject=f"recipient {row.key}" if row.key is not None else f"notification {row.id}",
            message=f"{_KINDS[NotificationType(row.type)]} {row.id} of dbt Cloud{who} tells nobody anything: {why}",
            expected="notifications that reach somebody about jobs that are there",
            fix="delete it in dbt Cloud, or declare it as a channel with `exclusive: true`, which `apply` empties"
            if row.key is not None
            else "delete it in dbt Cloud",
            unwritten=True,
        )


def _called(key: RecipientKey, names: Names) -> str:
    """Return a recipient's name; of a user who is gone the id, which is all that is left."""
    from reconciler.plan.naming import called  # noqa: PLC0415 - wanted where live is

    name = called(key, names)
    return str(key) if name == key.value and key.kind is RecipientKind.USER else name


def _why(row: NotificationRow, survey: Survey) -> str:
    """Return why nothing of a row can arrive; empty if something may, or if it is none of ours."""
    ids = {job_id for job_ids in row.jobs.values() for job_id in job_ids}
    if not any(survey.scope.job(job_id) for job_id in ids) or not _recipient_in_scope(row, survey):
        return ""
    gone = _person_gone(row, survey.inventory)
    if gone:
        return gone
    jobs = [survey.inventory.jobs[job_id] for job_id in sorted(ids) if job_id in survey.inventory.jobs]
    if len(jobs) == len(ids) and all(job.deleted for job in jobs):
        return f"every job that it names is deleted: {jobs_text(jobs)}"
    return ""


def _recipient_in_scope(row: NotificationRow, survey: Survey) -> bool:
    return row.key is None or survey.scope.recipient(row.key)


def _person_gone(row: NotificationRow, inventory: Inventory) -> str:
    if row.key is None:
        return "it has no address"
    if not inventory.users or inventory.can_deliver(row):
        return ""
    user = inventory.users.get(row.user_id or 0)
    if user is None:
        return "its user is not in the account any more"
    return f"{user.email}, under whom it stands, is deactivated"


RULE: Final = Rule(
    id="orphan-recipient",
    title="a live notification to somebody who is gone, or about jobs that are gone",
    level=LintLevel.WARN,
    judge=_judge,
    needs_live=True,
)
