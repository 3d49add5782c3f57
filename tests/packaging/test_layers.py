"""The contracts in pyproject.toml cover the rooms that exist."""

from pathlib import Path
from typing import Any

import pytest

PURE_ROOMS = ("model", "plan", "routing")


def _contract(pyproject: dict[str, Any], start: str) -> dict[str, Any]:
    contracts = pyproject["tool"]["importlinter"]["contracts"]
    return next(contract for contract in contracts if contract["name"].startswith(start))


@pytest.mark.parametrize("room", PURE_ROOMS)
def test_a_pure_room_is_held_as_soon_as_it_exists(root: Path, pyproject: dict[str, Any], room: str) -> None:
    sources = _contract(pyproject, "The pure rooms")["source_modules"]
    exists = (root / "reconciler" / room / "__init__.py").exists()
    assert (f"reconciler.{room}" in sources) == exists


def test_a_new_room_must_be_given_its_line(pyproject: dict[str, Any]) -> None:
    contract = _contract(pyproject, "Imports point down")
    assert contract["exhaustive"] is True
    assert contract["exhaustive_ignores"] == ["sandbox"]
