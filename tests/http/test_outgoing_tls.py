"""TLS: the name in the address is what the certificate must hold for, whatever address was connected to."""

import socket
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from threading import Thread

import pytest
import trustme

from reconciler.http.outgoing import Outgoing, Proxy, Returned
from reconciler.model.secret import Secret

CA = trustme.CA()
ANSWER = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"


@contextmanager
def server(name: str) -> Generator[int]:
    """One TLS exchange on loopback with a certificate for this name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CA.issue_cert(name).configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=_answer_one, args=(listening, context))
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


def _answer_one(listening: socket.socket, context: ssl.SSLContext) -> None:
    plain, _ = listening.accept()
    try:
        with context.wrap_socket(plain, server_side=True) as connection:
            while not connection.recv(65536).endswith(b"{}"):  # an end with unread bytes would be a reset
                continue
            connection.sendall(ANSWER)
    except OSError:
        plain.close()


def post(port: int, *, trusting: bool = True) -> Returned:
    trust = ssl.create_default_context()
    if trusting:
        CA.configure_trust(trust)
    out = Outgoing(allowed_hosts={"hooks.example"}, resolve=lambda host, port: ("127.0.0.1",), trust=trust)
    return out.request("POST", f"https://hooks.example:{port}/services/secret", body=b"{}", headers={})


def test_a_certificate_for_the_name_is_good_wherever_the_name_leads() -> None:
    with server("hooks.example") as port:
        assert post(port).status == 204


def test_a_certificate_for_another_name_or_of_nobody_sends_nothing() -> None:
    for name, trusting in (("evil.example", True), ("hooks.example", False)):
        with server(name) as port:
            got = post(port, trusting=trusting)
        assert (got.status, got.maybe_sent, got.refused) == (None, False, False)
        assert "certificate of hooks.example" in got.error
        assert "secret" not in repr(got)


def test_certificates_that_cannot_be_read_are_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    got = Outgoing(resolve=lambda host, port: ("8.8.8.8",)).request("POST", "https://hooks.example/x", headers={})
    assert (got.refused, got.maybe_sent) == (False, False)
    assert "SSL_CERT_FILE" in got.error


# --- through the operator's proxy -----------------------------------------------------------------------------------
def _tunnel(listening: socket.socket, asked: list[bytes], answer: bytes) -> None:
    connection, _ = listening.accept()
    with connection:
        asked.append(connection.recv(65536))
        connection.sendall(answer)


def test_a_proxy_is_asked_for_the_host_and_never_sees_the_path() -> None:
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        refuses = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
        thread = Thread(target=_tunnel, args=(listening, asked, refuses))
        thread.start()
        proxy = Proxy(url=Secret(f"http://me:password@127.0.0.1:{listening.getsockname()[1]}"))
        out = Outgoing(proxy=proxy)
        got = out.request("POST", "https://hooks.example/services/secret", body=b"{}", headers={"X": "y"})
        thread.join()
    assert asked[0].startswith(b"CONNECT hooks.example:443 HTTP/1.1")
    assert b"secret" not in asked[0]
    assert (got.maybe_sent, got.error) == (False, "the proxy of HTTPS_PROXY does not lead to hooks.example")
    assert "password" not in repr(got)


def test_what_no_proxy_names_goes_by_itself() -> None:
    proxy = Proxy(url=Secret("http://127.0.0.1:9"), beside=("hooks.example",))
    out = Outgoing(proxy=proxy, resolve=lambda host, port: ("10.0.0.1",))
    assert out.request("POST", "https://hooks.example/x", headers={}).refused
