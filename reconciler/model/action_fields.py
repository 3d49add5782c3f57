"""The names that a team's `actions` may hold as `{{ name }}`: plain substitution by this list, and nothing besides."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

__all__ = ["ACTION_FIELDS", "filled", "unknown_fields"]

ACTION_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "relation": "the relation that the error names, else the failed model's own; of a test, its model's",
        "model": "the failed model's name; of a failed test, that of the model it stands on",
        "file": "that model's file",
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

_WORDS: Final[Mapping[str, str]] = MappingProxyType({"run_id": "run", "run_url": "run's address"})
_FIELD: Final = re.compile(r"\{\{([^{}]{0,200})\}\}")


def unknown_fields(text: str) -> tuple[str, ...]:
    """Return what stands between double braces and is no name of the list, without outer blanks."""
    found = (match[1].strip() for match in _FIELD.finditer(text))
    return tuple(dict.fromkeys(name for name in found if name not in ACTION_FIELDS))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Put values where their names stand; a value is never filled again.

    One that nobody knows leaves its name in angle brackets, and the line ends with what is not known: it stays a line
    that a person can read and complete.
    """
    names = dict.fromkeys(match[1].strip() for match in _FIELD.finditer(text))
    unknown = [_WORDS.get(name, name.replace("_", " ")) or "name" for name in names if not values.get(name)]
    said = _FIELD.sub(lambda match: values.get(name := match[1].strip()) or f"<{name or 'name'}>", text)
    return said if not unknown else f"{said} ({_listed(unknown)} not known here)"


def _listed(unknown: Sequence[str]) -> str:
    verb = "is" if len(unknown) == 1 else "are"
    return f"{' and '.join(f'the {name}' for name in unknown)} {verb}"
