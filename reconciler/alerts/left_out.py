"""What a channel's `include` leaves out of the view that its templates see: so no template, ours or not, can say it.

What is left out is not said to be missing either: `left_out` names it, for words such as "none is named".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

__all__ = ["LEAVES_OUT", "only"]

View = dict[str, Any]

_NO_PAST: Final[View] = {"failures_in_a_row": 0, "last_success": None, "occurrences": [], "same_error": 0, "words": ""}
_NO_ERROR: Final = {"error": "", "error_line": "", "error_lines": 0, "failures_query": ""}


def _without_error(view: View) -> View:
    things = {name: [each | _NO_ERROR for each in view[name]] for name in ("failed", "warned")}
    run = view["run"] and view["run"] | {"message": ""}
    return things | {"run": run, "error": "", "error_line": "", "error_of": ""}


def _without_owners(view: View) -> View:
    return {name: [each | {"owner": ""} for each in view[name]] for name in ("failed", "warned")} | {"owner": ""}


def _without_links(view: View) -> View:
    return {"run": view["run"] and view["run"] | {"url": ""}, "job": view["job"] | {"url": ""}}


LEAVES_OUT: Final[Mapping[str, Callable[[View], View]]] = {
    "error": _without_error,
    "link": _without_links,
    "duration": lambda _: {"duration": None, "duration_words": ""},
    "models": lambda _: {"failed": [], "warned": [], "skipped": [], "skipped_count": 0, "error_of": ""},
    "cause": lambda _: {"likely": None},
    "change": lambda _: {"change": None},
    "history": lambda view: {"past": view["past"] | _NO_PAST},
    "impact": lambda _: {"impact": "", "affected": []},
    "owner": _without_owners,
    "runbook": lambda _: {"runbook": ""},
    "actions": lambda _: {"actions": []},
}
"""By each word of `include`, what a view without it has instead."""

_MISSING: Final = {
    "who:": "owner",
    "what failed:": "models",
    "the error:": "error",
    "the impact:": "impact",
    "the runbook:": "runbook",
    "the next step:": "actions",
}


def only(view: View, include: frozenset[str]) -> View:
    """Return the view with what the channel includes; all of it where it names nothing."""
    if not include:
        return view
    words = [word for word in LEAVES_OUT if word not in include]
    seen = dict(view)
    for word in words:
        seen |= LEAVES_OUT[word](seen)
    missing = [each for each in seen["missing"] if not _is_of(each, words)]
    return seen | {"left_out": words, "missing": missing, "grouped": _members(seen["grouped"], include)}


def _is_of(missing: str, words: list[str]) -> bool:
    return any(missing.startswith(start) and word in words for start, word in _MISSING.items())


def _members(grouped: View | None, include: frozenset[str]) -> View | None:
    return grouped and grouped | {"members": [only(each, include) for each in grouped["members"]]}
