"""What a tests file may hold: tests, and the made-up jobs that they are about."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    PlainSerializer,
    PlainValidator,
    Tag,
    WithJsonSchema,
    model_validator,
)

from reconciler.model.duration import exact_duration
from reconciler.policy.documents.base import Doc, JobType, Names, OneOrMore, key
from reconciler.policy.fields import Duration, Name, Text, parse_duration, refuse

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

__all__ = ["ExpectedDoc", "FailedDoc", "GivenDoc", "JobNameDoc", "MadeUpJobDoc", "TestDoc", "TestsDocument"]

_ZERO = frozenset({"0s", "0m", "0h"})


def _after(value: Any) -> timedelta:  # noqa: ANN401 - whatever the file holds
    if isinstance(value, str) and value in _ZERO:
        return timedelta()
    if value == 0:
        raise refuse("a length of time has a unit", expected="`0m`, `5m`, `1h30m`", fix="write `0m`")
    return parse_duration(value)


After = Annotated[
    timedelta,
    PlainValidator(_after),
    PlainSerializer(exact_duration, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^([0-9]{1,5}d)?([0-9]{1,5}h)?([0-9]{1,6}m)?([0-9]{1,7}s)?$"}),
]
"""A length of time; unlike others it may be nothing: `0m` is at once."""

Told = Literal["success", "warning", "failure", "cancelled", "late", "slow", "anomaly", "recovered", "started"]
Happens = Literal[
    "success", "warning", "failure", "cancelled", "late", "slow", "anomaly", "recovered", "started", "timeout"
]


class MadeUpJobDoc(Doc):
    """A job that tests are about, so that they need no account."""

    name: Text = Field(description="Its name.", examples=["Daily Revenue"])
    project: Text = Field(description="Its project's name.", examples=["Finance"])
    environment: Text | None = key("Its environment's name. Default: Production.", "Production")
    type: Literal["production", "staging", "development"] | None = key(
        "What the environment is for. Default: production.", "staging"
    )
    id: Annotated[int, Field(ge=1)] | None = key("Its id, where the policy selects by id.", 4711)
    job_type: JobType | None = key("Its kind, in dbt Cloud's words. Default: scheduled.", "ci")
    schedule: Text | None = key("Its schedule as cron, in UTC.", "0 11 * * *")


class JobNameDoc(Doc):
    """Which job: a name alone is enough where it is the only one."""

    name: Text = Field(description="The job's name.", examples=["Daily Revenue"])
    project: Text | None = key("Its project's name.", "Finance")
    environment: Text | None = key("Its environment's name.", "Production")


class FailedDoc(Doc):
    """One thing that failed in the run: exactly one of the four."""

    model: Text | None = key("A model.", "fct_revenue_daily")
    test: Text | None = key("A test.", "not_null_orders_id")
    freshness: Text | None = key("A source that is stale.", "raw.orders")
    infrastructure: Text | None = key("What of the warehouse or of dbt Cloud.", "warehouse suspended")
    tags: OneOrMore[Text] | None = key("Its tags.", ["revenue"])

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set - {"tags"}) == 1:
            return self
        raise refuse(
            "what failed is one thing",
            expected="one of `model`, `test`, `freshness`, `infrastructure`",
            fix="write an entry for each, such as `- {model: fct_revenue_daily, tags: [revenue]}`",
        )


class GivenDoc(Doc):
    """What came before, what failed, and what people did."""

    failures_before: Annotated[int, Field(ge=0, le=10_000)] | None = key("Failures in a row just before this.", 2)
    failed: OneOrMore[FailedDoc] | None = key("What failed.", [{"model": "fct_revenue_daily", "tags": ["revenue"]}])
    acknowledged_after: After | None = key("When somebody acknowledges.", "10m")
    resolved_after: After | None = key("When it is resolved.", "40m")
    late_by: Duration | None = key("How late it is, of the outcome late.", "45m")
    incident_open_for: After | None = key("An incident of the job is open, for so long.", "20m")
    incident_tier: Name | None = key("The tier that told it, if it was promoted. Default: the job's own.", "critical")
    group_open_for: After | None = key("A group of related failures waits for more, for so long.", "4m")


class ExpectedDoc(Doc):
    """One message: without `after` or `at` at any time, without `on` as whatever outcome."""

    channel: Name = Field(description="The channel.", examples=["data-critical"])
    after: After | None = key("How long after it happened; `0m` is at once.", "5m")
    at: Text | None = key("When, in the policy's zone or with an offset.", "2026-01-05T08:00")
    on: Told | None = key("As what it is told, where that is another outcome.", "recovered")

    @model_validator(mode="after")
    def _one_time(self) -> Self:
        if self.after is None or self.at is None:
            return self
        raise refuse("a message has one time", expected="`after` or `at`", fix="delete one of the two")


def _expected_kind(value: Any) -> str:  # noqa: ANN401
    return "options" if isinstance(value, (dict, ExpectedDoc)) else "channel"


Expectation = Annotated[
    Annotated[Name, Tag("channel")] | Annotated[ExpectedDoc, Tag("options")], Discriminator(_expected_kind)
]


def _nobody(value: Any) -> Any:  # noqa: ANN401
    """Write the word out: nobody is an empty list."""
    if value == "nobody":
        nobody: list[str] = []
        return nobody
    if isinstance(value, str):
        raise refuse(
            "this word is not known here",
            expected="a list of channels, or the word `nobody`",
            fix=f"write `[{value}]`",
        )
    return value


class OrNobody:
    """Says in the JSON Schema that the word `nobody` may stand for the list."""

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"const": "nobody"}, handler(core_schema)]}


Expectations = Annotated[list[Expectation], BeforeValidator(_nobody), OrNobody()]


def _job_kind(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, int):
        return "id"
    return "options" if isinstance(value, (dict, JobNameDoc)) else "name"


JobName = Annotated[
    Annotated[Annotated[int, Field(ge=1)], Tag("id")]
    | Annotated[Text, Tag("name")]
    | Annotated[JobNameDoc, Tag("options")],
    Discriminator(_job_kind),
]


class TestDoc(Doc):
    """One test: this job, this outcome, at this time; these channels are told, at these times, and nobody else."""

    __test__ = False

    name: Text = Field(description="What it says, as a sentence.", examples=["revenue wakes somebody at night"])
    job: JobName = Field(description="Which job: its name, its id, or name and place.", examples=["Daily Revenue"])
    on: Happens = Field(description="What happens: an outcome, or `timeout`.", examples=["failure"])
    at: Text = Field(description="When, in the policy's zone or with an offset.", examples=["2026-01-03T03:00"])
    given: GivenDoc | None = key("What came before, what failed, what people did.", {"failures_before": 2})
    expect: Expectations | None = key(
        "Everybody who is told; `nobody` for nobody.", [{"channel": "data-critical", "after": "0m"}]
    )
    expect_at_least: Annotated[list[Expectation], Field(min_length=1)] | None = key(
        "Some of those who are told; others may be told too.", [{"channel": "data-critical", "after": "0m"}]
    )
    never: Names | None = key("Channels that are not told, at no time.", ["management"])

    @model_validator(mode="after")
    def _expects(self) -> Self:
        given = self.model_fields_set & {"expect", "expect_at_least"}
        if len(given) == 2:
            raise refuse(
                "who is told is said once",
                expected="`expect`, which names everybody, or `expect_at_least`",
                fix="delete one of the two",
            )
        if given or self.never:
            return self
        raise refuse(
            "the test expects nothing",
            expected="`expect`, `expect_at_least` or `never`",
            fix="add `expect: [{channel: …, after: 0m}]`, or `expect: nobody`",
        )


class TestsDocument(Doc):
    """A tests file."""

    __test__ = False

    jobs: list[MadeUpJobDoc] | None = key(
        "The jobs that tests are about, of all tests files together.", [{"name": "Daily Revenue", "project": "Finance"}]
    )
    tests: list[TestDoc] | None = key(
        "The tests.",
        [{"name": "…", "job": "Daily Revenue", "on": "failure", "at": "2026-01-03T03:00", "expect": "nobody"}],
    )
