"""What an import calls things: a key is a function of what it names, so that whatever comes later never renames it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Final, assert_never

from reconciler.model.edge import RecipientKey, RecipientKind
from reconciler.model.inventory import Project

__all__ = ["channel_name", "file_names", "set_apart", "slug", "team_names"]

_NO_LETTER: Final = re.compile(r"[\W_]+")
_FINE_ADDRESS: Final = re.compile(r"[a-z0-9][a-z0-9._+-]*@[a-z0-9][a-z0-9.-]*")
_FINE_CHANNEL: Final = re.compile(r"[A-Z][A-Z0-9]{1,30}")
_LONGEST: Final = 60
_MOST_BYTES: Final = 200
"""Of a file's name: file systems take 255, and a fingerprint and an ending follow."""
_SET_APART: Final = "~"
"""Stands in no slug and no fine address: what follows it is an id or a fingerprint."""


def slug(text: str) -> str:
    """Return a text as a word for people and file names: letters, digits and hyphens; empty if it holds none."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())
    return _NO_LETTER.sub("-", folded).strip("-")[:_LONGEST].strip("-")


def channel_name(key: RecipientKey, *, address: str = "", shown: str | None = None) -> str:
    """Return what the channel of a recipient is called: its address, or its channel's name and id.

    `address` is a user's e-mail, `shown` a Slack channel's name. An address that makes no fine word is made one, with a
    fingerprint of the identity behind it.
    """
    match key.kind:
        case RecipientKind.USER:
            return _of_address(address.strip().casefold(), key, before="")
        case RecipientKind.EMAIL:
            return _of_address(key.value, key, before="mail/")
        case RecipientKind.SLACK:
            return _of_channel(key, shown, before="slack/")
        case RecipientKind.SLACK_APP:
            return _of_channel(key, shown, before="slack-app/")
    assert_never(key.kind)


def set_apart(name: str, key: RecipientKey) -> str:
    """Return a channel's name for a policy that calls another recipient so."""
    return f"{name[:_LONGEST]}{_SET_APART}{_fingerprint(str(key))}"


def team_names(projects: Iterable[Project]) -> Mapping[int, str]:
    """Return a team for each live project, by its id. Of several that come out alike the oldest keeps the plain one."""
    names: dict[int, str] = {}
    taken: set[str] = set()
    for project in sorted(projects, key=lambda each: each.id):
        if project.deleted:
            continue
        word = slug(project.name)
        names[project.id] = word if word and word not in taken else f"{word or 'project'}{_SET_APART}{project.id}"
        taken.add(word)
    return names


def file_names(teams: Iterable[str]) -> Mapping[str, str]:
    """Return a file name without its ending for each team, whatever it is called, also where case does not count."""
    names: dict[str, str] = {}
    taken: set[str] = {""}
    for team in sorted(teams, key=lambda each: (slug(each) != each, each)):
        word = slug(team).encode()[:_MOST_BYTES].decode(errors="ignore")
        if word in taken:
            word = f"{word}{_SET_APART}{_fingerprint(team)}"
        taken.add(word)
        names[team] = f"{word}_" if word.endswith("-baseline") else word  # the loader leaves *-baseline.yml out
    return names


def _of_address(address: str, key: RecipientKey, *, before: str) -> str:
    if _FINE_ADDRESS.fullmatch(address) and len(address) <= _LONGEST:
        return before + address
    return f"{before}{slug(address)}{_SET_APART}{_fingerprint(str(key))}"


def _of_channel(key: RecipientKey, shown: str | None, *, before: str) -> str:
    word = slug(shown or "")
    place = key.value if _FINE_CHANNEL.fullmatch(key.value) else _SET_APART + _fingerprint(str(key))
    return f"{before}{word}-{place}" if word else f"{before}{place}"


def _fingerprint(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
