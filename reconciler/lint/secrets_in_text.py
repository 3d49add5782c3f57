"""Values that nobody should read, found in plain text by the shape that their issuers give them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from reconciler.model.secret import MASK

__all__ = ["pasted_secret", "secret_spans", "without_secrets"]

_SHAPES: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (what, re.compile(pattern))
    for what, pattern in (
        ("a Slack hook URL", r"hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/[A-Za-z0-9]"),
        ("a Slack token", r"\bx(?:ox[abeoprs]|app)-[A-Za-z0-9-]{10}"),
        ("a dbt Cloud token", r"\bdbt[a-z]_[A-Za-z0-9+/=_-]{16}"),
        ("a Teams hook URL", r"\.webhook\.office\.com/webhookb2/[A-Za-z0-9]"),
        ("a Teams hook URL", r"\.(?:logic\.azure|powerplatform)\.com\b[^\s]{0,200}[?&]sig=[A-Za-z0-9]"),
        ("a PagerDuty key", r"events\.(?:eu\.)?pagerduty\.com/(?:integration|x-ere)/[A-Za-z0-9]{16}"),
        ("a PagerDuty key", r"(?i:pagerduty|routing[ _-]?key)[^\n]{0,40}?\b(?:[0-9a-f]{32}|R[0-9A-Z]{31})\b"),
        ("a Datadog key", r"(?i:dd|datadog)[-_ ]?(?i:api|app)[-_ ]?(?i:key)[\"' :=]{1,4}[0-9a-f]{32}"),
        ("a GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{30}|github_pat_[A-Za-z0-9_]{30})"),
        ("an AWS key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
        ("a signed token", r"[A-Za-z0-9_-]{10}\.eyJ[A-Za-z0-9_-]{10}"),
        ("a private key", r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----"),
        ("a password in an address", r"[A-Za-z][A-Za-z0-9+.-]{0,20}://[^\s/?#@:]{0,200}:[^\s/?#@]{1,200}@"),
        (
            "a key in an address",
            r"[?&](?i:token|api_?key|access_token|apikey|secret|password|auth|sig|signature|key)=[A-Za-z0-9%._~+/-]{8}",
        ),
    )
)


def pasted_secret(text: str) -> str:
    """Return in words what kind of secret a text holds; nothing for none. Bounded for any text."""
    return next((what for what, shape in _SHAPES if shape.search(text)), "")


_SECRET_KEY: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:token|routing_key|api_key|key_id|key_token|password|secret|X-[A-Za-z0-9-]{1,50}|Authorization)"
    r"[\"']?:[ \t]*([\"']?)(?!\$)([^\s,}\"'#][^,}\"'\r\n]*)"
)
_PART_OF_ADDRESS: Final = frozenset(" \t\"'<>[]{}")


def secret_spans(line: str, known: Iterable[str] = ()) -> list[tuple[int, int]]:
    """Return where in a line of a policy file something stands that nobody should read.

    That is: each of the `known` values, whatever a key for secrets holds that is no reference, and what has the shape
    of a secret, with all that is written together with it.
    """
    spans = [found.span(2) for found in _SECRET_KEY.finditer(line)]
    for _what, shape in _SHAPES:
        spans += [_whole(line, *found.span()) for found in shape.finditer(line)]
    for value in known:
        spans += [(found.start(), found.end()) for found in re.finditer(re.escape(value), line)] if value else []
    return _joined(spans)


def without_secrets(line: str) -> str:
    """Return a line of a policy file with a mask for each span that nobody should read."""
    for start, end in reversed(secret_spans(line)):
        line = f"{line[:start]}{MASK}{line[end:]}"
    return line


def _whole(line: str, start: int, end: int) -> tuple[int, int]:
    while start > 0 and line[start - 1] not in _PART_OF_ADDRESS:
        start -= 1
    while end < len(line) and line[end] not in _PART_OF_ADDRESS:
        end += 1
    return start, end


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
