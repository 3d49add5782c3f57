"""Real processes on loopback: one sandbox that many tests share, and the command line as a user runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.sandbox.client import Control

ROOT = Path(__file__).parents[2]
IMPATIENT = Path(__file__).with_name("impatient.py")
_LONGEST_COMMAND = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxProcess:
    """A sandbox in a process of its own: what it said when it was ready, its control endpoints, its first state."""

    ready: Mapping[str, Any]
    control: Control
    image: Mapping[str, Any]

    @property
    def url(self) -> str:
        return str(self.ready["url"])

    @property
    def authority(self) -> str:
        return self.url.partition("//")[2]

    @property
    def token(self) -> str:
        return str(self.ready["token"])

    @property
    def account_id(self) -> int:
        return int(self.ready["account_id"])

    def fresh(self, tables: Mapping[str, Sequence[Mapping[str, Any]]] | None = None) -> None:
        """Go back to the first state, with these rows in these tables instead; faults and log are gone.

        There is no request limit: hundreds of tests a minute would run into dbt Cloud's (reference §1.4).
        """
        self.control.clear_faults()
        self.control.settings(latency_ms=0, rate_limit=0)
        self.control.load({**self.image, "tables": {**self.image["tables"], **(tables or {})}})
        self.control.clear_log()

    def writes(self) -> list[str]:
        """Return every write that took effect since the log was cleared."""
        return [f"{entry['method']} {entry['path']}" for entry in self.control.log(effect="true")]

    def wait_for(self, what: str, found: Callable[[], object], *, seconds: float = 20.0) -> None:
        """Look until it is so; fail with what was waited for."""
        ends = time.monotonic() + seconds
        while not found():
            if time.monotonic() > ends:
                raise AssertionError(f"waited {seconds:g} s in vain for: {what}")
            time.sleep(0.02)


@contextmanager
def sandbox_process(*arguments: str) -> Generator[SandboxProcess]:
    """Start `python -m reconciler.sandbox`; it ends with the block, and with this process whatever happens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler.sandbox", "--port", "0", "--json", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        assert line, f"the sandbox did not start; exit code {process.wait(timeout=10)}"
        ready = json.loads(line)
        control = Control(ready["url"])
        yield SandboxProcess(ready=ready, control=control, image=control.dump())
        control.close()
    finally:
        process.terminate()
        process.communicate(timeout=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a command ended. `str` is everything worth reading in a failure message."""

    arguments: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self.out))
        except ValueError as error:
            raise AssertionError(f"no JSON on standard output\n{self}") from error

    def __str__(self) -> str:
        shown = f"$ dbt-alerts {' '.join(self.arguments)}\nexit code {self.code}"
        return f"{shown}\n--- stdout\n{self.out[-4000:]}\n--- stderr\n{self.err[-4000:]}"


@dataclass(slots=True, kw_only=True)
class Workplace:
    """A folder with a policy in it, an environment that leads to the sandbox, and the commands.

    `environ` is all that a command gets besides PATH: a test that needs a variable says so.
    """

    folder: Path
    sandbox: SandboxProcess
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.environ = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder / "tmp"),
            "PYTHONPATH": str(ROOT),
            "DBT_CLOUD_HOST": self.sandbox.url,
            "DBT_CLOUD_ACCOUNT_ID": str(self.sandbox.account_id),
            "DBT_CLOUD_TOKEN": self.sandbox.token,
            **self.environ,
        }
        (self.folder / "tmp").mkdir(exist_ok=True)

    @property
    def ledger(self) -> Path:
        return self.folder / ".dbt-alerts" / "ledger.json"

    def policy(self, text: str, *, name: str = "policy.yml") -> None:
        """Write one file of the policy."""
        path = self.folder / "policies" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run(self, *arguments: str, environ: Mapping[str, str | None] | None = None, impatient: bool = False) -> Done:
        """Run one command to its end. `environ` adds variables, and takes those away that are None.

        `impatient` runs it with a clock whose pauses take no time.
        """
        process = self.start(*arguments, environ=environ, impatient=impatient)
        out, err = process.communicate(timeout=_LONGEST_COMMAND)
        return Done(arguments=arguments, code=process.returncode, out=out, err=err)

    def start(
        self, *arguments: str, environ: Mapping[str, str | None] | None = None, impatient: bool = False
    ) -> subprocess.Popen[str]:
        program = [str(IMPATIENT)] if impatient else ["-m", "reconciler"]
        wanted = {**self.environ, **(environ or {})}
        return subprocess.Popen(
            [sys.executable, *program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env={name: value for name, value in wanted.items() if value is not None},
        )

    def interrupted(self, process: subprocess.Popen[str], *arguments: str) -> Done:
        """Press Ctrl-C once and wait for the end."""
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=_LONGEST_COMMAND)
        return Done(arguments=arguments, code=process.returncode, out=out, err=err)
