"""Jobs: what may be written, what the server derives, what is shown (reference §4.1, §4.2)."""

import json
from functools import lru_cache, partial

from starlette.routing import BaseRoute

from reconciler.sandbox.api import environments
from reconciler.sandbox.api.resource import ACTIVE, Related, Resource, entries, stamps
from reconciler.sandbox.api.routing import Call, api_routes
from reconciler.sandbox.envelope import Refusal, error, invalid
from reconciler.sandbox.fields import (
    Mistake,
    accept,
    boolean,
    filled,
    integer,
    list_of,
    object_of,
    one_of,
    optional,
    required,
    text,
)
from reconciler.sandbox.paging import boolean as truth
from reconciler.sandbox.paging import integer as number
from reconciler.sandbox.schedules import cron_of, describe, next_run
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row, encode

JOB_TYPES = ("ci", "scheduled", "other", "merge", "exposure_sync", "adaptive", "hybrid")
_WEEKDAYS = frozenset("0123456")
DBT_STATE = "dbt_state"
DATES = ("every_day", "days_of_week", "custom_cron", "interval_cron")
_date = object_of(required("type", one_of(*DATES)), optional("days", list_of(integer)), optional("cron", text))
_time_fields = object_of(
    required("type", one_of("every_hour", "at_exact_hours")),
    optional("interval", integer),
    optional("hours", list_of(integer)),
)


def _time(value: object) -> Row:
    clean = _time_fields(value)
    if clean["type"] == "every_hour" and clean["interval"] is None:
        raise Mistake({"interval": "required key not provided"})
    return clean


_condition = object_of(
    required("job_id", integer), required("project_id", integer), required("statuses", list_of(one_of(10, 20, 30)))
)

FIELDS = (
    required("account_id", integer),
    required("project_id", integer),
    required("environment_id", integer),
    required("name", filled),
    required("state", one_of(1, 2)),
    required(
        "triggers",
        object_of(
            required("github_webhook", boolean),
            required("schedule", boolean),
            optional("git_provider_webhook", boolean),
            optional("on_merge", boolean),
            optional("custom_branch_only", boolean),
        ),
    ),
    required("settings", object_of(required("threads", integer), required("target_name", filled))),
    required("generate_docs", boolean),
    optional("description", text, default=""),
    optional("execute_steps", list_of(filled), default=[]),
    optional("execution", object_of(required("timeout_seconds", integer)), default={"timeout_seconds": 0}),
    optional("schedule", object_of(required("date", _date), required("time", _time), optional("cron", text))),
    optional("dbt_version", filled),
    optional("deferring_environment_id", integer),
    optional("deferring_job_definition_id", integer),
    optional("job_type", one_of(*JOB_TYPES)),
    optional("lifecycle_webhooks", boolean, default=False),
    optional("run_compare_changes", boolean, default=False),
    optional("compare_changes_flags", filled, default="--select state:modified"),
    optional("run_generate_sources", boolean, default=False),
    optional("run_lint", boolean, default=False),
    optional("errors_on_lint_failure", boolean, default=True),
    optional("cost_optimization_features", list_of(filled), default=[]),
    optional("triggers_on_draft_pr", boolean, default=False),
    optional("generate_sources", boolean, default=False),
    optional("force_node_selection", boolean),
    optional("job_completion_trigger_condition", object_of(required("condition", _condition))),
)

DERIVED: Row = {
    "raw_dbt_version": None,
    "lifecycle_webhooks_url": None,
    "run_failure_count": 0,
    "is_deferrable": False,
    "is_system": False,
    "deactivated": False,
}
HIDDEN: Row = {
    "account": None,
    "project": None,
    "environment": None,
    "fusion_readiness": None,
    "most_recent_run": None,
    "most_recent_completed_run": None,
}


def derive(clean: Row) -> Row:
    """Fill in what the server works out: the cron line, and `scheduled` or `other` from the trigger."""
    schedule: Row = clean["schedule"] or {"date": {"type": "every_day"}, "time": {"type": "every_hour", "interval": 1}}
    date, time = _date_with_days(_without_null(schedule["date"])), _without_null(schedule["time"])
    compact = {"cron": cron_of(schedule), "date": date, "time": time}
    return {**clean, "schedule": compact, "job_type": _job_type(clean), **_optimizations(clean)}


def _date_with_days(date: Row) -> Row:
    """Tell the days of an interval's cron line: Terraform's client writes the line and reads the days (§4.2)."""
    if date["type"] != "interval_cron" or "days" in date:
        return date
    days = (date.get("cron") or "").split(" ")[-1].split(",")
    return {**date, "days": [int(day) for day in days]} if _WEEKDAYS.issuperset(days) else date


def _optimizations(clean: Row) -> Row:
    """Let the list win over the older `force_node_selection`; `dbt_state` stands alone in it (reference §4.2)."""
    features = clean["cost_optimization_features"]
    if not features:
        return {}
    alone = [DBT_STATE] if DBT_STATE in features else features
    return {"cost_optimization_features": alone, "force_node_selection": False}


def _without_null(part: Row) -> Row:
    return {name: value for name, value in part.items() if value is not None}


def _job_type(clean: Row) -> str:
    if clean["job_type"] not in (None, "scheduled", "other"):
        return str(clean["job_type"])
    triggers = clean["triggers"]
    if triggers["schedule"]:
        return "scheduled"
    if clean["job_type"] is None and (triggers["github_webhook"] or triggers["git_provider_webhook"]):
        return "ci"
    return "merge" if clean["job_type"] is None and triggers["on_merge"] else "other"


def write(call: Call, body: Row, old: Row | None) -> Row:
    """Make a job: all of it is replaced, except what the server counts."""
    clean = derive(accept(body, FIELDS))
    _check_place(call, clean)
    if clean["job_type"] in ("ci", "merge") and clean["cost_optimization_features"] not in ([], [DBT_STATE]):
        raise Refusal(error(405, "Cost optimization features are not allowed on CI and merge jobs."))
    kept = {name: (old or DERIVED).get(name, value) for name, value in DERIVED.items()}
    return {**clean, **kept, "account_id": call.state.account_id, **stamps(old, call.state.stamp())}


def _check_place(call: Call, clean: Row) -> None:
    project = call.state.store.get("projects", clean["project_id"])
    if project is None or project["state"] != 1 or not call.grant.sees(project["id"]):
        raise Refusal(invalid({"project_id": "no such project"}))
    environment = call.state.store.get("environments", clean["environment_id"])
    if environment is None or environment["state"] != 1 or environment["project_id"] != project["id"]:
        raise Refusal(invalid({"environment_id": "no such environment in this project"}))


def show(call: Call, row: Row, related: Related) -> Row:
    """Show a job to a caller."""
    return view(call.state, row, related)


def view(state: State, row: Row, related: Related = frozenset()) -> Row:
    """Show a job; related objects only when asked for."""
    shown = {**row, **HIDDEN, "cron_humanized": describe(row["schedule"]["cron"]), **_next_run(state, _live_cron(row))}
    return _with_related(state, shown, related) if related else shown


def quick(state: State, doc: str) -> str:
    """Do what `view` does from text to text: a list of thousands is not parsed again each time."""
    head, cron = _parsed(doc)
    return head + encode(_next_run(state, cron))[1:]


@lru_cache(maxsize=32768)
def _parsed(doc: str) -> tuple[str, str | None]:
    row = json.loads(doc)
    more = {**HIDDEN, "cron_humanized": describe(row["schedule"]["cron"])}
    return f"{doc[:-1]},{encode(more)[1:-1]},", _live_cron(row)


def _live_cron(row: Row) -> str | None:
    live = row["triggers"]["schedule"] and row["state"] == ACTIVE and not row["deactivated"]
    return str(row["schedule"]["cron"]) if live else None


def _next_run(state: State, cron: str | None) -> Row:
    now = state.clock.now()
    following = next_run(cron, now.replace(second=0, microsecond=0)) if cron else None
    if following is None:
        return {"next_run": None, "next_run_humanized": None}
    return {"next_run": following.isoformat(), "next_run_humanized": _until((following - now).total_seconds())}


def _until(seconds: float) -> str:
    minutes = round(seconds / 60)
    hours, minutes = divmod(minutes, 60)
    words = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in ((hours, "hour"), (minutes, "minute")) if n]
    return ", ".join(words) or "0 minutes"


def _with_related(state: State, shown: Row, related: Related) -> Row:
    store = state.store
    if "environment" in related:
        environment = store.get("environments", shown["environment_id"])
        shown["environment"] = environments.view(state, environment) if environment else None
    if "custom_environment_variables" in related:
        where = {"job_definition_id": shown["id"], "type": "job", "state": 1}
        shown["custom_environment_variables"] = store.find("variables", where)
    if "most_recent_run" in related:
        shown["most_recent_run"] = state.hooks.latest_run(shown["id"], finished=False)
    if "most_recent_completed_run" in related:
        shown["most_recent_completed_run"] = state.hooks.latest_run(shown["id"], finished=True)
    return shown


def _scope(call: Call) -> Row:
    system = call.request.query_params.get("is_system") is None and "id" not in call.request.path_params
    return {**call.grant.scope(), **({"is_system": False} if system else {})}


JOBS = Resource(
    table="jobs",
    show=show,
    quick=quick,
    write=write,
    scope=_scope,
    filters={
        "dbt_version__in": str,
        "environment_id": number,
        "is_system": truth,
        "name__icontains": str,
        "pk": number,
        "project_id": number,
        "project_id__in": number,
        "triggers_schedule": truth,
    },
    created_code=201,
)


def _public(state: State, key: int) -> Row | None:
    """Show a job inside a run: there `date` and `time` are only their types (InternalJobDefinition)."""
    row = state.store.get("jobs", key)
    if row is None:
        return None
    schedule = row["schedule"]
    short = {"cron": schedule["cron"], "date": schedule["date"]["type"], "time": schedule["time"]["type"]}
    return {**view(state, row), "schedule": short}


def routes(state: State) -> list[BaseRoute]:
    """URLs of jobs, and the hook by which runs show theirs; running them belongs to `api.runs`."""
    state.hooks.public_job = partial(_public, state)
    return api_routes(state, entries(JOBS, "/api/v2/accounts/{account_id}/jobs/"))
