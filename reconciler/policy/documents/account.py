"""Documents about the account, how far the repository reaches, and what stands at most once."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from reconciler.policy.documents.base import Doc, Jobs, Names, OneOrMore, key
from reconciler.policy.fields import AccountId, Duration, Email, HostText, Name, Percent, SecretText, Text, Url
from reconciler.policy.fields_git import BranchName, RemoteName

__all__ = [
    "AccountDoc",
    "AnomaliesDoc",
    "CalendarDoc",
    "CanaryDoc",
    "LedgerDoc",
    "RelayDoc",
    "RuleDoc",
    "ScopeDoc",
    "SinkDoc",
    "SmtpDoc",
    "Weekday",
]

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class AccountDoc(Doc):
    """The dbt Cloud account. Each value may be a reference."""

    id: AccountId = Field(description="The account's number, or a reference.", examples=["$DBT_CLOUD_ACCOUNT_ID"])
    host: HostText = Field(description="The account's address, with https://.", examples=["https://ab123.us1.dbt.com"])
    token: SecretText = Field(description="A service token; write a reference.", examples=["$DBT_CLOUD_TOKEN"])


class ScopeDoc(Doc):
    """Bounds everything that is added, changed or removed; an absent key bounds nothing."""

    projects: OneOrMore[Text] | None = key("Names of the projects that may be touched.", ["Finance", "Growth"])
    environments: OneOrMore[Text] | None = key("Names of the environments that may be touched.", ["Production"])
    jobs: Jobs | None = key("The jobs that may be touched.", {"project": "Finance"})
    recipients: OneOrMore[Text] | None = key(
        "Who may be added or removed; `*` stands for any text.", ["*@acme.example"]
    )
    all_jobs_webhooks: bool | None = key("Whether a webhook may subscribe to every job. Default: false.", example=True)


_REDACT: Final = "Whether addresses are stored as keyed hashes; the key is the operator's. Default: false."


class FileLedgerDoc(Doc):
    """The ledger is a file."""

    store: Literal["file"] = Field(
        description="`file`: the ledger is a file; `git`: a branch of this repository.", examples=["file"]
    )
    path: Text | None = key("Where the file is, from the working directory.", ".dbt-alerts/ledger.json")
    redact: bool | None = key(_REDACT, example=True)


class GitLedgerDoc(Doc):
    """The ledger is a branch of this repository's remote, shared by every manager of the account."""

    store: Literal["git"] = Field(
        description="`file`: the ledger is a file; `git`: a branch of this repository.", examples=["git"]
    )
    branch: BranchName | None = key(
        "The branch, which holds nothing else. Default: dbt-alerts-ledger.", "dbt-alerts-ledger"
    )
    remote: RemoteName | None = key("The name of a remote of the clone, never a URL. Default: origin.", "origin")
    redact: bool | None = key(_REDACT, example=True)


LedgerDoc = Annotated[FileLedgerDoc | GitLedgerDoc, Field(discriminator="store")]


class FileSinkDoc(Doc):
    """The secret goes into a file."""

    store: Literal["file"] = Field(
        description="`file`: into a file; `command`: to the operator's program.", examples=["file"]
    )
    path: Text = Field(
        description="Where the file is, from the working directory.", examples=[".dbt-alerts/relay.secret"]
    )


class CommandSinkDoc(Doc):
    """The secret goes to the program that the operator names, never the policy."""

    store: Literal["command"] = Field(
        description="`file`: into a file; `command`: to the operator's program.", examples=["command"]
    )


SinkDoc = Annotated[FileSinkDoc | CommandSinkDoc, Field(discriminator="store")]


class RelayDoc(Doc):
    """Our own service, which delivers to the relayed channels."""

    url: Url = Field(description="Its public address.", examples=["https://alerts.acme.example/dbt"])
    secret_sink: SinkDoc | None = key(
        "Where the webhook's secret is put, the one time dbt Cloud shows it.",
        {"store": "file", "path": ".dbt-alerts/relay.secret"},
    )


class SmtpDoc(Doc):
    """The mail server of the relayed e-mail channels."""

    host: Text = Field(description="The server's name.", examples=["smtp.acme.example"])
    port: Annotated[int, Field(ge=1, le=65535)] | None = key("Its port. Default: 587.", 587)
    user: Text | None = key("Who logs in.", "alerts")
    password: SecretText | None = key("Their password; write a reference.", "$SMTP_PASSWORD")
    sender: Email = Field(alias="from", description="Who the mail is from.", examples=["dbt-alerts@acme.example"])
    tls: Literal["starttls", "tls", "none"] | None = key("How the connection is encrypted. Default: starttls.", "tls")


class SuccessRateDoc(Doc):
    """Too few runs succeed."""

    below: Percent | None = key("Tell below this share. Default: 95%.", "95%")
    over: Duration | None = key("Counted over this time. Default: 7d.", "7d")


class SlowerDoc(Doc):
    """Runs take longer than they used to."""

    by: Percent | None = key("Tell above this increase. Default: 50%.", "50%")
    recent: Annotated[int, Field(ge=1, le=1000)] | None = key("How many last runs are compared. Default: 3.", 3)
    min_runs: Annotated[int, Field(ge=1, le=10000)] | None = key("Runs that history needs at least. Default: 5.", 5)


class AnomaliesDoc(Doc):
    """When `slow` and `anomaly` are told."""

    success_rate: SuccessRateDoc | None = key("Too few runs succeed.", {"below": "95%", "over": "7d"})
    slower: SlowerDoc | None = key("Runs take longer than they used to.", {"by": "50%", "recent": 3, "min_runs": 5})


class CanaryDoc(Doc):
    """The job that is made to fail in order to prove native channels."""

    job: Jobs | None = key("The canary job.", {"project": "Platform", "name": "Alert canary"})
    channels: Names | None = key("The native channels that are proved.", ["revenue-owner"])
    token: SecretText | None = key("A token that may run the canary; write a reference.", "$CANARY_TOKEN")


class CalendarDoc(Doc):
    """Which days count. Public holidays of `country` do not."""

    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = key("Whose public holidays are excluded.", "US")
    subdivision: Annotated[str, Field(pattern="^[A-Z0-9]{1,6}$")] | None = key("A state or region of it.", "NY")
    weekdays: OneOrMore[Weekday] | None = key("The days of the week that count. Default: all.", ["mon", "tue"])


RuleLevel = Literal["error", "warn", "info", "off"]


class RuleDoc(Doc):
    """A guardrail with options."""

    level: RuleLevel | None = key("How bad a finding is.", "error")
    baseline: Text | None = key("A file with what was there before, beside the policy.", "guardrails-baseline.yml")
    limit: Annotated[int, Field(ge=0, le=1_000_000)] | None = key("The greatest number that is fine.", 10)
    names: OneOrMore[Name] | None = key("Name patterns that the rule looks for.", ["all-*"])
