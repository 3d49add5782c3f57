"""Traffic drawn from the published description: no server error, no wrong shape, whatever a client sends.

Bounded: a few examples per operation. Ids of the seeded account are mixed in, or nearly every answer would be a 404.
"""

import re
from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.core.result import Ok

from reconciler.sandbox import RunningSandbox, SandboxOptions, start
from tests.contract.contract_api import Json
from tests.contract.openapi_judge import Document, Exchange, Judge, load_documents, load_patches

pytestmark = [pytest.mark.contract, pytest.mark.fuzz]

EXAMPLES = 10
VARIABLE = re.compile(r"\{(\w+)\}")
NEVER_LOOPS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


def described(name: str, source: Json) -> Json:
    """Give a patched description; the paths that patches add get their variables declared, as numbers."""
    document = Document(source, [patch for patch in load_patches() if patch.document == name])
    for operation in document.operations:
        item = document.source["paths"][operation.template][operation.method.lower()]
        declared = {parameter["name"] for parameter in item.setdefault("parameters", [])}
        item["parameters"] += [
            {"in": "path", "name": variable, "required": True, "schema": {"type": "integer"}}
            for variable in VARIABLE.findall(operation.template)
            if variable not in declared
        ]
    return document.source


DESCRIBED = {name: described(name, source) for name, source in load_documents().items()}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    # Not limited to 5,000 requests a minute, and no delivery leaves: the URLs drawn are not loopback, or refused.
    with start(SandboxOptions(clock_speed=0.0)) as running:
        yield running


@pytest.fixture(scope="module")
def client(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Token {sandbox.token}"}
    with httpx.Client(base_url=sandbox.url, headers=headers, trust_env=False, timeout=10) as client:
        yield client


@pytest.fixture(scope="module")
def known_ids(sandbox: RunningSandbox, client: httpx.Client) -> dict[str, list[Json]]:
    """Ids that exist, by the name that path templates give them."""
    home = f"/api/v3/accounts/{sandbox.account_id}/"
    webhook = {"name": "fuzz", "client_url": "https://x.example", "event_types": ["job.run.errored"], "active": True}
    made = client.post(f"{home}webhooks/subscriptions", json=webhook).json()["data"]
    ready = sandbox.ready
    run = client.post(
        f"/api/v2/accounts/{sandbox.account_id}/jobs/{ready['fail_job_id']}/run/", json={"cause": "fuzz"}
    ).json()["data"]
    sandbox.control.call("POST", "/idle", json={"fast": True})
    return {
        "account_id": [sandbox.account_id],
        "project_id": [ready["project_id"]],
        "job_id": [ready["fail_job_id"], ready["slow_job_id"]],
        "run_id": [run["id"]],
        "subscription_id": [made["id"]],
        "remainder": ["run_results.json", "manifest.json"],
        "projects": [ready["project_id"]],
        "environments": [ready["environment_id"]],
        "jobs": [ready["fail_job_id"], ready["warn_job_id"]],
        "runs": [run["id"]],
        "users": [ready["user_id"]],
        "steps": [row["id"] for row in sandbox.control.rows("steps")],
        "notifications": [row["id"] for row in sandbox.control.rows("notifications")],
    }


def test_the_fuzzer_is_driven_by_every_operation() -> None:
    drawn = sum(isinstance(result, Ok) for name in DESCRIBED for result in schema(name).get_all_operations())
    assert drawn == sum(len(Document(source).operations) for source in DESCRIBED.values())


def schema(name: str) -> Any:  # noqa: ANN401 - schemathesis names its schemas in private modules
    return schemathesis.openapi.from_dict(DESCRIBED[name])


V2, V3 = schema("v2"), schema("v3")
NUMBERS = count()


@V2.parametrize()
@NEVER_LOOPS
def test_v2_keeps_its_shapes(case: Json, client: httpx.Client, known_ids: dict[str, list[Json]], judge: Judge) -> None:
    assert wrongs(case, client, known_ids, judge) == []


@V3.parametrize()
@NEVER_LOOPS
def test_v3_keeps_its_shapes(case: Json, client: httpx.Client, known_ids: dict[str, list[Json]], judge: Judge) -> None:
    assert wrongs(case, client, known_ids, judge) == []


def wrongs(case: Json, client: httpx.Client, known_ids: dict[str, list[Json]], judge: Judge) -> list[str]:
    place_known_ids(case, known_ids)
    arguments = case.as_transport_kwargs(base_url=str(client.base_url))
    arguments.pop("cookies", None)
    arguments["content"] = arguments.pop("data", None)
    arguments["headers"] = {**dict(arguments.get("headers") or {}), "Authorization": client.headers["Authorization"]}
    try:
        answer = client.request(**arguments)
    except (httpx.InvalidURL, httpx.LocalProtocolError, UnicodeError):
        return []  # never left this machine
    return judge.problems(
        Exchange(
            method=answer.request.method,
            path=answer.request.url.path,
            status=answer.status_code,
            content_type=answer.headers.get("content-type", ""),
            body=answer.content,
        )
    )


def place_known_ids(case: Json, known_ids: dict[str, list[Json]]) -> None:
    """Two calls of three name what exists; the account is always the token's, or there is nothing to see."""
    number = next(NUMBERS)
    for name in case.path_parameters or {}:
        word = case.path.split("/{id}")[0].rsplit("/", 1)[-1] if name == "id" else name
        choices = known_ids.get(word)
        if choices and (name == "account_id" or number % 3):
            case.path_parameters[name] = choices[number % len(choices)]
