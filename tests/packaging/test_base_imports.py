"""Everything imports with the base dependencies alone: an extra that is missing must not break an unrelated command."""

import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# Runs in a fresh interpreter: argv[1] is a JSON list of top-level import names that must not load.
IMPORT_ALL = """
import importlib, json, pkgutil, sys

forbidden = set(json.loads(sys.argv[1]))


class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in forbidden:
            raise ModuleNotFoundError(f"{name} is not among the base dependencies", name=name)
        return None


sys.meta_path.insert(0, Refuse())
import reconciler

names = [m.name for m in pkgutil.walk_packages(reconciler.__path__, "reconciler.") if not m.name.endswith("__main__")]
for name in names:
    try:
        importlib.import_module(name)
    except ImportError as error:
        print(f"{name}: {error}")
print(len(names), "modules")
"""


def _closure(wanted: list[str]) -> set[str]:
    """Return the distributions that `wanted` pulls in here, themselves included."""
    found: set[str] = set()
    waiting = [Requirement(text) for text in wanted]
    while waiting:
        asked = waiting.pop()
        name = canonicalize_name(asked.name)
        environments = [{"extra": extra} for extra in asked.extras] or [{"extra": ""}]
        if name in found or (asked.marker and not asked.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        needed = [Requirement(text) for text in importlib.metadata.requires(asked.name) or []]
        waiting += [need for need in needed if not need.marker or any(map(need.marker.evaluate, environments))]
    return found


def _import_names_beyond(base: set[str]) -> list[str]:
    """Return the import names that are installed here and belong to no base distribution."""
    return [
        name
        for name, owners in importlib.metadata.packages_distributions().items()
        if name != "reconciler" and not base & {canonicalize_name(owner) for owner in owners}
    ]


def _import_all(root: Path, forbidden: list[str]) -> list[str]:
    command = [sys.executable, "-W", "error", "-c", IMPORT_ALL, json.dumps(forbidden)]
    answer = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.splitlines()


def test_every_module_imports_with_the_base_alone(root: Path, pyproject: dict[str, Any]) -> None:
    forbidden = _import_names_beyond(_closure(pyproject["project"]["dependencies"]))
    assert {"pytest", "hypothesis", "jsonschema_rs"} <= set(forbidden)
    *failed, count = _import_all(root, forbidden)
    assert not failed, "\n".join(failed)
    assert int(count.split()[0]) > 10


def test_a_missing_base_dependency_would_be_noticed(root: Path) -> None:
    *failed, _ = _import_all(root, ["starlette"])
    assert any("starlette is not among the base dependencies" in line for line in failed)


def test_no_base_dependency_is_left_unused(root: Path, pyproject: dict[str, Any]) -> None:
    data_only = {"tzdata"}  # read by zoneinfo where the system has none
    source = "\n".join(path.read_text() for path in (root / "reconciler").rglob("*.py"))
    names = {Requirement(text).name for text in pyproject["project"]["dependencies"]} - data_only
    imported_as = {"ruamel.yaml.clib": "ruamel.yaml.cyaml"}  # the module that needs the extension
    unused = [name for name in names if not re.search(rf"(?:from|import) {imported_as.get(name, name)}\b", source)]
    assert not sorted(unused)
