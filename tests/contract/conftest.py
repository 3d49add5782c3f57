"""One sandbox per module, back at its seed for every test, and the OpenAPI judge behind every answer."""

from collections.abc import Iterator

import pytest

from reconciler.sandbox import RunningSandbox, SandboxOptions, start
from tests.contract.contract_api import Api
from tests.contract.contract_lab import Lab
from tests.contract.contract_receiver import Receiver
from tests.contract.openapi_judge import Judge

OPTIONS = SandboxOptions(clock_speed=0.0, deactivate_after_failures=12)


@pytest.fixture(scope="session")
def judge() -> Judge:
    return Judge.patched()


@pytest.fixture(scope="module")
def options() -> SandboxOptions:
    """What the sandbox of this module is started with; a module overrides it."""
    return OPTIONS


@pytest.fixture(scope="module")
def running(options: SandboxOptions) -> Iterator[RunningSandbox]:
    with start(options) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.control.reset()
    return running


@pytest.fixture
def api(sandbox: RunningSandbox, judge: Judge) -> Iterator[Api]:
    """Speak to the account; at the end, every answer must be one that the published description allows."""
    api = Api(
        url=sandbox.url,
        token=sandbox.token,
        account_id=sandbox.ready["account_id"],
        user_id=sandbox.ready["user_id"],
    )
    yield api
    api.close()
    problems = sorted({problem for exchange in api.exchanges for problem in judge.problems(exchange)})
    assert not problems, "answers that the published description does not allow:\n" + "\n".join(problems)


@pytest.fixture
def lab(sandbox: RunningSandbox, api: Api) -> Lab:
    return Lab(sandbox, api)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().listening() as receiver:
        yield receiver


@pytest.fixture
def project_id(sandbox: RunningSandbox) -> int:
    return int(sandbox.ready["project_id"])


@pytest.fixture
def environment_id(sandbox: RunningSandbox) -> int:
    return int(sandbox.ready["environment_id"])


@pytest.fixture
def jobs(sandbox: RunningSandbox, api: Api) -> dict[str, int]:
    """Jobs by how they end: `ok`, `fail`, `warn`, `slow`."""
    named = {word: int(sandbox.ready[f"{word}_job_id"]) for word in ("fail", "warn", "slow")}
    others = [job for job in api.data(api.v2("jobs/")) if job["id"] not in named.values()]
    return named | {"ok": next(job["id"] for job in others if not job["triggers"]["github_webhook"])}


@pytest.fixture
def throwaway_job(jobs: dict[str, int]) -> int:
    return jobs["ok"]


@pytest.fixture
def finished_run(lab: Lab, jobs: dict[str, int]) -> int:
    """A run that failed, with its artifacts saved."""
    run = lab.finish_with_artifacts(lab.api.trigger(jobs["fail"])["id"])
    return int(run["id"])
