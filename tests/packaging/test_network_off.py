"""The test run itself reaches loopback and nothing else."""

import socket
import threading

import httpx
import pytest
from pytest_socket import SocketConnectBlockedError

DOCUMENTATION_ADDRESS = "192.0.2.1"  # RFC 5737: belongs to nobody


@pytest.mark.filterwarnings("ignore:A test tried to use:UserWarning")
def test_an_address_elsewhere_is_refused() -> None:
    with socket.socket() as client, pytest.raises(SocketConnectBlockedError):
        client.connect((DOCUMENTATION_ADDRESS, 443))


def test_a_name_is_not_even_looked_up() -> None:
    with pytest.raises(AssertionError, match=r"'cloud\.example'.*network is off"):
        socket.getaddrinfo("cloud.example", 443)


def test_the_http_library_is_held_too() -> None:
    with pytest.raises(AssertionError, match="network is off"):
        httpx.get("https://cloud.example")


def _accept_one(server: socket.socket) -> None:
    server.accept()[0].close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_works(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        answering = threading.Thread(target=_accept_one, args=(server,))
        answering.start()
        with socket.create_connection((host, server.getsockname()[1]), timeout=5) as client:
            assert client.recv(1) == b""
        answering.join()
