"""Every rule there is, in the order of the table in docs/policy-language.md."""

from __future__ import annotations

import inspect
import sys
from typing import Final

from reconciler.lint.rule import Rule
from reconciler.lint.rules import (
    actionable_alert,
    all_jobs_webhook,
    critical_must_page,
    dangling_job,
    departed_user,
    direct_to_vendor,
    duplicate_delivery,
    escalation_has_end,
    escalation_repeats,
    hours_on_critical,
    https_only,
    literal_secret,
    max_recipients,
    mixed_severity_channel,
    native_bypasses,
    non_production_pages,
    orphan_recipient,
    production_job_covered,
    sla_feasible,
    slack_linked_by,
    success_on_frequent_job,
    timeout_untold,
    unproved_channel,
)

__all__ = ["LATER", "RULES", "why"]

RULES: Final[tuple[Rule, ...]] = (
    https_only.RULE,
    literal_secret.RULE,
    critical_must_page.RULE,
    production_job_covered.RULE,
    actionable_alert.RULE,
    success_on_frequent_job.RULE,
    duplicate_delivery.RULE,
    mixed_severity_channel.RULE,
    max_recipients.RULE,
    non_production_pages.RULE,
    hours_on_critical.RULE,
    native_bypasses.RULE,
    timeout_untold.RULE,
    escalation_repeats.RULE,
    escalation_has_end.RULE,
    sla_feasible.RULE,
    direct_to_vendor.RULE,
    slack_linked_by.RULE,
    all_jobs_webhook.RULE,
    departed_user.RULE,
    dangling_job.RULE,
    orphan_recipient.RULE,
    unproved_channel.RULE,
)

LATER: Final[frozenset[str]] = frozenset()
"""Rules that `rules:` knows and nothing judges yet."""


def why(rule: Rule) -> str:
    """Return why a rule is there, for somebody who met its finding: the docstring of the module that defines it."""
    return inspect.cleandoc(sys.modules[rule.judge.__module__].__doc__ or "")
