"""Webhook subscriptions as objects: reference §3.1 to §3.4 and §8.2 to §8.5."""

import re

import pytest

from tests.contract.contract_api import Api, Json, ok

pytestmark = pytest.mark.contract

MISSING_JOB = 999_999_999
EVENTS = ["job.run.started", "job.run.completed", "job.run.errored"]


def body(**fields: object) -> dict[str, object]:
    whole = {
        "name": "c",
        "client_url": "https://relay.example.net/dbt",
        "event_types": ["job.run.errored"],
        "active": True,
    }
    return whole | fields


@pytest.mark.reference("§3.1")
def test_create_answers_201_outside_and_inside(api: Api) -> None:
    answer = api.post(api.v3("webhooks/subscriptions"), body())
    assert ok(answer, 201)["status"] == {"code": 201}


@pytest.mark.reference("§8.3")
def test_ids_are_wsu_and_27_base62_characters(api: Api) -> None:
    assert re.fullmatch(r"wsu_[0-9A-Za-z]{27}", api.create_webhook()["id"])


@pytest.mark.reference("§3.3")
def test_the_secret_is_told_once(api: Api) -> None:
    made = api.create_webhook()
    assert len(made["hmac_secret"]) >= 16
    secret = made["hmac_secret"]
    for path in (f"webhooks/subscription/{made['id']}", "webhooks/subscriptions"):
        answer = api.get(api.v3(path), **({"limit": 100} if path.endswith("s") else {}))
        assert "hmac_secret" not in answer.text
        assert secret not in answer.text
    assert "hmac_secret" not in api.put_webhook(made, name="renamed")
    assert secret not in ok(api.delete(api.v3(f"webhooks/subscription/{made['id']}"))).__repr__()


@pytest.mark.reference("§3.3")
def test_two_webhooks_have_two_secrets(api: Api) -> None:
    assert api.create_webhook()["hmac_secret"] != api.create_webhook()["hmac_secret"]


@pytest.mark.reference("§3.3")
def test_a_new_webhook_never_sent_anything(api: Api) -> None:
    made = api.webhook(api.create_webhook()["id"])
    assert made["http_status_code"] in {"0", None}
    assert made.get("dispatched_at") is None
    assert not made.get("deactivate_reason")
    assert made["active"] is True
    assert made["account_id"] == api.account_id


@pytest.mark.reference("§8.4")
def test_job_ids_are_numbers(api: Api, jobs: dict[str, int]) -> None:
    made = api.create_webhook(job_ids=[jobs["fail"], jobs["warn"]])
    assert sorted(made["job_ids"]) == sorted([jobs["fail"], jobs["warn"]])
    assert all(type(job) is int for job in api.webhook(made["id"])["job_ids"])


@pytest.mark.reference("§3.2")
@pytest.mark.parametrize("fields", [{"job_ids": []}, {"job_ids": None}, {}], ids=["empty", "null", "omitted"])
def test_no_job_ids_in_any_spelling_is_an_empty_list(api: Api, fields: dict[str, Json]) -> None:
    made = api.create_webhook(**fields)
    assert api.webhook(made["id"])["job_ids"] == []


@pytest.mark.reference("§3.2")
@pytest.mark.parametrize("field", ["name", "client_url", "event_types"])
def test_each_required_field_is_missed_by_name(api: Api, field: str) -> None:
    whole = body()
    del whole[field]
    answer = api.post(api.v3("webhooks/subscriptions"), whole)
    assert answer.status_code == 400
    assert field in answer.text


@pytest.mark.reference("§3.2")
def test_an_omitted_active_is_false(api: Api) -> None:
    """The description requires it; Terraform's client leaves a false one out, and works."""
    whole = body()
    del whole["active"]
    assert ok(api.post(api.v3("webhooks/subscriptions"), whole), 201)["data"]["active"] is False


@pytest.mark.reference("§8.9")
@pytest.mark.parametrize(
    "events",
    [
        [],
        ["job.run.error"],
        ["job.run.cancelled"],
        ["job.run.succeeded"],
        ["job.run.failed"],
        ["job.run.completed", "x"],
        "job.run.errored",
        [7],
    ],
)
def test_there_are_three_events_and_one_must_be_given(api: Api, events: object) -> None:
    assert api.post(api.v3("webhooks/subscriptions"), body(event_types=events)).status_code == 400


@pytest.mark.reference("§3.2")
@pytest.mark.parametrize("event", EVENTS)
def test_each_of_the_three_is_accepted(api: Api, event: str) -> None:
    assert api.create_webhook(event_types=[event])["event_types"] == [event]


@pytest.mark.reference("§8.9")
def test_an_unknown_job_id_is_accepted(api: Api) -> None:
    assert api.create_webhook(job_ids=[MISSING_JOB])["job_ids"] == [MISSING_JOB]


@pytest.mark.reference("§3.2")
@pytest.mark.parametrize("jobs_field", ["all", [{"id": 1}], ["x"], 7])
def test_job_ids_of_the_wrong_kind_are_refused(api: Api, jobs_field: object) -> None:
    assert api.post(api.v3("webhooks/subscriptions"), body(job_ids=jobs_field)).status_code == 400


@pytest.mark.reference("§3.2")
def test_a_description_may_be_left_out(api: Api) -> None:
    made = api.create_webhook()
    assert not api.webhook(made["id"]).get("description")
    assert api.create_webhook(description="owned")["description"] == "owned"


@pytest.mark.reference("§3.2")
def test_names_and_urls_may_repeat(api: Api) -> None:
    assert api.create_webhook(name="same")["id"] != api.create_webhook(name="same")["id"]


@pytest.mark.reference("§3.2")
def test_an_id_in_the_body_is_tolerated(api: Api) -> None:
    made = ok(api.post(api.v3("webhooks/subscriptions"), body(id="")), 201)["data"]
    assert made["id"].startswith("wsu_")
    assert api.put_webhook(made, id=made["id"], name="with id")["id"] == made["id"]


@pytest.mark.reference("§3.2")
def test_a_secret_or_headers_cannot_be_written(api: Api) -> None:
    made = api.create_webhook(hmac_secret="chosen", headers={"X-Key": "k"})
    assert made["hmac_secret"] != "chosen"
    assert "headers" not in api.webhook(made["id"])


@pytest.mark.reference("§3.1")
def test_put_replaces_everything(api: Api, jobs: dict[str, int]) -> None:
    made = api.create_webhook(description="owned", job_ids=[jobs["fail"]])
    answer = ok(api.put(api.v3(f"webhooks/subscription/{made['id']}"), body(name="new", event_types=EVENTS)))
    assert answer["status"] == {"code": 200}
    read = api.webhook(made["id"])
    assert (read["name"], sorted(read["event_types"]), read["job_ids"]) == ("new", sorted(EVENTS), [])


@pytest.mark.reference("§3.1")
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_an_update_is_a_put(api: Api, method: str) -> None:
    made = api.create_webhook()
    path = api.v3(f"webhooks/subscription/{made['id']}")
    assert api.raw.request(method, path, json=body()).status_code in {404, 405}


@pytest.mark.reference("§3.1")
def test_delete_is_hard_and_answers_the_id(api: Api) -> None:
    made = api.create_webhook()
    path = api.v3(f"webhooks/subscription/{made['id']}")
    assert ok(api.delete(path)) == {"data": {"id": made["id"]}, "status": {"code": 200, "is_success": True}}
    assert [api.get(path).status_code, api.put(path, body()).status_code, api.delete(path).status_code] == [404] * 3
    listed = api.data(api.v3("webhooks/subscriptions"), limit=100)
    assert made["id"] not in {row["id"] for row in listed}


@pytest.mark.reference("§3.1")
@pytest.mark.parametrize("path", ["", "/test", "/events", "/event/wev_0/receipt"])
def test_what_hangs_on_an_unknown_webhook_is_404(api: Api, path: str) -> None:
    answer = api.get(api.v3(f"webhooks/subscription/wsu_000000000000000000000000000{path}"))
    assert answer.status_code == 404
    assert answer.json()["status"]["is_success"] is False


@pytest.mark.reference("§3.4")
def test_a_changed_url_re_activates_even_when_the_body_says_inactive(api: Api) -> None:
    made = api.create_webhook(active=False)
    assert api.webhook(made["id"])["active"] is False
    changed = api.put_webhook(made, client_url="https://relay.example.net/new", active=False)
    assert changed["active"] is True
    assert api.webhook(made["id"])["active"] is True


@pytest.mark.reference("§3.4")
def test_to_change_the_url_and_stay_off_takes_two_steps(api: Api) -> None:
    made = api.create_webhook(active=False)
    moved = api.put_webhook(made, client_url="https://relay.example.net/new", active=False)
    assert api.put_webhook(moved, active=False)["active"] is False


@pytest.mark.reference("§3.4")
def test_an_unchanged_url_wakes_nothing(api: Api) -> None:
    made = api.create_webhook(active=False)
    assert api.put_webhook(made, name="other name")["active"] is False


@pytest.mark.reference("§3.4")
def test_a_changed_url_of_an_active_webhook_may_switch_it_off(api: Api) -> None:
    made = api.create_webhook()
    changed = api.put_webhook(made, client_url="https://relay.example.net/new", active=False)
    assert changed["active"] is False


@pytest.mark.reference("§3.4")
def test_active_true_re_activates(api: Api) -> None:
    made = api.create_webhook(active=False)
    assert api.put_webhook(made, active=True)["active"] is True


@pytest.mark.reference("§3.4")
def test_the_seeded_account_has_a_webhook_that_dbt_cloud_switched_off(api: Api) -> None:
    rows = api.data(api.v3("webhooks/subscriptions"), limit=100)
    switched_off = [row for row in rows if not row["active"] and row.get("deactivate_reason")]
    assert switched_off
    woken = api.put_webhook(switched_off[0], active=True)
    assert woken["active"] is True
    assert not woken.get("deactivate_reason")


@pytest.mark.reference("§4.2")
def test_deleting_a_job_leaves_its_id_where_it_was(api: Api, throwaway_job: int) -> None:
    webhook = api.create_webhook(job_ids=[throwaway_job])
    mail = api.create_notification(type=4, external_email="left@acme.example", on_failure=[throwaway_job])
    ok(api.delete(api.v2(f"jobs/{throwaway_job}/")))
    assert api.webhook(webhook["id"])["job_ids"] == [throwaway_job]
    assert api.data(api.v2(f"notifications/{mail['id']}/"))["on_failure"] == [throwaway_job]
