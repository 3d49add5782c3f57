"""dbt Cloud sends nothing to a user who is deactivated, and says so to nobody.

A channel that names somebody who left looks like cover, and is none: no mail arrives, and no message of a Slack app
that this person linked. An external address still gets its mail, but nobody stands for it any more. A user whom the
account does not know blocks the channel in every plan; most often the address is misspelt.

Found are `email`, `owner` and `linked_by` of native channels, and the `owner` and on-call address of jobs where they
are those of a deactivated user. An `owner` of jobs whom the account does not know may be a mailbox, and is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from reconciler.lint.people import Presence, meant, presence
from reconciler.lint.rule import Found, Looked, Rule
from reconciler.lint.wording import rule_subject
from reconciler.model.inventory import Inventory
from reconciler.model.lint import LintLevel
from reconciler.model.policy import DbtEmail, DbtSlack, DbtUser, Layer, NativeChannel, Policy, RelayedChannel
from reconciler.model.problem import Position

__all__ = ["RULE"]


class _Named(NamedTuple):
    """An address that the policy names: where, of what, under which key, and what follows if that user is gone."""

    at: Position
    subject: str
    key: str
    email: str
    so: str


def _judge(looked: Looked) -> Iterator[Found]:
    survey = looked.survey
    if survey is None:
        return
    inventory = survey.inventory
    for channel in looked.policy.channels.values():
        if not isinstance(channel, RelayedChannel):
            for named in _of_channel(channel):
                found = presence(named.email, inventory)
                if found is not Presence.ACTIVE:
                    yield _found(named, found, inventory)
    for named in _of_layers(looked.policy):
        if presence(named.email, inventory) is Presence.DEACTIVATED:
            yield _found(named, Presence.DEACTIVATED, inventory)


def _of_channel(channel: NativeChannel) -> Iterator[_Named]:
    subject = f"channel {channel.name}"
    match channel:
        case DbtUser():
            yield _Named(channel.at, subject, "email", channel.email, "dbt Cloud delivers nothing to it")
        case DbtEmail(owner=str(owner)):
            yield _Named(channel.at, subject, "owner", owner, "nobody stands for the address any more")
        case DbtSlack(app=True, linked_by=str(owner)):
            yield _Named(channel.at, subject, "owner", owner, "nobody stands for the channel any more")
        case DbtSlack(app=False, linked_by=str(linked_by)):
            yield _Named(channel.at, subject, "linked_by", linked_by, "dbt Cloud delivers nothing to the channel")
        case _:
            return


def _of_layers(policy: Policy) -> Iterator[_Named]:
    """Yield who answers for jobs: `owner`, and `oncall` with an address."""
    layers: list[tuple[str, Layer]] = [
        *([("defaults", policy.defaults)] if policy.defaults is not None else []),
        *((f"tier {tier.name}", tier.layer) for tier in policy.tiers.values()),
        *((f"team {team.name}", team.layer) for team in policy.teams.values()),
        *((rule_subject(rule), rule.layer) for rule in policy.jobs if rule.layer.owner or rule.layer.oncall),
    ]
    for subject, layer in layers:
        if layer.owner is not None:
            at = layer.places.get("owner", layer.at)
            yield _Named(at, subject, "owner", layer.owner, "nobody answers for these jobs")
        if layer.oncall is not None and layer.oncall.email is not None:
            at = layer.places.get("oncall", layer.at)
            yield _Named(at, subject, "oncall", layer.oncall.email, "nobody is on call for these jobs")


def _found(named: _Named, found: Presence, inventory: Inventory) -> Found:
    near = meant(named.email, inventory) if found is Presence.UNKNOWN else ""
    if found is Presence.DEACTIVATED:
        message = f"`{named.key}` of {named.subject} is {named.email}, who is deactivated in dbt Cloud: {named.so}"
    else:
        message = f"`{named.key}` of {named.subject} is {named.email}, and no user of the account has this address"
    return Found(
        at=named.at,
        subject=named.subject,
        message=message,
        found=named.email,
        expected="an active user of the account",
        fix=f"did you mean {near}?" if near else f"name somebody else as `{named.key}`",
    )


RULE: Final = Rule(
    id="departed-user",
    title="a channel or a job that names somebody who is gone from the account",
    level=LintLevel.WARN,
    judge=_judge,
    needs_live=True,
)
