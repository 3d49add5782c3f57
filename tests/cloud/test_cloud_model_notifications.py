"""Model notifications on the wire: what is an answer, what is none, what ends the run, and what is posted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from threading import Barrier

import httpx
import pytest

from reconciler.cloud import open_client
from reconciler.cloud.model_notifications import read_models, switch_models
from reconciler.cloud.snapshot import from_json, to_json
from reconciler.errors import ApiError, AuthenticationError, NotFound, RuntimeFailure
from reconciler.http import Client
from reconciler.model.model_notifications import (
    ModelAnswer,
    ModelNotifications,
    ModelOutcome,
    ModelUnanswered,
)
from reconciler.model.secret import Secret
from tests.builders import inventory
from tests.http.http_lab import FakeTime

SUCCESS, WARNING, FAILURE, SKIPPED = ModelOutcome
NONE: frozenset[ModelOutcome] = frozenset()
LIVE = {
    "id": 5,
    "account_id": 7,
    "environment_id": 11,
    "enabled": True,
    "on_success": False,
    "on_failure": True,
    "on_warning": None,
    "on_skipped": True,
    "created_at": "2026-01-01",
}
Answer = Callable[[httpx.Request], httpx.Response]


def client(answer: Answer) -> Client:
    transport = httpx.MockTransport(answer)
    host = "https://ab123.us1.dbt.com"
    return open_client(host=host, token=Secret("token"), clock=FakeTime().clock(), transport=transport)


def says(body: object, status: int = 200) -> Answer:
    return lambda _: httpx.Response(status, json=body)


def read(answer: Answer) -> ModelAnswer:
    with client(answer) as opened:
        return read_models(opened, 7, [11])[11]


def test_what_is_on_is_read_and_what_is_unknown_is_named() -> None:
    found = read(says({"data": {**LIVE, "on_reused": True}}))
    selected = frozenset({FAILURE, SKIPPED})
    assert found == ModelNotifications(environment_id=11, enabled=True, selected=selected, unknown=("on_reused",))


def test_never_configured_is_off() -> None:
    assert read(says({"data": None})) == ModelNotifications(environment_id=11)


@pytest.mark.parametrize("status", [403, 404, 405])
def test_a_refusal_of_one_environment_is_an_answer_that_says_what_helps(status: int) -> None:
    found = read(says({"status": {"user_message": "not for you"}}, status))
    assert isinstance(found, ModelUnanswered)
    assert (str(status) in found.why, "let the token read and write" in found.next_step) == (True, True)


@pytest.mark.parametrize("body", [{"data": [LIVE]}, {"data": {**LIVE, "on_failure": "daily"}}, {"models": {}}])
def test_a_shape_that_nobody_knows_is_none(body: object) -> None:
    assert isinstance(read(says(body)), ModelUnanswered)


@pytest.mark.parametrize(("status", "error"), [(401, AuthenticationError), (500, ApiError)])
def test_what_every_call_would_meet_ends_the_run(status: int, error: type[RuntimeFailure]) -> None:
    with pytest.raises(error):
        read(says({}, status))


def test_several_are_asked_at_once_and_each_once() -> None:
    together = Barrier(3, timeout=10)
    paths: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.path)
        together.wait()
        return httpx.Response(200, json={"data": LIVE})

    with client(answer) as opened:
        found = read_models(opened, 7, [13, 11, 12, 11])
    assert list(found) == [11, 12, 13]
    assert sorted(paths) == [f"/api/v3/accounts/7/environments/{n}/model-notifications/" for n in (11, 12, 13)]


def test_nobody_asked_is_no_call() -> None:
    with client(says({}, 500)) as opened:
        assert read_models(opened, 7, []) == {}
        assert opened.calls == 0


def test_one_that_ends_the_run_stops_the_others() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(401 if "/11/" in request.url.path else 503, json={})

    with client(answer) as opened, pytest.raises(AuthenticationError):
        read_models(opened, 7, [11, 12])


# --- written ----------------------------------------------------------------------------------------------------------
def posted(
    live: object, *, on: frozenset[ModelOutcome] = NONE, off: frozenset[ModelOutcome] = NONE
) -> dict[str, object]:
    bodies: list[dict[str, object]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            bodies.append(json.loads(request.content))
        return httpx.Response(200, json={"data": live})

    with client(answer) as opened:
        switch_models(opened, 7, 11, on=on, off=off)
    (body,) = bodies
    return body


def test_it_posts_what_dbt_labs_own_client_posts() -> None:
    assert posted(LIVE, on=frozenset({SUCCESS}), off=frozenset({SKIPPED})) == {
        "enabled": True,
        "on_success": True,
        "on_failure": True,
        "on_warning": False,
        "on_skipped": False,
    }


def test_what_we_do_not_know_is_posted_as_it_came() -> None:
    assert posted({**LIVE, "cadence": {"hours": 6}}, on=frozenset({SUCCESS}))["cadence"] == {"hours": 6}


def test_the_last_outcome_that_goes_switches_all_off_unless_an_unknown_one_is_on() -> None:
    both = frozenset({FAILURE, SKIPPED})
    assert posted(LIVE, off=both)["enabled"] is False
    assert posted({**LIVE, "on_reused": True}, off=both)["enabled"] is True
    assert posted({**LIVE, "on_reused": False}, off=both)["enabled"] is False


def test_switching_on_wakes_nothing_that_was_only_selected() -> None:
    body = posted({**LIVE, "enabled": False}, on=frozenset({SUCCESS}))
    assert (body["on_success"], body["on_failure"], body["on_skipped"]) == (True, False, False)


def test_the_first_write_of_one_that_was_never_configured() -> None:
    assert posted(None, on=frozenset({FAILURE}))["on_failure"] is True


def test_nothing_is_written_blind() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.method == "GET"
        return httpx.Response(404, json={"status": {"user_message": "gone"}})

    with client(answer) as opened, pytest.raises(NotFound):
        switch_models(opened, 7, 11, on=frozenset({FAILURE}), off=NONE)


# --- saved ------------------------------------------------------------------------------------------------------------
def test_a_snapshot_keeps_what_was_answered() -> None:
    known = ModelNotifications(environment_id=11, enabled=True, selected=frozenset({FAILURE, SKIPPED}))
    unknown = ModelUnanswered(environment_id=12, why="403", next_step="ask")
    there = replace(inventory(), models={11: known, 12: unknown})
    assert from_json(to_json(there), source="live.json").models == {11: known}


def test_a_snapshot_in_which_an_environment_stands_twice_is_none() -> None:
    there = replace(inventory(), models={11: ModelNotifications(environment_id=11)})
    broken = json.loads(to_json(there))
    broken["model_notifications"] *= 2
    with pytest.raises(RuntimeFailure, match="an environment stands twice"):
        from_json(json.dumps(broken), source="live.json")
