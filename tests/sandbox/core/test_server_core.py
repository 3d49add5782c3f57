import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.sandbox import RunningSandbox, start
from reconciler.sandbox.server import NotLoopbackError

COMMAND = [sys.executable, "-m", "reconciler.sandbox"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "example.com"])  # noqa: S104 - asked for, and refused
def test_it_listens_on_loopback_only(host: str) -> None:
    with pytest.raises(NotLoopbackError):
        start(host=host)


def test_a_taken_port_is_an_error_of_the_system() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        start(port=taken.getsockname()[1])


def test_two_at_once_have_ports_and_stores_of_their_own() -> None:
    with start() as first, start() as second:
        assert first.url != second.url
        first.control.change("users", first.ready["user_id"], first_name="Changed")
        assert second.control.rows("users")[0]["first_name"] != "Changed"


def test_after_the_end_nobody_answers() -> None:
    with start() as running:
        url = running.url
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)


def test_a_file_brings_the_account_back(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    with start(db=path) as running:
        running.control.change("users", running.ready["user_id"], first_name="Kept")
        token = running.token
    with start(db=path) as again:
        assert again.token == token
        assert again.control.rows("users")[0]["first_name"] == "Kept"


def test_tls_with_a_certificate_of_its_own(tmp_path: Path) -> None:
    with start(tls=True, tls_dir=tmp_path, seeded=False) as running:
        assert running.url.startswith("https://")
        context = ssl.create_default_context(cafile=running.ca_file)
        answer = httpx.get(
            f"{running.url}/api/v2/whoami/",
            headers={"Authorization": f"Token {running.token}"},
            verify=context,
            trust_env=False,
        )
        assert answer.status_code == 200
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{running.url}/api/v2/whoami/", trust_env=False)


def launch(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def finish(process: "subprocess.Popen[str]") -> tuple[int, str]:
    _, errors = process.communicate(timeout=20)
    return process.returncode, errors


def test_the_ready_line_as_json_and_a_clean_end_on_interrupt() -> None:
    process = launch("--json", "--account", "70403103999999", "--token", "given-token")
    ready: dict[str, Any] = json.loads(first_line(process))
    assert (ready["account_id"], ready["token"]) == (70403103999999, "given-token")
    answer = httpx.get(
        f"{ready['url']}/api/v2/accounts/70403103999999/jobs/{ready['fail_job_id']}/",
        headers={"Authorization": "Bearer given-token"},
        trust_env=False,
    )
    assert answer.status_code == 200
    process.send_signal(signal.SIGINT)
    assert finish(process) == (0, "")


def test_the_export_lines() -> None:
    process = launch("--env", "--empty")
    assert process.stdout is not None
    lines = [process.stdout.readline().strip() for _ in range(3)]
    process.send_signal(signal.SIGINT)
    assert finish(process) == (0, "")
    names = [line.removeprefix("export ").partition("=")[0] for line in lines]
    assert names == ["DBT_CLOUD_TOKEN", "DBT_CLOUD_ACCOUNT_ID", "DBT_CLOUD_HOST"]


def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    note = tmp_path / "ready"
    script = (
        f"import subprocess, sys\nsubprocess.Popen({[*COMMAND, '--json']!r}, stdout=open({str(note)!r}, 'w'))\ninput()"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, text=True)
    for _ in range(1000):
        if note.exists() and note.read_text().endswith("\n"):
            break
        threading.Event().wait(0.02)
    url = json.loads(note.read_text())["url"]
    assert httpx.get(f"{url}/_sandbox/counts", trust_env=False).status_code == 200
    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()
    assert gone(url)


def gone(url: str) -> bool:
    for _ in range(500):
        try:
            httpx.get(f"{url}/_sandbox/counts", trust_env=False)
        except httpx.TransportError:
            return True
        threading.Event().wait(0.02)
    return False


def test_a_bad_start_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = launch("--port", str(taken.getsockname()[1]))
        code, errors = finish(process)
    assert code == 1
    assert errors.startswith("sandbox: ")
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize(
    "raw", [b"{", b"[]", b"null", b"\xff", b'{"a": NaN}', b'"\\ud800"', b'{"name": "\\ud800"}', b""]
)
@pytest.mark.parametrize("path", ["v2/jobs/", "v2/notifications/", "v3/webhooks/subscriptions", "v3/projects/"])
def test_no_body_is_too_odd(sandbox: RunningSandbox, api: httpx.Client, path: str, raw: bytes) -> None:
    version, _, rest = path.partition("/")
    answer = api.post(f"/api/{version}/accounts/{sandbox.account_id}/{rest}", content=raw)
    assert answer.status_code == 400
    assert answer.json()["status"].get("is_success", False) is False
