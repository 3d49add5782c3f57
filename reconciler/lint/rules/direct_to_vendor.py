"""dbt Cloud posts one fixed body, with headers of its own: Slack, PagerDuty, Datadog, Teams and Monte Carlo refuse it.

A webhook of dbt Cloud always sends the same JSON and signs it in the `Authorization` header. You can change neither. A
Slack hook wants `text` or `blocks`, PagerDuty a routing key, Datadog and Monte Carlo their own keys in headers, and
Teams' workflows refuse the foreign `Authorization`. So such a subscription answers with errors until dbt Cloud switches
it off, and nobody was ever told.

What can work is a relayed channel: dbt Cloud posts to the relay, which writes what the service wants. For Slack, dbt
Cloud's own `type: dbt_slack` works without one; for others, a native channel beside tells somebody until then. `--fix`
takes the webhook away and writes the channel, with a `$NAME` in place of the address (put what the old URL held into it
where the relay runs, and make a new one if it was secret: it stays in the history of the files), and an entry of
`notifications:` for the same jobs. `errored` becomes `failure`, `completed` becomes `success`, `warning` and `failure`
(dbt Cloud sends no event for a cancelled run), `started` stays; a pager gets `failure` only, because a success must
wake nobody. Without `relay:` there is no relay to send it, and what to do is only said.

A webhook with `headers` cannot work either, for the same reason: the policy's loader refuses the key, and names the
way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from reconciler.lint.rule import Found, Looked, Rule
from reconciler.lint.wording import flow_list, listed, scalar, selector_flow
from reconciler.model.edit import AddEntry, Edit, RemoveItem
from reconciler.model.lint import LintLevel
from reconciler.model.outcome import Outcome, WebhookEvent
from reconciler.model.policy import Policy, WebhookRule
from reconciler.model.vendor import vendor_of

__all__ = ["RULE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """The relayed kind of a service, and its secret keys, each with the end of its reference's name."""

    type: str
    secrets: Mapping[str, str]


_KINDS: Final = {
    "Slack": _Kind(type="slack", secrets={"url": "URL"}),
    "PagerDuty": _Kind(type="pagerduty", secrets={"routing_key": "ROUTING_KEY"}),
    "Datadog": _Kind(type="datadog", secrets={"api_key": "API_KEY"}),
    "Microsoft Teams": _Kind(type="teams", secrets={"url": "URL"}),
    "Monte Carlo": _Kind(type="monte_carlo", secrets={"key_id": "KEY_ID", "key_token": "KEY_TOKEN"}),
}
_MEANS: Final = {
    WebhookEvent.STARTED: (Outcome.STARTED,),
    WebhookEvent.COMPLETED: (Outcome.SUCCESS, Outcome.WARNING, Outcome.FAILURE),
    WebhookEvent.ERRORED: (Outcome.FAILURE,),
}
_NOT_FOR_REFERENCES: Final = frozenset({"AWS", "ACTIONS", "GITHUB"})
_DATADOG_SITE: Final = re.compile(r"(?:^|\.)((?:[a-z]{2}\d\.)?(?:datadoghq\.com|datadoghq\.eu|ddog-gov\.com))$")


def _judge(looked: Looked) -> Iterable[Found]:
    taken = set(looked.policy.channels)
    for webhook in looked.policy.webhooks:
        vendor = vendor_of(webhook.url)
        if vendor is not None:
            name = _channel_name(webhook, taken)
            taken.add(name)
            yield _found(webhook, vendor, name, looked.policy)


def _found(webhook: WebhookRule, vendor: str, name: str, policy: Policy) -> Found:
    kind = _KINDS[vendor]
    reference = listed(f"${_reference(name, end)}" for end in kind.secrets.values())
    relayed = policy.relay_url is not None
    add_it_first = "" if relayed or policy.missing else "; the policy has no `relay:` yet, which sends it: add it first"
    instead = f"a relayed channel of `type: {kind.type}`, named by `notifications:`"
    return Found(
        at=webhook.at,
        subject=f"webhook {webhook.key}",
        message=(
            f"webhook `{webhook.name}` is aimed straight at {vendor}, which cannot read it: dbt Cloud sends one fixed "
            "body, and none of your headers"
        ),
        found=f"a URL of {vendor}",
        expected=instead,
        fix=f"make it {instead}; set {reference} where the relay runs{add_it_first}; until it does, {_until(vendor)}",
        edits=_edits(webhook, kind, name, policy) if relayed and webhook.active else (),
    )


def _until(vendor: str) -> str:
    """Say what tells somebody today: the relayed channel does so only once a relay serves it."""
    return f"name a channel of `type: {'dbt_slack' if vendor == 'Slack' else 'dbt_email'}` beside it"


def _edits(webhook: WebhookRule, kind: _Kind, name: str, policy: Policy) -> Sequence[Edit]:
    outcomes = _outcomes(webhook, kind)
    told = f"{{to: {scalar(name)}, on: {flow_list(outcomes)}, jobs: {selector_flow(webhook.jobs)}}}"
    return (
        RemoveItem(at=webhook.at),
        AddEntry(
            file=_channels_file(webhook, policy), section="channels", name=name, value=_channel(webhook, kind, name)
        ),
        AddEntry(file=webhook.at.file, section="notifications", value=told),
    )


def _outcomes(webhook: WebhookRule, kind: _Kind) -> Sequence[Outcome]:
    meant = {outcome for event in webhook.on for outcome in _MEANS[event]}
    if kind.type == "pagerduty":
        return (Outcome.FAILURE,)
    return [outcome for outcome in Outcome if outcome in meant]


def _channel(webhook: WebhookRule, kind: _Kind, name: str) -> str:
    keys = [f"type: {kind.type}", *(f"{key}: ${_reference(name, end)}" for key, end in kind.secrets.items())]
    site = _DATADOG_SITE.search((urlsplit(webhook.url).hostname or "").casefold()) if kind.type == "datadog" else None
    if site is not None:
        keys.append(f"site: {site[1]}")
    return "{" + ", ".join(keys) + "}"


def _channels_file(webhook: WebhookRule, policy: Policy) -> str:
    """Return the file where channels stand already, else the webhook's own."""
    return next((channel.at.file for channel in policy.channels.values()), webhook.at.file)


def _channel_name(webhook: WebhookRule, taken: set[str]) -> str:
    """Make a name that no channel has of the webhook's: lower case, words with dashes."""
    base = re.sub(r"[^a-z0-9]+", "-", webhook.name.casefold()).strip("-") or "relayed"
    number = 1
    name = base
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    return name


def _reference(name: str, end: str) -> str:
    """Return the name of the variable that will hold the secret. It says whose it is, so that none is shared."""
    words = [word for word in name.upper().split("-") if word]
    needs_prefix = words[0][0].isdigit() or words[0] in _NOT_FOR_REFERENCES
    return "_".join([*(["ALERTS"] if needs_prefix else []), *words, *([] if words[-1] == end else [end])])


RULE: Final = Rule(
    id="direct-to-vendor",
    title="a dbt Cloud webhook aimed at Slack, PagerDuty, Datadog, Teams or Monte Carlo: it cannot work",
    level=LintLevel.ERROR,
    judge=_judge,
)
