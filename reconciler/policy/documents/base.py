"""What all documents share: unknown keys are errors, nothing is converted. And the selector, which most hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

from reconciler.policy.fields import LARGEST_ID, Name, Text, listed_value, refuse

__all__ = [
    "Doc",
    "JobType",
    "Jobs",
    "Names",
    "OneOrMore",
    "OrSingle",
    "ScheduleDoc",
    "SelectorDoc",
    "TypeDoc",
    "key",
    "one_of_keys",
]

T = TypeVar("T")


class OrSingle:
    """Says in the JSON Schema that one value may stand for a list; a generic loses pydantic's own input type."""

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        whole = handler(core_schema)
        return {"anyOf": [whole.get("items", {}), whole]}


OneOrMore = Annotated[list[T], Field(min_length=1), BeforeValidator(listed_value), OrSingle()]
"""One value or a list of them."""


class Doc(BaseModel):
    """A mapping of the policy language."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True, validate_default=False)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[BaseModel], handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let no key be null: what is not said is left out. `None` is only what the models answer for it."""
        schema = handler(source)
        inner: Any = handler.resolve_ref_schema(schema)
        while inner["type"] != "model-fields":
            inner = inner["schema"]
        for declared in inner["fields"].values():
            if declared["schema"]["type"] == "default" and declared["schema"]["schema"]["type"] == "nullable":
                declared["schema"]["schema"] = declared["schema"]["schema"]["schema"]
        return schema


def key(  # pydantic's own idiom, hence its types
    description: str,
    *examples: Any,  # noqa: ANN401
    example: bool | None = None,
    alias: str | None = None,
) -> Any:  # noqa: ANN401
    """Declare an optional key with the line that editors show for it."""
    shown = list(examples) if example is None else [example]
    return Field(default=None, description=description, examples=shown or None, alias=alias)


def one_of_keys(*names: str) -> ConfigDict:
    """Say in the JSON Schema that one of these keys must be there; the models say it in their validators."""
    return ConfigDict(json_schema_extra={"anyOf": [{"required": [name]} for name in names]})


Names = OneOrMore[Name]
JobType = Literal["ci", "scheduled", "other", "merge", "exposure_sync", "adaptive", "hybrid"]


class TypeDoc(Doc):
    """Environments of one kind."""

    type: Literal["production", "staging", "development"] = Field(
        description="The deployment type of the environment.", examples=["production"]
    )


class ScheduleDoc(Doc):
    """Jobs by how often their schedule runs them."""

    at_least: Literal["hourly", "daily", "weekly", "monthly"] = Field(
        description="The job is scheduled and runs at least this often.", examples=["hourly"]
    )


def _environment_kind(value: Any) -> str:  # noqa: ANN401 - whatever the file holds
    return "kind" if isinstance(value, (dict, TypeDoc)) else "name"


EnvironmentItem = Annotated[
    Annotated[Text, Tag("name")] | Annotated[TypeDoc, Tag("kind")], Discriminator(_environment_kind)
]


class SelectorDoc(Doc):
    """Which jobs: every given key must hold, a list means any of its members."""

    model_config = one_of_keys("id", "project", "environment", "name", "job_type", "schedule")

    id: OneOrMore[Annotated[int, Field(ge=1, le=LARGEST_ID)]] | None = key("Job ids, as in the job's address.", 4711)
    project: OneOrMore[Text] | None = key("Project names.", "Finance")
    environment: OneOrMore[EnvironmentItem] | None = key(
        "Environment names, or kinds of environments.", "Production", {"type": "production"}
    )
    name: OneOrMore[Text] | None = key("Job names; `*` stands for any text, case counts.", "Daily Revenue", "Hourly *")
    job_type: OneOrMore[JobType] | None = key("Kinds of jobs, in dbt Cloud's words.", "scheduled")
    schedule: ScheduleDoc | None = key("How often the job's schedule runs it.", {"at_least": "hourly"})
    optional: bool | None = key("May match no job without stopping its rule. Default: false.", example=True)

    @model_validator(mode="after")
    def _selects_something(self) -> Self:
        if self.model_fields_set - {"optional"}:
            return self
        raise refuse(
            "a selector without keys would mean every job",
            expected="one of `id`, `project`, `environment`, `name`, `job_type`, `schedule`",
            fix="name the jobs; where every job is really meant, and the key allows it, write `jobs: all`",
        )


def _jobs_kind(value: Any) -> str:  # noqa: ANN401
    return "selector" if isinstance(value, (dict, SelectorDoc)) else "all"


Jobs = Annotated[
    Annotated[Literal["all"], Tag("all")] | Annotated[SelectorDoc, Tag("selector")], Discriminator(_jobs_kind)
]
"""A selector, or the word all."""
