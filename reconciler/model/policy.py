"""The policy of one repository, merged from all its files: names checked, sugar gone, every value with its place.

What a *file* may hold is `policy/documents/`; this is what it *means*. Selectors are not resolved here: live does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from reconciler.model.calendar import Calendar
from reconciler.model.layers import (
    Anomalies,
    Digest,
    Grouping,
    Layer,
    NotifyEdit,
    OfficeHours,
    Promotion,
    Sla,
    Target,
    When,
)
from reconciler.model.lint import RuleSetting
from reconciler.model.model_notifications import ModelNotificationRule, ModelRelease
from reconciler.model.outcome import Outcome, WebhookEvent
from reconciler.model.problem import NOWHERE, Position, Problem
from reconciler.model.secret import Reference, Secret
from reconciler.model.selector import NamePattern, Selector

__all__ = [
    "Account",
    "Anomalies",
    "Calendar",
    "Canary",
    "Channel",
    "DbtEmail",
    "DbtSlack",
    "DbtUser",
    "Digest",
    "Escalation",
    "Grouping",
    "IgnoredDrift",
    "JobRule",
    "Layer",
    "Level",
    "MailServer",
    "MailTls",
    "Mute",
    "NativeChannel",
    "NotificationRule",
    "NotifyEdit",
    "OfficeHours",
    "Policy",
    "Promotion",
    "RelayedChannel",
    "Release",
    "Scope",
    "SecretSink",
    "SinkKind",
    "Sla",
    "StoreConfig",
    "StoreKind",
    "Target",
    "Team",
    "Tier",
    "WebhookRule",
    "When",
]

_EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where live is. Each value is literal or a reference, opened by whoever talks to dbt Cloud."""

    id: int | Reference
    host: str | Reference
    token: Secret | Reference
    at: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The upper bound of everything added, changed or removed. None bounds nothing."""

    projects: tuple[str, ...] | None = None
    environments: tuple[str, ...] | None = None
    jobs: Selector | None = None
    recipients: tuple[NamePattern, ...] | None = None
    all_jobs_webhooks: bool = False


class StoreKind(StrEnum):
    FILE = "file"
    GIT = "git"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreConfig:
    """Where the ledger lives: a file beside the policy, or a branch of a remote of the clone.

    `remote` is only ever a name. With `redact`, addresses are stored as keyed hashes.
    """

    kind: StoreKind = StoreKind.FILE
    path: str = ".dbt-alerts/ledger.json"
    branch: str = "dbt-alerts-ledger"
    remote: str = "origin"
    redact: bool = False


class SinkKind(StrEnum):
    FILE = "file"
    COMMAND = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSink:
    """Where a webhook's HMAC secret is put the one time dbt Cloud shows it."""

    kind: SinkKind
    at: Position
    path: str | None = None


class MailTls(StrEnum):
    """How a connection to the mail server is encrypted."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Who carries the mails of relayed channels. `sender` stands in their From."""

    host: str
    sender: str
    at: Position
    port: int = 587
    user: str | None = None
    password: Secret | Reference | None = None
    tls: MailTls = MailTls.STARTTLS


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """The job that `alert-test` makes fail, and the native channels that are proved by it.

    `token` may run that job; it is opened by `alert-test` alone. `places` are those of the channels' names.
    """

    at: Position
    job: Selector | None = None
    channels: tuple[str, ...] = ()
    token: Secret | Reference | None = None
    places: tuple[Position, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    name: str
    at: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class _Native(_Named):
    """`exclusive` removes foreign edges inside scope; `protect` keeps the recipient's edges from removal.

    Only a `protect: false` that is written, and applied, lifts what the ledger protects. `places` are those of the
    values that name people and channels, by key.
    """

    exclusive: bool = False
    protect: bool | None = None
    places: Mapping[str, Position] = field(default_factory=lambda: _EMPTY, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DbtUser(_Native):
    """A dbt Cloud user, told by dbt Cloud's own e-mail."""

    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DbtEmail(_Native):
    """An external address. `owner` is the e-mail of the user who stands as its creator (reference §2.4)."""

    address: str
    owner: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DbtSlack(_Native):
    """A Slack channel of dbt Cloud's app: the one a user linked, or (`app`) the account-level one.

    `linked_by` is the e-mail of the user who linked the app: with any other, nothing is delivered (reference §2.4). For
    the account-level app it is the channel's `owner`, who only stands for it.
    """

    channel_id: str
    channel_name: str | None = None
    linked_by: str | None = None
    app: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayedChannel(_Named):
    """A channel that our relay delivers to. `settings` are its other keys; secrets in it are references or masked.

    `places` are those of the settings' values, by key.
    """

    kind: str
    pages: bool = False
    fallback: str | None = None
    settings: Mapping[str, Any] = field(default_factory=lambda: _EMPTY)
    places: Mapping[str, Position] = field(default_factory=lambda: _EMPTY, compare=False)


NativeChannel = DbtUser | DbtEmail | DbtSlack
Channel = NativeChannel | RelayedChannel


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier(_Named):
    """How bad. Rank 1 is worst; ranks are unique."""

    rank: int
    layer: Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One step of an escalation, counted from the incident's start."""

    after: timedelta
    notify: tuple[str, ...]
    unless: str
    ticket: str | None = None
    note: str | None = None
    at: Position = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation(_Named):
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Team(_Named):
    """A team and what the heads of its files say for all its rules."""

    layer: Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRule:
    """One entry of `jobs:`. `tier` is None when none is given; `silent` when it is the reserved word none."""

    at: Position
    team: str
    match: Selector
    layer: Layer
    tier: str | None = None
    silent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationRule:
    """One entry of `notifications:`: adds, never removes; for anybody's jobs."""

    at: Position
    team: str
    to: tuple[str, ...]
    on: tuple[Outcome, ...]
    jobs: Selector


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRule:
    """One entry of `webhooks:`: a subscription that we own whole. `key` is its identity: team and name.

    `id` is a webhook that is already there, to be taken over; the ledger's id counts once there is one.
    """

    at: Position
    team: str
    name: str
    url: str
    on: frozenset[WebhookEvent]
    jobs: Selector
    secret_sink: SecretSink | None = None
    active: bool = True
    description: str = ""
    protect: bool | None = None
    id: str | None = None

    @property
    def key(self) -> str:
        return f"{self.team}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Relayed messages of these jobs are held back until the start of that day."""

    at: Position
    team: str
    jobs: Selector
    until: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoredDrift:
    """Drift that is known: until the start of that day, in the policy's timezone, it is counted and not reported.

    Either `webhook`, by its name in the same team, or `to` and `jobs`, where a key that is left out means any.
    """

    at: Position
    team: str
    until: date
    reason: str
    to: str | None = None
    jobs: Selector | None = None
    webhook: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Edges or webhooks that the repository gives up without touching them."""

    at: Position
    team: str
    to: str | None = None
    on: tuple[Outcome, ...] = ()
    jobs: Selector | None = None
    webhook: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The whole policy.

    `digest` is a SHA-256 of the meaning, not the text: comments, order and file names do not change it.
    `missing` names required keys that no file gives: possible only where single files are checked alone.
    `undeclared` are the names that these files use and do not declare, possible only there too; they are warnings.
    `sections` are the places of the keys that stand at most once, such as `relay`.
    """

    version: int
    manager: str
    account: Account
    digest: str
    scope: Scope = field(default_factory=Scope)
    ledger: StoreConfig = field(default_factory=StoreConfig)
    relay_url: str | None = None
    relay_sink: SecretSink | None = None
    defaults: Layer | None = None
    timezone: str = "UTC"
    metrics: tuple[str, ...] = ()
    channels: Mapping[str, Channel] = field(default_factory=dict)
    tiers: Mapping[str, Tier] = field(default_factory=dict)
    escalations: Mapping[str, Escalation] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    anomalies: Anomalies | None = None
    rules: Mapping[str, RuleSetting] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    jobs: tuple[JobRule, ...] = ()
    notifications: tuple[NotificationRule, ...] = ()
    webhooks: tuple[WebhookRule, ...] = ()
    mutes: tuple[Mute, ...] = ()
    releases: tuple[Release, ...] = ()
    model_notifications: tuple[ModelNotificationRule, ...] = ()
    model_releases: tuple[ModelRelease, ...] = ()
    ignored_drift: tuple[IgnoredDrift, ...] = ()
    smtp: MailServer | None = None
    canary: Canary | None = None
    sections: Mapping[str, Position] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    undeclared: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
