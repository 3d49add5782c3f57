"""Documents of channels: a union told apart by `type`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from reconciler.policy.documents.base import Doc, OneOrMore, key
from reconciler.policy.fields import Email, Name, SecretText, Text, refuse

__all__ = ["ChannelDoc", "NativeDoc", "RelayedDoc"]

SlackChannelId = Annotated[str, Field(pattern="^[A-Z][A-Z0-9]+$")]
OwnerPattern = Annotated[str, Field(max_length=320, pattern=r"^[^@\s$]+@(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")]
Included = Literal[
    "error", "duration", "link", "models", "cause", "change", "history", "impact", "owner", "runbook", "actions"
]


def _kind(word: str) -> Any:  # noqa: ANN401 - pydantic's own idiom
    return Field(description=f"`{word}`: the kind of channel.", examples=[word])


class NativeDoc(Doc):
    """dbt Cloud delivers, at once, in its own words."""

    exclusive: bool | None = key("Remove everybody else's notifications to this recipient, inside scope.", example=True)
    protect: bool | None = key("Keep this recipient's notifications from removal.", example=True)


class DbtUserDoc(NativeDoc):
    """A dbt Cloud user, told by dbt Cloud's e-mail."""

    type: Literal["dbt_user"] = _kind("dbt_user")
    email: Email = Field(description="The user's e-mail in dbt Cloud.", examples=["maria@acme.example"])


class DbtEmailDoc(NativeDoc):
    """An address outside dbt Cloud, told by dbt Cloud's e-mail."""

    type: Literal["dbt_email"] = _kind("dbt_email")
    address: Email = Field(description="The address.", examples=["finance-data@acme.example"])
    owner: Email | None = key("The dbt Cloud user who stands for it.", "platform@acme.example")


class DbtSlackDoc(NativeDoc):
    """A Slack channel, told by dbt Cloud's own Slack app."""

    type: Literal["dbt_slack"] = _kind("dbt_slack")
    channel_id: SlackChannelId = Field(description="The channel's id in Slack, not its name.", examples=["C0123456789"])
    channel_name: Text | None = key("Its name, for people.", "#data-alerts")
    linked_by: Email | None = key(
        "The user who linked the app; with any other nothing is delivered.", "ana@acme.example"
    )


class DbtSlackAppDoc(NativeDoc):
    """A Slack channel, told by dbt Cloud's Slack app of the whole account."""

    type: Literal["dbt_slack_app"] = _kind("dbt_slack_app")
    channel_id: SlackChannelId = Field(description="The channel's id in Slack, not its name.", examples=["C0123456789"])
    channel_name: Text | None = key("Its name, for people.", "#data-alerts")
    owner: Email | None = key("The dbt Cloud user who stands for it.", "platform@acme.example")


class RelayedDoc(Doc):
    """Our relay delivers, with our templates."""

    pages: bool | None = key("Whether it wakes people. Default: only pagerduty.", example=True)
    fallback: Name | None = key("The relayed channel that is used when this one fails.", "oncall-mail")
    include: OneOrMore[Included] | None = key("What the message holds.", ["error", "duration", "link"])
    audience: Literal["engineers", "stakeholders"] | None = key(
        "Who reads it; stakeholders get plain language, without errors. Default: engineers.", "stakeholders"
    )


class SlackDoc(RelayedDoc):
    """Slack, by an incoming webhook or by a bot."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": ["url"]}, {"required": ["token"]}],
            "dependencies": {"token": ["channel_id"], "channel_id": ["token"]},
        }
    )

    type: Literal["slack"] = _kind("slack")
    url: SecretText | None = key("The incoming webhook; write a reference.", "$SLACK_URL")
    token: SecretText | None = key("The bot's token; write a reference.", "$SLACK_BOT_TOKEN")
    channel_id: SlackChannelId | None = key("Where the bot writes.", "C0987654321")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.url is None) == (self.token is None) or (self.token is None) != (self.channel_id is None):
            raise refuse(
                "a Slack channel has one way to be reached",
                expected="either `url`, or `token` and `channel_id`",
                fix="keep `url: $NAME`, or keep `token: $NAME` with `channel_id`",
            )
        return self


class PagerDutyDoc(RelayedDoc):
    """PagerDuty, Events API v2."""

    type: Literal["pagerduty"] = _kind("pagerduty")
    routing_key: SecretText = Field(description="The integration key; write a reference.", examples=["$PAGERDUTY_KEY"])
    region: Literal["us", "eu"] | None = key("Where the PagerDuty account lives. Default: us.", "eu")
    api_key: SecretText | None = key(
        "A key of the REST API, by which a test sees its incident again; write a reference.", "$PAGERDUTY_API_KEY"
    )


class EmailDoc(RelayedDoc):
    """E-mail of our own."""

    type: Literal["email"] = _kind("email")
    to: OneOrMore[Email] = Field(description="The addresses.", examples=[["oncall@acme.example"]])
    node_owners: OneOrMore[OwnerPattern] | None = key(
        "Owners of failed nodes are mailed too, if their address is one of these; `*` stands for any text.",
        ["*@acme.example"],
    )


class TeamsDoc(RelayedDoc):
    """Microsoft Teams, by a workflow."""

    type: Literal["teams"] = _kind("teams")
    url: SecretText = Field(description="The workflow's address; write a reference.", examples=["$TEAMS_URL"])


class DatadogDoc(RelayedDoc):
    """Datadog events and metrics."""

    type: Literal["datadog"] = _kind("datadog")
    api_key: SecretText = Field(description="The API key; write a reference.", examples=["$DD_API_KEY"])
    site: Text | None = key("The Datadog site. Default: datadoghq.com.", "datadoghq.eu")


class MonteCarloDoc(RelayedDoc):
    """Monte Carlo."""

    type: Literal["monte_carlo"] = _kind("monte_carlo")
    key_id: SecretText = Field(description="The key's id; write a reference.", examples=["$MCD_ID"])
    key_token: SecretText = Field(description="The key's token; write a reference.", examples=["$MCD_TOKEN"])


class SignDoc(Doc):
    """How a webhook is signed (standard-webhooks)."""

    secret: SecretText = Field(description="The signing secret; write a reference.", examples=["$SIGNING_SECRET"])


class WebhookChannelDoc(RelayedDoc):
    """An HTTP endpoint of your own."""

    type: Literal["webhook"] = _kind("webhook")
    url: SecretText = Field(description="The endpoint; write a reference if it is secret.", examples=["$TICKET_URL"])
    headers: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")], SecretText] | None = key(
        "Headers to send; write references.", {"X-Token": "$TICKET_TOKEN"}
    )
    user: Text | None = key("The user of basic authentication.", "alerts")
    password: SecretText | None = key("The password of basic authentication; write a reference.", "$TICKET_PASSWORD")
    sign: SignDoc | None = key("Sign each request.", {"secret": "$TICKET_SIGNING_SECRET"})


class AppriseDoc(RelayedDoc):
    """Anything that Apprise reaches."""

    type: Literal["apprise"] = _kind("apprise")
    url: SecretText = Field(description="The Apprise address; write a reference.", examples=["$APPRISE_URL"])


ChannelDoc = Annotated[
    DbtUserDoc
    | DbtEmailDoc
    | DbtSlackDoc
    | DbtSlackAppDoc
    | SlackDoc
    | PagerDutyDoc
    | EmailDoc
    | TeamsDoc
    | DatadogDoc
    | MonteCarloDoc
    | WebhookChannelDoc
    | AppriseDoc,
    Field(discriminator="type"),
]
