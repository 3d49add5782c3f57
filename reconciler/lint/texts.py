"""Every plain text of a policy in which people write what they like, with its place and whose it is."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.layers import Layer
from reconciler.model.policy import JobRule, Policy
from reconciler.model.problem import Position

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
        for level in escalation.levels:
            yield escalation.at, f"escalation {escalation.name}", level.note or ""
    for webhook in policy.webhooks:
        for text in (webhook.url, webhook.description, webhook.name):
            yield webhook.at, f"webhook of team {webhook.team}", text
    for entry in (*policy.mutes, *policy.ignored_drift):
        yield entry.at, f"reason of team {entry.team}", entry.reason


def _layers(policy: Policy) -> Iterator[tuple[Layer, str]]:
    if policy.defaults is not None:
        yield policy.defaults, "defaults"
    yield from ((tier.layer, f"tier {tier.name}") for tier in policy.tiers.values())
    yield from ((team.layer, f"team {team.name}") for team in policy.teams.values())
    yield from ((rule.layer, _rule_subject(rule)) for rule in policy.jobs)


def _rule_subject(rule: JobRule) -> str:
    names = ", ".join(pattern.text for pattern in rule.match.names)
    return f"rule of team {rule.team}" + (f" for {names}" if names else "")


def _of_layer(layer: Layer) -> Iterator[Place]:
    for key in ("response", "owner", "runbook", "impact", "reason"):
        text = getattr(layer, key)
        if text:
            yield layer.places.get(key, layer.at), key, text
    for action in layer.actions or ():
        yield layer.places.get("actions", layer.at), "actions", action
