"""What a policy file may hold. One model for every file: any key may stand in any of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from reconciler.policy.documents.account import (
    AccountDoc,
    CalendarDoc,
    CanaryDoc,
    LedgerDoc,
    RelayDoc,
    RuleDoc,
    RuleLevel,
    ScopeDoc,
    SinkDoc,
    SmtpDoc,
)
from reconciler.policy.documents.base import Doc, Jobs, Names, OneOrMore, SelectorDoc, key
from reconciler.policy.documents.channels import ChannelDoc
from reconciler.policy.documents.layers import LayerDoc, LevelDoc, TierDoc
from reconciler.policy.fields import Day, Name, Text, Url, WebhookId, refuse

__all__ = [
    "Document",
    "IgnoreDriftDoc",
    "JobRuleDoc",
    "ModelNotificationDoc",
    "MuteDoc",
    "NotificationDoc",
    "ReleaseDoc",
    "WebhookDoc",
]

OnOutcome = Literal[
    "success",
    "warning",
    "failure",
    "cancelled",
    "late",
    "slow",
    "anomaly",
    "recovered",
    "started",
    "any",
    "run.error",
    "job.run.error",
]
OnEvent = Literal[
    "started",
    "completed",
    "errored",
    "run.error",
    "job.run.error",
    "run.completed",
    "job.run.started",
    "job.run.completed",
    "job.run.errored",
]


class JobRuleDoc(LayerDoc):
    """What a team says about its jobs."""

    match: SelectorDoc = Field(description="Which jobs.", examples=[{"project": "Finance", "name": "Daily Revenue"}])
    tier: Name | None = key("How bad it is; `none` declares the jobs silent.", "critical")


class NotificationDoc(Doc):
    """Tells somebody, besides what tiers do; for anybody's jobs."""

    to: Names = Field(description="Channels, native or relayed.", examples=["revenue-owner"])
    on: OneOrMore[OnOutcome] = Field(description="Outcomes.", examples=[["failure", "cancelled"]])
    jobs: Jobs = Field(description="Which jobs.", examples=[{"environment": {"type": "production"}}])


class WebhookDoc(Doc):
    """A webhook of dbt Cloud, owned whole."""

    name: Text = Field(description="Its name.", examples=["lineage refresh"])
    id: WebhookId | None = key(
        "The webhook that is already there: taken over instead of made; its secret is unknown until it is rotated.",
        "wsu_2UnBgXVsQ4YCxTLiPHDFKNOaLWp",
    )
    url: Url = Field(
        description="Where dbt Cloud posts; plain text, no reference.", examples=["https://catalog.acme.example/dbt"]
    )
    on: OneOrMore[OnEvent] = Field(description="dbt Cloud's three events.", examples=[["completed"]])
    jobs: Jobs = Field(description="Which jobs; `all` where scope allows it.", examples=["all"])
    secret_sink: SinkDoc | None = key(
        "Where its secret is put, the one time dbt Cloud shows it.",
        {"store": "file", "path": ".dbt-alerts/lineage.secret"},
    )
    active: bool | None = key("Whether it is switched on. Default: true.", example=False)
    description: Text | None = key("A text for people.", "Refreshes the catalog")
    protect: bool | None = key("Keep it from removal.", example=True)


class ModelNotificationDoc(Doc):
    """dbt Cloud's notifications to the owners of models, per environment."""

    environment: Text = Field(
        description="The environment's name; without `project` every environment so called, inside scope.",
        examples=["Production"],
    )
    project: Text | None = key("Its project's name.", "Finance")
    on: OneOrMore[Literal["success", "warning", "failure", "skipped"]] = Field(
        description="Outcomes of a model.", examples=[["failure", "skipped"]]
    )


class MuteDoc(Doc):
    """Holds relayed messages back until a day."""

    jobs: Jobs = Field(description="Which jobs.", examples=[{"project": "Finance", "name": "Quarter Close"}])
    until: Day = Field(description="Ends at the start of this day.", examples=["2027-01-05"])
    reason: Text = Field(description="Why.", examples=["warehouse migration"])


class IgnoreDriftDoc(Doc):
    """Drift that is known and not reported until a day: of a webhook, or of notifications by channel, jobs or both."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": ["webhook"]}, {"anyOf": [{"required": ["to"]}, {"required": ["jobs"]}]}]
        }
    )

    to: Name | None = key("The channel.", "data-alerts")
    jobs: Jobs | None = key("Which jobs.", {"project": "Finance"})
    webhook: Text | None = key("The webhook's name.", "lineage refresh")
    until: Day = Field(description="Ends at the start of this day.", examples=["2027-01-05"])
    reason: Text = Field(description="Why.", examples=["the app is being moved"])

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if (self.webhook is None) == (self.to is None and self.jobs is None):
            raise refuse(
                "it does not say which drift is ignored",
                expected="either `to`, `jobs` or both (notifications), or `webhook` (its name)",
                fix="keep one of the two" if self.webhook else "add `to: CHANNEL`",
            )
        return self


class ReleaseDoc(Doc):
    """Gives up what this repository owns, without touching it."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": [name]} for name in ("to", "webhook", "model_notifications")],
        }
    )

    to: Name | None = key("The channel whose notifications are given up.", "data-alerts")
    on: OneOrMore[Literal["success", "warning", "failure", "cancelled"]] | None = key("Only these.", ["failure"])
    jobs: Jobs | None = key("Only of these jobs.", {"project": "Finance"})
    webhook: Text | None = key("The webhook that is given up, by name.", "lineage refresh")
    model_notifications: Text | None = key("The environment whose model notifications are given up.", "Production")
    project: Text | None = key("That environment's project; without it every environment so called.", "Finance")
    reason: Text | None = key("Why.", "moved to another repository")

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        named = self.model_fields_set & {"to", "webhook", "model_notifications"}
        if len(named) != 1:
            raise refuse(
                "it does not say what is released",
                expected="one of `to` (a channel), `webhook` (its name), `model_notifications` (an environment)",
                fix="keep one of the keys" if named else "add `to: CHANNEL`",
            )
        return self


def _rule_kind(value: Any) -> str:  # noqa: ANN401 - whatever the file holds
    return "options" if isinstance(value, (dict, RuleDoc)) else "level"


Rule = Annotated[Annotated[RuleLevel, Tag("level")] | Annotated[RuleDoc, Tag("options")], Discriminator(_rule_kind)]
RuleId = Literal[
    "https-only",
    "literal-secret",
    "critical-must-page",
    "production-job-covered",
    "actionable-alert",
    "success-on-frequent-job",
    "duplicate-delivery",
    "mixed-severity-channel",
    "max-recipients",
    "non-production-pages",
    "hours-on-critical",
    "native-bypasses",
    "timeout-untold",
    "escalation-repeats",
    "escalation-has-end",
    "sla-feasible",
    "direct-to-vendor",
    "slack-linked-by",
    "all-jobs-webhook",
    "departed-user",
    "dangling-job",
    "orphan-recipient",
    "unproved-channel",
]


class Document(LayerDoc):
    """A policy file. With `team:`, the keys of a rule may stand at its head, for all rules of the team."""

    version: int | None = key("The version of the language, once in the policy.", 1)
    manager: Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")] | None = key(
        "What this repository is called in the ledger, once in the policy.", "acme-data-alerts"
    )
    account: AccountDoc | None = key(
        "The dbt Cloud account, once in the policy.",
        {"id": "$DBT_CLOUD_ACCOUNT_ID", "host": "$DBT_CLOUD_HOST", "token": "$DBT_CLOUD_TOKEN"},
    )
    scope: ScopeDoc | None = key(
        "How far this repository may reach. Default: the whole account.", {"projects": ["Finance"]}
    )
    ledger: LedgerDoc | None = key("Where it is kept who owns what. Default: a file.", {"store": "git"})
    relay: RelayDoc | None = key("Our own service.", {"url": "https://alerts.acme.example/dbt"})
    smtp: SmtpDoc | None = key(
        "The mail server of relayed e-mail.", {"host": "smtp.acme.example", "from": "a@acme.example"}
    )
    defaults: LayerDoc | None = key("What holds unless something says otherwise.", {"timezone": "America/New_York"})
    metrics: Names | None = key("Relayed channels that get every run of every job.", ["datadog"])
    canary: CanaryDoc | None = key("The job that proves native channels.", {"channels": ["revenue-owner"]})
    channels: dict[Name, ChannelDoc] | None = key(
        "Where messages can go, by name.", {"maria": {"type": "dbt_user", "email": "maria@acme.example"}}
    )
    tiers: dict[Name, TierDoc] | None = key("How bad, so who, how and how fast; by name.", {"critical": {"rank": 1}})
    escalations: dict[Name, Annotated[list[LevelDoc], Field(min_length=1)]] | None = key(
        "What happens when nobody reacts, by name.", {"standard": [{"after": "5m", "notify": ["oncall"]}]}
    )
    calendars: dict[Name, CalendarDoc] | None = key("Which days count, by name.", {"us-business": {"country": "US"}})
    rules: dict[RuleId, Rule] | None = key("The organisation's guardrails, by rule.", {"critical-must-page": "error"})
    team: Name | None = key("Whose file this is. Default: `default`.", "finance")
    jobs: list[JobRuleDoc] | None = key(
        "What the team says about its jobs.", [{"match": {"project": "Finance"}, "tier": "high"}]
    )
    notifications: list[NotificationDoc] | None = key(
        "Who is told besides.", [{"to": "revenue-owner", "on": ["success"], "jobs": {"name": "Month Close"}}]
    )
    webhooks: list[WebhookDoc] | None = key(
        "Webhooks of dbt Cloud.",
        [{"name": "lineage", "url": "https://catalog.acme.example", "on": "completed", "jobs": "all"}],
    )
    model_notifications: OneOrMore[ModelNotificationDoc] | None = key(
        "dbt Cloud's notifications to owners of models.", {"environment": "Production", "on": ["failure", "skipped"]}
    )
    mutes: list[MuteDoc] | None = key(
        "Relayed messages held back.",
        [{"jobs": {"name": "Quarter Close"}, "until": "2027-01-05", "reason": "migration"}],
    )
    ignore_drift: list[IgnoreDriftDoc] | None = key(
        "Drift that is known.", [{"to": "data-alerts", "until": "2027-01-05", "reason": "the app is being moved"}]
    )
    release: list[ReleaseDoc] | None = key("What is given up without being touched.", [{"to": "data-alerts"}])
