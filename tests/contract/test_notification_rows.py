"""Job notifications as objects: reference §2.1 to §2.6 and §8.6."""

import pytest

from tests.contract.contract_api import INVALID, PERMISSIONS, Api, ok

pytestmark = pytest.mark.contract

REQUIRED = ["account_id", "user_id", "type", "state", "on_cancel", "on_failure", "on_success", "on_warning"]
MISSING_JOB = 999_999_999


@pytest.mark.reference("§2.1")
def test_create_answers_200_and_not_201(api: Api) -> None:
    answer = api.post(api.v2("notifications/"), api.notification_body(type=4, external_email="first@acme.example"))
    assert ok(answer)["status"]["code"] == 200
    assert isinstance(answer.json()["data"]["id"], int)


@pytest.mark.reference("§2.2")
def test_what_was_written_is_read_back(api: Api, jobs: dict[str, int]) -> None:
    made = api.create_notification(
        type=4, external_email="read@acme.example", on_failure=[jobs["fail"]], on_cancel=[jobs["slow"]]
    )
    read = api.data(api.v2(f"notifications/{made['id']}/"))
    assert (read["type"], read["external_email"], read["state"]) == (4, "read@acme.example", 1)
    assert (read["on_failure"], read["on_cancel"]) == ([jobs["fail"]], [jobs["slow"]])
    assert (read["on_success"], read["on_warning"]) == ([], [])
    assert (read["slack_channel_id"], read["slack_channel_name"]) == (None, None)
    assert read["user"].keys() >= {"first_name", "last_name"}
    assert read["account_id"] == api.account_id


@pytest.mark.reference("§2.2")
@pytest.mark.parametrize("field", REQUIRED)
def test_each_required_field_is_missed_by_name(api: Api, field: str) -> None:
    body = api.notification_body()
    del body[field]
    answer = api.post(api.v2("notifications/"), body)
    assert answer.status_code == 400
    assert answer.json()["status"]["user_message"] == INVALID
    assert isinstance(answer.json()["data"][field], str)


@pytest.mark.reference("§2.2")
def test_all_missing_fields_are_named_together(api: Api) -> None:
    assert set(REQUIRED) <= api.post(api.v2("notifications/"), {}).json()["data"].keys()


@pytest.mark.reference("§2.2")
@pytest.mark.parametrize(
    ("field", "value"),
    [("type", 9), ("type", "mail"), ("on_failure", "all"), ("on_failure", ["x"]), ("state", "on"), ("user_id", None)],
)
def test_a_value_of_the_wrong_kind_is_refused(api: Api, field: str, value: object) -> None:
    answer = api.post(api.v2("notifications/"), api.notification_body(**{field: value}))
    assert answer.status_code == 400
    assert field in answer.json()["data"]


@pytest.mark.reference("§2.2")
def test_there_is_no_place_for_a_marker(api: Api) -> None:
    made = api.create_notification(type=4, external_email="mark@acme.example", description="ours", name="ours")
    assert not {"name", "description", "label", "tags"} & made.keys()


@pytest.mark.reference("§2.3")
def test_an_update_replaces_the_whole_object(api: Api, jobs: dict[str, int]) -> None:
    made = api.create_notification(
        type=4, external_email="replace@acme.example", on_failure=[jobs["fail"], jobs["warn"]]
    )
    body = api.notification_body(type=4, external_email="replace@acme.example", on_success=[jobs["slow"]])
    changed = ok(api.post(api.v2(f"notifications/{made['id']}/"), body))["data"]
    assert changed["id"] == made["id"]
    assert (changed["on_failure"], changed["on_success"]) == ([], [jobs["slow"]])
    assert changed["created_at"] == made["created_at"]
    assert api.data(api.v2(f"notifications/{made['id']}/"))["on_failure"] == []


@pytest.mark.reference("§2.3")
def test_an_update_must_be_whole(api: Api) -> None:
    made = api.create_notification(type=4, external_email="whole@acme.example")
    assert api.post(api.v2(f"notifications/{made['id']}/"), {"on_failure": [1]}).status_code == 400


@pytest.mark.reference("§2.3")
def test_lists_may_hold_ids_of_jobs_that_do_not_exist(api: Api) -> None:
    made = api.create_notification(type=4, external_email="dangling@acme.example", on_failure=[MISSING_JOB])
    assert api.data(api.v2(f"notifications/{made['id']}/"))["on_failure"] == [MISSING_JOB]


@pytest.mark.reference("§2.3")
def test_there_is_no_way_to_send_a_test(api: Api) -> None:
    made = api.create_notification(type=4, external_email="no-test@acme.example")
    assert api.get(api.v2(f"notifications/{made['id']}/test/")).status_code == 404


@pytest.mark.reference("§2.4")
def test_the_user_of_a_mail_address_must_exist_too(api: Api) -> None:
    body = api.notification_body(type=4, external_email="nobody@acme.example", user_id=MISSING_JOB)
    assert api.post(api.v2("notifications/"), body).status_code == 400


@pytest.mark.reference("§2.5")
def test_a_second_object_for_one_user_is_accepted(api: Api) -> None:
    first = api.create_notification(type=1)
    second = api.create_notification(type=1)
    assert first["id"] != second["id"]
    rows = api.data(api.v2("notifications/"), type=1, user_id=api.user_id)
    assert {first["id"], second["id"]} <= {row["id"] for row in rows}


@pytest.mark.reference("§2.5")
def test_a_second_active_object_for_one_address_is_refused_in_the_databases_words(api: Api) -> None:
    api.create_notification(type=4, external_email="twice@acme.example")
    answer = api.post(api.v2("notifications/"), api.notification_body(type=4, external_email="twice@acme.example"))
    assert answer.status_code == 400
    text = f"Key (account_id, external_email)=({api.account_id}, twice@acme.example) already exists."
    assert text in answer.text
    assert answer.json()["status"]["is_success"] is False


@pytest.mark.reference("§2.5")
def test_an_update_cannot_take_the_address_of_another(api: Api) -> None:
    api.create_notification(type=4, external_email="taken@acme.example")
    other = api.create_notification(type=4, external_email="taker@acme.example")
    body = api.notification_body(type=4, external_email="taken@acme.example")
    assert api.post(api.v2(f"notifications/{other['id']}/"), body).status_code == 400


@pytest.mark.reference("§2.5")
def test_writing_an_object_back_to_itself_is_no_duplicate(api: Api) -> None:
    made = api.create_notification(type=4, external_email="itself@acme.example")
    body = api.notification_body(type=4, external_email="itself@acme.example", on_failure=[MISSING_JOB])
    assert ok(api.post(api.v2(f"notifications/{made['id']}/"), body))["data"]["on_failure"] == [MISSING_JOB]


@pytest.mark.reference("§8.6")
def test_the_address_of_a_deleted_object_is_free_again(api: Api) -> None:
    gone = api.create_notification(type=4, external_email="again@acme.example")
    api.delete(api.v2(f"notifications/{gone['id']}/"))
    assert api.create_notification(type=4, external_email="again@acme.example")["id"] != gone["id"]


@pytest.mark.reference("§2.6")
def test_delete_answers_204_with_nothing_and_then_404(api: Api) -> None:
    made = api.create_notification(type=4, external_email="delete@acme.example")
    answer = api.delete(api.v2(f"notifications/{made['id']}/"))
    assert (answer.status_code, answer.content) == (204, b"")
    gone = api.get(api.v2(f"notifications/{made['id']}/"))
    assert gone.status_code == 404
    assert gone.json()["status"]["user_message"] == PERMISSIONS
    assert api.delete(api.v2(f"notifications/{made['id']}/")).status_code == 404


@pytest.mark.reference("§2.6")
def test_writing_state_2_deletes_and_the_answer_has_no_id(api: Api) -> None:
    made = api.create_notification(type=4, external_email="state2@acme.example")
    body = api.notification_body(type=4, external_email="state2@acme.example", state=2)
    answer = ok(api.post(api.v2(f"notifications/{made['id']}/"), body))["data"]
    assert (answer["id"], answer["state"]) == (None, 2)
    assert api.get(api.v2(f"notifications/{made['id']}/")).status_code == 404
    assert made["id"] not in {row["id"] for row in api.data(api.v2("notifications/"))}
    deleted = api.data(api.v2("notifications/"), state="deleted", external_email="state2@acme.example")
    assert [(row["id"], row["state"]) for row in deleted] == [(made["id"], 2)]


@pytest.mark.reference("§2.1")
def test_rows_are_filtered_by_type_user_address_and_channel(api: Api) -> None:
    mail = api.create_notification(type=4, external_email="filter@acme.example")
    slack = api.create_notification(type=2, slack_channel_id="C0CONTRACT", slack_channel_name="#contract")
    assert [r["id"] for r in api.data(api.v2("notifications/"), external_email="filter@acme.example")] == [mail["id"]]
    assert [r["id"] for r in api.data(api.v2("notifications/"), slack_channel_id="C0CONTRACT")] == [slack["id"]]
    assert {r["type"] for r in api.data(api.v2("notifications/"), type=2)} == {2}
    assert {r["user_id"] for r in api.data(api.v2("notifications/"), user_id=api.user_id)} == {api.user_id}
    assert [r["id"] for r in api.data(api.v2("notifications/"), pk=mail["id"])] == [mail["id"]]


@pytest.mark.reference("§2.2")
@pytest.mark.parametrize("kind", [2, 5])
def test_slack_rows_keep_channel_id_and_name(api: Api, kind: int) -> None:
    made = api.create_notification(type=kind, slack_channel_id=f"C0KIND{kind}", slack_channel_name="#kind")
    assert (made["slack_channel_id"], made["slack_channel_name"]) == (f"C0KIND{kind}", "#kind")
    assert made["external_email"] is None


@pytest.mark.reference("§2.1")
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_an_update_is_a_post(api: Api, method: str) -> None:
    made = api.create_notification(type=4, external_email=f"{method}@acme.example".lower())
    answer = api.raw.request(method, api.v2(f"notifications/{made['id']}/"), json=api.notification_body(type=1))
    assert answer.status_code in {404, 405}


@pytest.mark.reference("§2.1")
def test_unsubscribe_wipes_the_mail_of_the_tokens_user(api: Api, jobs: dict[str, int]) -> None:
    made = api.create_notification(type=1, on_failure=[jobs["fail"]])
    assert api.post("/api/v2/notifications/unsubscribe/").status_code == 200
    rows = api.data(api.v2("notifications/"), type=1, user_id=api.user_id)
    lists = [row[key] for row in rows for key in ("on_success", "on_failure", "on_cancel", "on_warning")]
    assert not any(lists), f"notification {made['id']} still tells its user"


@pytest.mark.reference("§2.3")
def test_the_seeded_account_has_the_oddities_of_real_ones(api: Api) -> None:
    rows = api.data(api.v2("notifications/"))
    known = {job["id"] for job in api.data(api.v2("jobs/"))}
    held = {job for row in rows for key in ("on_success", "on_failure", "on_cancel", "on_warning") for job in row[key]}
    assert held - known, "no dangling job id"
    assert any(row["type"] == 4 and not row["external_email"] for row in rows), "no type 4 without an address"
