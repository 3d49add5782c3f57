"""Test deliveries and what became of them, with both generations of answers (reference §3.5)."""

from collections.abc import Iterator

import pytest

from reconciler.cloud import Reader, open_client
from reconciler.cloud.deliveries import Deliveries
from reconciler.errors import ApiError, NotFound, UnexpectedAnswer
from reconciler.http import Client
from reconciler.model.delivery import TestDelivery, accepted
from reconciler.model.secret import Secret
from reconciler.sandbox import Backend, RunningSandbox, SandboxOptions, start


@pytest.fixture
def deliveries(client: Client, sandbox: RunningSandbox) -> Deliveries:
    return Deliveries(client, sandbox.account_id)


def test_a_test_is_an_event_whose_tries_can_be_asked_for(deliveries: Deliveries, reader: Reader) -> None:
    webhook = reader.subscriptions()[0]
    sent = deliveries.send_test(webhook.id)
    assert sent.status is None
    assert sent.event_id is not None
    assert deliveries.answers(webhook.id, sent.event_id) == (0,), "the sandbox posts to this machine only, and says so"
    (tried,) = deliveries.tries(webhook.id, sent.event_id)
    assert tried.why.startswith("not sent: the sandbox delivers to loopback only")


def test_a_reason_is_one_short_line_without_the_address(
    deliveries: Deliveries, reader: Reader, sandbox: RunningSandbox
) -> None:
    webhook = reader.subscriptions()[0]
    why = "no route\n to https://hooks.acme.example/secret: refused " + "x" * 300
    body = {"data": [{"id": "wre_1", "http_status_code": "0", "error_info": why}], "status": {"code": 200}}
    sandbox.control.add_fault(method="GET", path="*/receipt", status=200, body=body)
    (tried,) = deliveries.tries(webhook.id, "wev_1")
    assert tried.why.startswith("no route to its address refused xxx")
    assert len(tried.why) == 200


def test_what_is_not_there_is_not_found(deliveries: Deliveries, reader: Reader) -> None:
    with pytest.raises(NotFound):
        deliveries.send_test("wsu_none")
    with pytest.raises(NotFound):
        deliveries.answers(reader.subscriptions()[0].id, "wev_none")


def test_each_try_is_its_status_and_no_answer_is_0(
    deliveries: Deliveries, reader: Reader, sandbox: RunningSandbox
) -> None:
    webhook = reader.subscriptions()[0]
    tries = [{"id": f"wre_{number}", "http_status_code": text} for number, text in enumerate(["0", "503", "204", ""])]
    body = {"data": [*tries, {"id": "wre_9", "http_status_code": None}], "status": {"code": 200}}
    sandbox.control.add_fault(method="GET", path="*/receipt", status=200, body=body)
    assert deliveries.answers(webhook.id, "wev_1") == (0, 503, 204, 0, 0)


@pytest.mark.parametrize("data", [{}, {"event_id": None}, {"event_id": ""}])
def test_an_answer_of_neither_generation_is_unexpected(
    deliveries: Deliveries, sandbox: RunningSandbox, data: dict[str, object]
) -> None:
    sandbox.control.add_fault(method="GET", path="*/test", status=200, body={"data": data, "status": {"code": 200}})
    with pytest.raises(UnexpectedAnswer, match="neither"):
        deliveries.send_test("wsu_1")


@pytest.fixture(scope="module")
def legacy() -> Iterator[RunningSandbox]:
    with start(SandboxOptions(backend=Backend.LEGACY)) as sandbox:
        yield sandbox


def test_the_old_backend_answers_with_its_verdict(legacy: RunningSandbox) -> None:
    with open_client(host=legacy.url, token=Secret(legacy.token)) as client:
        webhook = Reader(client, legacy.account_id).subscriptions()[0]
        assert Deliveries(client, legacy.account_id).send_test(webhook.id) == TestDelivery(
            status=0, why="not sent: the sandbox delivers to loopback only"
        )


@pytest.mark.parametrize(("text", "status"), [("200", 200), ("410", 410), (None, 0), ("", 0), ("x", 0), ("99999", 0)])
def test_the_old_backends_status_is_text(
    deliveries: Deliveries, sandbox: RunningSandbox, text: str | None, status: int
) -> None:
    data = {"verification_error": None if status == 200 else "no", "verification_status_code": text}
    sandbox.control.add_fault(method="GET", path="*/test", status=200, body={"data": data, "status": {"code": 200}})
    assert deliveries.send_test("wsu_1") == TestDelivery(status=status, why="" if status else "no")


def test_a_refusal_says_so(deliveries: Deliveries, sandbox: RunningSandbox) -> None:
    sandbox.control.add_fault(method="GET", path="*/test", status=403)
    with pytest.raises(ApiError):
        deliveries.send_test("wsu_1")


def test_any_2xx_is_accepted() -> None:
    assert [status for status in (0, 199, 200, 204, 299, 300, 401, 500) if accepted(status)] == [200, 204, 299]
