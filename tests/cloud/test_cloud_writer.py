"""Writes against the sandbox: only what was asked changes, foreign ids survive, a create takes effect once."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from reconciler.cloud import Reader, Writer, open_client
from reconciler.errors import ApiError, InDoubt, NotFound, RuntimeFailure, UnexpectedAnswer
from reconciler.model.actions import SubscriptionSettings
from reconciler.model.edge import RecipientKey
from reconciler.model.inventory import ALL_JOBS, NotificationRow
from reconciler.model.ledger import RecipientSettings
from reconciler.model.marker import Marker, marked, parse_marker
from reconciler.model.outcome import Outcome
from reconciler.model.secret import Secret
from reconciler.sandbox import Revival, RunningSandbox, SandboxOptions, start

NONE: frozenset[int] = frozenset()
FAILURE = {Outcome.FAILURE: frozenset({101, 102})}
NOBODY = RecipientSettings()
LISTS = ("on_success", "on_warning", "on_failure", "on_cancel")
HOOK = SubscriptionSettings(
    name="catalog",
    url="https://catalog.acme.example/dbt",
    events=frozenset({"job.run.completed"}),
    jobs=frozenset({101, 102}),
    description=marked("tells the catalog", Marker(manager="acme", team="finance", name="catalog")),
    active=True,
)
EVERY_CREATE_FAULT = [
    {"status": 408},
    {"status": 425},
    {"status": 429},
    {"status": 429, "headers": {"Retry-After": "1"}},
    {"status": 500},
    {"status": 502, "body": "<html>"},
    {"status": 503, "headers": {"Retry-After": "1"}},
    {"status": 504},
    {"status": 200, "body": "<html>"},
]


def _row(sandbox: RunningSandbox, row_id: int) -> dict[str, Any]:
    return next(row for row in sandbox.control.rows("notifications") if row["id"] == row_id)


def _foreign(reader: Reader) -> NotificationRow:
    """Find a seeded row with foreign and dangling ids in it."""
    return max((row for rows in reader.inventory().rows.values() for row in rows), key=lambda row: len(row.edges()))


def _writes(sandbox: RunningSandbox) -> list[dict[str, Any]]:
    return [request for request in sandbox.control.log() if request["method"] != "GET"]


@pytest.mark.parametrize(
    ("key", "settings", "stored"),
    [
        (RecipientKey.email("New@ACME.example"), {}, {"type": 4, "external_email": "new@acme.example"}),
        (RecipientKey.slack("C0999"), {"slack_channel_name": "#x"}, {"type": 2, "slack_channel_name": "#x"}),
        (RecipientKey.slack_app("C0999"), {"slack_channel_name": "#x"}, {"type": 5, "slack_channel_id": "C0999"}),
    ],
)
def test_a_new_recipient_is_told_what_was_asked(
    reader: Reader,
    writer: Writer,
    sandbox: RunningSandbox,
    key: RecipientKey,
    settings: dict[str, Any],
    stored: Mapping[str, Any],
) -> None:
    owner = sandbox.ready["user_id"]
    made = writer.create_notification(key, jobs=FAILURE, settings=RecipientSettings(user_id=owner, **settings))
    assert (made.key, made.jobs[Outcome.FAILURE], made.user_id) == (key, {101, 102}, owner)
    row = _row(sandbox, made.id)
    assert {name: row[name] for name in stored} == stored
    assert [row[name] for name in LISTS] == [[], [], [101, 102], []]
    assert reader.notifications_for(key) == (made,)


def test_a_user_is_its_own_creator(writer: Writer, sandbox: RunningSandbox) -> None:
    key = RecipientKey.user(sandbox.ready["user_id"])
    made = writer.create_notification(key, jobs=FAILURE)
    assert (made.key, made.user_id) == (key, sandbox.ready["user_id"])


@pytest.mark.parametrize("key", [RecipientKey.email("x@y.example"), RecipientKey.slack("C1")])
def test_an_address_without_a_creator_is_not_sent(writer: Writer, sandbox: RunningSandbox, key: RecipientKey) -> None:
    with pytest.raises(RuntimeFailure, match="creator") as raised:
        writer.create_notification(key, jobs=FAILURE)
    assert "owner" in raised.value.next_step
    assert _writes(sandbox) == []


@pytest.mark.parametrize("fault", EVERY_CREATE_FAULT, ids=str)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_create_in_doubt_arrives_once_and_can_be_found(
    reader: Reader, writer: Writer, sandbox: RunningSandbox, fault: dict[str, Any], when: str
) -> None:
    key, owner = RecipientKey.email("new@acme.example"), sandbox.ready["user_id"]
    sandbox.control.add_fault(method="POST", path="*/notifications/", when=when, **fault)
    with pytest.raises(InDoubt):
        writer.create_notification(key, jobs=FAILURE, settings=RecipientSettings(user_id=owner))
    assert len(_writes(sandbox)) == 1
    assert len(reader.notifications_for(key)) == (when == "after")


@pytest.mark.parametrize("reset", ["before", "after"])
def test_a_create_whose_connection_is_cut_arrives_once_and_can_be_found(
    reader: Reader, writer: Writer, sandbox: RunningSandbox, reset: str
) -> None:
    sandbox.control.add_fault(method="POST", path="*/webhooks/subscriptions", reset=reset)
    with pytest.raises(InDoubt):
        writer.create_subscription(HOOK)
    assert len(_writes(sandbox)) == 1
    marks = [parse_marker(each.description) for each in reader.subscriptions()]
    assert marks.count(Marker(manager="acme", team="finance", name="catalog")) == (reset == "after")


def test_a_refused_create_is_refused_and_not_in_doubt(writer: Writer, sandbox: RunningSandbox) -> None:
    taken = next(row for row in sandbox.control.rows("notifications") if row["external_email"] and row["state"] == 1)
    key, owner = RecipientKey.email(taken["external_email"]), sandbox.ready["user_id"]
    with pytest.raises(ApiError, match="already exists") as raised:
        writer.create_notification(key, jobs=FAILURE, settings=RecipientSettings(user_id=owner))
    assert raised.value.status == 400


def test_a_change_touches_nothing_else(reader: Reader, writer: Writer, sandbox: RunningSandbox) -> None:
    row = _foreign(reader)
    ours = min(row.jobs[Outcome.FAILURE])
    before = _row(sandbox, row.id)
    delta = {Outcome.FAILURE: (frozenset({555}), frozenset({ours})), Outcome.SUCCESS: (frozenset({556}), NONE)}
    change = writer.update_row(row.id, delta)
    assert change.before == row
    assert change.after == reader.notification(row.id)
    after = _row(sandbox, row.id)
    kept = [job_id for job_id in before["on_failure"] if job_id != ours]
    assert after["on_failure"] == [*kept, 555]
    assert after["on_success"] == [*before["on_success"], 556]
    assert kept
    untouched = before.keys() - {"on_failure", "on_success", "updated_at"}
    assert {name: after[name] for name in untouched} == {name: before[name] for name in untouched}


def test_the_lists_come_from_a_fresh_read(reader: Reader, writer: Writer, sandbox: RunningSandbox) -> None:
    """Somebody adds a job in the UI after the inventory was read: it must survive our write."""
    row = _foreign(reader)
    sandbox.control.change("notifications", row.id, on_cancel=[777], slack_channel_name="#renamed")
    writer.update_row(row.id, {Outcome.CANCELLED: (frozenset({778}), NONE)})
    after = _row(sandbox, row.id)
    assert (after["on_cancel"], after["slack_channel_name"]) == ([777, 778], "#renamed")


@pytest.mark.parametrize(
    "delta",
    [
        {},
        {Outcome.FAILURE: (NONE, NONE)},
        {Outcome.FAILURE: (NONE, frozenset({424242}))},
        {Outcome.SUCCESS: (NONE, frozenset({1}))},
    ],
    ids=str,
)
def test_what_would_change_nothing_is_not_written(
    reader: Reader, writer: Writer, sandbox: RunningSandbox, delta: dict[Outcome, tuple[frozenset[int], frozenset[int]]]
) -> None:
    row = _foreign(reader)
    change = writer.update_row(row.id, delta)
    assert change.before == change.after == row
    assert _writes(sandbox) == []


def test_ids_that_are_there_already_are_not_added_again(
    reader: Reader, writer: Writer, sandbox: RunningSandbox
) -> None:
    row = _foreign(reader)
    writer.update_row(row.id, {Outcome.FAILURE: (row.jobs[Outcome.FAILURE] | {9}, NONE)})
    ids = _row(sandbox, row.id)["on_failure"]
    assert len(ids) == len(set(ids)) == len(row.jobs[Outcome.FAILURE]) + 1


def test_settings_change_only_where_given(reader: Reader, writer: Writer, sandbox: RunningSandbox) -> None:
    row = next(row for row in reader.inventory().notifications if row.type == 2)
    writer.update_row(row.id, {}, RecipientSettings(slack_channel_name="#new-name"))
    after = _row(sandbox, row.id)
    assert (after["slack_channel_name"], after["user_id"]) == ("#new-name", row.user_id)


@pytest.mark.parametrize("fault", [*EVERY_CREATE_FAULT, {"reset": "before"}, {"reset": "after"}], ids=str)
def test_a_replace_is_repeated_until_it_is_answered(
    reader: Reader, writer: Writer, sandbox: RunningSandbox, fault: dict[str, Any]
) -> None:
    row = _foreign(reader)
    sandbox.control.add_fault(method="POST", path="*/notifications/*", times=2, **fault)
    change = writer.update_row(row.id, {Outcome.FAILURE: (frozenset({9}), NONE)})
    assert change.after.jobs[Outcome.FAILURE] == row.jobs[Outcome.FAILURE] | {9}
    assert len(_writes(sandbox)) == 3


@pytest.mark.parametrize("state", [2, None])
def test_a_row_that_was_deleted_meanwhile_is_not_written(
    reader: Reader, writer: Writer, sandbox: RunningSandbox, state: int | None
) -> None:
    row = _foreign(reader)
    if state is None:
        sandbox.control.remove("notifications", row.id)
    else:
        sandbox.control.change("notifications", row.id, state=state)
    with pytest.raises(NotFound):
        writer.update_row(row.id, {Outcome.FAILURE: (frozenset({9}), NONE)})
    assert _writes(sandbox) == []


def test_a_revived_row_holds_exactly_what_is_wanted(reader: Reader, writer: Writer, sandbox: RunningSandbox) -> None:
    (dead,) = (row for rows in reader.inventory().deleted_rows.values() for row in rows)
    assert dead.edges()
    change = writer.revive_notification(dead.id, jobs={Outcome.WARNING: frozenset({9})})
    assert change.before == dead
    assert not change.after.deleted
    assert {(edge.outcome, edge.job_id) for edge in change.after.edges()} == {(Outcome.WARNING, 9)}
    assert _row(sandbox, dead.id)["state"] == 1


@pytest.mark.parametrize("revival", [Revival.REFUSE, Revival.MISSING], ids=str)
def test_a_server_that_revives_nobody_says_so(revival: Revival) -> None:
    with start(SandboxOptions(revival=revival)) as sandbox:
        dead = next(row for row in sandbox.control.rows("notifications") if row["state"] == 2)
        with open_client(host=sandbox.url, token=Secret(sandbox.token)) as client, pytest.raises(ApiError):
            Writer(client, sandbox.account_id).revive_notification(dead["id"], jobs=FAILURE)


def test_only_a_dead_row_is_revived(reader: Reader, writer: Writer, sandbox: RunningSandbox) -> None:
    with pytest.raises(UnexpectedAnswer, match="active"):
        writer.revive_notification(_foreign(reader).id, jobs=FAILURE)
    with pytest.raises(NotFound):
        writer.revive_notification(12345, jobs=FAILURE)
    assert _writes(sandbox) == []


def _webhook(sandbox: RunningSandbox, webhook_id: str) -> dict[str, Any]:
    return next(row for row in sandbox.control.rows("webhooks") if row["id"] == webhook_id)


def test_a_created_webhook_gives_its_secret_once(reader: Reader, writer: Writer, sandbox: RunningSandbox) -> None:
    webhook_id, secret = writer.create_subscription(HOOK)
    assert secret.reveal() == _webhook(sandbox, webhook_id)["hmac_secret"]
    assert secret.reveal() not in f"{secret!r} {secret}"
    made = reader.subscription(webhook_id)
    assert (made.name, made.url, made.events, made.jobs, made.active) == (
        HOOK.name,
        HOOK.url,
        HOOK.events,
        HOOK.jobs,
        True,
    )
    assert parse_marker(made.description) == Marker(manager="acme", team="finance", name="catalog")


def test_a_created_webhook_may_be_silent_and_for_all_jobs(reader: Reader, writer: Writer) -> None:
    webhook_id, _ = writer.create_subscription(replace(HOOK, jobs=ALL_JOBS, active=False, description=""))
    made = reader.subscription(webhook_id)
    assert (made.jobs, made.active, made.description) == (ALL_JOBS, False, "")


def test_an_empty_list_of_jobs_is_never_sent(writer: Writer, sandbox: RunningSandbox) -> None:
    """Reference §3.2: dbt Cloud would read it as every job of the account."""
    webhook_id, _ = writer.create_subscription(HOOK)
    sandbox.control.clear_log()
    empty = replace(HOOK, jobs=frozenset())
    with pytest.raises(ValueError, match="every job"):
        writer.create_subscription(empty)
    with pytest.raises(ValueError, match="every job"):
        writer.update_subscription(webhook_id, empty)
    assert _writes(sandbox) == []


def test_an_updated_webhook_is_as_wanted_and_keeps_its_secret(writer: Writer, sandbox: RunningSandbox) -> None:
    webhook_id, secret = writer.create_subscription(HOOK)
    wanted = replace(HOOK, jobs=frozenset({7}), events=frozenset({"job.run.errored"}), name="renamed")
    after = writer.update_subscription(webhook_id, wanted)
    assert (after.id, after.jobs, after.events, after.name) == (webhook_id, {7}, wanted.events, "renamed")
    assert _webhook(sandbox, webhook_id)["hmac_secret"] == secret.reveal()


@pytest.mark.parametrize("was", [True, False])
def test_a_webhook_that_shall_be_off_is_off_even_with_a_new_url(writer: Writer, was: bool) -> None:
    """Reference §3.4: a new URL switches a sleeping webhook on, whatever the body says."""
    webhook_id, _ = writer.create_subscription(replace(HOOK, active=was))
    after = writer.update_subscription(webhook_id, replace(HOOK, active=False, url="https://new.acme.example/"))
    assert (after.active, after.url) == (False, "https://new.acme.example/")


@pytest.mark.parametrize("fault", [*EVERY_CREATE_FAULT, {"reset": "before"}, {"reset": "after"}], ids=str)
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_changing_or_deleting_a_webhook_is_repeated_until_it_is_answered(
    reader: Reader, writer: Writer, sandbox: RunningSandbox, method: str, fault: dict[str, Any]
) -> None:
    webhook_id, _ = writer.create_subscription(HOOK)
    sandbox.control.add_fault(method=method, path="*/webhooks/subscription/*", times=2, **fault)
    sandbox.control.clear_log()
    if method == "PUT":
        assert not writer.update_subscription(webhook_id, replace(HOOK, active=False)).active
    else:
        writer.delete_subscription(webhook_id)
        with pytest.raises(NotFound):
            reader.subscription(webhook_id)
    assert len(_writes(sandbox)) >= 2


def test_deleting_what_is_gone_is_as_good(writer: Writer, sandbox: RunningSandbox) -> None:
    webhook_id, _ = writer.create_subscription(HOOK)
    writer.delete_subscription(webhook_id)
    writer.delete_subscription(webhook_id)
    assert webhook_id not in {row["id"] for row in sandbox.control.rows("webhooks")}


def test_changing_what_is_gone_is_not_creating_it(writer: Writer, sandbox: RunningSandbox) -> None:
    count = len(sandbox.control.rows("webhooks"))
    with pytest.raises(NotFound):
        writer.update_subscription("wsu_gone", HOOK)
    assert len(sandbox.control.rows("webhooks")) == count
