"""Apprise: text unchanged, only its True counts, nothing of this machine within reach, and no wait without end."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import apprise
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.channels.apprise import kind as kind_module
from reconciler.channels.apprise.kind import Apprise
from reconciler.channels.apprise.process import NO_ADDRESS, NO_LIBRARY, NOT_SENT, SENT, send
from reconciler.channels.apprise.schemes import refusal
from reconciler.channels.contract import Destination, Payload, Receipt, Role, Verdict, Wire
from reconciler.http.outgoing import Outgoing
from reconciler.model.secret import Secret
from tests.channels.made_messages import a_message

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # Apprise's import

PARTS = {"title": "CRITICAL: Daily Revenue failed", "body": "Revenue *is* stale :smile: \\n <b>&amp;"}
WIRE = Wire(http=Outgoing(allowed_hosts={"chat.inside.example", "10.1.2.3"}))


def _to(url: str = "ntfys://token-0123456789@ntfy.example/alerts", base: str | None = None) -> Destination:
    return Destination(name="phone", kind="apprise", settings={"url": Secret(url)}, base=base)


def _payload(parts: dict[str, str] = PARTS) -> Payload:
    (payload,) = Apprise().compose(a_message("apprise", parts), _to())
    assert Apprise().check(payload) == ()
    return payload


def _ending(code: int | None, orders: list[dict[str, Any]] | None = None) -> Apprise:
    def run(order: bytes, patience: float) -> int | None:
        if orders is not None:
            orders.append(json.loads(order))
        return code

    return Apprise(run=run, patience=2.0)


def _sent(kind: Apprise, to: Destination) -> Receipt:
    return kind.deliver(_payload(), to, WIRE)


@contextmanager
def _service(status: int) -> Generator[tuple[int, list[dict[str, Any]]]]:
    """A service that takes JSON, as Apprise's `json://` sends it."""
    got: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1], got
        finally:
            server.shutdown()
            thread.join(5)


# --- what is sent ---------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_a_message_arrives_unchanged_from_a_process_of_its_own() -> None:
    with _service(200) as (port, got):
        receipt = _sent(Apprise(), _to(base=f"json://127.0.0.1:{port}/channels/apprise"))
    assert receipt.verdict is Verdict.DONE
    assert [(each["title"], each["message"]) for each in got] == [(PARTS["title"], PARTS["body"])]


@pytest.mark.parametrize(("status", "code"), [(200, SENT), (500, NOT_SENT), (404, NOT_SENT)])
def test_only_apprises_true_is_a_success(status: int, code: int) -> None:
    with _service(status) as (port, got):
        assert send(f"json://127.0.0.1:{port}", title="t", body="a\nb *c* \\n") == code
    assert got[0]["message"] == "a\nb *c* \\n"


@pytest.mark.parametrize("url", ["nosuchservice://x", "json://", "", "https://"])
def test_an_address_that_apprise_cannot_read_is_told_apart(url: str) -> None:
    assert send(url, title="t", body="b") == NO_ADDRESS


@pytest.mark.parametrize(
    ("code", "verdict", "words"),
    [
        (SENT, Verdict.DONE, "took it"),
        (NOT_SENT, Verdict.TRANSIENT, "did not take it"),
        (NO_ADDRESS, Verdict.PERMANENT, "cannot read the channel's `url`"),
        (NO_LIBRARY, Verdict.PERMANENT, "pip install 'dbt-alerts-as-code[apprise]'"),
        (None, Verdict.IN_DOUBT, "no answer within 2 s"),
        (1, Verdict.IN_DOUBT, "exit code 1"),
        (-9, Verdict.IN_DOUBT, "exit code -9"),
    ],
)
def test_how_the_process_ends_is_the_verdict(code: int | None, verdict: Verdict, words: str) -> None:
    receipt = _sent(_ending(code), _to())
    assert receipt.verdict is verdict
    assert words in receipt.answer
    assert "token-0123456789" not in receipt.answer


def test_the_process_is_given_address_and_text_and_nothing_else() -> None:
    orders: list[dict[str, Any]] = []
    _sent(_ending(SENT, orders), _to())
    assert orders == [{"url": "ntfys://token-0123456789@ntfy.example/alerts", **PARTS}]


def test_a_service_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind_module, "_bootstrap", lambda: "import threading; threading.Event().wait()")
    receipt = _sent(Apprise(patience=0.2), _to())
    assert receipt.verdict is Verdict.IN_DOUBT
    assert receipt.seconds < 10


def test_whoever_delivers_waits_for_a_turn_and_that_is_no_part_of_the_latency() -> None:
    now = 0.0
    inside: list[bool] = []

    @contextmanager
    def turn() -> Generator[None]:
        nonlocal now
        now += 20.0
        inside.append(True)
        yield
        inside.clear()

    def run(_order: bytes, _patience: float) -> int:
        nonlocal now
        assert inside
        now += 0.5
        return SENT

    receipt = _sent(Apprise(run=run, monotonic=lambda: now, turns=turn()), _to())
    assert (receipt.verdict, receipt.seconds, inside) == (Verdict.DONE, 0.5, [])


def test_no_token_of_ours_is_in_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_CLOUD_TOKEN", "secret")
    monkeypatch.setattr(
        kind_module, "_bootstrap", lambda: "import os; os._exit(3 if 'DBT_CLOUD_TOKEN' in os.environ else 0)"
    )
    assert _sent(Apprise(patience=20), _to()).verdict is Verdict.DONE


def test_without_the_extra_the_answer_is_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind_module, "find_spec", lambda _name: None)
    receipt = _sent(_ending(SENT), _to())
    assert receipt.verdict is Verdict.PERMANENT
    assert receipt.answer == "Apprise is not installed: python -m pip install 'dbt-alerts-as-code[apprise]'"


# --- where it may go ------------------------------------------------------------------------------------------------
def _no(_host: str, _port: int) -> bool:
    return False


def _this_machines() -> list[str]:
    """The schemes of the installed Apprise whose address names nothing but the scheme: no host, no token, nobody."""
    known = apprise.manager_plugins.NotificationManager()
    return sorted(each for each in known.schemas() if "{schema}://" in getattr(known[each], "templates", ()))


def test_whatever_the_installed_apprise_does_on_this_machine_is_refused() -> None:
    assert {"syslog", "dbus", "gnome", "macosx", "windows"} <= set(_this_machines())
    assert [each for each in _this_machines() if not refusal(f"{each}://", base=None, named=_no)] == []


@pytest.mark.parametrize("scheme", ["syslog", "dbus", "gnome", "macosx", "windows", "exec", "file", "SYSLOG"])
def test_what_reaches_this_machine_is_refused(scheme: str) -> None:
    receipt = _sent(_ending(SENT), _to(f"{scheme}://"))
    assert receipt.verdict is Verdict.PERMANENT
    assert "this machine's desktop, logs or programs" in receipt.answer


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("json://evil.example", "`type: webhook`"),
        ("mailtos://me:pw@gmail.com", "`type: email`"),
        ("slack://a/b/c", "`type: slack`"),
        ("ntfy://127.0.0.1/topic", "127.0.0.1 is not a public address"),
        ("ntfy://2130706433/topic", "is not a public address"),
        ("ntfy://0x7f.1/topic", "is not a public address"),
        ("ntfy://0/topic", "is not a public address"),
        ("ntfy://localhost./topic", "localhost is not a public address"),
        ("ntfy://\u2460\u2461\u2466.0.0.1/topic", "127.0.0.1 is not a public address"),
        ("ntfy://[::ffff:169.254.169.254]/topic", "is not a public address"),
        ("ntfy://[64:ff9b::a9fe:a9fe]/topic", "is not a public address"),
        ("ntfy://100.100.100.200/topic", "is not a public address"),
        ("gotify://192.168.1.7/token", "192.168.1.7 is not a public address"),
        ("gotify://[fe80::1]/token", "is not a public address"),
        ("gotify://metadata.internal/token", "is not a public address"),
        ("discord://id/token?template=/etc/passwd", "`template=`"),
        ("discord://id/token?tem%70late=/etc/passwd", "`template=`"),
        ("vapid://a@b.example?keyfile=/etc/ssh/id", "`keyfile=`"),
        ("ntfys://ntfy.example/a?verify=no", "`verify=`"),
        ("ntfys://ntfy.example/a?attach=file:///etc/passwd", "`attach=`"),
        ("ntfys://a.example/b syslog://", "not one address"),
        ("ntfys://a.example/b,syslog://", "not one address"),
        ("no address", "not one address"),
        ("", "not one address"),
        ("ntfys://[", "cannot be read"),
    ],
)
def test_an_address_leads_to_one_service_on_the_network(url: str, why: str) -> None:
    assert why in refusal(url, base=None, named=_no)


@pytest.mark.parametrize(
    "url",
    [
        "gotify://chat.inside.example/token",
        "gotify://10.1.2.3/token",
        "tgram://170000000:abc/42",
        "ntfys://t@ntfy.example/a?priority=high",
    ],
)
def test_a_public_service_is_reached_and_an_inner_one_if_the_operator_names_it(url: str) -> None:
    assert refusal(url, base=None, named=WIRE.http.names) == ""


@pytest.mark.parametrize("base", ["json://evil.example/x", "http://127.0.0.1/x", "syslog://", "json://"])
def test_an_operators_base_is_json_to_this_machine(base: str) -> None:
    assert _sent(_ending(SENT), _to(base=base)).answer == "DBT_ALERTS_BASE_APPRISE must be json://127.0.0.1:PORT/…"


# --- whatever it is made of -----------------------------------------------------------------------------------------
@given(st.text(max_size=80).map(lambda text: text * 50), st.booleans())
def test_any_text_is_a_message(text: str, with_parts: bool) -> None:
    _payload({"title": text, "body": text} if with_parts else {})


def test_what_is_too_long_is_cut_and_said() -> None:
    payload = _payload({"title": "t" * 1000, "body": "b" * 100_000})
    assert payload.cut == (
        "title shortened to 250 of 1,000 characters",
        "body shortened to 30,000 of 100,000 characters",
    )


def test_the_check_finds_what_no_service_takes() -> None:
    assert Apprise().check(Payload(role=Role.MAIN, content={"title": "", "body": "x" * 40_000}, key="k")) == (
        "no title",
        "body of more than 30000 characters",
    )
