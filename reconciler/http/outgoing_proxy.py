"""The operator's proxy: HTTPS_PROXY and NO_PROXY, and nothing else of an environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from reconciler.errors import RuntimeFailure
from reconciler.model.secret import Secret

__all__ = ["Proxy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """The operator's proxy, whose address may hold a password. It looks names up itself."""

    url: Secret
    beside: tuple[str, ...] = ()

    @classmethod
    def of_environ(cls, environ: Mapping[str, str]) -> Proxy | None:
        """Return what HTTPS_PROXY and NO_PROXY say. Raises RuntimeFailure for a proxy that is none."""
        url = (environ.get("HTTPS_PROXY") or environ.get("https_proxy") or "").strip()
        if not url:
            return None
        if not _usable(url):
            step = "write http://HOST:PORT into it, or unset it"
            raise RuntimeFailure("HTTPS_PROXY holds no proxy that can be used", next_step=step)
        beside = environ.get("NO_PROXY") or environ.get("no_proxy") or ""
        return cls(url=Secret(url), beside=tuple(beside.lower().replace(",", " ").split()))

    def leaves_out(self, host: str) -> bool:
        """Whether NO_PROXY names the host: itself, a domain above it, or all with `*`."""
        return any(each in {"*", host} or host.endswith("." + each.lstrip("*.")) for each in self.beside)


def _usable(url: str) -> bool:
    try:
        at = urlsplit(url)
        return at.scheme in {"http", "https"} and bool(at.hostname) and at.port != 0
    except ValueError:
        return False
