"""How a vendor's answers go astray, the same for each kind, and what can be asked about it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler.sandbox import RunningSandbox
from reconciler.sandbox.channels.modes import FACTS, TRANSPORT

POSTS: dict[str, tuple[str, dict[str, Any]]] = {
    "slack": ("slack/services/T/B/X", {"text": "x"}),
    "pagerduty": ("pagerduty/v2/enqueue", {}),
    "datadog": ("datadog/api/v1/events", {}),
    "teams": ("teams/flow", {}),
    "monte_carlo": ("monte_carlo/graphql", {}),
    "webhook": ("webhook/x", {}),
    "apprise": ("apprise/x", {}),
}


@pytest.mark.parametrize("kind", POSTS)
def test_throttled_says_when_to_come_back_and_ends(web: httpx.Client, vendors: RunningSandbox, kind: str) -> None:
    path, body = POSTS[kind]
    vendors.control.break_channel(kind, "throttled", seconds=3, times=1)
    first, second = web.post(path, json=body), web.post(path, json=body)
    assert (first.status_code, first.headers["retry-after"]) == (429, "3")
    assert second.status_code != 429


def test_throttled_web_api_says_so_in_slacks_words(web: httpx.Client, vendors: RunningSandbox) -> None:
    vendors.control.break_channel("slack", "throttled", times=1)
    answer = web.post("slack/api/chat.postMessage")
    assert (answer.status_code, answer.json()) == (429, {"ok": False, "error": "ratelimited"})


def test_five_hundred_is_a_page(web: httpx.Client, vendors: RunningSandbox) -> None:
    vendors.control.break_channel("teams", "server_error")
    answer = web.post("teams/flow", json={})
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (503, "text/html")


def test_what_is_posted_to_the_kind_itself_goes_astray_too_and_is_mended(
    web: httpx.Client, vendors: RunningSandbox
) -> None:
    vendors.control.break_channel("apprise", "server_error")
    assert [web.post(path, json={"message": "x"}).status_code for path in ("apprise", "apprise/x")] == [503, 503]
    vendors.control.mend_channels("apprise")
    assert web.post("apprise", json={"message": "x"}).status_code == 200


@pytest.mark.parametrize(("mode", "arrived"), [("reset", 0), ("reset_after", 1)])
def test_a_connection_is_cut_before_or_after_the_message_is_taken(
    web: httpx.Client, vendors: RunningSandbox, mode: str, arrived: int
) -> None:
    vendors.control.break_channel("webhook", mode, times=1)
    with pytest.raises(httpx.TransportError):
        web.post("webhook/x", json={})
    assert len(vendors.control.inbox()) == arrived


def test_a_redirect_shows_who_follows_it(web: httpx.Client, vendors: RunningSandbox) -> None:
    vendors.control.break_channel("pagerduty", "redirect")
    assert web.post("pagerduty/v2/enqueue", json={}).status_code == 307
    assert vendors.control.inbox() == []
    web.post("pagerduty/v2/enqueue", json={}, follow_redirects=True)
    assert vendors.control.inbox()[0]["recipient"] == "/redirected"


def test_a_huge_answer_is_huge(web: httpx.Client, vendors: RunningSandbox) -> None:
    vendors.control.break_channel("apprise", "huge")
    with web.stream("POST", "apprise/x", json={}) as answer:
        assert int(answer.headers["content-length"]) > 30_000_000


@pytest.mark.parametrize(
    ("kind", "told"),
    [("teams", "endpoint returned HTTP error"), ("monte_carlo", "errors"), ("slack", "channel_not_found")],
)
def test_two_hundred_with_an_error_inside(web: httpx.Client, vendors: RunningSandbox, kind: str, told: str) -> None:
    vendors.control.break_channel(kind, "error_body")
    path, body = POSTS[kind]
    answer = web.post(path, json=body)
    assert (answer.status_code, told in answer.text) == (200, True)


def test_slow_is_as_slow_as_asked(web: httpx.Client, vendors: RunningSandbox) -> None:
    [rule] = vendors.control.break_channel("datadog", "slow", seconds=20)["faults"]
    assert rule["latency_ms"] == 20_000


def test_every_kind_and_mode_is_listed_and_can_be_set(vendors: RunningSandbox) -> None:
    listed = vendors.control.call("GET", "/channels")["channels"]
    assert set(listed) == {*POSTS, "email"}
    for kind, shown in listed.items():
        for mode in shown["modes"]:
            vendors.control.break_channel(kind, mode)
    listed = vendors.control.call("GET", "/channels")["channels"]
    facts = {kind.place: len(modes) for kind, modes in FACTS.items()}
    assert {kind: len(shown["facts"]) for kind, shown in listed.items()} == facts
    assert all(len(shown["faults"]) >= len(TRANSPORT) for kind, shown in listed.items() if kind != "email")
    vendors.control.mend_channels()
    listed = vendors.control.call("GET", "/channels")["channels"]
    assert all(not shown["facts"] and not shown["faults"] for shown in listed.values())


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/channels/fax", {"mode": "gone"}, 404),
        ("/channels/slack", {"mode": "on fire"}, 400),
        ("/channels/slack", {}, 400),
        ("/channels/email", {"mode": "huge"}, 400),
    ],
)
def test_what_cannot_be_broken_is_refused(
    vendors: RunningSandbox, path: str, body: dict[str, Any], status: int
) -> None:
    with pytest.raises(httpx.HTTPStatusError) as raised:
        vendors.control.call("POST", path, json=body)
    assert raised.value.response.status_code == status


def test_messages_do_not_count_against_dbt_clouds_limit(web: httpx.Client, vendors: RunningSandbox) -> None:
    vendors.control.settings(rate_limit=1)
    try:
        assert [web.post("webhook/x", json={}).status_code for _ in range(3)] == [200, 200, 200]
    finally:
        vendors.control.settings(rate_limit=5000)


def test_a_message_that_links_to_a_run_is_found_by_it(web: httpx.Client, vendors: RunningSandbox) -> None:
    job = vendors.ready["fail_job_id"]
    run = vendors.control.call("POST", "/runs", json={"job_id": job, "finished_at": "2026-01-01T00:00:00Z"})
    web.post("slack/services/T/B/X", json={"text": f"failed <{run['href']}|run>"})
    web.post("slack/services/T/B/X", json={"text": "another"})
    assert [each["job_id"] for each in vendors.control.inbox(run=run["id"])] == [job]
