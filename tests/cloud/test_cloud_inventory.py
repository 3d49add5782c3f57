"""The account, whole, against the sandbox: calls, requests in flight, faults, old backends, wrong accounts."""

from collections.abc import Sequence
from dataclasses import replace
from threading import Lock
from typing import Any

import httpx
import pytest

from reconciler.cloud import Reader, open_client
from reconciler.errors import AlertsError, AuthenticationError, DeadlineExceeded, Throttled, UnexpectedAnswer
from reconciler.http import MAX_IN_FLIGHT, Client, Pace
from reconciler.model.edge import RecipientKey
from reconciler.model.inventory import ALL_JOBS, Inventory, NotificationRow
from reconciler.model.secret import Secret
from reconciler.sandbox import Backend, RunningSandbox, SandboxOptions, start
from tests.http.http_lab import FakeTime


def _requests(sandbox: RunningSandbox) -> list[dict[str, Any]]:
    return sandbox.control.log()


def _pages(rows: int) -> int:
    return max(1, -(-rows // 100))


def test_the_seeded_account_is_read_whole_in_six_calls(reader: Reader, sandbox: RunningSandbox) -> None:
    inventory = reader.inventory()
    counts = sandbox.control.counts()
    assert inventory.calls == len(_requests(sandbox)) == 6
    assert len(inventory.jobs) == counts["jobs"]
    assert len(inventory.projects) == counts["projects"]
    assert len(inventory.environments) == counts["environments"]
    assert len(inventory.users) == counts["users"]
    assert len(inventory.notifications) == counts["notifications"]
    assert len(inventory.subscriptions) == counts["webhooks"]
    assert (inventory.account_id, inventory.unknown) == (sandbox.account_id, ())


def test_deleted_rows_are_there_and_marked(reader: Reader, sandbox: RunningSandbox) -> None:
    job = sandbox.ready["fail_job_id"]
    sandbox.control.change("jobs", job, state=2)
    inventory = reader.inventory()
    assert inventory.jobs[job].deleted
    assert any(row.deleted for row in inventory.notifications)


def test_the_oddities_of_real_accounts_are_tolerated(reader: Reader) -> None:
    """Reference §2.3: ids of jobs that are gone, a mail without an address; §3.3: a webhook that was switched off."""
    inventory = reader.inventory()
    dangling = {edge.job_id for edge in inventory.edges} - inventory.jobs.keys()
    assert dangling
    assert any(row.type == 4 and row.key is None for row in inventory.notifications)
    assert any(not each.active and each.deactivate_reason for each in inventory.subscriptions)
    assert any(each.jobs == ALL_JOBS for each in inventory.subscriptions)


def test_calls_grow_with_pages_and_twenty_are_in_flight_at_most(sandbox: RunningSandbox) -> None:
    sandbox.control.generate(jobs=2500, recipients=150, edges=600)
    counts = sandbox.control.counts()
    watched = _Watched()
    with open_client(host=sandbox.url, token=Secret(sandbox.token), transport=watched) as client:
        inventory = Reader(client, sandbox.account_id).inventory()
    pages = sum(
        _pages(counts[table]) for table in ("jobs", "projects", "environments", "users", "notifications", "webhooks")
    )
    assert inventory.calls == len(_requests(sandbox)) == pages
    assert len(inventory.jobs) == counts["jobs"]
    assert 1 < watched.most <= MAX_IN_FLIGHT


class _Watched(httpx.HTTPTransport):
    """Counts how many requests are under way at once."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = Lock()
        self._now = 0
        self.most = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            return super().handle_request(request)
        finally:
            with self._lock:
                self._now -= 1


def test_progress_ends_at_the_total_of_every_list(reader: Reader) -> None:
    told: dict[str, tuple[int, int]] = {}
    reader.inventory(progress=lambda name, done, total: told.update({name: (done, total)}))
    assert told.keys() == {"jobs", "projects", "environments", "users", "notifications", "webhooks"}
    assert all(done == total for done, total in told.values())


def _same(one: Inventory, other: Inventory) -> bool:
    neutral: dict[str, Any] = {"calls": 0, "taken_at": ""}
    return replace(one, **neutral) == replace(other, **neutral)


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 503, "headers": {"Retry-After": "2"}},
        {"status": 429},
        {"status": 429, "headers": {"Retry-After": "2"}},
        {"status": 502, "body": "<html>"},
        {"status": 200, "body": "<html>"},
        {"reset": "before"},
        {"reset": "after"},
        {"short_page": 1},
    ],
    ids=str,
)
@pytest.mark.parametrize(
    "path", ["*/jobs/", "*/notifications/", "*/projects/", "*/environments/", "*/users/", "*/webhooks/subscriptions"]
)
def test_a_fault_that_passes_leaves_no_trace(
    reader: Reader, sandbox: RunningSandbox, path: str, fault: dict[str, Any]
) -> None:
    undisturbed = reader.inventory()
    sandbox.control.add_fault(method="GET", path=path, times=1, **fault)
    assert _same(reader.inventory(), undisturbed)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 500}, AlertsError),
        ({"status": 429}, Throttled),
        ({"status": 503, "headers": {"Retry-After": "9999"}}, DeadlineExceeded),
        ({"reset": "after"}, AlertsError),
        ({"short_page": 1}, UnexpectedAnswer),
        ({"status": 403}, AuthenticationError),
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["*/jobs/", "*/notifications/", "*/webhooks/subscriptions"])
def test_one_list_that_cannot_be_read_is_no_inventory(
    reader: Reader, sandbox: RunningSandbox, path: str, fault: dict[str, Any], error: type[AlertsError]
) -> None:
    sandbox.control.add_fault(method="GET", path=path, **fault)
    with pytest.raises(error):
        reader.inventory()


def test_a_row_that_vanishes_between_pages_costs_a_fresh_reading(reader: Reader, sandbox: RunningSandbox) -> None:
    sandbox.control.generate(jobs=250)
    sandbox.control.add_fault(method="GET", path="*/jobs/", query="offset=100", vanish=True, times=1)
    assert len(reader.inventory().jobs) == sandbox.control.counts()["jobs"]


@pytest.mark.parametrize("gone", ["404", "wrong URL"])
def test_environments_are_read_project_by_project_where_there_is_no_list(
    reader: Reader, sandbox: RunningSandbox, gone: str
) -> None:
    """Reference §1.8: the account-wide list is not in the published description."""
    undisturbed = reader.inventory()
    path = f"/api/v3/accounts/{sandbox.account_id}/environments/"
    body: object = "<html>" if gone == "wrong URL" else {"status": {"code": 404, "user_message": "no"}, "data": None}
    sandbox.control.add_fault(method="GET", path=path, status=404, body=body)
    found = reader.inventory()
    active = [project for project in found.projects.values() if not project.deleted]
    assert found.environments == undisturbed.environments
    assert found.calls == undisturbed.calls + len(active)


def test_another_account_is_named_as_the_cause(client: Client, sandbox: RunningSandbox) -> None:
    with pytest.raises(AuthenticationError, match="403: Access denied") as raised:
        Reader(client, sandbox.account_id + 1).inventory()
    assert "account.id" in raised.value.next_step


def test_a_wrong_token_is_named_as_the_cause(sandbox: RunningSandbox) -> None:
    token = Secret("dbtc_wrong-token")
    with (
        open_client(host=sandbox.url, token=token) as client,
        pytest.raises(AuthenticationError, match="401") as raised,
    ):
        Reader(client, sandbox.account_id).inventory()
    assert "dbtc_wrong-token" not in f"{raised.value} {raised.value.next_step}"


def test_a_plain_website_is_named_as_the_cause(sandbox: RunningSandbox) -> None:
    sandbox.control.add_fault(method="GET", path="/api/*", status=200, body="<html>welcome</html>")
    with (
        open_client(host=sandbox.url, token=Secret(sandbox.token), clock=FakeTime().clock()) as client,
        pytest.raises(UnexpectedAnswer, match="HTML instead of JSON") as raised,
    ):
        Reader(client, sandbox.account_id).inventory()
    assert "host" in raised.value.next_step


def test_the_deadline_holds_for_the_whole_inventory(sandbox: RunningSandbox) -> None:
    sandbox.control.add_fault(method="GET", path="/api/*", status=503, headers={"Retry-After": "30"})
    time = FakeTime()
    with (
        open_client(
            host=sandbox.url, token=Secret(sandbox.token), clock=time.clock(), pace=Pace(deadline=100)
        ) as client,
        pytest.raises(DeadlineExceeded),
    ):
        Reader(client, sandbox.account_id).inventory()


def test_a_token_that_sees_fewer_projects_reads_fewer_jobs(sandbox: RunningSandbox) -> None:
    project = sandbox.ready["project_id"]
    token = sandbox.control.add_token(project_ids=[project])["token"]
    with open_client(host=sandbox.url, token=Secret(token)) as client:
        inventory = Reader(client, sandbox.account_id).inventory()
    assert {job.project_id for job in inventory.jobs.values()} == {project}


@pytest.fixture(scope="module", params=[Backend.CURRENT, Backend.LEGACY], ids=str)
def backend(request: pytest.FixtureRequest) -> Backend:
    return request.param


def test_both_generations_of_the_webhook_backend_are_read_alike(backend: Backend) -> None:
    with start(SandboxOptions(backend=backend)) as sandbox:
        rows = sandbox.control.rows("webhooks")
        with open_client(host=sandbox.url, token=Secret(sandbox.token)) as client:
            found = Reader(client, sandbox.account_id).inventory().subscriptions
    assert {each.id: each.jobs for each in found} == {row["id"]: frozenset(row["job_ids"]) or ALL_JOBS for row in rows}


def test_a_recipients_rows_are_found_by_its_key(reader: Reader) -> None:
    inventory = reader.inventory()
    for key, rows in inventory.rows.items():
        deleted = inventory.deleted_rows.get(key, ())
        assert set(_ids(reader.notifications_for(key))) == {*_ids(rows), *_ids(deleted)}


def test_an_address_is_found_whatever_its_case(reader: Reader, sandbox: RunningSandbox) -> None:
    row = next(row for row in sandbox.control.rows("notifications") if row["external_email"])
    sandbox.control.change("notifications", row["id"], external_email=row["external_email"].upper())
    assert _ids(reader.notifications_for(RecipientKey.email(row["external_email"]))) == [row["id"]]


def _ids(rows: Sequence[NotificationRow]) -> list[int]:
    return [row.id for row in rows]


def test_reading_changes_nothing_and_sends_gets_only(reader: Reader, sandbox: RunningSandbox) -> None:
    before = {table: sandbox.control.rows(table) for table in ("jobs", "notifications", "webhooks")}
    inventory = reader.inventory()
    reader.subscriptions()
    reader.subscription(inventory.subscriptions[0].id)
    reader.notification(inventory.notifications[0].id)
    seen = _requests(sandbox)
    assert {request["method"] for request in seen} == {"GET"}
    assert not any(request["path"].endswith("/test") for request in seen)
    assert before == {table: sandbox.control.rows(table) for table in before}


def test_a_subscription_id_cannot_name_another_path(reader: Reader, sandbox: RunningSandbox) -> None:
    with pytest.raises(AlertsError):
        reader.subscription("../../../v2/accounts/1/jobs/?x=")
    assert all("/webhooks/subscription/" in request["path"] for request in _requests(sandbox))
