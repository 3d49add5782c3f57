"""The tables of the store: every row is one JSON document, plus the columns that are filtered or ordered by.

A column is generated from the document (`json_extract`), so a document and its columns cannot disagree.
`id` is the key of every table: an integer that the store counts up, or a text that the caller gives (`wsu_…`, `wev_…`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table: its columns, which of them have an index, where its integer ids begin, whether the key is a text.

    A column stands at the top of the document unless `paths` says otherwise.
    """

    columns: tuple[str, ...] = ()
    paths: Mapping[str, str] = field(default_factory=dict)
    indexes: tuple[str, ...] = ()
    first_id: int = 1
    text_key: bool = False

    def path(self, column: str) -> str:
        """Where in the document a column stands."""
        return self.paths.get(column, f'$."{column}"')


_TIMES = ("created_at", "updated_at")

TABLES: dict[str, Table] = {
    "accounts": Table(columns=("state",)),
    "users": Table(columns=("email", "is_active"), first_id=70403103900101),
    "groups": Table(columns=("name", "state", *_TIMES), first_id=70403103900901),
    "service_tokens": Table(columns=("name", "state", *_TIMES), first_id=70403103900951),
    "tokens": Table(text_key=True),
    "projects": Table(columns=("name", "state", *_TIMES), first_id=70403103901001),
    "environments": Table(
        columns=("project_id", "name", "type", "deployment_type", "dbt_version", "state", "credentials_id", *_TIMES),
        indexes=("project_id",),
        first_id=70403103902001,
    ),
    "jobs": Table(
        columns=(
            "project_id",
            "environment_id",
            "name",
            "dbt_version",
            "is_system",
            "state",
            "job_type",
            "triggers_schedule",
            *_TIMES,
        ),
        paths={"triggers_schedule": "$.triggers.schedule"},
        indexes=("state, is_system, id", "is_system, id", "project_id", "environment_id"),
        first_id=70403103910001,
    ),
    "variables": Table(
        columns=("project_id", "environment_id", "job_definition_id", "user_id", "name", "type", "state"),
        indexes=("project_id", "job_definition_id"),
        first_id=70403103904001,
    ),
    "notifications": Table(
        columns=("type", "user_id", "external_email", "slack_channel_id", "state", *_TIMES),
        indexes=("state, id", "external_email"),
        first_id=70403103905001,
    ),
    "model_notifications": Table(columns=("environment_id",), first_id=70403103906001),
    "notification_settings": Table(columns=("is_active",), first_id=70403103907001),
    "webhooks": Table(columns=("active", "name"), text_key=True),
    "events": Table(
        columns=("subscription_id", "run_id", "trigger_event_type", "created_at"),
        indexes=("subscription_id",),
        text_key=True,
    ),
    "receipts": Table(columns=("event_id", "subscription_id", "dispatched_at"), indexes=("event_id",), text_key=True),
    "runs": Table(
        columns=(
            "job_definition_id",
            "project_id",
            "environment_id",
            "status",
            "finished_at",
            "deferring_run_id",
            "dbt_version",
            "has_docs_generated",
            "has_sources_generated",
            "state",
            *_TIMES,
        ),
        indexes=("job_definition_id", "status", "created_at", "finished_at"),
        first_id=70403103950001,
    ),
    "steps": Table(columns=("run_id", "index"), indexes=("run_id",), first_id=70403103980001),
    "artifacts": Table(columns=("run_id", "step", "path"), indexes=("run_id",)),
    "messages": Table(columns=("kind", "run_id", "job_id", "recipient")),
    "settings": Table(text_key=True),
}
