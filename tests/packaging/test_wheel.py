"""What `pip install` gives: the command, the module, the templates and the example policies; and nothing else."""

import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.packaging.wheel_lab import Installed, build

SAFELY: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # Debian 12 has 3.11.2


@pytest.fixture(scope="module")
def sdist(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(root, "sdist", tmp_path_factory.mktemp("sdist"))


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
    assert _names(build(source, "wheel", tmp_path / "again")) == _names(wheel)


def test_the_module_comes_from_the_wheel(installed: Installed) -> None:
    answer = installed.call("python", "-c", "import reconciler; print(reconciler.__file__)")
    assert Path(answer.stdout.strip()).is_relative_to(installed.environment), answer.stderr


def test_the_command_is_named_once(pyproject: dict[str, Any]) -> None:
    assert pyproject["project"]["scripts"] == {"dbt-alerts": "reconciler.cli:main"}
