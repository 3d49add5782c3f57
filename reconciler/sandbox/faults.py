"""Faults on demand: rules that say which request is hit, how often, and what happens to it.

A rule is a JSON object that says what happens; everything else is optional:
    method "POST", path "/api/v2/*/jobs/*" (glob; `*` crosses slashes), query "offset=100" (part of the query string)
    skip 3 (let three pass), times 2 (hit at most twice), probability 0.3, seed 7
    status 503, headers {"Retry-After": "2"}, body (text or JSON; HTML when left out with a 5xx),
        when "before" | "after"; size 1000000 pads the answer with blanks to so many bytes
    reset "before" | "after"     cut the connection before, or after, the request took effect
    latency_ms 500               added to the answer, with or without another fault
    short_page 2                 drop two rows of a list; `total_count` stays
    vanish true | {"table": "jobs", "id": 7}   a row of the list disappears before the request is answered
    hold "before" | "after"      keep the request waiting until the rule is released or removed
The same rules, seed and order of requests hit the same requests.
"""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from reconciler.sandbox.fields import (
    Mistake,
    accept,
    anything,
    boolean,
    filled,
    integer,
    object_of,
    one_of,
    optional,
    text,
)
from reconciler.sandbox.store import Row


def _amount(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise Mistake("expected a non-negative number")
    return float(value)


def _texts(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise Mistake("expected a dictionary")
    return {str(name): str(entry) for name, entry in value.items()}


def _vanish(value: Any) -> Any:
    if isinstance(value, bool):
        return boolean(value)
    return object_of(optional("table", filled), optional("id", anything))(value)


_MOMENT = one_of("before", "after")
FIELDS = (
    optional("method", filled, default="*"),
    optional("path", filled, default="*"),
    optional("query", text, default=""),
    optional("skip", integer, default=0),
    optional("times", integer),
    optional("probability", _amount, default=1.0),
    optional("seed", integer, default=1),
    optional("status", integer),
    optional("headers", _texts, default={}),
    optional("body", anything),
    optional("size", integer, default=0),
    optional("when", _MOMENT, default="before"),
    optional("reset", _MOMENT),
    optional("latency_ms", _amount, default=0.0),
    optional("short_page", integer, default=0),
    optional("vanish", _vanish),
    optional("hold", _MOMENT),
)

EFFECTS = ("status", "reset", "latency_ms", "short_page", "vanish", "hold")


@dataclass(slots=True, kw_only=True)
class Rule:
    """One rule and what it did so far."""

    id: int
    asked: Row
    matched: int = 0
    fired: int = 0
    _random: random.Random = field(init=False)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._random = random.Random(f"{self.asked['seed']}:{self.id}")  # noqa: S311 - repeatable is the point

    def hits(self, method: str, path: str, query: str) -> bool:
        """Whether this request is the one; counts it."""
        asked = self.asked
        if asked["method"] not in ("*", method) or not fnmatchcase(path, asked["path"]) or asked["query"] not in query:
            return False
        self.matched += 1
        drawn = self._random.random()
        if self.matched <= asked["skip"] or drawn >= asked["probability"]:
            return False
        if asked["times"] is not None and self.fired >= asked["times"]:
            return False
        self.fired += 1
        return True

    @property
    def name(self) -> str:
        """What it does, for the log."""
        asked = self.asked
        parts = [
            f"status {asked['status']} {asked['when']}" if asked["status"] else "",
            f"reset {asked['reset']}" if asked["reset"] else "",
            f"short page {asked['short_page']}" if asked["short_page"] else "",
            "vanish" if asked["vanish"] else "",
            f"hold {asked['hold']}" if asked["hold"] else "",
            "latency" if asked["latency_ms"] else "",
        ]
        return ", ".join(part for part in parts if part)

    def shown(self) -> Row:
        """Return the rule as JSON."""
        return {"id": self.id, **self.asked, "matched": self.matched, "fired": self.fired}


class Faults:
    """The rules of a sandbox, in the order they were added; the first that hits a request wins."""

    def __init__(self) -> None:
        self.rules: dict[int, Rule] = {}
        self._last = 0

    def add(self, asked: Row) -> Rule:
        """Add a rule. Refuses (400) what is not one."""
        unknown = sorted(set(asked) - {entry.name for entry in FIELDS})
        if unknown:
            raise Mistake(dict.fromkeys(unknown, "unknown key"))
        clean = accept(asked, FIELDS)
        if not any(clean[effect] for effect in EFFECTS):
            raise Mistake(f"says nothing that shall happen: give {', '.join(EFFECTS[:-1])} or {EFFECTS[-1]}")
        self._last += 1
        rule = Rule(id=self._last, asked=clean)
        self.rules[rule.id] = rule
        return rule

    def release(self, rule_id: int) -> bool:
        """Let the requests that a rule holds go on; the rule holds no more."""
        rule = self.rules.get(rule_id)
        if rule is None:
            return False
        rule.released.set()
        return True

    def remove(self, rule_id: int) -> bool:
        """Remove a rule and let what it holds go on."""
        found = self.release(rule_id)
        self.rules.pop(rule_id, None)
        return found

    def clear(self) -> None:
        """Remove all rules."""
        for rule_id in list(self.rules):
            self.remove(rule_id)

    def choose(self, method: str, path: str, query: str) -> Rule | None:
        """Find the rule that hits this request; all rules that match it count it."""
        hit = [rule for rule in list(self.rules.values()) if rule.hits(method, path, query)]
        return hit[0] if hit else None
