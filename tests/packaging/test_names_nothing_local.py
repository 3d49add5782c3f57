"""No tracked file names a package registry or a path of the machine it was written on."""

import re
from pathlib import Path

import pytest

# Put together here, so that this file passes its own test.
REGISTRIES = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("pypi", "python", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "terraform", "io"),
        ("proxy", "golang", "org"),
        ("crates", "io"),
        ("ghcr", "io"),
        ("docker", "io"),
        ("conda", "anaconda", "org"),
    )
)
MACHINE_PATHS = tuple("/" + folder + "/" for folder in ("work", "root", "tmp", "opt/wheels", "home/runner"))
A_HOST = re.compile(
    r"(?<![\w.-])(?:[\w-]+\.)*(?:" + "|".join(map(re.escape, REGISTRIES)) + r")(?![\w-])", re.IGNORECASE
)
A_PATH = re.compile(r"(?<![\w.~}$:-])(?:" + "|".join(MACHINE_PATHS) + r")|\.\./sha" + "red/")


def _findings(root: Path, files: list[Path], pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{file}:{number}: {line.strip()[:100]}"
        for file in files
        for number, line in enumerate((root / file).read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_file_names_a_package_registry(root: Path, tracked_files: list[Path]) -> None:
    found = _findings(root, tracked_files, A_HOST)
    assert not found, "a clone must install from whichever index its user has:\n" + "\n".join(found)


def test_no_file_names_a_path_of_one_machine(root: Path, tracked_files: list[Path]) -> None:
    found = _findings(root, tracked_files, A_PATH)
    assert not found, "these paths exist on one machine only:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "host", ["files." + REGISTRIES[1], "https://" + REGISTRIES[0] + "/simple", REGISTRIES[0].upper()]
)
def test_a_planted_host_is_found(host: str) -> None:
    assert A_HOST.search(f"--index-url {host}")


@pytest.mark.parametrize("path", [f"{folder}x/y" for folder in MACHINE_PATHS])
def test_a_planted_path_is_found(path: str) -> None:
    assert A_PATH.search(f'open("{path}")')


@pytest.mark.parametrize("text", ["docs/work/in-progress", "$HOME/tmp/x", "https://example.com/work/"])
def test_a_path_inside_something_else_is_not(text: str) -> None:
    assert not A_PATH.search(text)
