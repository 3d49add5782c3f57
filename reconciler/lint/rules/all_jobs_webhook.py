"""A subscription to every job also sends the jobs that nobody has thought of yet.

`jobs: all` becomes an empty list of jobs in dbt Cloud, which means every job of the account: those of other teams,
those in development, and every job that is made tomorrow. For a catalogue that is right. For anything that reacts to a
failure it brings noise, and it shows names of jobs to a receiver that may not be meant to see them.

The policy has to say it twice already, here and in `scope: {all_jobs_webhooks: true}`, so this is only pointed out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from reconciler.lint.rule import Found, Looked, Rule
from reconciler.model.lint import LintLevel

__all__ = ["RULE"]


def _judge(looked: Looked) -> Iterable[Found]:
    for webhook in looked.policy.webhooks:
        if webhook.jobs.everything:
            yield Found(
                at=webhook.jobs.at,
                subject=f"webhook {webhook.key}",
                message=f"webhook `{webhook.name}` is told of every job of the account, new ones and other teams' too",
                found="jobs: all",
                expected="the jobs that its receiver needs",
                fix="leave it if the receiver wants them all; else select, for instance "
                "`jobs: {environment: {type: production}}`",
            )


RULE: Final = Rule(
    id="all-jobs-webhook",
    title="a subscription to every job of the account",
    level=LintLevel.INFO,
    judge=_judge,
)
