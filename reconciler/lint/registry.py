"""Every rule there is, in the order of the table in docs/policy-language.md."""

from __future__ import annotations

from typing import Final

from reconciler.lint.rule import Rule
from reconciler.lint.rules import (
    actionable_alert,
    all_jobs_webhook,
    critical_must_page,
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
    timeout_untold,
)

__all__ = ["LATER", "RULES"]

RULES: Final[tuple[Rule, ...]] = (
    https_only.RULE,
    literal_secret.RULE,
    critical_must_page.RULE,
    actionable_alert.RULE,
    duplicate_delivery.RULE,
    mixed_severity_channel.RULE,
    max_recipients.RULE,
    hours_on_critical.RULE,
    native_bypasses.RULE,
    timeout_untold.RULE,
    escalation_repeats.RULE,
    escalation_has_end.RULE,
    direct_to_vendor.RULE,
    all_jobs_webhook.RULE,
)

LATER: Final = frozenset({"unproved-channel"})
"""Rules that `rules:` knows and nothing judges yet: this one needs the evidence of test alerts."""
