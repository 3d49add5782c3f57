import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from reconciler.sandbox import RunningSandbox


def new_notification(sandbox: RunningSandbox, email: str = "new@acme.example") -> dict[str, object]:
    lists: dict[str, object] = {f"on_{outcome}": [] for outcome in ("cancel", "failure", "success", "warning")}
    person = {"account_id": sandbox.account_id, "user_id": sandbox.ready["user_id"], "type": 4, "state": 1}
    return {**person, **lists, "external_email": email}


def emails(sandbox: RunningSandbox) -> list[object]:
    return [row["external_email"] for row in sandbox.control.rows("notifications")]


@pytest.mark.parametrize("status", [400, 408, 409, 425, 429, 500, 502, 503, 504])
def test_a_status_before_the_effect(sandbox: RunningSandbox, api: httpx.Client, v2: str, status: int) -> None:
    sandbox.control.add_fault(method="POST", status=status, headers={"Retry-After": "2"}, times=1)
    answer = api.post(f"{v2}/notifications/", json=new_notification(sandbox))
    assert (answer.status_code, answer.headers["retry-after"]) == (status, "2")
    assert "new@acme.example" not in emails(sandbox)
    assert [entry["effect"] for entry in sandbox.control.log(method="POST")] == [False]


def test_a_status_after_the_effect(sandbox: RunningSandbox, api: httpx.Client, v2: str) -> None:
    sandbox.control.add_fault(method="POST", status=504, when="after", times=1)
    assert api.post(f"{v2}/notifications/", json=new_notification(sandbox)).status_code == 504
    assert "new@acme.example" in emails(sandbox)
    assert [(e["status"], e["effect"], e["fault"]) for e in sandbox.control.log(method="POST")] == [
        (504, True, "status 504 after")
    ]


@pytest.mark.parametrize(("moment", "effect"), [("before", False), ("after", True)])
def test_a_reset_is_a_broken_connection(
    sandbox: RunningSandbox, api: httpx.Client, v2: str, moment: str, effect: bool
) -> None:
    sandbox.control.add_fault(method="POST", reset=moment, times=1)
    with pytest.raises(httpx.ReadError):
        api.post(f"{v2}/notifications/", json=new_notification(sandbox))
    assert ("new@acme.example" in emails(sandbox)) is effect
    [entry] = sandbox.control.log(method="POST")
    assert (entry["status"], entry["effect"], entry["done"]) == (None, effect, True)
    assert api.get(f"{v2}/notifications/").status_code == 200


def test_a_5xx_has_an_html_body_unless_told_otherwise(sandbox: RunningSandbox, api: httpx.Client, v2: str) -> None:
    sandbox.control.add_fault(status=502, times=1)
    answer = api.get(f"{v2}/jobs/")
    assert answer.headers["content-type"].startswith("text/html")
    sandbox.control.clear_faults()
    sandbox.control.add_fault(status=200, body="<html>not the API</html>", times=1)
    assert api.get(f"{v2}/jobs/").text == "<html>not the API</html>"


def test_a_short_page_keeps_the_total(sandbox: RunningSandbox, api: httpx.Client, v2: str) -> None:
    whole = api.get(f"{v2}/jobs/").json()
    sandbox.control.add_fault(path="*/jobs/", short_page=2)
    short = api.get(f"{v2}/jobs/").json()
    assert short["data"] == whole["data"][:-2]
    total = whole["extra"]["pagination"]["total_count"]
    assert short["extra"]["pagination"] == {"count": total - 2, "total_count": total}


def test_a_row_vanishes_between_pages(sandbox: RunningSandbox, api: httpx.Client, v2: str) -> None:
    sandbox.control.add_fault(path="*/jobs/", query="offset=10", vanish=True, times=1)
    first = api.get(f"{v2}/jobs/", params={"limit": 10}).json()
    second = api.get(f"{v2}/jobs/", params={"limit": 10, "offset": 10}).json()
    assert second["extra"]["pagination"]["total_count"] == first["extra"]["pagination"]["total_count"] - 1


def test_a_named_row_vanishes(sandbox: RunningSandbox, api: httpx.Client, v3: str) -> None:
    [webhook, *_] = sandbox.control.rows("webhooks")
    sandbox.control.add_fault(vanish={"table": "webhooks", "id": webhook["id"]}, times=1)
    listed = api.get(f"{v3}/webhooks/subscriptions").json()["data"]
    assert webhook["id"] not in [row["id"] for row in listed]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_held_request_waits_for_its_release(sandbox: RunningSandbox, api: httpx.Client, v2: str, moment: str) -> None:
    rule = sandbox.control.add_fault(method="POST", hold=moment, times=1)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(api.post, f"{v2}/notifications/", json=new_notification(sandbox))
        while not (log := sandbox.control.log(method="POST")) or (moment == "after" and not log[0]["effect"]):
            threading.Event().wait(0.005)
        assert ("new@acme.example" in emails(sandbox)) is (moment == "after")
        sandbox.control.call("POST", f"/faults/{rule['id']}/release")
        assert answer.result().status_code == 200
    assert "new@acme.example" in emails(sandbox)


def test_latency_does_not_add_up_over_parallel_requests(sandbox: RunningSandbox, api: httpx.Client, v2: str) -> None:
    sandbox.control.settings(latency_ms=100)
    begun = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.get(f"{v2}/jobs/", params={"limit": 1}), range(8)))
    taken = time.monotonic() - begun
    assert {answer.status_code for answer in answers} == {200}
    assert 0.1 <= taken < 0.5


def test_faults_leave_the_control_endpoints_alone(sandbox: RunningSandbox) -> None:
    sandbox.control.add_fault(status=500)
    assert sandbox.control.counts()["accounts"] == 1
    sandbox.control.clear_faults()


def test_the_log_tells_order_and_outcome(sandbox: RunningSandbox, api: httpx.Client, v2: str) -> None:
    api.get(f"{v2}/jobs/", params={"limit": 1})
    api.post(f"{v2}/notifications/", json={})
    api.post(f"{v2}/notifications/", json=new_notification(sandbox))
    log = sandbox.control.log()
    assert [(e["method"], e["query"], e["status"], e["effect"]) for e in log] == [
        ("GET", "limit=1", 200, False),
        ("POST", "", 400, False),
        ("POST", "", 200, True),
    ]
    assert [e["number"] for e in log] == sorted(e["number"] for e in log)
    assert [e["status"] for e in sandbox.control.log(effect="true")] == [200]
    sandbox.control.clear_log()
    assert sandbox.control.log() == []


def test_a_bad_rule_is_refused_by_name(sandbox: RunningSandbox) -> None:
    with pytest.raises(httpx.HTTPStatusError) as caught:
        sandbox.control.add_fault(reset="sideways")
    assert caught.value.response.json()["data"] == {"reset": "value must be one of ['before', 'after']"}
