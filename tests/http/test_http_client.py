"""What a request looks like, what an error says, and where the token is not."""

import io
import logging
import subprocess
import sys
import traceback
from collections.abc import Iterator

import httpx
import pytest
from typing_extensions import override

from reconciler import __version__
from reconciler.cloud.wire import decode_raw, explain_refusal
from reconciler.errors import (
    AlertsError,
    ApiError,
    AuthenticationError,
    InDoubt,
    NotFound,
    RuntimeFailure,
    TransportError,
    UnexpectedAnswer,
)
from reconciler.http import Client, trusted_origin
from reconciler.model.secret import MASK, Secret
from tests.http.http_lab import OK, TOKEN, FakeTime, html, lab, refusal, send


def test_a_request_says_who_asks_and_what_is_understood() -> None:
    client, server = lab()
    client.get("/api/v2/accounts/1/jobs/", decode_raw, params={"limit": 100, "state": "all"})
    request = server.seen[0]
    assert str(request.url) == "https://ab123.us1.dbt.com/api/v2/accounts/1/jobs/?limit=100&state=all"
    assert request.headers["Authorization"] == f"Token {TOKEN}"
    assert request.headers["User-Agent"] == f"dbt-alerts/{__version__}"
    assert request.headers["Accept"] == request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("location", ["https://evil.example/steal?t=1", "//evil.example/", "http://ab123.us1.dbt.com/"])
@pytest.mark.parametrize("kind", ["get", "replace", "create"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed_and_its_host_is_named(kind: str, status: int, location: str) -> None:
    client, server = lab(httpx.Response(status, headers={"Location": location}))
    with pytest.raises(UnexpectedAnswer, match=r"a redirect to host (evil\.example|ab123\.us1\.dbt\.com),"):
        send(client, kind)
    assert [request.url.host for request in server.seen] == ["ab123.us1.dbt.com"]


@pytest.mark.parametrize("location", ["", "/elsewhere", "http://[", "https://" + "x" * 10_000])
def test_a_senseless_location_is_no_crash(location: str) -> None:
    client, _ = lab(httpx.Response(302, headers={"Location": location}))
    with pytest.raises(UnexpectedAnswer, match="a redirect") as raised:
        send(client, "get")
    assert len(raised.value.message) < 500


def test_an_explained_refusal_names_every_field() -> None:
    """Reference §1.7: a nested tree of field → message, recorded."""
    tree = {"schedule": {"time": {"interval": "required key not provided"}}, "name": ["too long", "taken"]}
    client, _ = lab(refusal(400, "The request was invalid.", tree))
    with pytest.raises(ApiError) as raised:
        send(client, "create")
    assert raised.value.detail == (
        "The request was invalid. (schedule.time.interval: required key not provided; name: too long; name: taken)"
    )


@pytest.mark.parametrize(
    ("answer", "kind", "next_step"),
    [
        (refusal(401, "Invalid token."), AuthenticationError, "token"),
        (refusal(403, "Access denied: Token is not scoped to account."), AuthenticationError, "account.id"),
        (refusal(404, "not found"), NotFound, "may not see it"),
        (html(404), NotFound, "host"),
        (httpx.Response(404, text="404 page not found"), NotFound, "host"),
        (html(200), UnexpectedAnswer, "host"),
        (httpx.Response(302, headers={"Location": "https://login.example/"}), UnexpectedAnswer, "host"),
    ],
)
def test_an_error_says_what_to_do_next(answer: httpx.Response, kind: type[ApiError], next_step: str) -> None:
    client, _ = lab(finally_=lambda _: answer)
    with pytest.raises(kind) as raised:
        send(client, "get")
    assert next_step in raised.value.next_step


def test_an_answer_is_bounded() -> None:
    client, server = lab(httpx.Response(200, content=b" " * (33 * 1024 * 1024)))
    with pytest.raises(UnexpectedAnswer, match="more than 32 MiB"):
        send(client, "get")
    assert len(server.seen) == 1


def test_a_servers_words_are_one_bounded_line() -> None:
    client, _ = lab(refusal(400, "a\nb\x1b[31m" + "x" * 100_000))
    with pytest.raises(ApiError) as raised:
        send(client, "get")
    assert len(raised.value.detail) == 600
    assert "\n" not in raised.value.detail


@pytest.mark.parametrize(
    "answer",
    [
        refusal(400, f"you sent {TOKEN}", {"token": TOKEN}),
        refusal(401, f"Invalid token {TOKEN}."),
        refusal(404, TOKEN),
        refusal(429, TOKEN),
        refusal(500, TOKEN),
        httpx.Response(302, headers={"Location": f"https://{TOKEN}.evil.example/{TOKEN}"}),
        httpx.Response(200, json={"data": TOKEN}),
        httpx.Response(200, text=TOKEN),
        httpx.ConnectError(f"cannot reach {TOKEN}"),
        httpx.ReadError(f"lost {TOKEN}"),
        httpx.ConnectError(f"[SSL: CERTIFICATE_VERIFY_FAILED] {TOKEN}"),
    ],
)
@pytest.mark.parametrize("kind", ["get", "replace", "create"])
def test_no_error_repeats_the_token(answer: httpx.Response | Exception, kind: str) -> None:
    client, _ = lab(finally_=lambda _: answer)
    with pytest.raises(AlertsError) as raised:
        send(client, kind)
    error = raised.value
    assert TOKEN not in f"{error} {error!r} {error.next_step} {error.args} {vars(error)}"


def test_no_log_and_no_representation_holds_the_token() -> None:
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    root = logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.DEBUG)
    try:
        client, _ = lab(refusal(500, TOKEN), httpx.ConnectError("no"))
        send(client, "get")
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert heard.getvalue()
    assert TOKEN not in heard.getvalue()
    assert TOKEN not in f"{client!r} {vars(client)!r}"


def test_a_lost_secret_of_an_answer_is_in_no_traceback() -> None:
    """A create's answer holds the HMAC secret: if its shape is not understood, its content is not quoted."""
    body = b'{"data": {"id": "wsu_1", "hmac_secret": "whs_very-secret"'
    client, _ = lab(httpx.Response(201, content=body))
    with pytest.raises(InDoubt) as raised:
        send(client, "create")
    assert "whs_very-secret" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("token", ["", " ", "two words", "line\nbreak", "ümlaut", "nul\0"])
def test_a_token_that_no_header_can_hold_is_refused_without_showing_it(token: str) -> None:
    origin = trusted_origin("cloud.getdbt.com")
    with pytest.raises(RuntimeFailure, match="the token is empty or holds characters") as raised:
        Client(origin=origin, token=Secret(token), explain=explain_refusal)
    assert not token.strip() or token not in str(raised.value)


def test_a_tokens_last_newline_is_forgiven() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=OK)

    origin = trusted_origin("cloud.getdbt.com")
    client = Client(origin=origin, token=Secret(f"{TOKEN}\n"), transport=httpx.MockTransport(answer))
    send(client, "get")
    assert seen[0].headers["Authorization"] == f"Token {TOKEN}"
    assert MASK not in seen[0].headers["Authorization"]


def test_a_certificate_that_nobody_vouches_for_is_not_tried_again() -> None:
    client, server = lab(finally_=lambda _: httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"))
    with pytest.raises(TransportError) as raised:
        send(client, "get")
    assert "SSL_CERT_FILE" in raised.value.next_step
    assert len(server.seen) == 1


def test_a_body_that_drips_beyond_the_deadline_is_given_up() -> None:
    time = FakeTime()

    class Drip(httpx.SyncByteStream):
        @override
        def __iter__(self) -> Iterator[bytes]:
            while True:
                time.seconds += 20
                yield b" "

    client, server = lab(finally_=lambda _: httpx.Response(200, stream=Drip()), time=time)
    with pytest.raises(AlertsError, match="still arriving"):
        send(client, "get")
    assert len(server.seen) == 1


def test_the_import_brings_in_no_command_line() -> None:
    code = "import sys, reconciler.http; print([m for m in ('click', 'rich', 'pygments') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
