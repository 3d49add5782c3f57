"""Microsoft Teams settings: read by one GET, an answer whatever happens, and never written by anything."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

import reconciler
from reconciler.cloud import open_client
from reconciler.cloud.teams import read_teams
from reconciler.errors import Interrupted
from reconciler.http import Client
from reconciler.model.secret import Secret
from reconciler.model.teams import TeamsAnswer, TeamsRule, TeamsSetting, TeamsSettings, TeamsUnread
from tests.http.http_lab import FakeTime

PATH = "/api/private/accounts/7/notification-settings/"
ROW = {
    "id": 31,
    "name": "prod failures",
    "is_active": True,
    "something": "new",
    "channels": [{"id": 1, "channel_type": "teams", "teams_team_id": "19:a", "teams_channel_id": "19:b"}],
    "rules": [{"id": 2, "trigger_on": "run_errored", "job_id": None}, {"trigger_on": "run_exploded", "job_id": 101}],
}

Answer = Callable[[httpx.Request], httpx.Response]


def asked(answer: Answer, seen: list[str] | None = None) -> TeamsAnswer:
    def handle(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(f"{request.method} {request.url.path}")
        return answer(request)

    with client(handle) as opened:
        return read_teams(opened, 7)


def client(answer: Answer) -> Client:
    transport = httpx.MockTransport(answer)
    return open_client(
        host="https://ab123.us1.dbt.com", token=Secret("token"), clock=FakeTime().clock(), transport=transport
    )


def says(body: object, status: int = 200) -> Answer:
    return lambda _: httpx.Response(status, content=json.dumps(body), headers={"Content-Type": "application/json"})


def test_one_get_reads_them_whatever_else_is_in_them() -> None:
    seen: list[str] = []
    found = asked(says({"data": [ROW], "status": {"code": 200}}), seen)
    rules = (TeamsRule(trigger="run_errored"), TeamsRule(trigger="run_exploded", job_id=101))
    setting = TeamsSetting(id=31, name="prod failures", active=True, channels=(("19:a", "19:b"),), rules=rules)
    assert found == TeamsSettings(settings=(setting,))
    assert seen == [f"GET {PATH}"]


def test_a_page_that_is_not_all_says_how_many_are_missing() -> None:
    found = asked(says({"data": [ROW], "extra": {"pagination": {"count": 1, "total_count": 3}}}))
    assert isinstance(found, TeamsSettings)
    assert found.unseen == 2


def refusal(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no route")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (says({"status": {"user_message": "no"}}, 404), "no list of them"),
        (says({"status": {"user_message": "no"}}, 405), "no list of them"),
        (says({"status": {"user_message": "not permitted"}}, 403), "not permitted"),
        (says({"status": {"user_message": "who?"}}, 401), "401"),
        (says({"data": {"settings": []}}), "a shape nobody knows"),
        (lambda _: httpx.Response(200, content="<html>", headers={"Content-Type": "text/html"}), "HTML"),
        (says({}, 500), "500"),
        (refusal, "no route"),
    ],
)
def test_whatever_goes_wrong_is_a_reason_and_no_error(answer: Answer, why: str) -> None:
    found = asked(answer)
    assert isinstance(found, TeamsUnread)
    assert why in found.why


def test_ctrl_c_is_no_answer() -> None:
    def interrupt(_: httpx.Request) -> httpx.Response:
        raise Interrupted("stopped")

    with pytest.raises(Interrupted):
        asked(interrupt)


# --- never written ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", [PATH, f"{PATH}31/", "api/private/accounts/7/x", "//api/private/accounts/7/x"])
def test_no_client_sends_a_write_to_the_private_api(path: str) -> None:
    sent: list[httpx.Request] = []

    def record(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={})

    with client(record) as opened:
        with pytest.raises(ValueError, match="only read"):
            opened.create(path, bytes, body=b"{}")
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            with pytest.raises(ValueError, match="only read"):
                opened.replace(method, path, bytes, body=b"{}")
    assert sent == []


def modules() -> Iterator[Path]:
    root = Path(reconciler.__file__).parent
    yield from (path for path in root.rglob("*.py") if "sandbox" not in path.relative_to(root).parts)


def test_one_place_knows_the_private_api_and_one_module_asks_it() -> None:
    naming = {path.name for path in modules() if "api/private" in path.read_text(encoding="utf-8")}
    assert naming == {"paths.py", "client.py"}, "the path, and the refusal to write there"
    asking = {path.name for path in modules() if _uses_teams_path(path)}
    assert asking == {"teams.py"}


def _uses_teams_path(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "teams")
    return any(isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "Paths" for node in found)
