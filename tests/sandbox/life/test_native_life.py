"""Whom dbt Cloud itself would tell at the end of a run: reference §2.3, §2.4, §2.7."""

import pytest

from reconciler.sandbox.native import link_slack
from tests.sandbox.life.life_lab import Life

pytestmark = pytest.mark.anyio

ALL = {name: [101] for name in ("on_success", "on_failure", "on_cancel", "on_warning")}


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        ("success", ["success"]),
        ("slow", ["success"]),
        ("warning", ["success", "warning"]),
        ("failure", ["failure", "warning"]),
        ("cancel", ["cancel"]),
        ("timeout", ["cancel"]),
    ],
)
async def test_an_end_concerns_these_lists(life: Life, outcome: str, told: list[str]) -> None:
    life.notify(**ALL)
    await life.ended(outcome=outcome)
    assert sorted(message["outcome"] for message in await life.inbox()) == told


async def test_a_list_without_the_job_says_nothing(life: Life) -> None:
    life.notify(on_failure=[999], on_success=[])
    life.notify(state=2, on_failure=[101])
    await life.ended(outcome="failure")
    assert await life.inbox() == []


@pytest.mark.parametrize(
    ("fields", "kind", "channel", "state", "reason"),
    [
        ({"type": 1, "user_id": 1}, "email", "email:maria@acme.example", "delivered", ""),
        ({"type": 1, "user_id": 2}, "email", "email:gone@acme.example", "suppressed", "the user has left"),
        ({"type": 1, "user_id": 3}, "email", "email:", "suppressed", "the user has left"),
        ({"type": 4, "external_email": "x@y.example"}, "email", "email:x@y.example", "delivered", ""),
        ({"type": 4, "user_id": 2, "external_email": "x@y.example"}, "email", "email:x@y.example", "delivered", ""),
        ({"type": 4}, "email", "email:", "suppressed", "the notification has no address"),
        ({"type": 2, "slack_channel_id": "C1"}, "slack", "slack:C1", "delivered", ""),
        (
            {"type": 2, "user_id": 2, "slack_channel_id": "C1"},
            "slack",
            "slack:C1",
            "suppressed",
            "not delivered: linked by another user",
        ),
        ({"type": 5, "user_id": 2, "slack_channel_id": "C2"}, "slack", "slack:C2", "delivered", ""),
    ],
)
async def test_each_type_has_its_address(
    life: Life, fields: dict[str, object], kind: str, channel: str, state: str, reason: str
) -> None:
    link_slack(life.state.store, 1)
    notification = life.notify(on_failure=[101], **fields)
    await life.ended(outcome="failure")
    [message] = await life.inbox()
    assert (message["kind"], message["channel"], message["state"], message["reason"]) == (kind, channel, state, reason)
    assert message["notification_id"] == notification


async def test_slack_that_nobody_linked_delivers_nothing(life: Life) -> None:
    life.notify(type=2, slack_channel_id="C1", on_failure=[101])
    await life.ended(outcome="failure")
    assert (await life.inbox())[0]["reason"] == "not delivered: no user has linked Slack"


async def test_a_deprecated_webhook_row_sends_nothing(life: Life) -> None:
    life.notify(type=3, on_failure=[101])
    await life.ended(outcome="failure")
    assert await life.inbox() == []


async def test_the_text_names_job_project_environment_and_run(life: Life) -> None:
    life.notify(on_failure=[101])
    run = await life.ended(outcome="failure", cause="nightly")
    [message] = await life.inbox()
    assert message["subject"] == "[dbt Cloud] Nightly failed"
    assert message["text"] == (
        "Job Nightly failed.\nProject: Finance\nEnvironment: Production\n"
        f"Run: #{run['id']}, 0 minutes, nightly\nMessage: dbt command failed\n{run['href']}"
    )


async def test_freshness_warnings_count_although_the_run_is_a_success(life: Life) -> None:
    life.job(102, execute_steps=["dbt source freshness"])
    life.notify(on_warning=[102])
    run = await life.ended(102, "warning")
    assert run["is_success"] is True
    assert [message["outcome"] for message in await life.inbox()] == ["warning"]
