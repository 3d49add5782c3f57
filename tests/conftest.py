"""The rules every test runs under: no network but loopback, and one of three sizes of search.

pytest-socket (pyproject.toml) refuses connections; a name look-up would still send a packet, so it is refused here.
"""

import os
import socket
from collections.abc import Iterator
from functools import wraps
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile(
    "ci", max_examples=200, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("nightly", parent=settings.get_profile("ci"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "dev"))


class NameLookUpRefusedError(AssertionError):
    """A test asked for the address of a host that is not this machine."""

    def __init__(self, host: object) -> None:
        """Name the host, so that the missing seam is found."""
        super().__init__(f"a test looked up {host!r}: the network is off, give the code a transport or a loopback URL")


def _is_loopback(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in {"localhost", ""}:
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def _no_name_look_ups() -> Iterator[None]:
    true_getaddrinfo = socket.getaddrinfo

    @wraps(true_getaddrinfo)
    def guarded(host: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - hands everything on
        if host is not None and not _is_loopback(host):
            raise NameLookUpRefusedError(host)
        return true_getaddrinfo(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", guarded)
        yield
