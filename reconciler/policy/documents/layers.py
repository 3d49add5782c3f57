"""Documents of what can be said about a job: in `defaults`, in a tier, at the head of a team's file, in a rule."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from reconciler.policy.documents.account import AnomaliesDoc, Weekday
from reconciler.policy.documents.base import Doc, Names, OneOrMore, OrSingle, key, one_of_keys
from reconciler.policy.fields import (
    Duration,
    Email,
    Name,
    SignedDuration,
    Text,
    TimeOfDay,
    Timezone,
    Url,
    listed_value,
    refuse,
)

__all__ = ["LayerDoc", "LevelDoc", "NotifyDoc", "SlaDoc", "TargetDoc", "TierDoc"]

Repository = Annotated[
    str, Field(max_length=500, pattern=r"^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9_.~%+-]+){2,}/?$")
]
Folder = Annotated[
    str, Field(max_length=500, pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$")
]
Target = Annotated[str, Field(pattern=r"^[+-]?[^\s+\-$]\S{0,99}$")]


class TargetDoc(Doc):
    """A channel, only in some cases."""

    to: Target = Field(
        description="The channel; `+` or `-` in front edits the inherited list.", examples=["observability"]
    )
    of: Literal["model", "test", "freshness", "infrastructure"] | None = key("Only for failures of this kind.", "test")
    over: Duration | None = key("Only when later than this after `due`.", "30m")


def _target_kind(value: Any) -> str:  # noqa: ANN401 - whatever the file holds
    return "target" if isinstance(value, (dict, TargetDoc)) else "channel"


TargetItem = Annotated[
    Annotated[Target, Tag("channel")] | Annotated[TargetDoc, Tag("target")], Discriminator(_target_kind)
]
Targets = Annotated[list[TargetItem], BeforeValidator(listed_value), OrSingle()]


def _outcome(what: str, *, alias: str | None = None) -> Any:  # noqa: ANN401 - pydantic's own idiom
    return key(
        f"Who is told {what}. A plain list replaces, signed names edit, [] tells nobody.", ["data-team"], alias=alias
    )


class NotifyDoc(Doc):
    """Who is told what. An outcome that is not named is inherited."""

    success: Targets | None = _outcome("that a run succeeded")
    warning: Targets | None = _outcome("that a run ended with warnings")
    failure: Targets | None = _outcome("that a run failed or timed out")
    cancelled: Targets | None = _outcome("that a run was cancelled")
    late: Targets | None = _outcome("that a deadline was missed")
    slow: Targets | None = _outcome("that a run took longer than runs used to")
    anomaly: Targets | None = _outcome("that too few runs succeed")
    recovered: Targets | None = _outcome("that a job that failed succeeds again")
    started: Targets | None = _outcome("that a run began")
    any: Targets | None = _outcome("of every outcome that is not named here, except started")
    run_error: Targets | None = _outcome("of failures; the word here is `failure`", alias="run.error")
    job_run_error: Targets | None = _outcome("of failures; the word here is `failure`", alias="job.run.error")


class OncallDoc(Doc):
    """Who is on call."""

    slack: Annotated[str, Field(pattern="^[A-Z][A-Z0-9]+$")] | None = key(
        "A Slack user group id: it rings.", "S0123ABCD"
    )
    teams: Annotated[str, Field(max_length=320, pattern=r"^[^@\s$]+@[^@\s]+$|^[0-9A-Fa-f-]{36}$")] | None = key(
        "An address or id in Microsoft Teams, to be mentioned there.", "oncall@acme.example"
    )
    name: Text | None = key("What people call it.", "data-engineer-oncall")
    email: Email | None = key("Its address.", "oncall@acme.example")


class SlaDoc(Doc):
    """What must have happened by when."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [{"required": [name]} for name in ("due", "every", "stale_after", "max_duration")],
            "dependencies": {"since": ["due"]},
        }
    )

    name: Text | None = key("What people call it.", "revenue_dashboard")
    due: TimeOfDay | None = key("The time of day by which a run must have succeeded.", "08:00")
    since: SignedDuration | None = key("From when a run counts. Default: 00:00 of the due day.", "-4h")
    every: Duration | None = key("A run must succeed this often.", "1h")
    stale_after: Duration | None = key("The last success may be this old.", "4h")
    max_duration: Duration | None = key("A run may take this long.", "90m")
    grace: Duration | None = key("How late is not yet late.", "5m")
    timezone: Timezone | None = key("Of `due` and `since`. Default: the job's.", "America/New_York")
    calendar: Name | None = key("The days on which it holds.", "us-business")
    tier: Name | None = key("How bad a missed deadline is. Default: as the job's tier.", "critical")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        given = self.model_fields_set
        if not given & {"due", "every", "stale_after", "max_duration"}:
            raise refuse(
                "an SLA without a deadline",
                expected="one of `due`, `every`, `stale_after`, `max_duration`",
                fix='add `due: "08:00"` or another of them',
            )
        if "since" in given and "due" not in given:
            raise refuse("`since` belongs to `due`", expected="`due` beside it", fix='add `due: "08:00"`')
        return self


class HoursDoc(Doc):
    """Told only then; outside, held, and one summary at the next opening."""

    start: TimeOfDay = Field(alias="from", description="When the office opens.", examples=["08:00"])
    end: TimeOfDay = Field(alias="to", description="When it closes.", examples=["19:00"])
    calendar: Name | None = key("The days on which it opens.", "us-business")
    timezone: Timezone | None = key("Of both times. Default: the job's.", "America/New_York")


class GroupDoc(Doc):
    """Related failures become one message."""

    by: Literal["project", "environment", "cause"] = Field(description="What makes them related.", examples=["project"])
    window: Duration = Field(description="How long the message waits for more.", examples=["10m"])


class WhenDoc(Doc):
    """All given keys must hold for one failed node."""

    model_config = one_of_keys("models", "tags")

    models: OneOrMore[Text] | None = key("Model names; `*` stands for any text.", ["fct_revenue*"])
    tags: OneOrMore[Text] | None = key("Tags, any of them.", ["revenue", "pii"])

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.model_fields_set:
            return self
        raise refuse("`when` is empty", expected="`models` or `tags`", fix='write `models: ["fct_*"]`')


class PromoteDoc(Doc):
    """When the alert becomes one of a worse tier."""

    model_config = one_of_keys("after_consecutive_failures", "when")

    after_consecutive_failures: Annotated[int, Field(ge=1, le=1000)] | None = key("After so many in a row.", 3)
    when: WhenDoc | None = key("When such a node failed.", {"tags": ["revenue"]})
    to: Name = Field(description="The tier that it becomes.", examples=["critical"])

    @model_validator(mode="after")
    def _has_cause(self) -> Self:
        if self.model_fields_set & {"after_consecutive_failures", "when"}:
            return self
        raise refuse(
            "a promotion without a cause",
            expected="`after_consecutive_failures` or `when`",
            fix="add `after_consecutive_failures: 3`",
        )


Section = Literal[
    "success_rate",
    "completions",
    "failures",
    "slowest",
    "duration_trends",
    "usage",
    "anomalies",
    "recommendations",
]


class DigestDoc(Doc):
    """One message that sums up many runs."""

    every: Literal["day", "week"] = Field(description="How often.", examples=["day"])
    at: TimeOfDay = Field(description="At what time.", examples=["09:00"])
    weekday: Weekday | None = key("On which day of the week. Default: mon.", "mon")
    calendar: Name | None = key("The days on which it is sent.", "us-business")
    timezone: Timezone | None = key("Of `at`. Default: the policy's.", "America/New_York")
    to: Names = Field(description="The relayed channels.", examples=[["data-info"]])
    include: OneOrMore[Section] | None = key("What it holds. Default: everything.", ["success_rate", "failures"])


class LayerDoc(Doc):
    """What one place says about a job; what it does not name is inherited."""

    notify: NotifyDoc | None = key("Who is told what, at once.", {"failure": ["data-team"]})
    escalation: Name | None = key("What happens when nobody reacts.", "standard")
    response: Text | None = key("How fast people answer; shown in the message.", "within business hours")
    owner: Email | None = key("Who answers for the job.", "maria@acme.example")
    oncall: OncallDoc | None = key("Who is on call.", {"slack": "S0123ABCD", "name": "data-engineer-oncall"})
    runbook: Url | None = key("What to do, as a page.", "https://wiki.acme.example/finance")
    impact: Text | None = key("What breaks for whom.", "Revenue dashboard shows stale data")
    actions: OneOrMore[Text] | None = key(
        "What to do, as lines of the message; may hold {{ fields }}.", ["Check the source"]
    )
    repository: Repository | None = key(
        "The web address of the dbt project's code, for links to files and changes.", "https://github.com/acme/dbt"
    )
    repository_path: Folder | None = key("The dbt project's folder in the repository.", "transform/finance")
    reason: Text | None = key("Why nobody is told.", "CI failures show in the pull request")
    timezone: Timezone | None = key("Of times of day.", "America/New_York")
    sla: SlaDoc | None = key("What must have happened by when.", {"due": "08:00"})
    hours: HoursDoc | None = key("Office hours.", {"from": "08:00", "to": "19:00"})
    group: GroupDoc | None = key("Related failures become one message.", {"by": "project", "window": "10m"})
    promote: OneOrMore[PromoteDoc] | None = key(
        "When the alert becomes worse; any of them.", [{"after_consecutive_failures": 3, "to": "critical"}]
    )
    digest: DigestDoc | None = key("One message that sums up.", {"every": "day", "at": "09:00", "to": ["data-info"]})
    anomalies: AnomaliesDoc | None = key("When `slow` and `anomaly` are told.", {"slower": {"by": "50%"}})


class TierDoc(LayerDoc):
    """How bad: who, how and how fast."""

    rank: Annotated[int, Field(ge=1, le=1000)] = Field(description="1 is worst; ranks are unique.", examples=[1])


class LevelDoc(Doc):
    """One step of an escalation."""

    after: Duration = Field(description="Counted from the incident's start.", examples=["15m"])
    notify: Names = Field(description="The relayed channels that are told.", examples=[["oncall"]])
    unless: Literal["acknowledged", "resolved"] | None = key(
        "What makes it unnecessary. Default: acknowledged.", "resolved"
    )
    ticket: Name | None = key("The relayed channel that opens a ticket.", "ticketing")
    note: Text | None = key("A line of the message.", "are more people needed?")
