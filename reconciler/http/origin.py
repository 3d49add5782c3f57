"""Which host the token may be sent to (design §8). The policy's `host` is untrusted text until it has passed here."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import ip_address

from reconciler.errors import Refused

__all__ = ["Origin", "trusted_origin"]

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(
    rf"(?:(?P<scheme>https?)://)?(?P<host>(?:{_LABEL}\.)*{_LABEL}|\[[0-9a-f:]+\])(?::(?P<port>[0-9]{{1,5}}))?/?(?:api/?)?",
    re.ASCII | re.IGNORECASE,
)
_DBT_CLOUD = (".dbt.com", ".getdbt.com")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Scheme, host and port: where every request goes and nothing else does."""

    scheme: str
    host: str
    port: int | None = None

    @property
    def authority(self) -> str:
        return self.host if self.port is None else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def loopback(self) -> bool:
        """Whether the host is this machine by its own spelling: no name is looked up."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False


def trusted_origin(host: str, *, trusted_hosts: Collection[str] = ()) -> Origin:
    """Return where `host` is, if a token may go there; raise Refused otherwise.

    Accepts a bare host, a URL, and a trailing `/` or `/api`, as other tools' settings have them (reference §1.1).
    Anything else a URL may hold is refused rather than parsed, so that no two parsers can disagree about the host.
    """
    origin = _parse(host)
    if not (origin.loopback or _is_dbt_cloud(origin) or _is_listed(origin, trusted_hosts)):
        raise Refused(
            f"the token is not sent to {origin.authority}: it is not a host of dbt Cloud",
            next_step="If it is yours, name it in DBT_ALERTS_TRUSTED_HOSTS (comma-separated).",
        )
    if origin.scheme == "http" and not origin.loopback:
        raise Refused(f"the token is not sent to {origin.url} without TLS", next_step="Write https:// or leave it out.")
    return origin


def _parse(host: str) -> Origin:
    found = _HOST.fullmatch(host.strip())
    if found is None or int(found["port"] or 0) > 65535:
        raise Refused(
            f"{host[:200]!r} is not a host",
            next_step="Write the host of your dbt Cloud URL, for example ab123.us1.dbt.com.",
        )
    port = int(found["port"]) if found["port"] else None
    return Origin(scheme=(found["scheme"] or "https").lower(), host=found["host"].lower(), port=port)


def _is_dbt_cloud(origin: Origin) -> bool:
    return origin.host.endswith(_DBT_CLOUD) and origin.port in (None, 443)


def _is_listed(origin: Origin, trusted_hosts: Collection[str]) -> bool:
    """Tell whether the operator named it: `host` stands for every port, `host:port` for one."""
    listed = {name.strip().lower() for name in trusted_hosts}
    return bool(listed & {origin.host, origin.authority})
