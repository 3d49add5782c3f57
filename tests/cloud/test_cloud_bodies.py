"""What is posted back: everything that was there, known or not, and the change."""

from typing import Any

import pytest

from reconciler.cloud.bodies import as_json, changed_row, replaced_subscription, revived_row
from reconciler.model.actions import SubscriptionSettings
from reconciler.model.inventory import ALL_JOBS
from reconciler.model.ledger import RecipientSettings
from reconciler.model.outcome import Outcome

NOTHING = RecipientSettings()
ROW: dict[str, Any] = {
    "id": 7,
    "account_id": 1,
    "user_id": 5,
    "type": 1,
    "state": 1,
    "external_email": None,
    "on_success": [3, 1, 2],
    "on_failure": None,
    "on_cancel": ["8", 9],
    "on_retry": [4],
    "escalation": {"after": 5},
    "user": {"first_name": "A"},
    "created_at": "x",
    "updated_at": "y",
}


def test_unknown_keys_are_posted_back_and_read_only_ones_are_not() -> None:
    body = changed_row(ROW, {Outcome.SUCCESS: (frozenset({9}), frozenset({1}))}, NOTHING)
    assert body == {
        "id": 7,
        "account_id": 1,
        "user_id": 5,
        "type": 1,
        "state": 1,
        "external_email": None,
        "on_success": [3, 2, 9],
        "on_failure": [],
        "on_warning": [],
        "on_cancel": ["8", 9],
        "on_retry": [4],
        "escalation": {"after": 5},
    }


def test_ids_that_came_as_text_are_the_same_ids() -> None:
    body = changed_row(ROW, {Outcome.CANCELLED: (frozenset({8, 10}), frozenset({9}))}, NOTHING)
    assert body["on_cancel"] == [8, 10]


def test_the_row_that_was_read_stays_as_it_is() -> None:
    before = {name: list(value) if isinstance(value, list) else value for name, value in ROW.items()}
    changed_row(ROW, {Outcome.SUCCESS: (frozenset({9}), frozenset({1}))}, RecipientSettings(user_id=6))
    assert before == ROW


def test_a_revived_row_forgets_its_lists_and_keeps_the_rest() -> None:
    body = revived_row({**ROW, "state": 2}, {Outcome.WARNING: frozenset({2, 1})}, NOTHING)
    assert (body["state"], body["on_warning"], body["on_success"], body["on_cancel"]) == (1, [1, 2], [], [])
    assert (body["on_retry"], body["escalation"]) == ([4], {"after": 5})


@pytest.mark.parametrize(
    "name", ["hmac_secret", "http_status_code", "dispatched_at", "deactivate_reason", "account_id"]
)
def test_a_webhook_is_posted_back_without_what_the_server_keeps(name: str) -> None:
    settings = SubscriptionSettings(
        name="n", url="https://x.example", events=frozenset({"b", "a"}), jobs=ALL_JOBS, description="", active=False
    )
    body = replaced_subscription({"id": "wsu_1", "filter": {"x": 1}, "job_ids": ["5"], name: "kept"}, settings)
    assert name not in body
    assert (body["id"], body["filter"], body["job_ids"]) == ("wsu_1", {"x": 1}, [])
    assert (body["event_types"], body["active"], body["client_url"]) == (["a", "b"], False, "https://x.example")


def test_bodies_are_utf_8() -> None:
    assert as_json({"name": "Größe"}) == '{"name":"Größe"}'.encode()
