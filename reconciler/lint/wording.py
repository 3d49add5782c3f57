"""Words that findings share: what an entry is called, lists in a sentence, and values as YAML writes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Final

from reconciler.model.policy import JobRule, NotificationRule
from reconciler.model.selector import NamePattern, Selector, selector_text

__all__ = ["flow_list", "listed", "notification_subject", "rule_subject", "scalar", "selector_flow"]

_PLAIN: Final = re.compile(r"[+-]?[A-Za-z](?:[\w ./@-]*\w)?", re.ASCII)
_WORDS: Final = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def rule_subject(rule: JobRule) -> str:
    """Name an entry of `jobs:` by its team and its selector: the same words wherever it stands."""
    return f"jobs of {rule.team} ({selector_text(rule.match)})"


def notification_subject(entry: NotificationRule) -> str:
    """Name an entry of `notifications:` by its team, its selector and what it tells whom."""
    told = f"{', '.join(entry.on)} to {', '.join(entry.to)}"
    return f"notifications of {entry.team} ({selector_text(entry.jobs)}; {told})"


def listed(words: Iterable[str], *, last: str = "and") -> str:
    """Return "a", "a and b", "a, b and c"."""
    *others, final = words
    return f"{', '.join(others)} {last} {final}" if others else final


def scalar(value: str) -> str:
    """Return a text as YAML reads it back as text, quoted where it must be."""
    if _PLAIN.fullmatch(value) and value.casefold() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


def flow_list(values: Sequence[str]) -> str:
    """Return a list in brackets."""
    return f"[{', '.join(map(scalar, values))}]"


def selector_flow(selector: Selector) -> str:
    """Return a selector as it is written in braces; `all` for every job."""
    if selector.everything:
        return "all"
    parts: list[str] = []
    if selector.ids:
        parts.append(f"id: {_one_or_list([str(each) for each in selector.ids])}")
    if selector.projects:
        parts.append(f"project: {_one_or_list(_scalars(selector.projects))}")
    if selector.environments or selector.purposes:
        kinds = [f"{{type: {purpose}}}" for purpose in selector.purposes]
        parts.append(f"environment: {_one_or_list([*_scalars(selector.environments), *kinds])}")
    if selector.names:
        parts.append(f"name: {_one_or_list(_scalars(map(_text, selector.names)))}")
    if selector.job_types:
        parts.append(f"job_type: {_one_or_list(_scalars(selector.job_types))}")
    if selector.at_least:
        parts.append(f"schedule: {{at_least: {selector.at_least}}}")
    if selector.optional:
        parts.append("optional: true")
    return "{" + ", ".join(parts) + "}"


def _text(pattern: NamePattern) -> str:
    return pattern.text


def _scalars(values: Iterable[str]) -> list[str]:
    return [scalar(value) for value in values]


def _one_or_list(values: Sequence[str]) -> str:
    return values[0] if len(values) == 1 else f"[{', '.join(values)}]"
