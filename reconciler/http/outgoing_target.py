"""Where a request to a policy's address may go: decided on the spelling here, on what it resolves to at the connect."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

__all__ = ["ALLOW_PRIVATE", "Allowance", "Forbidden", "Target", "public", "target_of"]

ALLOW_PRIVATE: Final = "DBT_ALERTS_ALLOW_PRIVATE"

Address = IPv4Address | IPv6Address

_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_URL: Final = re.compile(
    rf"(?P<scheme>https?)://(?P<host>(?:{_LABEL}\.)*{_LABEL}\.?|\[[0-9a-fA-F:.]{{2,45}}\])(?::(?P<port>\d{{1,5}}))?"
    r"(?P<path>[/?][!$%&'()*+,\-./0-9:;=?@A-Z_a-z~\[\]|]*)?",
    re.ASCII,
)
_ENDS_IN_A_NUMBER: Final = re.compile(r"(?:^|\.)(?:\d+|0[xX][0-9a-fA-F]*)\.?$")
_LONGEST: Final = 4096
_EMBEDDING: Final = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"), ip_network("::/96"))
"""IPv6 that carries an IPv4 address in its last four octets, beside mapped, 6to4 and Teredo."""
_ANYCAST_RELAY: Final = ip_network("192.88.99.0/24")
_METADATA: Final = frozenset(
    {ip_address("169.254.169.254"), ip_address("fd00:ec2::254"), ip_address("100.100.100.200")}
)


class Forbidden(ValueError):
    """The address must not be reached. Its words name the host and nothing else of the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An address in the only spelling that is taken. `host` is in lower case and without brackets."""

    scheme: str
    host: str
    port: int

    @property
    def literal(self) -> Address | None:
        try:
            return ip_address(self.host)
        except ValueError:
            return None

    @property
    def loopback(self) -> bool:
        return self.host == "localhost" or (self.literal is not None and self.literal.is_loopback)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What the operator lets us reach beside the public internet: hosts and addresses, each perhaps with one port."""

    entries: frozenset[str] = frozenset()

    @classmethod
    def of(cls, entries: Collection[str]) -> Allowance:
        return cls(entries=frozenset(entry.strip().lower() for entry in entries if entry.strip()))

    def names(self, host: str, port: int) -> bool:
        spelled = f"[{host}]" if ":" in host else host
        return bool({host, spelled, f"{spelled}:{port}"} & self.entries)

    def refusal(self, target: Target, address: str) -> str:
        """Say why this address of the target must not be reached; nothing if it may be.

        A name that the operator allows may be private. It may be link-local, or a cloud's metadata service, only where
        the address itself is named: whoever answers for the name must not choose that.
        """
        found = _plain(ip_address(address.partition("%")[0]))
        if _public(found) or self.names(str(found), target.port):
            return ""
        if self.names(target.host, target.port) and not _never_by_name(found):
            return ""
        where = str(found) if target.host == str(found) else f"{target.host} ({found})"
        return f"{where} is not a public address; the operator can allow it in {ALLOW_PRIVATE}"


def target_of(url: str, allowance: Allowance) -> Target:
    """Return where the address leads. Raises Forbidden for every spelling that two readers could read differently.

    That is: no scheme but https (http only to this machine, where the operator named host and port), a user or a
    password in it, a fragment, control characters, anything but ASCII, a host that ends in a number without being an
    address of four numbers.
    """
    found = _URL.fullmatch(url) if len(url) <= _LONGEST else None
    if found is None:
        raise Forbidden("the address cannot be used: it must be https://HOST/PATH in plain ASCII, without user or `#`")
    host = found["host"].lower().strip("[]").rstrip(".")
    target = Target(scheme=found["scheme"], host=host, port=int(found["port"] or _port(found["scheme"])))
    if not 0 < target.port < 65536:
        raise Forbidden(f"{host}: port {target.port} does not exist")
    if target.literal is None and (_ENDS_IN_A_NUMBER.search(host) or ":" in host):
        raise Forbidden(f"{host} is neither a name nor an address as they are written")
    if target.scheme == "http" and not (target.loopback and allowance.names(host, target.port)):
        raise Forbidden(f"{host} is not https, and only an address of this machine that the operator names may be")
    if target.literal is not None and (why := allowance.refusal(target, host)):
        raise Forbidden(why)
    return target


def public(address: str) -> bool:
    """Whether an IP address, as text, is one of the public internet, however it is wrapped. Raises ValueError."""
    return _public(_plain(ip_address(address.partition("%")[0])))


def _port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def _plain(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for, however it is wrapped; else the address."""
    if isinstance(address, IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    if inner is not None:
        return inner
    if int(address) > 1 and any(address in network for network in _EMBEDDING):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _public(address: Address) -> bool:
    odd = address.is_multicast or address.is_reserved or address.is_unspecified or address in _ANYCAST_RELAY
    site_local = isinstance(address, IPv6Address) and address.is_site_local
    return address.is_global and not odd and not site_local


def _never_by_name(address: Address) -> bool:
    return address.is_link_local or address.is_multicast or address.is_unspecified or address in _METADATA
