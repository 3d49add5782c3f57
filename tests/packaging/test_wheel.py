"""What `pip install` gives: the command, the module, the templates and the example policies; and nothing else."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


SAFELY: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # Debian 12 has 3.11.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """An environment that holds the wheel, and an empty folder to call it from."""

    environment: Path
    folder: Path

    def call(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [self.environment / "bin" / program, *arguments]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DBT_"))}
        return subprocess.run(command, cwd=self.folder, env=kept, capture_output=True, text=True, check=False)


def _build(root: Path, target: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", folder]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _build(root, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _build(root, "sdist", tmp_path_factory.mktemp("sdist"))


def _lend_libraries(environment: Path) -> None:
    """Let the environment see the libraries of this one, so that nothing is downloaded.

    Python reads no .pth file of a folder added by one, so the clone's own editable install stays out of sight.
    """
    (site_packages,) = environment.glob("lib/python*/site-packages")
    (site_packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    place = tmp_path_factory.mktemp("somewhere")
    environment, folder = place / "environment", place / "empty"
    folder.mkdir()
    venv.create(environment, with_pip=False, symlinks=True)
    _lend_libraries(environment)
    pip = [sys.executable, "-m", "pip", "--python", environment / "bin" / "python", "install"]
    subprocess.run([*pip, "--quiet", "--no-deps", "--no-index", wheel], check=True)
    return Installed(environment=environment, folder=folder)


def _names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_the_package_and_its_licence_only(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in _names(wheel)}
    (metadata,) = tops - {"reconciler"}
    assert metadata.endswith(".dist-info")
    assert any(name.endswith("/licenses/LICENSE") for name in _names(wheel))


@pytest.mark.parametrize("shipped", ["policies", "templates"])
def test_the_wheel_carries_every_shipped_file(wheel: Path, tracked_files: list[Path], shipped: str) -> None:
    wanted = {f"reconciler/_shipped/{file.as_posix()}" for file in tracked_files if file.parts[0] == shipped}
    assert wanted <= _names(wheel)


def test_the_wheel_carries_what_is_not_python_too(wheel: Path, tracked_files: list[Path]) -> None:
    wanted = {file.as_posix() for file in tracked_files if file.parts[0] == "reconciler"}
    assert wanted <= _names(wheel)


def test_a_wheel_built_from_the_sdist_is_the_same(wheel: Path, sdist: Path, tmp_path: Path) -> None:
    shutil.unpack_archive(sdist, tmp_path / "source", **SAFELY)
    (source,) = (tmp_path / "source").iterdir()
    assert _names(_build(source, "wheel", tmp_path / "again")) == _names(wheel)


def test_the_module_comes_from_the_wheel(installed: Installed) -> None:
    answer = installed.call("python", "-c", "import reconciler; print(reconciler.__file__)")
    assert Path(answer.stdout.strip()).is_relative_to(installed.environment), answer.stderr


def test_the_command_is_named_once(pyproject: dict[str, Any]) -> None:
    assert pyproject["project"]["scripts"] == {"dbt-alerts": "reconciler.cli:main"}
