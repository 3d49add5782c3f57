"""The recorded answers of dbt Cloud, and the operation that each one answered."""

import json
from pathlib import Path

from tests.contract.openapi_judge import Exchange, Json

__all__ = ["FIXTURES", "RECORDINGS", "recorded_body", "recording"]

FIXTURES = Path(__file__).parents[1] / "fixtures"

RECORDINGS: dict[str, list[tuple[str, str, int]]] = {
    "account_list": [("GET", "/api/v2/accounts/", 200), ("GET", "/api/v3/accounts/", 200)],
    "environment_delete": [
        ("DELETE", "/api/v3/accounts/1/environments/1/", 200),
        ("DELETE", "/api/v3/accounts/1/projects/1/environments/1/", 200),
        ("GET", "/api/v2/accounts/1/environments/1/", 200),
    ],
    "environment_get": [
        ("GET", "/api/v2/accounts/1/environments/1/", 200),
        ("GET", "/api/v3/accounts/1/projects/1/environments/1/", 200),
    ],
    "environment_list": [
        ("GET", "/api/v2/accounts/1/environments/", 200),
        ("GET", "/api/v3/accounts/1/environments/", 200),
    ],
    "job_create": [("POST", "/api/v2/accounts/1/jobs/", 200)],
    "job_get": [("GET", "/api/v2/accounts/1/jobs/1/", 200)],
    "project_create": [
        ("POST", "/api/v3/accounts/1/projects/", 200),
        ("GET", "/api/v2/accounts/1/projects/1/", 200),
        ("GET", "/api/v3/accounts/1/projects/1/", 200),
    ],
    "project_delete": [("DELETE", "/api/v3/accounts/1/projects/1/", 200)],
    "project_get": [("GET", "/api/v2/accounts/1/projects/1/", 200), ("GET", "/api/v3/accounts/1/projects/1/", 200)],
    "run_get": [("GET", "/api/v2/accounts/1/runs/1/", 200)],
    "run_list_artifacts": [("GET", "/api/v2/accounts/1/runs/1/artifacts/", 200)],
}


def recorded_body(name: str) -> Json:
    return json.loads((FIXTURES / "api" / f"{name}.json").read_bytes())


def recording(name: str, method: str, path: str, status: int) -> Exchange:
    return Exchange(
        method=method,
        path=path,
        status=status,
        content_type="application/json",
        body=(FIXTURES / "api" / f"{name}.json").read_bytes(),
    )
