"""How long events and receipts can be read: seven days, then they are gone: reference §3.6 and §6.5."""

import pytest

from tests.contract.contract_api import Api
from tests.contract.contract_lab import Lab
from tests.contract.contract_receiver import Receiver

pytestmark = [pytest.mark.contract, pytest.mark.reference("§3.6")]

DAY_SECONDS = 86_400
MINUTE_SECONDS = 60


def delivered(api: Api, lab: Lab, receiver: Receiver, job_id: int) -> tuple[str, str]:
    """Deliver one event; return the webhook's id and the event's."""
    hook = api.create_webhook(receiver.url, job_ids=[job_id])
    return hook["id"], delivered_again(api, lab, receiver, job_id)


def delivered_again(api: Api, lab: Lab, receiver: Receiver, job_id: int) -> str:
    (delivery,) = lab.deliveries(receiver, lab.finish(api.trigger(job_id)["id"])["id"])
    lab.settle()
    return str(delivery.json["eventId"])


def every_way_to_see(api: Api, hook: str, event: str, receipt: str) -> list[int]:
    paths = (
        f"subscription/{hook}/event/{event}/receipt",
        f"event/{event}",
        f"event/{event}/receipts",
        f"receipt/{receipt}",
    )
    return [api.get(api.v3(f"webhooks/{path}")).status_code for path in paths]


def test_an_event_can_be_read_for_seven_days(api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]) -> None:
    hook, event = delivered(api, lab, receiver, jobs["ok"])
    events, receipts = f"webhooks/subscription/{hook}/events", f"webhooks/subscription/{hook}/event/{event}/receipt"
    (receipt,) = api.data(api.v3(receipts))
    lab.advance(7 * DAY_SECONDS - MINUTE_SECONDS)
    assert [row["id"] for row in api.data(api.v3(events))] == [event]
    assert every_way_to_see(api, hook, event, receipt["id"]) == [200] * 4
    lab.advance(2 * MINUTE_SECONDS)
    listed = api.get(api.v3(events)).json()
    assert (listed["data"], listed["extra"]["pagination"]["total_count"]) == ([], 0)
    assert every_way_to_see(api, hook, event, receipt["id"]) == [404] * 4


def test_only_the_old_ones_are_gone(api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]) -> None:
    hook, _old = delivered(api, lab, receiver, jobs["ok"])
    lab.advance(4 * DAY_SECONDS)
    recent = delivered_again(api, lab, receiver, jobs["ok"])
    lab.advance(4 * DAY_SECONDS)
    answer = api.get(api.v3(f"webhooks/subscription/{hook}/events")).json()
    assert [row["id"] for row in answer["data"]] == [recent]
    assert answer["extra"]["pagination"] == {"count": 1, "total_count": 1}


def test_the_subscription_itself_remembers(api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]) -> None:
    hook, _event = delivered(api, lab, receiver, jobs["ok"])
    before = api.webhook(hook)
    lab.advance(30 * DAY_SECONDS)
    assert api.webhook(hook) == before


@pytest.mark.reference("§6.5")
def test_seven_days_of_only_failures_switch_a_webhook_off(
    api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]
) -> None:
    receiver.statuses = [500]
    hook = api.create_webhook(receiver.url, job_ids=[jobs["ok"]])["id"]
    seen: list[bool] = []
    for days in (0, 6, 2):
        lab.advance(days * DAY_SECONDS)
        lab.finish(api.trigger(jobs["ok"])["id"])
        lab.settle()
        seen.append(api.webhook(hook)["active"])
    assert seen == [True, True, False]
    assert "7 days" in api.webhook(hook)["deactivate_reason"]


@pytest.mark.reference("§6.5")
def test_one_success_within_seven_days_keeps_it_on(
    api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]
) -> None:
    receiver.statuses = [500] * 6 + [200] + [500]
    hook = api.create_webhook(receiver.url, job_ids=[jobs["ok"]])["id"]
    for days in (0, 6, 2):
        lab.advance(days * DAY_SECONDS)
        lab.finish(api.trigger(jobs["ok"])["id"])
        lab.settle()
    assert api.webhook(hook)["active"] is True
