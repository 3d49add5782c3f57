"""The example company's jobs: realistic schedules (UTC); one fails, one warns, one is slow; and relics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.sandbox.api.jobs import DERIVED, FIELDS, derive
from reconciler.sandbox.fields import read_fields
from reconciler.sandbox.seed_projects import Places
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

JobIds: TypeAlias = Mapping[str, int]

FAILING, WARNING, SLOW = "Hourly Vendor Ingest", "Daily Data Quality", "Nightly Full Refresh"


@dataclass(frozen=True, slots=True)
class Spec:
    """One seeded job. `cron` None means that nothing but people and other tools start it."""

    project: str
    environment: str
    name: str
    cron: str | None
    steps: tuple[str, ...] = ("dbt build",)
    job_type: str | None = None
    active: bool = True
    deactivated: bool = False


_FRESHNESS = ("dbt source freshness",)
_CI = ("dbt build --select state:modified+",)

JOBS = (
    Spec(
        "Finance", "Production", "Daily Revenue", "0 10 * * *", ("dbt source freshness", "dbt build --select +revenue")
    ),
    Spec("Finance", "Production", "Hourly Orders", "0 * * * *", ("dbt build --select orders+",)),
    Spec("Finance", "Production", "Hourly Payments", "20 * * * *", ("dbt build --select payments+",)),
    Spec("Finance", "Production", "Month Close", "0 5 1 * *", ("dbt build --select tag:close",)),
    Spec("Finance", "Production", "Quarter Close", "0 6 1 1,4,7,10 *", ("dbt build --select tag:quarter",)),
    Spec("Finance", "Production", "Daily Ledger", "30 9 * * *"),
    Spec("Finance", "Production", "Invoice Export", "0 11 * * 1,2,3,4,5", ("dbt run --select invoices",)),
    Spec("Finance", "Production", "Budget Load [[budget-load]]", "0 4 * * 1"),
    Spec("Finance", "Staging", "Daily Revenue", "0 3 * * *"),
    Spec("Finance", "CI", "CI Finance", None, _CI, "ci"),
    Spec("Finance", "CI", "CI Finance Full", None, ("dbt build",), "ci"),
    Spec("Growth", "Production", "Hourly Events", "5 * * * *"),
    Spec("Growth", "Production", "Daily Attribution", "0 7 * * *"),
    Spec("Growth", "Production", "Weekly Funnel", "0 6 * * 1"),
    Spec("Growth", "Production", "Experiment Results", "0 */6 * * *"),
    Spec("Growth", "Production", "Reverse ETL", "45 8 * * *", ("dbt run-operation sync",)),
    Spec("Growth", "Production", "Docs", "0 2 * * 0", ("dbt docs generate",)),
    Spec("Growth", "Production", "Old Attribution", "0 7 * * *", deactivated=True),
    Spec("Growth", "Production", "Legacy Marketing Load", "0 1 * * *", active=False),
    Spec("Growth", "Staging", "Staging Attribution", "0 3 * * *"),
    Spec("Growth", "CI", "CI Growth", None, _CI, "ci"),
    Spec("Growth", "CI", "Merge Growth", None, ("dbt compile",), "merge"),
    Spec("Platform", "Production", FAILING, "10 * * * *", ("dbt build --select vendor+",)),
    Spec("Platform", "Production", WARNING, "0 8 * * *", ("dbt test",)),
    Spec("Platform", "Production", SLOW, "0 1 * * *", ("dbt build --full-refresh",)),
    Spec("Platform", "Production", "Source Freshness", "*/30 * * * *", _FRESHNESS),
    Spec("Platform", "Production", "Snapshots", "0 0 * * *", ("dbt snapshot",)),
    Spec("Platform", "Production", "Hourly Heartbeat", "0 * * * *", ("dbt debug",)),
    Spec("Platform", "Production", "Backfill *emergency* _do not run_", None),
    Spec("Platform", "Staging", "Staging Build", "0 3 * * *"),
    Spec("Platform", "CI", "CI Platform", None, _CI, "ci"),
)


def seed_jobs(state: State, places: Places, created: str) -> JobIds:
    """Add the jobs; return their ids by `project/environment/name`. The three special ones get their outcome."""
    ids: dict[str, int] = {}
    for spec in JOBS:
        row = state.store.insert("jobs", job_row(state, spec, places[spec.project, spec.environment], created))
        ids[f"{spec.project}/{spec.environment}/{spec.name}"] = int(row["id"])
    for name, outcome in ((FAILING, "failure"), (WARNING, "warning"), (SLOW, "slow")):
        job_id = ids[f"Platform/Production/{name}"]
        state.store.put("settings", {"id": f"outcome:{job_id}", "outcome": outcome})
        state.store.put("settings", {"id": f"{outcome}_job", "value": job_id})
    return ids


def job_row(state: State, spec: Spec, place: tuple[int, int], created: str) -> Row:
    """Make one job as the API would have made it from a request."""
    schedule = {
        "date": {"type": "custom_cron", "cron": spec.cron or "0 * * * *"},
        "time": {"type": "every_hour", "interval": 1},
    }
    body: Row = {
        "account_id": state.account_id,
        "project_id": place[0],
        "environment_id": place[1],
        "name": spec.name,
        "state": 1 if spec.active else 2,
        "triggers": {
            "github_webhook": spec.job_type == "ci",
            "git_provider_webhook": None,
            "schedule": spec.cron is not None,
            "on_merge": spec.job_type == "merge",
            "custom_branch_only": False,
        },
        "settings": {"threads": 4, "target_name": "default"},
        "generate_docs": "docs" in spec.steps[0],
        "execute_steps": list(spec.steps),
        "schedule": schedule,
        "job_type": spec.job_type,
    }
    clean = derive(read_fields(body, FIELDS))
    return {**clean, **DERIVED, "deactivated": spec.deactivated, "created_at": created, "updated_at": created}
