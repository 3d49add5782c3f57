"""The lock pins everything that pyproject.toml asks for, by hash, for every platform and from no particular host."""

import re
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

type_of_lock = dict[str, tuple[Version, int]]
PINNED = re.compile(r"^(?P<name>[a-z0-9.-]+)==(?P<version>[^ ]+)(?: ;[^\\]*)? \\$")


def _read_lock(path: Path) -> type_of_lock:
    """Return name → (version, number of hashes); a line of any other shape is an error."""
    pins: type_of_lock = {}
    current = ""
    for line in path.read_text().splitlines():
        if pinned := PINNED.match(line):
            current = canonicalize_name(pinned["name"])
            assert current not in pins, f"{path.name} pins {current} twice"
            pins[current] = (Version(pinned["version"]), 0)
        else:
            assert re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?", line), (
                f"{path.name}: unexpected line {line!r}"
            )
            version, hashes = pins[current]
            pins[current] = (version, hashes + 1)
    return pins


def _group(pyproject: dict[str, Any], name: str) -> list[str]:
    wanted: list[str] = []
    for entry in pyproject["dependency-groups"][name]:
        wanted += [entry] if isinstance(entry, str) else _group(pyproject, entry["include-group"])
    return wanted


def _unmet(wanted: list[str], lock: type_of_lock) -> list[str]:
    requirements = [Requirement(text) for text in wanted]
    return [
        str(asked)
        for asked in requirements
        if (name := canonicalize_name(asked.name)) not in lock or lock[name][0] not in asked.specifier
    ]


@pytest.mark.parametrize("name", ["base.txt", "dev.txt"])
def test_every_pin_has_hashes(root: Path, name: str) -> None:
    bare = [package for package, (_, hashes) in _read_lock(root / "requirements" / name).items() if not hashes]
    assert not bare


def test_the_base_lock_holds_what_the_command_needs(root: Path, pyproject: dict[str, Any]) -> None:
    wanted = pyproject["project"]["dependencies"] + _group(pyproject, "build")
    assert not _unmet(wanted, _read_lock(root / "requirements" / "base.txt")), "run ./run lock"


def test_the_dev_lock_holds_what_tests_and_checks_need(root: Path, pyproject: dict[str, Any]) -> None:
    wanted = pyproject["project"]["dependencies"] + _group(pyproject, "dev")
    assert not _unmet(wanted, _read_lock(root / "requirements" / "dev.txt")), "run ./run lock"


def test_tests_run_with_the_versions_that_the_command_ships_with(root: Path) -> None:
    base, dev = (_read_lock(root / "requirements" / name) for name in ("base.txt", "dev.txt"))
    assert base.items() <= dev.items()


def test_the_real_clients_are_pinned_too(root: Path) -> None:
    asked_for = root / "requirements" / "clients.in"
    lines = asked_for.read_text().splitlines() if asked_for.exists() else []
    wanted = [line.partition(" #")[0].strip() for line in lines if line.strip() and not line.startswith("#")]
    if wanted:
        assert not _unmet(wanted, _read_lock(root / "requirements" / "clients.txt")), "run ./run lock"
