"""Runs, their states, times, steps and retries: reference §5.1 to §5.4 and §5.6."""

import json
import re
from datetime import datetime, timedelta

import pytest

from tests.contract.contract_api import Api, Json, ok
from tests.contract.contract_lab import Lab

pytestmark = pytest.mark.contract

BLANK_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\+00:00")
CLOCK = re.compile(r"\d{2,}:\d\d:\d\d")


def seconds(text: str) -> int:
    hours, minutes, rest = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(rest)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.reference("§5.6")
def test_a_trigger_answers_the_queued_run(api: Api, jobs: dict[str, int]) -> None:
    run = api.trigger(jobs["ok"])
    assert (run["status"], run["status_humanized"], run["in_progress"]) == (1, "Queued", True)
    assert (run["job_id"], run["job_definition_id"]) == (jobs["ok"], jobs["ok"])
    assert (run["is_complete"], run["is_success"], run["is_error"], run["is_cancelled"]) == (False,) * 4
    assert (run["started_at"], run["finished_at"]) == (None, None)
    assert (run["artifacts_saved"], run["notifications_sent"]) == (False, False)


@pytest.mark.reference("§5.6")
@pytest.mark.parametrize("body", [{}, {"cause": ""}, {"cause": None}, {"cause": 7}])
def test_a_trigger_without_a_cause_is_refused(api: Api, jobs: dict[str, int], body: Json) -> None:
    answer = api.post(api.v2(f"jobs/{jobs['ok']}/run/"), body)
    assert answer.status_code == 400
    assert "cause" in answer.json()["data"]


@pytest.mark.reference("§5.6")
def test_a_trigger_is_not_idempotent(api: Api, jobs: dict[str, int]) -> None:
    assert api.trigger(jobs["ok"])["id"] != api.trigger(jobs["ok"])["id"]


@pytest.mark.reference("§5.6")
def test_a_trigger_of_an_unknown_job_is_404(api: Api) -> None:
    assert api.post(api.v2("jobs/999999999/run/"), {"cause": "x"}).status_code == 404


@pytest.mark.reference("§5.2")
@pytest.mark.parametrize(
    ("job", "code", "word", "flag"),
    [("ok", 10, "Success", "is_success"), ("fail", 20, "Error", "is_error"), ("warn", 10, "Success", "is_success")],
)
def test_a_run_ends_as_its_job_does(
    api: Api, lab: Lab, jobs: dict[str, int], job: str, code: int, word: str, flag: str
) -> None:
    run = lab.finish(api.trigger(jobs[job])["id"])
    assert (run["status"], run["status_humanized"], run["is_complete"], run["in_progress"]) == (code, word, True, False)
    assert {name for name in ("is_success", "is_error", "is_cancelled") if run[name]} == {flag}


@pytest.mark.reference("§5.2")
def test_a_success_has_no_message(api: Api, lab: Lab, jobs: dict[str, int]) -> None:
    assert lab.finish(api.trigger(jobs["ok"])["id"])["status_message"] is None


@pytest.mark.reference("§5.2")
def test_a_user_cancel_says_so(api: Api, jobs: dict[str, int]) -> None:
    run = api.trigger(jobs["slow"])
    cancelled = ok(api.post(api.v2(f"runs/{run['id']}/cancel/")))["data"]
    assert (cancelled["id"], cancelled["status"], cancelled["status_humanized"]) == (run["id"], 30, "Cancelled")
    assert cancelled["status_message"] == "Cancelled by user."
    assert (cancelled["is_cancelled"], cancelled["is_complete"]) == (True, True)


@pytest.mark.reference("§5.2")
def test_a_run_cancelled_while_queued_never_started(api: Api, lab: Lab, jobs: dict[str, int]) -> None:
    run = lab.cancel_while_queued(jobs["slow"])
    assert (run["status"], run["started_at"], run["artifacts_saved"]) == (30, None, False)
    assert run["finished_at"] is not None


@pytest.mark.reference("§5.2")
def test_a_timed_out_run_is_cancelled_with_a_message_that_says_so(lab: Lab, jobs: dict[str, int]) -> None:
    run = lab.finished_as(jobs["ok"], "timeout")
    assert (run["status"], run["is_cancelled"], run["is_error"]) == (30, True, False)
    assert re.fullmatch(
        r"This run timed out after running for .+, which exceeded the configured timeout of \d+ seconds\.",
        run["status_message"],
    )


@pytest.mark.reference("§5.2")
def test_a_finished_run_cannot_be_cancelled_into_another_state(api: Api, finished_run: int) -> None:
    before = api.run(finished_run)["status"]
    assert api.post(api.v2(f"runs/{finished_run}/cancel/")).status_code < 500
    assert api.run(finished_run)["status"] == before == 20


@pytest.mark.reference("§5.3")
@pytest.mark.parametrize("field", ["created_at", "updated_at", "dequeued_at", "started_at", "finished_at"])
def test_run_times_are_written_with_a_blank(api: Api, finished_run: int, field: str) -> None:
    assert BLANK_TIME.fullmatch(api.run(finished_run)[field])


@pytest.mark.reference("§5.3")
def test_the_times_of_a_run_are_in_order(api: Api, finished_run: int) -> None:
    run = api.run(finished_run)
    times = [moment(run[key]) for key in ("created_at", "dequeued_at", "started_at", "finished_at")]
    assert times == sorted(times)


@pytest.mark.reference("§5.3")
@pytest.mark.parametrize(
    ("field", "start", "end"),
    [
        ("duration", "created_at", "finished_at"),
        ("queued_duration", "created_at", "started_at"),
        ("run_duration", "started_at", "finished_at"),
    ],
)
def test_durations_are_differences_of_times(
    api: Api, lab: Lab, jobs: dict[str, int], field: str, start: str, end: str
) -> None:
    for name in ("ok", "slow"):
        lab.finish(api.trigger(jobs[name])["id"])
    finished = api.data(api.v2("runs/"), status=10, order_by="-id")
    assert len(finished) > 1
    for run in finished:
        assert CLOCK.fullmatch(run[field])
        assert seconds(run[field]) == int((moment(run[end]) - moment(run[start])) / timedelta(seconds=1))


@pytest.mark.reference("§5.3")
@pytest.mark.parametrize(
    ("length", "clock", "words"),
    [
        (12.4, "00:00:12", "12 seconds"),
        (110, "00:01:50", "1 minute, 50 seconds"),
        (97, "00:01:37", "1 minute, 37 seconds"),
        (3600, "01:00:00", "1 hour"),
        (86436, "24:00:36", "1 day"),
        (0.2, "00:00:00", "0 minutes"),
    ],
)
def test_humanized_durations_are_the_largest_unit_and_the_next(
    lab: Lab, jobs: dict[str, int], length: float, clock: str, words: str
) -> None:
    asked = {"job_id": jobs["ok"], "outcome": "success", "seconds": length}
    run = lab.finish(lab.control.call("POST", "/runs", json=asked)["id"])
    assert (run["duration"], run["duration_humanized"]) == (clock, words)


@pytest.mark.reference("§5.3")
def test_an_unfinished_run_says_0_minutes_from_now(api: Api, jobs: dict[str, int]) -> None:
    run = api.trigger(jobs["slow"])
    assert api.run(run["id"])["finished_at_humanized"] == "0 minutes from now"


@pytest.mark.reference("§5.3")
def test_related_objects_are_null_and_steps_empty_unless_asked_for(api: Api, finished_run: int) -> None:
    run = api.run(finished_run)
    assert (run["trigger"], run["job"], run["environment"], run["run_steps"]) == (None, None, None, [])
    rich = api.run(finished_run, include_related="trigger,job,environment,run_steps")
    assert (rich["job"]["id"], rich["environment"]["id"]) == (run["job_id"], run["environment_id"])
    assert rich["trigger"]["cause_category"] == "api"
    assert rich["run_steps"]


@pytest.mark.reference("§5.3")
def test_a_run_has_no_job_name(api: Api, finished_run: int) -> None:
    assert "job_name" not in api.run(finished_run)


@pytest.mark.reference("§5.3")
def test_a_run_links_to_itself(api: Api, finished_run: int) -> None:
    run = api.run(finished_run)
    wanted = f"/deploy/{api.account_id}/projects/{run['project_id']}/runs/{run['id']}/"
    assert run["href"].endswith(wanted)


@pytest.mark.reference("§5.1")
def test_the_latest_run_of_a_job(api: Api, lab: Lab, jobs: dict[str, int]) -> None:
    run = lab.finish(api.trigger(jobs["ok"])["id"])
    latest = api.data(api.v2("runs/"), job_definition_id=jobs["ok"], order_by="-id", limit=1)
    assert [row["id"] for row in latest] == [run["id"]]


@pytest.mark.reference("§5.1")
@pytest.mark.parametrize("codes", [[20], [10, 20], [30], [1, 2, 3]])
def test_runs_are_filtered_by_status(api: Api, finished_run: int, codes: list[int]) -> None:
    found = api.data(api.v2("runs/"), status__in=json.dumps(codes), order_by="-id")
    assert {run["status"] for run in found} <= set(codes)
    assert (finished_run in {run["id"] for run in found}) is (20 in codes)
    if len(codes) == 1:
        assert [run["id"] for run in api.data(api.v2("runs/"), status=codes[0], order_by="-id")] == [
            run["id"] for run in found
        ]


@pytest.mark.reference("§5.1")
@pytest.mark.parametrize("field", ["created_at", "finished_at"])
def test_runs_are_filtered_by_a_range_of_times(api: Api, finished_run: int, field: str) -> None:
    at = moment(api.run(finished_run)[field])
    around = [(at - timedelta(seconds=1)).isoformat(), (at + timedelta(seconds=1)).isoformat()]
    before = [(at - timedelta(days=900)).isoformat(), (at - timedelta(seconds=1)).isoformat()]
    inside = api.data(api.v2("runs/"), **{f"{field}__range": json.dumps(around)}, order_by="-id")
    outside = api.data(api.v2("runs/"), **{f"{field}__range": json.dumps(before)}, order_by="-id")
    assert finished_run in {run["id"] for run in inside}
    assert finished_run not in {run["id"] for run in outside}


@pytest.mark.reference("§5.1")
def test_runs_are_filtered_by_project_environment_and_id(api: Api, finished_run: int) -> None:
    run = api.run(finished_run)
    for field in ("project_id", "environment_id"):
        assert {row[field] for row in api.data(api.v2("runs/"), **{field: run[field]})} == {run[field]}
    assert finished_run not in {row["id"] for row in api.data(api.v2("runs/"), id__gt=finished_run)}
    assert [row["id"] for row in api.data(api.v2("runs/"), pk=finished_run)] == [finished_run]


@pytest.mark.reference("§5.1")
@pytest.mark.parametrize("order", ["finished_at", "-finished_at", "created_at", "-created_at"])
def test_runs_are_ordered_by_their_times(api: Api, order: str) -> None:
    field = order.removeprefix("-")
    times = [moment(run[field]) for run in api.data(api.v2("runs/"), order_by=order, status__in="[10,20]")]
    assert times == sorted(times, reverse=order.startswith("-"))


@pytest.mark.reference("§1.5")
def test_the_state_of_runs_is_all_by_default(api: Api) -> None:
    assert ok(api.get(api.v2("runs/")))["extra"]["filters"]["state"] == "all"


@pytest.mark.reference("§5.4")
def test_steps_have_a_name_an_index_and_a_command(api: Api, finished_run: int) -> None:
    steps = api.run(finished_run, include_related="run_steps")["run_steps"]
    assert [step["index"] for step in steps] == list(range(1, len(steps) + 1))
    assert any(step["name"].startswith("Invoke dbt with `dbt ") for step in steps)
    step = api.data(api.v2(f"steps/{steps[-1]['id']}/"))
    assert step["run_id"] == finished_run
    assert {"status_humanized", "status_color", "duration", "duration_humanized"} <= step.keys()


@pytest.mark.reference("§5.1")
def test_a_failed_run_says_what_a_retry_would_do(api: Api, finished_run: int) -> None:
    details = api.data(api.v2(f"runs/{finished_run}/retry/"))
    assert isinstance(details["failed_step"], str)
    assert isinstance(details["skipped_steps"], list)


@pytest.mark.reference("§5.1")
def test_a_retry_is_a_new_run_that_names_the_old(api: Api, lab: Lab, jobs: dict[str, int]) -> None:
    failed = lab.finish(api.trigger(jobs["fail"])["id"])
    assert (failed["can_retry"], failed["retry_not_supported_reason"]) == (True, None)
    again = ok(api.post(api.v2(f"runs/{failed['id']}/retry/")))["data"]
    assert again["id"] != failed["id"]
    assert again["retrying_run_id"] == failed["id"]


@pytest.mark.reference("§5.3")
def test_a_success_cannot_be_retried_and_says_why(api: Api, lab: Lab, jobs: dict[str, int]) -> None:
    run = lab.finish(api.trigger(jobs["ok"])["id"])
    assert (run["can_retry"], run["retry_not_supported_reason"]) == (False, "RETRY_NOT_FAILED_RUN")
    assert 400 <= api.post(api.v2(f"runs/{run['id']}/retry/")).status_code < 500


@pytest.mark.reference("§4.1")
def test_a_job_can_be_run_again_from_its_failure(api: Api, lab: Lab, jobs: dict[str, int]) -> None:
    lab.finish(api.trigger(jobs["fail"])["id"])
    assert ok(api.post(api.v2(f"jobs/{jobs['fail']}/rerun/")))["data"]["job_id"] == jobs["fail"]


@pytest.mark.reference("§5.6")
def test_a_trigger_keeps_its_overrides(api: Api, jobs: dict[str, int]) -> None:
    run = api.trigger(jobs["slow"], git_branch="feature", steps_override=["dbt run"], threads_override=2)
    trigger = api.run(run["id"], include_related=["trigger"])["trigger"]
    assert (trigger["cause"], trigger["git_branch"]) == ("contract test", "feature")
    assert (trigger["steps_override"], trigger["threads_override"]) == (["dbt run"], 2)
