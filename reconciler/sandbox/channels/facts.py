"""How a vendor's world is: which channel is archived, which key was revoked. Kept in the store.

A fact holds for one name (`only`: a channel, a key, a path) or for all, and for so many requests, or for ever.
"""

from __future__ import annotations

from reconciler.sandbox.inbox import Kind
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

__all__ = ["add_fact", "clear_facts", "facts_of", "holds"]


def facts_of(state: State, kind: Kind) -> list[Row]:
    """List the facts of a kind, in the order they were set."""
    return list((state.store.get("settings", f"channel:{kind}") or {}).get("facts", []))


def add_fact(state: State, kind: Kind, mode: str, *, only: str | None = None, times: int | None = None) -> Row:
    """Set a fact; the first that fits a request counts."""
    fact: Row = {"mode": mode, "only": only, "times": times, "used": 0}
    _write(state, kind, [*facts_of(state, kind), fact])
    return fact


def clear_facts(state: State, kind: Kind) -> None:
    """Make everything as it should be."""
    _write(state, kind, [])


def holds(state: State, kind: Kind, mode: str, *names: str) -> bool:
    """Tell whether a fact holds for a request that concerns these names; counts it."""
    facts = facts_of(state, kind)
    for fact in facts:
        worn = fact["times"] is not None and fact["used"] >= fact["times"]
        if fact["mode"] == mode and not worn and (fact["only"] is None or fact["only"] in names):
            fact["used"] += 1
            _write(state, kind, facts)
            return True
    return False


def _write(state: State, kind: Kind, facts: list[Row]) -> None:
    state.store.put("settings", {"id": f"channel:{kind}", "facts": facts})
