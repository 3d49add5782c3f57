"""The parts of a picture: nodes, arrows, and keys that are the same in every picture of the same thing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

__all__ = ["Arrow", "Graph", "Keys", "Kind", "Node", "channel_key", "escalation_key", "team_key", "tier_key"]


class Kind(StrEnum):
    """What a node is; in the order in which a picture shows them, from left to right."""

    SOURCE = "source"
    TIER = "tier"
    ESCALATION = "escalation"
    NATIVE = "native"
    RELAYED = "relayed"
    PAGES = "pages"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Node:
    """`key` is the same in every picture of the same thing. `lines` are its label, hostile text."""

    key: str
    kind: Kind
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one node's key to another's. A dotted one is taken only sometimes, or says what is left out."""

    start: str
    end: str
    label: str = ""
    dotted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """`what` is drawn: jobs, rules, or the teams that have them. Nodes and arrows each once, in a fixed order."""

    what: str
    count: int
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]


class Keys:
    """Keys of rules, made of what they say and not of where they stand: a moved line changes no picture."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def of(self, prefix: str, text: str) -> str:
        key = f"{prefix}{sha256(text.encode()).hexdigest()[:8]}"
        self._seen[key] += 1
        return key if self._seen[key] == 1 else f"{key}x{self._seen[key]}"


def tier_key(name: str) -> str:
    return f"t_{_safe(name)}"


def channel_key(name: str) -> str:
    return f"c_{_safe(name)}"


def escalation_key(name: str) -> str:
    return f"e_{_safe(name)}"


def team_key(name: str) -> str:
    return f"team_{_safe(name)}"


def _safe(name: str) -> str:
    """Return letters and digits as they are, all else as its code: two names never become one key."""
    return "".join(each if each.isascii() and each.isalnum() else f"_{ord(each):x}_" for each in name)
