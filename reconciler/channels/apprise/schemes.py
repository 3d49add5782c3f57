"""Which of Apprise's addresses a policy may use: those that lead to a service, not to the machine we run on.

A list of what is allowed would be 170 names that change with each version. What is refused is what a service on the
network never is: this machine's desktop, its logs, its devices, its files and programs; and other mail or any HTTP,
for which there are channels whose addresses are judged.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from socket import inet_aton, inet_ntoa
from typing import Final
from unicodedata import normalize
from urllib.parse import parse_qsl, urlsplit

from reconciler.http.outgoing_target import public

__all__ = ["refusal"]

_HERE: Final = frozenset(
    {
        "blink1",
        "dbus",
        "exec",
        "file",
        "gammu",
        "gio",
        "glib",
        "gnome",
        "growl",
        "kde",
        "macosx",
        "packet",
        "python",
        "qt",
        "script",
        "shell",
        "smsmgr",
        "syslog",
        "windows",
    }
)
_OWN_CHANNELS: Final = {
    **dict.fromkeys(("form", "forms", "json", "jsons", "xml", "xmls", "apprise", "apprises"), "webhook"),
    **dict.fromkeys(("mailto", "mailtos"), "email"),
    **dict.fromkeys(("workflow", "workflows"), "teams"),
    "slack": "slack",
    "pagerduty": "pagerduty",
}
_SCHEME: Final = re.compile(r"([a-z][a-z0-9]{0,30})://", re.IGNORECASE)
_SEVERAL: Final = re.compile(r"[\s,;]+[a-z][a-z0-9]{0,30}://", re.IGNORECASE)
_READS: Final = frozenset(
    {"attach", "attach-as", "config", "filename", "keyfile", "pgpkey", "redirect", "subfile", "template", "verify"}
)
"""What some services take behind the question mark: files of this machine, and whether a certificate counts."""

_LOCAL_NAMES: Final = re.compile(r"localhost|.+\.(?:local|localhost|internal)")
_NUMBERS_AS_NAMES: Final = frozenset({"tgram"})
"""Services in whose addresses a bot's number stands where others have a host."""


def refusal(url: str, *, base: str | None, named: Callable[[str, int], bool]) -> str:
    """Say why an address is not used; nothing if it is. No word of it holds more than the scheme and the host.

    Behind an operator's base only the base is used, and that must be JSON to this machine. `named` tells which places
    the operator lets us reach though they are not public.
    """
    if base is not None:
        here = _SCHEME.match(base) and urlsplit(base).hostname in {"127.0.0.1", "::1", "localhost"}
        return "" if here and base.startswith("json://") else "DBT_ALERTS_BASE_APPRISE must be json://127.0.0.1:PORT/…"
    found = _SCHEME.match(url)
    if found is None or _SEVERAL.search(url):
        return "the channel's `url` is not one address of Apprise (SERVICE://…)"
    scheme = found[1].lower()
    if scheme in _HERE:
        return f"{scheme}:// leads to this machine's desktop, logs or programs, not to people"
    if scheme in _OWN_CHANNELS:
        return f"{scheme}:// goes by a channel of its own kind: `type: {_OWN_CHANNELS[scheme]}`"
    asked = {key.lower().lstrip("+-: ") for key, _ in parse_qsl(url.partition("?")[2], keep_blank_values=True)} & _READS
    if asked:
        return f"`{min(asked)}=` in the channel's `url` makes Apprise read a file, or trust anybody; leave it out"
    return _private(url, named)


def _private(url: str, named: Callable[[str, int], bool]) -> str:
    """Judge a host by its spelling alone: many of Apprise's addresses have a token where others have a host."""
    try:
        there = urlsplit(url)
        host = normalize("NFKC", there.hostname or "").lower().rstrip(".")
    except ValueError:
        return "the channel's `url` cannot be read"
    digits = there.netloc.rpartition(":")[2]
    port = int(digits) if digits.isascii() and digits.isdigit() else 0
    if there.scheme in _NUMBERS_AS_NAMES and host.isdigit():
        return ""
    if (_LOCAL_NAMES.fullmatch(host) or _inside(host)) and not named(host, port):
        return f"{host} is not a public address; the operator can allow it in DBT_ALERTS_ALLOW_PRIVATE"
    return ""


def _inside(host: str) -> bool:
    """Whether it is an address that is not public, in any spelling that the system takes: `0x7f.1` is one of them."""
    try:
        return not public(host if ":" in host else inet_ntoa(inet_aton(host.partition("%")[0])))
    except (OSError, ValueError):
        return False
