"""What dbt Cloud itself tells people, and when: reference §2.3, §2.4, §2.7 and §5.2."""

import pytest

from tests.contract.contract_api import Api, Json
from tests.contract.contract_lab import Lab

pytestmark = pytest.mark.contract

OUTCOMES = ["on_success", "on_failure", "on_cancel", "on_warning"]
ADDRESS = "told@acme.example"


def told(api: Api, lab: Lab, job_id: int, outcome: str) -> list[str]:
    """Subscribe one address to each outcome, let the job end so, and say which address heard of it."""
    for list_name in OUTCOMES:
        address = f"{list_name}@acme.example".replace("_", "-")
        api.create_notification(type=4, external_email=address, **{list_name: [job_id]})
    lab.finished_as(job_id, outcome)
    return [name for name in OUTCOMES if lab.mails(f"{name}@acme.example".replace("_", "-"))]


@pytest.mark.reference("§2.3")
@pytest.mark.parametrize(
    ("outcome", "heard"),
    [
        ("success", ["on_success"]),
        ("cancelled", ["on_cancel"]),
        ("timeout", ["on_cancel"]),
        ("warning", ["on_success", "on_warning"]),
    ],
)
def test_each_list_hears_of_its_own_outcome(
    api: Api, lab: Lab, jobs: dict[str, int], outcome: str, heard: list[str]
) -> None:
    assert told(api, lab, jobs["ok"], outcome) == heard


@pytest.mark.reference("§2.3")
def test_warnings_are_told_whatever_the_run_ended_as(api: Api, lab: Lab, jobs: dict[str, int]) -> None:
    """A failed run may have warned too: its results say whether it did."""
    heard = told(api, lab, jobs["ok"], "failure")
    run = api.data(api.v2("runs/"), job_definition_id=jobs["ok"], order_by="-id", limit=1)[0]
    results = api.get(api.v2(f"runs/{run['id']}/artifacts/run_results.json")).json()["results"]
    warned = any(result["status"] == "warn" for result in results)
    assert heard == (["on_failure", "on_warning"] if warned else ["on_failure"])


@pytest.mark.reference("§2.3")
def test_an_empty_list_is_nothing_and_not_everything(api: Api, lab: Lab, jobs: dict[str, int]) -> None:
    api.create_notification(type=4, external_email=ADDRESS)
    lab.finished_as(jobs["ok"], "failure")
    assert lab.mails(ADDRESS) == []


@pytest.mark.reference("§2.3")
def test_other_jobs_are_not_told_of(api: Api, lab: Lab, jobs: dict[str, int]) -> None:
    api.create_notification(type=4, external_email=ADDRESS, on_failure=[jobs["warn"]])
    lab.finished_as(jobs["ok"], "failure")
    assert lab.mails(ADDRESS) == []


@pytest.mark.reference("§2.6")
def test_the_deleted_are_not_told(api: Api, lab: Lab, jobs: dict[str, int]) -> None:
    made = api.create_notification(type=4, external_email=ADDRESS, on_failure=[jobs["ok"]])
    api.delete(api.v2(f"notifications/{made['id']}/"))
    lab.finished_as(jobs["ok"], "failure")
    assert lab.mails(ADDRESS) == []


@pytest.mark.reference("§2.2")
def test_an_internal_user_is_told_at_the_users_own_address(api: Api, lab: Lab, jobs: dict[str, int]) -> None:
    api.create_notification(type=1, on_failure=[jobs["ok"]])
    lab.finished_as(jobs["ok"], "failure")
    assert lab.mails(api.data("/api/v2/whoami/")["user"]["email"])


@pytest.mark.reference("§2.5")
def test_of_two_objects_for_one_user_both_are_there(api: Api, lab: Lab, jobs: dict[str, int]) -> None:
    for _ in range(2):
        api.create_notification(type=1, on_failure=[jobs["ok"]])
    rows = api.data(api.v2("notifications/"), type=1, user_id=api.user_id)
    assert len([row for row in rows if row["on_failure"] == [jobs["ok"]]]) == 2


def slack_told(api: Api, lab: Lab, job_id: int, **fields: Json) -> list[Json]:
    api.create_notification(slack_channel_id="C0LINKER", slack_channel_name="#linker", on_failure=[job_id], **fields)
    lab.finished_as(job_id, "failure")
    return lab.slack("C0LINKER")


@pytest.mark.reference("§2.4")
def test_the_user_linked_slack_app_delivers_for_the_user_who_linked_it(
    api: Api, lab: Lab, jobs: dict[str, int]
) -> None:
    lab.control.call("POST", "/slack", json={"linked_by": api.user_id})
    (message,) = slack_told(api, lab, jobs["ok"], type=2)
    assert message["state"] == "delivered"


@pytest.mark.reference("§2.4")
def test_with_any_other_user_it_is_stored_and_not_delivered(api: Api, lab: Lab, jobs: dict[str, int]) -> None:
    other = next(user["id"] for user in api.data(api.v3("users/")) if user["id"] != api.user_id)
    lab.control.call("POST", "/slack", json={"linked_by": other})
    (message,) = slack_told(api, lab, jobs["ok"], type=2)
    assert message["state"] != "delivered"
    assert api.data(api.v2("notifications/"), slack_channel_id="C0LINKER")


@pytest.mark.reference("§2.7")
def test_the_account_level_app_needs_no_linker(api: Api, lab: Lab, jobs: dict[str, int]) -> None:
    (message,) = slack_told(api, lab, jobs["ok"], type=5)
    assert message["state"] == "delivered"


@pytest.mark.reference("§2.4")
def test_somebody_linked_slack_in_the_seeded_account(api: Api, lab: Lab) -> None:
    """Its hand-made Slack rows would tell nobody otherwise."""
    row = next(row for row in api.data(api.v2("notifications/"), type=2) if row["on_failure"])
    lab.finished_as(row["on_failure"][0], "failure")
    assert [message["state"] for message in lab.slack(row["slack_channel_id"])] == ["delivered"]


@pytest.mark.reference("§5.2")
def test_a_run_remembers_that_it_told(api: Api, lab: Lab, jobs: dict[str, int]) -> None:
    api.create_notification(type=4, external_email=ADDRESS, on_success=[jobs["ok"]])
    run = api.trigger(jobs["ok"])
    assert run["notifications_sent"] is False
    assert lab.finish(run["id"])["notifications_sent"] is True
