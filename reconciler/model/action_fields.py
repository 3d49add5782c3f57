"""The names that a team's `actions` may hold as `{{ name }}`: plain substitution by this list, and nothing besides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["ACTION_FIELDS", "filled", "unknown_fields"]

ACTION_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "relation": "the relation that the error names, else the failed node's own",
        "model": "the failed node's name",
        "file": "its file",
        "compiled_file": "its compiled file",
        "owner": "its owner, else the job's",
        "job": "the job's name",
        "project": "the project's name",
        "environment": "the environment's name",
        "run_id": "the run's id",
        "run_url": "the run's address",
        "commit": "the run's commit",
    }
)
"""What each name stands for."""

_FIELD: Final = re.compile(r"\{\{([^{}]{0,200})\}\}")


def unknown_fields(text: str) -> tuple[str, ...]:
    """Return what stands between double braces and is no name of the list, without outer blanks."""
    found = (match[1].strip() for match in _FIELD.finditer(text))
    return tuple(dict.fromkeys(name for name in found if name not in ACTION_FIELDS))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Put values where their names stand. One that nobody knows is said as such, and a value is never filled again."""
    return _FIELD.sub(lambda match: values.get(name := match[1].strip()) or f"({name or 'name'} unknown)", text)
