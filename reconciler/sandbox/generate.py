"""Large accounts for measurements: many jobs, recipients and edges in one call."""

import random
from collections.abc import Iterator

from reconciler.sandbox.fields import integer, optional
from reconciler.sandbox.seed_jobs import Spec, job_row
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

SIZES = (
    optional("jobs", integer, default=0),
    optional("recipients", integer, default=0),
    optional("edges", integer, default=0),
    optional("seed", integer, default=1),
)
_CREATED = "2025-04-01T09:00:00.000000+00:00"
_OUTCOMES = ("on_cancel", "on_failure", "on_success", "on_warning")


def generate(state: State, sizes: Row) -> Row:
    """Add what is asked for, spread evenly and the same for the same seed; return the numbers of rows added.

    Edges point at the account's active jobs, old and new; recipients are external mail addresses.
    """
    with state.store.transaction():
        made = state.store.insert_many("jobs", _jobs(state, sizes["jobs"]))
        job_ids = [row["id"] for row in state.store.find("jobs", {"state": 1})]
        chooser = random.Random(sizes["seed"])  # noqa: S311 - repeatable is the point
        rows = _recipients(state, sizes, job_ids, chooser)
        recipients = state.store.insert_many("notifications", rows)
    edges = sum(len(row[outcome]) for row in recipients for outcome in _OUTCOMES)
    return {"jobs": len(made), "recipients": len(recipients), "edges": edges}


def _jobs(state: State, count: int) -> Iterator[Row]:
    places = [
        (row["project_id"], row["id"])
        for row in state.store.find("environments", {"deployment_type": "production", "state": 1})
    ]
    if count and not places:
        return
    model = job_row(state, Spec("", "", "model", "0 6 * * *"), (0, 0), _CREATED)
    for number in range(count):
        project_id, environment_id = places[number % len(places)]
        name = f"Generated {number:05d}"
        yield {**model, "name": name, "project_id": project_id, "environment_id": environment_id}


def _recipients(state: State, sizes: Row, job_ids: list[int], chooser: random.Random) -> list[Row]:
    count = sizes["recipients"]
    owner = state.store.first("users") or {}
    share, rest = divmod(sizes["edges"], count) if count else (0, 0)
    return [
        {
            "account_id": state.account_id,
            "user_id": owner.get("id"),
            "type": 4,
            "external_email": f"team-{number:04d}@generated.example",
            "slack_channel_id": None,
            "slack_channel_name": None,
            **_edges(job_ids, share + (number < rest), chooser),
            "state": 1,
            "created_at": _CREATED,
            "updated_at": _CREATED,
        }
        for number in range(count)
    ]


def _edges(job_ids: list[int], count: int, chooser: random.Random) -> Row:
    shares = [count // 4 + (index < count % 4) for index in range(4)]
    picked = [sorted(chooser.sample(job_ids, min(share, len(job_ids)))) for share in shares]
    return dict(zip(_OUTCOMES, picked, strict=True))
