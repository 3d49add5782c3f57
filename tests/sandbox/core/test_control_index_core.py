"""The list of control endpoints is whole, and each of its lines works as it stands there."""

import re
import shlex

import httpx
import pytest
from starlette.routing import Route

from reconciler.sandbox import RunningSandbox, control, control_index, control_life, inbox
from reconciler.sandbox.channels import control as channel_control
from reconciler.sandbox.control_index import Example

NEEDS_MORE = {"PUT state", "PUT objects/{table}"}
NEEDS_ONE = {"POST runs/{id}/finish", "DELETE faults/{id}", "POST faults/{id}/release"}


def listed(sandbox: RunningSandbox) -> list[dict[str, str]]:
    return sandbox.control.call("GET", "/")["endpoints"]


def test_every_endpoint_is_listed_and_no_other(sandbox: RunningSandbox) -> None:
    tables = (each.routes(None) for each in (control, control_life, channel_control, inbox))  # pyrefly: ignore[bad-argument-type]
    routes = [route for table in tables for route in table if isinstance(route, Route)]
    there = {
        f"{method} {re.sub(':int', '', route.path.removeprefix('/_sandbox/'))}"
        for route in routes
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert {each["endpoint"] for each in listed(sandbox)} == there - {"GET inbox.html"}


def test_each_line_can_be_pasted(sandbox: RunningSandbox) -> None:
    lines = {each["what"]: each for each in listed(sandbox) if each["endpoint"] not in NEEDS_MORE | NEEDS_ONE}
    for each in lines.values():
        sandbox.control.reset()
        words = shlex.split(each["curl"])
        method = words[words.index("-X") + 1] if "-X" in words else "GET"
        url = next(word for word in words if word.startswith("http"))
        content = words[words.index("-d") + 1] if "-d" in words else None
        answer = httpx.request(method, url, content=content, trust_env=False)
        assert answer.is_success, (each, answer.text)


def test_what_is_not_there_says_where_the_list_is(sandbox: RunningSandbox) -> None:
    answer = httpx.get(f"{sandbox.url}/_sandbox/nothing", trust_env=False)
    assert (answer.status_code, answer.json()) == (
        404,
        {"error": "no such control endpoint; GET /_sandbox/ lists them with examples"},
    )
    assert "error" not in httpx.get(f"{sandbox.url}/nothing", trust_env=False).text


def test_a_body_is_quoted_for_the_shell() -> None:
    line = Example(call="POST x", what="", body={"a": "it's"}).shown("http://h")["curl"]
    assert shlex.split(line)[-1] == '{"a": "it\'s"}'
    assert control_index.HOME in line


@pytest.mark.parametrize("rule", [{}, {"method": "POST", "path": "*/jobs/*"}])
def test_a_fault_that_does_nothing_is_refused(sandbox: RunningSandbox, rule: dict[str, str]) -> None:
    with pytest.raises(httpx.HTTPStatusError) as caught:
        sandbox.control.add_fault(**rule)
    assert caught.value.response.status_code == 400
    assert "says nothing that shall happen" in caught.value.response.text
    assert sandbox.control.call("GET", "/faults") == {"faults": []}
