"""Every plain text of a policy in which people write what they like, with its place and whose it is.

Whose it is names one entry and one key, so that a baseline of one text does not hold the next.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.lint.secrets_in_text import pasted_secret
from reconciler.lint.wording import rule_subject
from reconciler.model.layers import Layer
from reconciler.model.policy import IgnoredDrift, Mute, Policy, WebhookRule
from reconciler.model.problem import Position
from reconciler.model.selector import selector_text

__all__ = ["texts_of"]

Place = tuple[Position, str, str]


def texts_of(policy: Policy) -> Iterator[Place]:
    """Yield place, subject and text of runbooks, descriptions, reasons, notes and addresses that hold no reference."""
    if policy.relay_url is not None:
        yield policy.sections.get("relay", policy.account.at), "relay", policy.relay_url
    if isinstance(policy.account.host, str):
        yield policy.account.at, "account", policy.account.host
    for layer, subject in _layers(policy):
        yield from ((at, f"{subject} {key}", text) for at, key, text in _of_layer(layer))
    for escalation in policy.escalations.values():
        for number, level in enumerate(escalation.levels, start=1):
            yield level.at, f"escalation {escalation.name}, level {number}, note", level.note or ""
    for webhook in policy.webhooks:
        yield from _of_webhook(webhook)
    for entry in (*policy.mutes, *policy.ignored_drift):
        yield entry.at, f"{_called(entry)} reason", entry.reason


def _of_webhook(webhook: WebhookRule) -> Iterator[Place]:
    """Yield its texts. One whose own name is a secret is called by its team."""
    called = f"webhook of team {webhook.team}" if pasted_secret(webhook.name) else f"webhook {webhook.key}"
    for key, text in (("url", webhook.url), ("description", webhook.description), ("name", webhook.name)):
        yield webhook.at, f"{called} {key}", text


def _called(entry: Mute | IgnoredDrift) -> str:
    match entry:
        case Mute():
            return f"mute of {entry.team} ({selector_text(entry.jobs)})"
        case IgnoredDrift():
            about = (entry.webhook, entry.to, selector_text(entry.jobs) if entry.jobs is not None else "")
            return f"ignored drift of {entry.team} ({', '.join(filter(None, about))})"


def _layers(policy: Policy) -> Iterator[tuple[Layer, str]]:
    if policy.defaults is not None:
        yield policy.defaults, "defaults"
    yield from ((tier.layer, f"tier {tier.name}") for tier in policy.tiers.values())
    yield from ((team.layer, f"team {team.name}") for team in policy.teams.values())
    yield from ((rule.layer, rule_subject(rule)) for rule in policy.jobs)


def _of_layer(layer: Layer) -> Iterator[Place]:
    for key in ("response", "owner", "runbook", "impact", "reason"):
        text = getattr(layer, key)
        if text:
            yield layer.places.get(key, layer.at), key, text
    for action in layer.actions or ():
        yield layer.places.get("actions", layer.at), "actions", action
