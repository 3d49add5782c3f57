"""An environment that holds the wheel and nothing of the clone."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Installed", "build", "install"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """An environment that holds the wheel, and an empty folder to call it from."""

    environment: Path
    folder: Path

    def call(
        self, program: str, *arguments: str, variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment in the empty folder."""
        return subprocess.run(
            [self.environment / "bin" / program, *arguments],
            cwd=self.folder,
            env=_plain_environment() | dict(variables or {}),
            capture_output=True,
            text=True,
            check=False,
        )

    @contextmanager
    def sandbox(self) -> Generator[dict[str, Any]]:
        """Run the sandbox as its own process and yield what its ready line says."""
        command = [self.environment / "bin" / "dbt-alerts", "sandbox", "--port", "0", "--json"]
        with subprocess.Popen(
            command, cwd=self.folder, env=_plain_environment(), stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                assert process.stdout is not None
                yield json.loads(process.stdout.readline())
            finally:
                process.terminate()


def _plain_environment() -> dict[str, str]:
    ours = ("PYTHON", "DBT_", "CI")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def build(root: Path, target: str, folder: Path) -> Path:
    """Build the wheel or the sdist of the clone without touching it, and return the file."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", folder]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    (built,) = folder.iterdir()
    return built


def _lend_libraries(environment: Path) -> None:
    """Let the environment see the libraries of this one, so that nothing is downloaded.

    Python reads no .pth file of a folder added by one, so the clone's own editable install stays out of sight.
    """
    (site_packages,) = environment.glob("lib/python*/site-packages")
    (site_packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")


def install(wheel: Path, place: Path) -> Installed:
    """Install the wheel with pip into a new environment under `place`, offline."""
    installed = Installed(environment=place / "environment", folder=place / "empty")
    installed.folder.mkdir()
    venv.create(installed.environment, with_pip=False, symlinks=True)
    _lend_libraries(installed.environment)
    pip = [sys.executable, "-m", "pip", "--python", installed.environment / "bin" / "python", "install"]
    subprocess.run([*pip, "--quiet", "--no-deps", "--no-index", wheel], check=True)
    return installed
