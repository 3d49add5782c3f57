"""Where an import's files stand among others: which PATHs make them a whole policy, and where their schema is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reconciler.policy.files import find

__all__ = ["SchemaPlace", "schema_place", "whole_policy"]

_SCHEMA: Final = "policy.schema.json"
_SCHEMAS: Final = (f"schemas/{_SCHEMA}", _SCHEMA)


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaPlace:
    """The JSON Schema's path, seen from the policy's folder. `missing` is where it must be written first."""

    seen: str
    missing: Path | None = None


def schema_place(folder: Path) -> SchemaPlace:
    """Look for the schema in the folder and above it, inside the repository; else it shall stand where people work.

    That is the working directory if the folder is below it, as in the guide to a first policy, else beside the folder.
    """
    whole, here = folder.absolute(), Path.cwd()
    home = here if here in (whole, *whole.parents) else whole.parent
    for above in _inside_repository(whole, home):
        for name in _SCHEMAS:
            if (above / name).is_file():
                return SchemaPlace(seen=_up(whole, above, name))
    missing = Path(_SCHEMA) if home == here else home / _SCHEMA
    return SchemaPlace(seen=_up(whole, home, _SCHEMA), missing=missing)


def _inside_repository(whole: Path, home: Path) -> Sequence[Path]:
    """Return the folder and those above it, up to the repository's root; without one up to `home`."""
    above = (whole, *whole.parents)
    root = next((each for each in above if (each / ".git").exists()), home)
    return above[: above.index(root) + 1]


def _up(whole: Path, above: Path, name: str) -> str:
    depth = len(whole.relative_to(above).parts)
    return ("../" * depth or "./") + name


def whole_policy(given: tuple[Path, ...], folder: Path, files: Iterable[str]) -> tuple[Path, ...]:
    """Return the PATHs that read the policy that was there and what was written, nothing more than needed.

    A part alone would pass for a whole policy once somebody adds the keys that it lacks: the rest would be given up.
    """
    if not given:
        return (folder,)
    before, alone = _read(given), _read((folder,))
    if {(folder / path).resolve() for path in files} <= before:
        return given
    return (folder,) if before <= alone else (*given, folder)


def _read(paths: tuple[Path, ...]) -> frozenset[Path]:
    return frozenset(path.resolve() for path in find(paths).files)
