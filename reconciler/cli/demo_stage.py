"""Runs the public commands as subprocesses, each under its own command line, and holds them to what was announced."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from reconciler.cli.places import SANDBOX_FOLDER
from reconciler.cli.sandbox_values import SECRETS, bases

__all__ = ["Stage", "Surprise", "running_sandbox"]

_LONGEST_COMMAND: Final = 60.0
"""Seconds after which a command of the demo is taken for stuck."""


class Surprise(Exception):
    """Something was not as announced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A sandbox that answers, and the environment in which the commands find it."""

    ready: dict[str, Any]
    environment: dict[str, str]
    folder: Path

    def title(self, text: str) -> None:
        click.secho(f"\n{text}", bold=True)

    def tell(self, text: str) -> None:
        click.echo(f"  {text}")

    def expect(self, truth: object, what: str) -> None:
        """Raise Surprise unless it is as announced."""
        if not truth:
            raise Surprise(f"expected {what}")

    def run_json(self, name: str, *arguments: str) -> dict[str, Any]:
        """Run a command with --json and return its result. Raises Surprise for anything but one JSON object."""
        done = self._run(name, *arguments, "--json")
        try:
            result = json.loads(done.stdout)
        except ValueError as error:
            raise Surprise(f"`dbt-alerts {name} --json` printed no JSON:\n{done.stdout}{done.stderr}") from error
        if result.get("exit_code") != done.returncode:
            raise Surprise(f"`dbt-alerts {name}` says exit {result.get('exit_code')} and exits {done.returncode}")
        return result

    def keep(self, name: str, content: bytes) -> str:
        """Put a file into the folder that the commands work in, and return its name."""
        (self.folder / name).write_bytes(content)
        return name

    def show(self, name: str, *arguments: str, last_lines: int | None = None) -> None:
        """Run a command and show what it prints; of a long output only the last lines, when asked."""
        done = self._run(name, *arguments)
        if done.returncode != 0:
            raise Surprise(f"`dbt-alerts {name}` exited {done.returncode}:\n{done.stderr}")
        lines = done.stdout.splitlines()
        for line in lines[-last_lines:] if last_lines else lines:
            self.tell(line)

    def _run(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        click.secho(f"  $ dbt-alerts {' '.join([name, *arguments])}", fg="cyan")
        return subprocess.run(  # noqa: S603 - our own commands
            [sys.executable, "-m", "reconciler", name, *arguments],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=_LONGEST_COMMAND,
            check=False,
        )


@contextmanager
def running_sandbox(folder: Path) -> Generator[Stage]:
    """Start `dbt-alerts sandbox` and yield a stage on it; it ends with the block."""
    click.secho("  $ dbt-alerts sandbox --port 0 --json", fg="cyan")
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "sandbox", "--port", "0", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=_environment({}),
    )
    try:
        ready = _ready_line(process)
        click.echo(f"  dbt Cloud, emulated, at {ready['url']} for account {ready['account_id']}")
        yield Stage(ready=ready, environment=_environment(ready), folder=folder)
    finally:
        process.terminate()
        process.wait(timeout=10)


def _ready_line(process: subprocess.Popen[str]) -> dict[str, Any]:
    line = process.stdout.readline() if process.stdout else ""
    try:
        return dict(json.loads(line))
    except ValueError as error:
        raise Surprise("the sandbox did not start") from error


def _environment(ready: dict[str, Any]) -> dict[str, str]:
    """Return our environment without anything that leads to a real account, and with the sandbox's instead."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DBT_CLOUD_", "DBT_ALERTS_"))}
    kept.pop("CI", None)
    if not ready:
        return kept
    return kept | {
        "DBT_CLOUD_HOST": str(ready["url"]),
        "DBT_CLOUD_ACCOUNT_ID": str(ready["account_id"]),
        "DBT_CLOUD_TOKEN": str(ready["token"]),
        SANDBOX_FOLDER: str(ready["state_folder"]),
        **bases(str(ready["url"]), ready["smtp_url"]),
        **SECRETS,
    }
