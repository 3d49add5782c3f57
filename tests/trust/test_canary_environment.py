"""Every secret-like variable is a canary: no command shows one, opens one that it does not need, or calls elsewhere."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.policies_lab import EVERYBODY, tells, webhooks
from tests.scenarios.process_lab import ROOT, Done
from tests.trust.trust_lab import CANARIES, WatchedPlace

pytestmark = pytest.mark.slow


def _clean(place: WatchedPlace, *done: Done, **more: str) -> None:
    """Look at everything at once: a failure names the variable and the place."""
    leaks = place.leaks(*done, more=more)
    assert not leaks, f"a secret can be read: {leaks}"
    assert place.elsewhere() == [], f"a call that is not to the sandbox: {place.elsewhere()}"
    programs = [program for program in place.watched().of("program") if program != ["git", "rev-parse", "HEAD"]]
    assert not programs, f"a program was started: {programs}"
    assert not any("Traceback" in each.err for each in done), done


def _example(place: WatchedPlace) -> None:
    """Copy the example company, with its ledger in a file: on a branch, git would be a program that is started."""
    shutil.copytree(ROOT / "policies", place.folder / "policies")
    for path in (place.folder / "policies").rglob("*.yml"):
        text = path.read_text(encoding="utf-8")
        text = text.replace(".dbt-alerts/lineage.secret", "secrets/lineage.secret")
        path.write_text(re.sub(r"(?m)^ledger: .*$", "ledger: {store: file}", text), encoding="utf-8")


def test_the_watch_sees_connections_and_programs(place: WatchedPlace) -> None:
    """A watch that sees nothing would make every test here pass."""
    place.policy(tells("maria"))
    assert place.run("plan").code == 0
    watched = place.watched()
    assert ("127.0.0.1", int(place.sandbox.authority.rpartition(":")[2])) in watched.of("connect")
    assert ["git", "rev-parse", "HEAD"] in watched.of("program")
    assert place.leaks(Done(arguments=("x",), code=0, out=CANARIES["GITHUB_TOKEN"], err="")), "the search finds nothing"


def test_the_example_company_end_to_end(place: WatchedPlace) -> None:
    _example(place)
    done = [
        place.run("plan"),
        place.run("plan", "--json"),
        place.run("plan", "--markdown"),
        place.run("plan", "--out", "saved.json"),
        place.run("snapshot", "--out", "live.json"),
        place.run("plan", "--live", "live.json"),
        place.run("apply", "--plan", "saved.json"),
        place.run("apply", "--json", "--repair-drift"),
        place.run("plan", "--detailed-exitcode"),
    ]
    assert [each.code for each in done] == [0] * len(done), "\n".join(map(str, done))
    _clean(place, *done, **_hmac_secrets(place))


def _hmac_secrets(place: WatchedPlace) -> dict[str, str]:
    return {f"the HMAC secret of {row['name']}": row["hmac_secret"] for row in place.sandbox.control.rows("webhooks")}


def test_the_secret_is_in_its_sink_and_nowhere_else(place: WatchedPlace) -> None:
    place.policy(tells(*EVERYBODY) + webhooks("lineage", "catalog"))
    done = [place.run("plan", "--out", "saved.json"), place.run("apply", "--plan", "saved.json")]
    assert done[-1].code == 0, done[-1]
    secrets = _hmac_secrets(place)
    for name in ("lineage", "catalog"):
        path = place.folder / "secrets" / f"{name}.secret"
        assert path.read_text(encoding="utf-8") == secrets[f"the HMAC secret of {name}"], f"see {path}"
        assert path.stat().st_mode & 0o077 == 0, f"{path} can be read by others"
    _clean(place, *done, **secrets)


FAULTS = {
    "401 that quotes the token": {"status": 401, "body": {"status": {"user_message": "{token} is wrong"}}},
    "400 that quotes the token": {
        "status": 400,
        "body": {"status": {"user_message": "{token}"}, "data": {"{token}": "{token}"}},
    },
    "HTML that quotes the token": {"status": 404, "body": "<html>{token}</html>"},
    "a shape nobody knows": {"status": 200, "body": {"data": [{"id": "{token}"}]}},
    "a redirect that carries the token": {"status": 302, "headers": {"Location": "https://evil.example/?t={token}"}},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_answer_that_quotes_the_token_is_masked(place: WatchedPlace, fault: dict[str, object], method: str) -> None:
    place.policy(tells("maria", "new-mail") + webhooks("lineage"))
    place.sandbox.control.add_fault(method=method, path="/api/*", **dict(_with_token(fault, place.sandbox.token)))
    done = [
        place.run("plan", environ={"DBT_ALERTS_DEBUG": "1"}),
        place.run("apply", "--json", environ={"DBT_ALERTS_DEBUG": "1"}),
    ]
    assert done[-1].code in {1, 6}, done[-1]
    _clean(place, *done)


def _with_token(value: Any, token: str) -> Any:  # noqa: ANN401 - any JSON in, the same out
    match value:
        case str():
            return value.replace("{token}", token)
        case dict():
            return {_with_token(name, token): _with_token(each, token) for name, each in value.items()}
        case list():
            return [_with_token(each, token) for each in value]
        case _:
            return value


def test_a_create_whose_answer_is_strange_does_not_show_the_secret(place: WatchedPlace) -> None:
    """The one answer that holds the HMAC secret, in a shape that no client knows: an error must not quote it."""
    place.policy(tells("maria") + webhooks("lineage"))
    secret = "whs_" + "canary0" * 3
    body = {"status": {"code": 201}, "data": {"id": ["no", "text"], "hmac_secret": secret, "name": {"x": secret}}}
    place.sandbox.control.add_fault(method="POST", path="*/subscriptions", status=201, body=body)
    done = place.run("apply", environ={"DBT_ALERTS_DEBUG": "1"})
    assert done.code == 6, done
    _clean(place, done, secret=secret)


@pytest.mark.parametrize("command", [("plan",), ("plan", "--json"), ("apply",), ("snapshot",)])
def test_no_command_needs_a_channels_secret(place: WatchedPlace, command: tuple[str, ...]) -> None:
    """References other than the account's are opened by the command that sends: unset, empty, nothing changes."""
    _example(place)
    environ: dict[str, str | None] = dict.fromkeys(CANARIES)
    done = place.run(*command, environ=environ)
    assert done.code == 0, f"{command} must not need any of {sorted(CANARIES)}\n{done}"


def test_the_demo_calls_loopback_only_and_shows_no_canary(place: WatchedPlace) -> None:
    done = place.run("demo", environ={"DBT_CLOUD_TOKEN": "dbtu_canary-of-the-real-account", "CI": "true"})
    assert done.code == 0, done
    leaks = place.leaks(done, more={"the real token": "dbtu_canary-of-the-real-account"})
    assert not leaks, leaks
    calls = [
        value for value in place.watched().of("connect") if not (isinstance(value, tuple) and value[0] == "127.0.0.1")
    ]
    assert not calls, f"the demo reaches no address but loopback: {calls}"
    other = [name for name in place.watched().of("resolve") if name not in {"127.0.0.1", "localhost", None}]
    assert not other, f"the demo looks up no name: {other}"
    programs = [program for program in place.watched().of("program") if not _ours(program)]
    assert not programs, f"the demo starts its own commands only: {programs}"
    outside = [path for path in map(str, place.watched().of("write")) if not _allowed(path, place.folder)]
    assert not outside, f"the demo writes only under its temporary folder: {outside}"
    left = list((place.folder / "tmp").iterdir())
    assert not left, f"the demo cleans up: {left}"


def _ours(program: object) -> bool:
    if program == ["git", "rev-parse", "HEAD"]:
        return True
    worker = isinstance(program, list) and program[:4] == [sys.executable, "-I", "-S", "-c"]
    if worker and "reconciler.alerts.rendering.worker" in str(program[4]):
        return True
    return isinstance(program, list) and program[:3] == [sys.executable, "-m", "reconciler"]


def _allowed(path: str, folder: Path) -> bool:
    inside = path.startswith((str(folder / "tmp"), "/dev/null", "file:")) or path.isdigit()
    return inside or "__pycache__" in path
