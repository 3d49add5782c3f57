"""Recorded answers parse, old shapes and nulls are tolerated, refusals are explained, and no secret is quoted."""

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.cloud import rows
from reconciler.cloud.wire import (
    WireEnvironment,
    WireItem,
    WireJob,
    WireNotification,
    WirePage,
    WireProject,
    WireSubscription,
    decode_created,
    decode_row,
    decoder,
    explain_refusal,
)
from reconciler.http import Unreadable
from reconciler.model.edge import RecipientKey
from reconciler.model.inventory import ALL_JOBS, Environment, Job, NotificationRow, Project
from reconciler.model.outcome import Outcome

RECORDED = Path(__file__).parent.parent / "fixtures" / "api"


def _recorded(name: str) -> bytes:
    return (RECORDED / name).read_bytes()


def test_a_recorded_job_list_has_no_totals_and_is_read() -> None:
    page = decoder(WirePage[WireJob])(_recorded("job_list.json"))
    assert page.pagination.total_count is None
    assert rows.job(page.data[0]) == Job(
        id=43167,
        name="Do nothing!",
        project_id=123457,
        environment_id=49819,
        cron="0 * * * *",
        scheduled=False,
        execute_steps=("dbt run -s not_a_model",),
    )


@pytest.mark.parametrize("name", ["job_get.json", "job_create.json"])
def test_a_recorded_job_is_read(name: str) -> None:
    job = rows.job(decoder(WireItem[WireJob])(_recorded(name)).data)
    assert (job.project_id, job.environment_id, job.deleted) == (123457, 49819, False)


def test_recorded_environments_are_read() -> None:
    page = decoder(WirePage[WireEnvironment])(_recorded("environment_list.json"))
    assert (page.pagination.count, page.pagination.total_count) == (1, 43)
    expected = Environment(id=49818, project_id=26597, name="Development", type="", deployment_type=None)
    assert rows.environment(page.data[0]) == expected
    gone = decoder(WireItem[WireEnvironment])(_recorded("environment_delete.json")).data
    assert rows.environment(gone).deleted


def test_recorded_projects_are_read() -> None:
    gone = decoder(WireItem[WireProject])(_recorded("project_delete.json")).data
    live = decoder(WireItem[WireProject])(_recorded("project_get.json")).data
    assert rows.project(gone).deleted
    assert rows.project(live) == Project(id=live.id, name=live.name or "", deleted=False)


@pytest.mark.parametrize("shape", [WireJob, WireEnvironment, WireNotification, WireSubscription])
def test_every_field_but_the_ids_may_be_null_or_absent(shape: type[Any]) -> None:
    ids = {"id": 1, "project_id": 2, "type": 4}
    names = dict.fromkeys(shape.model_fields) | {k: v for k, v in ids.items() if k in shape.model_fields}
    convert = {
        WireJob: rows.job,
        WireEnvironment: rows.environment,
        WireNotification: lambda row: rows.notification(row, unknown=set()),
        WireSubscription: lambda row: rows.subscription(row, unknown=set()),
    }[shape]
    if shape is not WireNotification:
        names["type"] = None
    full = convert(shape.model_validate_json(json.dumps(names)))
    least = convert(shape.model_validate_json(json.dumps({k: v for k, v in names.items() if v is not None})))
    assert full == least


def _notification(**row: object) -> tuple[NotificationRow, set[str]]:
    unknown: set[str] = set()
    wire = WireNotification.model_validate_json(json.dumps({"id": 7, "type": 1, **row}))
    return rows.notification(wire, unknown=unknown), unknown


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ({"type": 1, "user_id": 5}, RecipientKey.user(5)),
        ({"type": 1, "user_id": None}, None),
        ({"type": 2, "slack_channel_id": " C1 "}, RecipientKey.slack("C1")),
        ({"type": 2, "slack_channel_id": ""}, None),
        ({"type": 4, "external_email": " OnCall@ACME.example"}, RecipientKey.email("oncall@acme.example")),
        ({"type": 4, "external_email": None}, None),
        ({"type": 5, "slack_channel_id": "C1"}, RecipientKey.slack_app("C1")),
        ({"type": 3, "user_id": 5, "external_email": "a@b.example"}, None),
        ({"type": 99}, None),
    ],
)
def test_who_is_told_is_decided_by_the_type(row: dict[str, Any], key: RecipientKey | None) -> None:
    assert _notification(**row)[0].key == key


def test_each_list_is_its_own_outcome() -> None:
    row, _ = _notification(on_success=[1], on_warning=[2, 2], on_failure=["3"], on_cancel=[4, 99])
    assert row.jobs == {
        Outcome.SUCCESS: {1},
        Outcome.WARNING: {2},
        Outcome.FAILURE: {3},
        Outcome.CANCELLED: {4, 99},
    }


def test_what_is_unknown_is_named_once() -> None:
    _, unknown = _notification(type=9, on_retry=[1], account_id=1, created_at="x", updated_at="x", user={})
    assert unknown == {"notification type 9", "notification field on_retry"}
    wire = WireSubscription.model_validate({"id": "wsu_1", "event_types": ["job.run.paused"], "filter": {}})
    rows.subscription(wire, unknown=unknown)
    assert unknown >= {"webhook event job.run.paused", "webhook field filter"}


@pytest.mark.parametrize("job_ids", [[], None])
def test_no_job_ids_are_all_jobs(job_ids: list[int] | None) -> None:
    wire = WireSubscription.model_validate({"id": "wsu_1", "job_ids": job_ids})
    assert rows.subscription(wire, unknown=set()).jobs == ALL_JOBS


def test_both_generations_of_webhooks_are_one() -> None:
    """Reference §3.3: ids as text, ids as numbers; a status as text or number; microseconds or none."""
    old = {"id": "wsu_1", "job_ids": ["101", "102"], "http_status_code": 410, "dispatched_at": 1741082400000000}
    new = {"id": "wsu_1", "job_ids": [102, 101], "http_status_code": "410", "dispatched_at": "1741082400000000"}
    read = [
        rows.subscription(WireSubscription.model_validate_json(json.dumps(each)), unknown=set()) for each in (old, new)
    ]
    assert read[0] == read[1]
    assert read[0].jobs == {101, 102}


@pytest.mark.parametrize(
    ("fields", "active"),
    [({"active": True}, True), ({"active": False}, False), ({}, True), ({"deactivate_reason": "7 days"}, False)],
)
def test_an_absent_active_is_on_unless_there_is_a_reason(fields: dict[str, Any], active: bool) -> None:
    assert rows.subscription(WireSubscription.model_validate({"id": "w", **fields}), unknown=set()).active is active


@pytest.mark.parametrize("row_id", [0, None])
def test_a_row_without_an_id_is_no_row(row_id: int | None) -> None:
    with pytest.raises(ValueError, match=r"^id: "):
        decode_row(json.dumps({"data": {"id": row_id, "type": 1}}).encode())


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"data": [', b'{"data": "\xff"}', b"{} {}"])
def test_bytes_that_are_no_json_are_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        decoder(WirePage[WireJob])(body)


@pytest.mark.parametrize("body", [b"[]", b"null", b'{"data": null}', b'{"data": [{}]}', b'{"data": [{"id": "x"}]}'])
def test_another_shape_is_an_error_of_another_kind(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"Input should be|Field required|object") as raised:
        decoder(WirePage[WireJob])(body)
    assert not isinstance(raised.value, Unreadable)


def test_an_error_of_shape_quotes_no_value() -> None:
    with pytest.raises(ValueError, match="id: ") as raised:
        decode_created(b'{"data": {"id": {"x": "whs_top-secret"}, "hmac_secret": "whs_top-secret"}}')
    assert "whs_top-secret" not in f"{raised.value!r} {raised.value.__cause__!r}"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"status": {"user_message": "Invalid token.", "developer_message": None}, "data": None}, "Invalid token."),
        ({"status": {"user_message": "", "developer_message": "stack"}, "data": None}, "stack"),
        ({"status": {"user_message": "No."}, "data": {"a": {"b": ["x", "y"]}, "c": 3}}, "No. (a.b: x; a.b: y; c: 3)"),
        ({"status": {"code": 500}}, ""),
        ({"detail": "no envelope"}, None),
        ([], None),
    ],
)
def test_a_refusal_is_one_line(body: object, text: str | None) -> None:
    assert explain_refusal(json.dumps(body).encode()) == text
    assert explain_refusal(b"<html>") is None
