"""Webhooks as they answered before they moved in 2026: reference §3.3, §3.5, §6.5 and §8.4.

These answers contradict today's description on purpose, so the OpenAPI judge is not asked.
"""

import re
from collections.abc import Iterator

import pytest

from reconciler.sandbox import Backend, RunningSandbox, SandboxOptions
from tests.contract.contract_api import Api
from tests.contract.contract_lab import Lab
from tests.contract.contract_receiver import Receiver

pytestmark = pytest.mark.contract

MICROSECONDS = re.compile(r"\d{16}")


@pytest.fixture(scope="module")
def options() -> SandboxOptions:
    return SandboxOptions(clock_speed=0.0, backend=Backend.LEGACY)


@pytest.fixture
def api(sandbox: RunningSandbox) -> Iterator[Api]:
    api = Api(
        url=sandbox.url, token=sandbox.token, account_id=sandbox.account_id, user_id=int(sandbox.ready["user_id"])
    )
    yield api
    api.close()


@pytest.mark.reference("§3.3")
def test_job_ids_and_the_account_are_text(api: Api, jobs: dict[str, int]) -> None:
    made = api.create_webhook(job_ids=[jobs["ok"]])
    assert made["job_ids"] == [str(jobs["ok"])]
    assert api.webhook(made["id"])["account_id"] == str(api.account_id)


@pytest.mark.reference("§3.3")
def test_times_are_microseconds_as_text(api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]) -> None:
    made = api.create_webhook(receiver.url, job_ids=[jobs["ok"]])
    lab.deliveries(receiver, lab.finish(api.trigger(jobs["ok"])["id"])["id"])
    lab.settle()
    seen = api.webhook(made["id"])
    assert all(MICROSECONDS.fullmatch(seen[name]) for name in ("created_at", "updated_at", "dispatched_at"))


@pytest.mark.reference("§3.3")
def test_the_secret_is_still_told_once(api: Api) -> None:
    made = api.create_webhook()
    assert made["hmac_secret"]
    assert "hmac_secret" not in api.webhook(made["id"])


@pytest.mark.reference("§3.5")
@pytest.mark.parametrize("status", [200, 410])
def test_the_test_is_synchronous_and_tells_the_answer(api: Api, receiver: Receiver, status: int) -> None:
    receiver.statuses = [status]
    made = api.create_webhook(receiver.url)
    data = api.data(api.v3(f"webhooks/subscription/{made['id']}/test"))
    assert data.keys() == {"verification_error", "verification_status_code"}
    assert data["verification_status_code"] == str(status)
    assert (data["verification_error"] is None) is (status == 200)
    assert len(receiver.deliveries) == 1


@pytest.mark.reference("§6.5")
def test_five_failures_in_a_row_switch_it_off(api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]) -> None:
    receiver.statuses = [500]
    made = api.create_webhook(receiver.url, job_ids=[jobs["ok"]])
    lab.finish(api.trigger(jobs["ok"])["id"])
    lab.fail_until_switched_off(made["id"], jobs["ok"])
    off = api.webhook(made["id"])
    assert off["active"] is False
    assert len(receiver.deliveries) >= 5


@pytest.mark.reference("§3.6")
def test_history_was_kept_for_thirty_days(api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]) -> None:
    made = api.create_webhook(receiver.url, job_ids=[jobs["ok"]])
    lab.deliveries(receiver, lab.finish(api.trigger(jobs["ok"])["id"])["id"])
    lab.settle()
    counts: list[int] = []
    for days in (29, 2):
        lab.advance(days * 86_400)
        counts.append(len(api.data(api.v3(f"webhooks/subscription/{made['id']}/events"))))
    assert counts == [1, 0]
