"""Events as dbt Cloud posts them, and as it must not (reference §6.2)."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.alerts.event import MAX_EVENT_BYTES, read_event
from reconciler.model.run import Event, RunStatus

FIXTURES = sorted((Path(__file__).parents[1] / "fixtures" / "webhooks").glob("*.json"))


def event(*, top: dict[str, object] | None = None, leave_out: str = "", **data: object) -> bytes:
    """Build a sound event, changed."""
    inner = {"jobId": "101", "jobName": "Nightly", "runId": "900001", "runStatusCode": 20, **data}
    whole = {
        "accountId": 4711,
        "webhookId": "wsu_1",
        "eventId": "wev_1",
        "timestamp": "2026-03-02T06:01:15Z",
        "eventType": "job.run.completed",
        "data": {key: value for key, value in inner.items() if key != leave_out},
        **(top or {}),
    }
    return json.dumps({key: value for key, value in whole.items() if key != leave_out}).encode()


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_each_recorded_event_is_read_whole(path: Path) -> None:
    raw = json.loads(path.read_bytes())
    data = raw["data"]
    found = read_event(path.read_bytes())
    end = data.get("runFinishedAt", data.get("runErroredAt"))
    assert found == Event(
        id=raw["eventId"],
        type=raw["eventType"],
        account_id=1,
        at=datetime.fromisoformat(raw["timestamp"][:26] + "+00:00"),
        job_id=int(data["jobId"]),
        job_name=data["jobName"],
        run_id=int(data["runId"]),
        project_id=int(data["projectId"]),
        project_name=data["projectName"],
        environment_id=int(data["environmentId"]),
        environment_name=data["environmentName"],
        status=RunStatus(data["runStatusCode"]),
        message="" if data["runStatusMessage"] == "None" else data["runStatusMessage"],
        reason=data["runReason"],
        started_at=datetime.fromisoformat(data["runStartedAt"]),
        ended_at=datetime.fromisoformat(end) if end else None,
    )


def test_there_are_four_recorded_events() -> None:
    assert len(FIXTURES) == 4


def test_nine_digits_of_a_second_become_six() -> None:
    found = read_event(event(top={"timestamp": "2026-03-02T06:01:15.742843678Z"}))
    assert found.at == datetime(2026, 3, 2, 6, 1, 15, 742843, tzinfo=UTC)


def test_another_zone_is_the_same_moment_in_utc() -> None:
    found = read_event(event(top={"timestamp": "2026-03-02T08:01:15+02:00"}))
    assert (found.at, found.at.utcoffset()) == (datetime(2026, 3, 2, 6, 1, 15, tzinfo=UTC), timedelta())


@pytest.mark.parametrize("spelling", ["webhookId", "webhooksID", "nothing of the kind"])
def test_the_webhooks_own_id_may_be_spelt_anyhow_or_be_absent(spelling: str) -> None:
    raw = json.loads(event())
    raw[spelling] = raw.pop("webhookId")
    assert read_event(json.dumps(raw).encode()) == read_event(event())


@pytest.mark.parametrize("job_id", [101, "101"])
@pytest.mark.parametrize("account_id", [4711, "4711"])
def test_ids_are_numbers_or_digits(job_id: object, account_id: object) -> None:
    found = read_event(event(top={"accountId": account_id}, jobId=job_id))
    assert (found.account_id, found.job_id) == (4711, 101)


def test_unknown_keys_are_no_matter() -> None:
    assert read_event(event(top={"new": {"deep": []}}, newer=[1])) == read_event(event())


@pytest.mark.parametrize("code", [99, 0, -1, "x", None, True, 20.5, {}])
def test_a_code_that_nobody_knows_is_no_status(code: object) -> None:
    assert read_event(event(runStatusCode=code)).status is None


@pytest.mark.parametrize(("code", "status"), [(3, 3), (10, 10), ("20", 20), (30, 30)])
def test_a_code_is_a_status_as_number_or_digits(code: object, status: int) -> None:
    assert read_event(event(runStatusCode=code)).status is RunStatus(status)


def test_an_errored_event_without_a_code_is_an_error_by_its_name() -> None:
    """Reference §3.5: test deliveries without run status have been reported."""
    errored = event(top={"eventType": "job.run.errored"}, leave_out="runStatusCode")
    assert read_event(errored).status is RunStatus.ERROR
    assert read_event(event(leave_out="runStatusCode")).status is None


@pytest.mark.parametrize(
    ("said", "read"), [("None", ""), (" None ", ""), ("", ""), (None, ""), (7, ""), ("None of it", "None of it")]
)
def test_the_word_none_is_no_message(said: object, read: str) -> None:
    assert read_event(event(runStatusMessage=said)).message == read


def test_without_a_timestamp_the_runs_own_times_tell_when() -> None:
    assert read_event(
        event(leave_out="timestamp", runErroredAt="2026-03-02T06:00:01Z", runStartedAt="2026-03-02T05:00:00Z")
    ).at == datetime(2026, 3, 2, 6, 0, 1, tzinfo=UTC)


def test_without_an_id_the_same_bytes_are_the_same_event() -> None:
    first, again = (read_event(event(leave_out="eventId")).id for _ in range(2))
    other = read_event(event(leave_out="eventId", runId="900002")).id
    assert first == again != other
    assert first.startswith("sha256:")


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("accountId", "the event's `accountId` is missing or no id"),
        ("eventType", "the event's `eventType` is missing or no text"),
        ("data", "the event has no `data`: it is not one of a dbt Cloud job"),
        ("jobId", "the event's `jobId` is missing or no id"),
        ("runId", "the event's `runId` is missing or no id"),
        ("timestamp", "the event's `timestamp` is missing or no time, and its run has none either"),
    ],
)
def test_what_nobody_can_route_without_is_named(missing: str, sentence: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the whole sentence is compared
        read_event(event(leave_out=missing))
    assert str(raised.value) == sentence


@pytest.mark.parametrize("run_id", [0, "", -5, "12x", True, 1.5, None, [], 2**63, "9" * 30, "١٢"])
def test_no_id_is_made_of_what_is_none(run_id: object) -> None:
    with pytest.raises(ValueError, match="`runId`"):
        read_event(event(runId=run_id))


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "the event is not JSON"),
        (b"hello=world", "the event is not JSON"),
        (b'{"accountId": 1', "the event is not JSON"),
        (b"\xff\xfe{\x00}\x00", "the event is not UTF-8 text"),
        (b'{"a": "\xe9"}', "the event is not UTF-8 text"),
        (b"[]", "the event is no JSON object but a list"),
        (b"null", "the event is no JSON object but null"),
        (b'"x"', "the event is no JSON object but text"),
        (b"[" * 200_000, "the event is nested too deeply"),
        (b'{"accountId": ' + b"9" * 5000 + b"}", "the event is not JSON"),
        (b" " * (MAX_EVENT_BYTES + 1), "the event has more than 1 MiB; real ones have under 2 kB"),
    ],
    ids=["empty", "form", "torn", "utf-16", "latin-1", "list", "null", "text", "deep", "huge number", "huge"],
)
def test_what_is_no_event_is_refused_in_a_sentence(body: bytes, sentence: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the whole sentence is compared
        read_event(body)
    assert str(raised.value) == sentence


def test_a_byte_order_mark_is_no_matter() -> None:
    assert read_event(b"\xef\xbb\xbf" + event()).run_id == 900001


def test_half_a_character_does_not_break_what_writes_the_name() -> None:
    assert read_event(event(jobName="\ud800 job")).job_name == "? job"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
_KEYS = ["jobId", "jobName", "runId", "runStatusCode", "runStatusMessage", "runReason", "runStartedAt", "projectId"]


@settings(max_examples=40)
@given(
    data=_JSON | st.dictionaries(st.sampled_from(_KEYS), _JSON),
    top=st.dictionaries(st.sampled_from(["eventId", "timestamp"]), _JSON),
)
def test_whatever_it_holds_it_is_an_event_or_a_sentence(data: object, top: dict[str, Any]) -> None:
    body = json.dumps({"accountId": 1, "eventType": "x", "data": data, **top}).encode()
    try:
        found = read_event(body)
    except ValueError as refused:
        assert str(refused).startswith("the event")  # noqa: PT017 - both ends are right
    else:
        assert found.run_id > 0
        assert found.at.utcoffset() == timedelta()
        assert f"{found}".encode()
