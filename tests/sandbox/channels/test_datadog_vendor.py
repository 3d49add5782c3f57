"""Datadog's intake: keys, three forms of points, events, compressed bodies, limits."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from collections.abc import Callable
from typing import Any, TypeAlias

import httpx
import pytest

from reconciler.sandbox import RunningSandbox

Json: TypeAlias = Any
KEY = {"DD-API-KEY": "made-up"}


def points(at: float | None = None, value: Json = 12.5) -> dict[str, Any]:
    moment = time.time() if at is None else at
    return {"series": [{"metric": "dbt.job.duration", "points": [[moment, [value]]], "tags": ["job:daily"]}]}


def test_distribution_points_land_as_a_table(web: httpx.Client, vendors: RunningSandbox) -> None:
    answer = web.post("datadog/api/v1/distribution_points", json=points(), headers=KEY)
    assert (answer.status_code, answer.json()) == (202, {"status": "ok"})
    [message] = vendors.control.inbox(kind="datadog")
    [row] = message["points"]
    assert (row["metric"], row["value"], row["tags"], row["dropped"]) == (
        "dbt.job.duration",
        12.5,
        ["job:daily"],
        False,
    )
    assert "made-up" not in str(message["headers"])


@pytest.mark.parametrize(("shift", "dropped"), [(-3500, False), (-3700, True), (500, False), (700, True)])
def test_points_too_old_or_too_far_ahead_are_taken_and_dropped(
    web: httpx.Client, vendors: RunningSandbox, shift: float, dropped: bool
) -> None:
    assert (
        web.post("datadog/api/v1/distribution_points", json=points(time.time() + shift), headers=KEY).status_code == 202
    )
    assert vendors.control.inbox()[0]["points"][0]["dropped"] is dropped


def test_the_other_two_forms_are_read(web: httpx.Client, vendors: RunningSandbox) -> None:
    now = int(time.time())
    old = {"series": [{"metric": "m", "points": [[now, 1]], "tags": ["a"]}]}
    new = {"series": [{"metric": "m", "type": 3, "points": [{"timestamp": now, "value": 2}]}]}
    assert web.post("datadog/api/v1/series", json=old, headers=KEY).json() == {"status": "ok"}
    assert web.post("datadog/api/v2/series", json=new, headers=KEY).json() == {"errors": []}
    assert [each["points"][0]["value"] for each in vendors.control.inbox()] == [2, 1]


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_compressed_bodies_are_opened(web: httpx.Client, encoding: str, pack: Callable[[bytes], bytes]) -> None:
    content = pack(json.dumps(points()).encode())
    headers = {**KEY, "Content-Encoding": encoding, "Content-Type": "application/json"}
    assert web.post("datadog/api/v1/distribution_points", content=content, headers=headers).status_code == 202
    cut = web.post("datadog/api/v1/distribution_points", content=content[:-4], headers=headers)
    assert cut.status_code == 400


def test_what_is_too_large_packed_or_unpacked_is_413(web: httpx.Client) -> None:
    bomb = gzip.compress(b" " * 5_300_000)
    headers = {**KEY, "Content-Encoding": "gzip"}
    assert web.post("datadog/api/v2/series", content=bomb, headers=headers).status_code == 413
    assert web.post("datadog/api/v2/series", content=b" " * 513_000, headers=KEY).status_code == 413


@pytest.mark.parametrize(
    "body", [{}, {"series": []}, {"series": [{"metric": "m", "points": [[1, 2]]}]}, points(value="x")]
)
def test_points_that_are_none_are_400(web: httpx.Client, body: dict[str, Any]) -> None:
    assert web.post("datadog/api/v1/distribution_points", json=body, headers=KEY).status_code == 400


def test_an_event_is_taken_and_read_back(web: httpx.Client, vendors: RunningSandbox) -> None:
    sent = {"title": "Daily failed", "text": "2 models", "alert_type": "error", "tags": ["source:dbt_cloud"]}
    answer = web.post("datadog/api/v1/events", json=sent, headers=KEY)
    assert answer.status_code == 202
    number = answer.json()["event"]["id"]
    again = web.get(f"datadog/api/v1/events/{number}", headers={**KEY, "DD-APPLICATION-KEY": "app"}).json()["event"]
    assert (again["title"], again["id"]) == ("Daily failed", number)
    assert vendors.control.inbox()[0]["subject"] == "Daily failed"


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"text": "x" * 4001},
        {"aggregation_key": "x" * 101},
        {"alert_type": "fatal"},
        {"date_happened": 1},
        {"priority": "urgent"},
    ],
)
def test_an_event_that_is_wrong_is_400(web: httpx.Client, changes: dict[str, Any]) -> None:
    body = {"title": "t", "text": "x", **changes}
    assert web.post("datadog/api/v1/events", json=body, headers=KEY).status_code == 400


def test_a_wrong_key_is_403_everywhere(web: httpx.Client, vendors: RunningSandbox) -> None:
    assert web.get("datadog/api/v1/validate", headers=KEY).json() == {"valid": True}
    assert web.get("datadog/api/v1/validate").status_code == 403
    vendors.control.break_channel("datadog", "revoked", only="made-up")
    assert web.get("datadog/api/v1/validate", headers=KEY).status_code == 403
    assert web.post("datadog/api/v1/distribution_points", json=points(), headers=KEY).json() == {
        "errors": ["Forbidden"]
    }


def test_a_service_check_needs_all_of_its_fields(web: httpx.Client) -> None:
    check = {"check": "dbt.relay", "status": 0, "tags": ["a"], "host_name": "relay"}
    assert web.post("datadog/api/v1/check_run", json=[check], headers=KEY).status_code == 202
    assert web.post("datadog/api/v1/check_run", json={**check, "status": 9}, headers=KEY).status_code == 400
