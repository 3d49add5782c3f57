"""What arrives at a webhook, when, signed how, and what if it does not arrive: reference §6 and §8.7, §8.8."""

import json
import re

import pytest

from tests.contract.contract_api import Api
from tests.contract.contract_lab import Lab
from tests.contract.contract_receiver import Receiver, sign

pytestmark = pytest.mark.contract

STARTED, COMPLETED, ERRORED = "job.run.started", "job.run.completed", "job.run.errored"
EVERYTHING = [STARTED, COMPLETED, ERRORED]
NANOSECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z")
WHOLE_SECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
ALWAYS = {
    "jobId",
    "jobName",
    "runId",
    "environmentId",
    "environmentName",
    "dbtVersion",
    "projectName",
    "projectId",
    "runStatus",
    "runStatusCode",
    "runStatusMessage",
    "runReason",
    "runStartedAt",
}


@pytest.mark.reference("§6.1")
def test_the_published_vector_is_computed_the_same_way_here() -> None:
    body = b'{"accountId":4711,"eventType":"job.run.completed"}'
    assert sign("demo-hmac-secret", body) == "66847219bf042db0c762153aa2a273ce3de6d3d658967c8a07975a4c99f7ca76"


@pytest.mark.reference("§6.1")
def test_the_authorization_is_the_bare_hex_signature_of_the_raw_bytes(
    api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]
) -> None:
    hook = api.create_webhook(receiver.url, job_ids=[jobs["ok"]])
    (delivery,) = lab.deliveries(receiver, lab.finish(api.trigger(jobs["ok"])["id"])["id"])
    assert (delivery.method, delivery.path) == ("POST", "/dbt")
    assert delivery.headers["Authorization"] == sign(hook["hmac_secret"], delivery.body)
    assert re.fullmatch(r"[0-9a-f]{64}", delivery.headers["Authorization"])
    assert delivery.headers["Content-Type"].startswith("application/json")
    assert not [name for name in delivery.headers if "signature" in name.casefold()]


@pytest.mark.reference("§6.1")
def test_the_body_is_compact_json(api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]) -> None:
    api.create_webhook(receiver.url, job_ids=[jobs["ok"]])
    (delivery,) = lab.deliveries(receiver, lab.finish(api.trigger(jobs["ok"])["id"])["id"])
    compact = json.dumps(delivery.json, separators=(",", ":"), ensure_ascii=False).encode()
    assert delivery.body == compact
    assert len(delivery.body) < 2048


@pytest.mark.reference("§6.2")
def test_a_success_in_full(api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]) -> None:
    hook = api.create_webhook(receiver.url, name="prod failures", job_ids=[jobs["ok"]])
    run = lab.finish(api.trigger(jobs["ok"])["id"])
    body = lab.deliveries(receiver, run["id"])[0].json
    assert (body["accountId"], body["webhookId"], body["webhookName"]) == (api.account_id, hook["id"], "prod failures")
    assert re.fullmatch(r"wev_[0-9A-Za-z]{27}", body["eventId"])
    assert NANOSECONDS.fullmatch(body["timestamp"])
    data = body["data"]
    assert data.keys() == ALWAYS | {"runFinishedAt"}
    assert (data["jobId"], data["runId"]) == (str(jobs["ok"]), str(run["id"]))
    assert (data["projectId"], data["environmentId"]) == (str(run["project_id"]), str(run["environment_id"]))
    assert (data["runStatus"], data["runStatusCode"], data["runStatusMessage"]) == ("Success", 10, "None")
    assert data["runReason"] == "contract test"
    assert WHOLE_SECONDS.fullmatch(data["runStartedAt"])
    assert WHOLE_SECONDS.fullmatch(data["runFinishedAt"])
    job = api.data(api.v2(f"jobs/{jobs['ok']}/"), include_related="environment")
    assert (data["jobName"], data["environmentName"]) == (job["name"], job["environment"]["name"])


@pytest.mark.reference("§6.3")
def test_one_failure_is_two_deliveries_with_two_ids(
    api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]
) -> None:
    api.create_webhook(receiver.url, job_ids=[jobs["fail"]], event_types=EVERYTHING)
    run = lab.finish(api.trigger(jobs["fail"])["id"])
    seen = {delivery.event: delivery.json for delivery in lab.deliveries(receiver, run["id"], expect=3)}
    assert seen.keys() == set(EVERYTHING)
    assert len({body["eventId"] for body in seen.values()}) == 3
    assert [(seen[e]["data"]["runStatus"], seen[e]["data"]["runStatusCode"]) for e in EVERYTHING] == [
        ("Running", 3),
        ("Errored", 20),
        ("Errored", 20),
    ]


@pytest.mark.reference("§6.2")
def test_each_event_has_its_own_time_fields(api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]) -> None:
    api.create_webhook(receiver.url, job_ids=[jobs["fail"]], event_types=EVERYTHING)
    run = lab.finish(api.trigger(jobs["fail"])["id"])
    more = {d.event: d.json["data"].keys() - ALWAYS for d in lab.deliveries(receiver, run["id"], expect=3)}
    assert more == {STARTED: set(), COMPLETED: {"runFinishedAt"}, ERRORED: {"runErroredAt"}}


@pytest.mark.reference("§6.3")
def test_errored_comes_at_once_and_completed_after_the_artifacts(
    api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]
) -> None:
    api.create_webhook(receiver.url, job_ids=[jobs["fail"]], event_types=[COMPLETED, ERRORED])
    run = api.trigger(jobs["fail"])
    lab.finish(run["id"])
    assert [delivery.event for delivery in lab.deliveries(receiver, run["id"], expect=2)] == [ERRORED, COMPLETED]
    assert api.run(run["id"])["artifacts_saved"] is True


@pytest.mark.reference("§6.3")
def test_only_subscribed_events_are_sent(api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]) -> None:
    api.create_webhook(receiver.url, job_ids=[jobs["fail"]], event_types=[ERRORED])
    run = lab.finish(api.trigger(jobs["fail"])["id"])
    lab.settle()
    assert [delivery.event for delivery in receiver.of(run["id"])] == [ERRORED]


@pytest.mark.reference("§6.3")
def test_a_success_is_no_error(api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]) -> None:
    api.create_webhook(receiver.url, job_ids=[jobs["ok"]], event_types=[COMPLETED, ERRORED])
    run = lab.finish(api.trigger(jobs["ok"])["id"])
    lab.settle()
    assert [delivery.event for delivery in receiver.of(run["id"])] == [COMPLETED]


@pytest.mark.reference("§6.4")
@pytest.mark.parametrize("end", ["cancelled", "timeout"])
def test_cancelled_and_timed_out_runs_send_nothing_at_their_end(
    api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int], end: str
) -> None:
    api.create_webhook(receiver.url, job_ids=[jobs["ok"]], event_types=[COMPLETED, ERRORED])
    run = lab.finished_as(jobs["ok"], end)
    lab.settle()
    assert run["status"] == 30
    assert receiver.of(run["id"]) == []


@pytest.mark.reference("§6.4")
def test_a_warning_is_a_success_without_a_flag(api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]) -> None:
    api.create_webhook(receiver.url, job_ids=[jobs["warn"]])
    body = lab.deliveries(receiver, lab.finish(api.trigger(jobs["warn"])["id"])["id"])[0].json
    assert (body["data"]["runStatus"], body["data"]["runStatusCode"]) == ("Success", 10)
    assert body["data"].keys() == ALWAYS | {"runFinishedAt"}
    assert "warn" not in json.dumps({**body, "data": {**body["data"], "jobName": ""}}).casefold()


@pytest.mark.reference("§3.2")
def test_an_empty_list_of_jobs_is_every_job(api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]) -> None:
    api.create_webhook(receiver.url, job_ids=[])
    runs = [lab.finish(api.trigger(jobs[name])["id"])["id"] for name in ("ok", "warn")]
    assert [len(lab.deliveries(receiver, run)) for run in runs] == [1, 1]


@pytest.mark.reference("§3.2")
def test_other_jobs_are_not_sent(api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]) -> None:
    api.create_webhook(receiver.url, job_ids=[jobs["warn"]])
    run = lab.finish(api.trigger(jobs["ok"])["id"])
    lab.settle()
    assert receiver.of(run["id"]) == []


@pytest.mark.reference("§6.5")
def test_an_inactive_webhook_sends_nothing(api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]) -> None:
    api.create_webhook(receiver.url, job_ids=[jobs["ok"]], active=False)
    lab.finish(api.trigger(jobs["ok"])["id"])
    lab.settle()
    assert receiver.deliveries == []


@pytest.mark.reference("§8.8")
def test_the_subscription_remembers_the_last_answer(
    api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]
) -> None:
    hook = api.create_webhook(receiver.url, job_ids=[jobs["ok"]])
    lab.deliveries(receiver, lab.finish(api.trigger(jobs["ok"])["id"])["id"])
    lab.settle()
    seen = api.webhook(hook["id"])
    assert seen["http_status_code"] == "200"
    assert isinstance(seen["dispatched_at"], str)


@pytest.mark.reference("§6.5")
def test_a_failure_is_retried_five_times_with_the_same_bytes(
    api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]
) -> None:
    receiver.statuses = [500]
    hook = api.create_webhook(receiver.url, job_ids=[jobs["ok"]])
    run = lab.finish(api.trigger(jobs["ok"])["id"])
    attempts = lab.deliveries(receiver, run["id"], expect=6)
    lab.settle()
    assert len(receiver.of(run["id"])) == len(attempts) == 6
    assert len({attempt.body for attempt in attempts}) == 1
    assert len({attempt.headers["Authorization"] for attempt in attempts}) == 1
    assert api.webhook(hook["id"])["http_status_code"] == "500"


@pytest.mark.reference("§6.5")
@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_2xx_ends_the_retries(api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int], status: int) -> None:
    receiver.statuses = [503, status]
    api.create_webhook(receiver.url, job_ids=[jobs["ok"]])
    run = lab.finish(api.trigger(jobs["ok"])["id"])
    lab.deliveries(receiver, run["id"], expect=2)
    lab.settle()
    assert len(receiver.of(run["id"])) == 2


@pytest.mark.reference("§6.5")
def test_a_redirect_is_not_followed(api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]) -> None:
    receiver.statuses = [302]
    receiver.location = f"{receiver.url}/elsewhere"
    api.create_webhook(receiver.url, job_ids=[jobs["ok"]])
    run = lab.finish(api.trigger(jobs["ok"])["id"])
    lab.deliveries(receiver, run["id"], expect=6)
    lab.settle()
    assert {delivery.path for delivery in receiver.deliveries} == {"/dbt"}


@pytest.mark.reference("§3.6")
def test_each_delivery_leaves_an_event_and_a_receipt(
    api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]
) -> None:
    hook = api.create_webhook(receiver.url, job_ids=[jobs["fail"]], event_types=[COMPLETED, ERRORED])
    run = lab.finish(api.trigger(jobs["fail"])["id"])
    sent = lab.deliveries(receiver, run["id"], expect=2)
    lab.settle()
    events = api.data(api.v3(f"webhooks/subscription/{hook['id']}/events"))
    assert {event["id"] for event in events} == {delivery.json["eventId"] for delivery in sent}
    assert {event["trigger_event_type"] for event in events} == {COMPLETED, ERRORED}
    for event in events:
        assert (event["subscription_id"], event["job_id"]) == (hook["id"], str(jobs["fail"]))
        assert event["account_id"] == str(api.account_id)
        receipts = api.data(api.v3(f"webhooks/subscription/{hook['id']}/event/{event['id']}/receipt"))
        body = next(delivery.body for delivery in sent if delivery.json["eventId"] == event["id"])
        assert receipts[0]["request_body"].encode() == body == event["payload"].encode()
        assert (receipts[0]["event_id"], receipts[0]["http_status_code"]) == (event["id"], "200")
        assert all(isinstance(value, str) for value in (*event.values(), *receipts[0].values()))


@pytest.mark.reference("§3.6")
def test_every_retry_is_one_event(api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]) -> None:
    receiver.statuses = [500, 500, 200]
    hook = api.create_webhook(receiver.url, job_ids=[jobs["ok"]])
    lab.deliveries(receiver, lab.finish(api.trigger(jobs["ok"])["id"])["id"], expect=3)
    lab.settle()
    (event,) = api.data(api.v3(f"webhooks/subscription/{hook['id']}/events"))
    assert event["http_status_code"] == "200"


@pytest.mark.reference("§3.6")
def test_an_event_belongs_to_its_own_webhook(api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]) -> None:
    hook, other = api.create_webhook(receiver.url, job_ids=[jobs["ok"]]), api.create_webhook()
    event = lab.deliveries(receiver, lab.finish(api.trigger(jobs["ok"])["id"])["id"])[0].json["eventId"]
    lab.settle()
    own = api.get(api.v3(f"webhooks/subscription/{hook['id']}/event/{event}/receipt"))
    foreign = api.get(api.v3(f"webhooks/subscription/{other['id']}/event/{event}/receipt"))
    assert (own.status_code, foreign.status_code) == (200, 404)


@pytest.mark.reference("§3.5")
def test_the_test_delivery_is_a_get_that_sends(api: Api, lab: Lab, receiver: Receiver) -> None:
    hook = api.create_webhook(receiver.url)
    answer = api.get(api.v3(f"webhooks/subscription/{hook['id']}/test")).json()
    assert answer["status"] == {"code": 200}
    assert answer["data"].keys() == {"event_id"}
    lab.wait_for(lambda: len(receiver.deliveries) == 1)
    delivery = receiver.deliveries[0]
    assert delivery.json["eventId"] == answer["data"]["event_id"]
    assert delivery.headers["Authorization"] == sign(hook["hmac_secret"], delivery.body)
    assert delivery.json["webhookId"] == hook["id"]
    assert api.get(api.v2(f"runs/{delivery.json['data']['runId']}/")).status_code == 404
    lab.settle()
    receipts = api.data(api.v3(f"webhooks/subscription/{hook['id']}/event/{answer['data']['event_id']}/receipt"))
    assert receipts[0]["http_status_code"] == "200"


@pytest.mark.reference("§6.5")
def test_a_thousand_failures_in_a_row_switch_it_off(
    api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]
) -> None:
    """The sandbox of these tests gives up after 12 failed deliveries instead of 1,000."""
    receiver.statuses = [500]
    hook = api.create_webhook(receiver.url, job_ids=[jobs["ok"]])
    lab.fail_until_switched_off(hook["id"], jobs["ok"])
    off = api.webhook(hook["id"])
    assert (off["active"], bool(off["deactivate_reason"])) == (False, True)
    before = len(receiver.deliveries)
    lab.finish(api.trigger(jobs["ok"])["id"])
    lab.settle()
    assert len(receiver.deliveries) == before


@pytest.mark.reference("§6.5")
def test_one_success_starts_the_count_again(api: Api, lab: Lab, receiver: Receiver, jobs: dict[str, int]) -> None:
    receiver.statuses = [500, 500, 500, 500, 500, 200] * 4
    hook = api.create_webhook(receiver.url, job_ids=[jobs["ok"]])
    for _ in range(4):
        lab.finish(api.trigger(jobs["ok"])["id"])
        lab.settle()
    assert api.webhook(hook["id"])["active"] is True


@pytest.mark.reference("§8.8")
def test_a_url_beyond_loopback_is_signed_and_kept_but_not_sent(api: Api, lab: Lab, jobs: dict[str, int]) -> None:
    hook = api.create_webhook("https://relay.example.net/dbt", job_ids=[jobs["ok"]])
    lab.finish(api.trigger(jobs["ok"])["id"])
    lab.settle()
    (kept,) = [message for message in lab.inbox(kind="webhook") if message["subscription_id"] == hook["id"]]
    assert kept["state"] == "not sent"
    assert kept["signature"] == sign(hook["hmac_secret"], kept["body"].encode())
    assert json.loads(kept["body"])["webhookId"] == hook["id"]
    assert api.webhook(hook["id"])["active"] is True
