"""`./run` on machines that lack something."""

import shutil
import subprocess
from pathlib import Path

import pytest

COMMANDS = ("demo", "test", "lint", "types", "imports", "docs", "bench", "mutants", "lock", "help")
TOOLS = ("sh", "cat", "cmp", "dirname", "mkdir", "rm", "sleep")

POOR_PYTHON = """#!/bin/sh
case "$*" in *"-m pip"* | *ensurepip* | "-m venv"* | *virtualenv*) exit 1 ;; esac
exit 0
"""


@pytest.fixture
def clone(tmp_path: Path, root: Path) -> Path:
    copy = tmp_path / "a clone"  # with a space, as people have them
    shutil.copytree(root / "requirements", copy / "requirements")
    for name in ("run", "pyproject.toml"):
        shutil.copy2(root / name, copy / name)
    return copy


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder to use as PATH: the tools that every machine has, and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found, f"{tool} is not on this machine"
        (folder / tool).symlink_to(found)
    return folder


def _run(clone: Path, machine: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(machine), "HOME": str(clone)}
    return subprocess.run([clone / "run", *arguments], env=environment, capture_output=True, text=True, check=False)


def _program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def test_help_needs_nothing_and_lists_every_command(clone: Path, machine: Path) -> None:
    answer = _run(clone, machine, "help")
    listed = {line.split()[0] for line in answer.stdout.splitlines() if line.startswith("  ")}
    assert (answer.returncode, listed) == (0, set(COMMANDS))


def test_without_python_it_says_what_to_install(clone: Path, machine: Path) -> None:
    answer = _run(clone, machine, "demo")
    assert answer.returncode == 69
    assert "no Python 3.11 or newer found" in answer.stderr
    assert "Install it with:" in answer.stderr


def test_a_python_that_can_make_no_environment_is_one_line_of_advice(clone: Path, machine: Path) -> None:
    _program(machine / "python3", POOR_PYTHON)
    _program(machine / "apt-get", "#!/bin/sh\nexit 1\n")
    answer = _run(clone, machine, "test")
    assert answer.returncode == 69
    assert "sudo apt install python3-venv" in answer.stderr


def test_giving_up_leaves_nothing_behind(clone: Path, machine: Path) -> None:
    before = sorted(clone.iterdir())
    _run(clone, machine, "demo")
    assert sorted(clone.iterdir()) == before


def _install_by_hand(clone: Path) -> None:
    """Leave what a finished installation of the base leaves, with a Python that only repeats its arguments."""
    (clone / ".venv" / "bin").mkdir(parents=True)
    _program(clone / ".venv" / "bin" / "python", '#!/bin/sh\necho "python $*"\n')
    parts = [f"{clone}\n", *((clone / name).read_text() for name in ("requirements/base.txt", "pyproject.toml"))]
    (clone / ".venv" / ".stamp-base").write_text("".join(parts))


def test_an_environment_that_is_up_to_date_is_used_as_it_is(clone: Path, machine: Path) -> None:
    _install_by_hand(clone)
    answer = _run(clone, machine, "plan", "two words")
    assert (answer.returncode, answer.stdout) == (0, "python -m reconciler plan two words\n")


@pytest.mark.parametrize("changed", ["requirements/base.txt", "pyproject.toml"])
def test_a_changed_lock_is_noticed(clone: Path, machine: Path, changed: str) -> None:
    _install_by_hand(clone)
    with (clone / changed).open("a") as file:
        file.write("# changed\n")
    assert "installing requirements/base.txt" in _run(clone, machine, "plan").stderr


def test_a_moved_clone_is_noticed(clone: Path, machine: Path) -> None:
    _install_by_hand(clone)
    moved = clone.rename(clone.with_name("moved"))
    assert "installing requirements/base.txt" in _run(moved, machine, "plan").stderr


def test_every_shell_that_is_here_reads_it(root: Path) -> None:
    for shell in filter(None, map(shutil.which, ("sh", "dash", "bash", "busybox"))):
        command = [shell, "sh", "-n"] if shell.endswith("busybox") else [shell, "-n"]
        subprocess.run([*command, root / "run"], check=True)
