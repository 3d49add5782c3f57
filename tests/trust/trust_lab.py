"""A workplace whose every process is watched, and whose every secret-like variable is a canary."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.scenarios.process_lab import Done, Workplace

WATCHING = Path(__file__).with_name("watching")
ONE_PROCESS = Path(__file__).with_name("one_process.py")
NAMES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "SLACK_CRITICAL_URL",
    "SLACK_BOT_TOKEN",
    "SLACK_INFO_URL",
    "PAGERDUTY_KEY",
    "TEAMS_LEADS_URL",
    "DD_API_KEY",
    "MCD_ID",
    "MCD_TOKEN",
    "TICKET_URL",
    "TICKET_TOKEN",
    "TICKET_SIGNING_SECRET",
    "APPRISE_URL",
    "SMTP_PASSWORD",
    "DATABASE_PASSWORD",
    "NPM_TOKEN",
    "DBT_CLOUD_API_KEY",
)
CANARIES: Mapping[str, str] = {name: f"canary-{number:02d}-{name.lower()}-7f3a" for number, name in enumerate(NAMES)}


@dataclass(frozen=True, slots=True)
class Watched:
    """What the processes of one test did: (kind, value) in order."""

    notes: tuple[tuple[str, object], ...]

    def of(self, kind: str) -> list[object]:
        return [value for found, value in self.notes if found == kind]


@dataclass(slots=True, kw_only=True)
class WatchedPlace(Workplace):
    """`trouble()` after the commands says everything that should not have happened."""

    def __post_init__(self) -> None:
        Workplace.__post_init__(self)
        self.environ |= {
            **CANARIES,
            "TRUST_WATCH_LOG": str(self._log),
            "PYTHONPATH": f"{WATCHING}:{self.environ['PYTHONPATH']}",
        }

    @property
    def _log(self) -> Path:
        return self.folder / "watch.log"

    def watched(self) -> Watched:
        lines = self._log.read_text(encoding="utf-8").splitlines() if self._log.exists() else []
        parts = (line.split("\t", 2) for line in lines)
        return Watched(tuple((kind, ast.literal_eval(value)) for kind, _, value in parts))

    def elsewhere(self) -> list[str]:
        """Return every address that was called or looked up and is not the sandbox's."""
        watched = self.watched()
        ours = self.sandbox.authority
        calls = [f"{value[0]}:{value[1]}" for value in watched.of("connect") if isinstance(value, tuple)]
        other = [str(value) for value in watched.of("connect") if not isinstance(value, tuple)]
        looked_up = [name for name in map(str, watched.of("resolve")) if name not in {"127.0.0.1", "localhost"}]
        return [*(call for call in calls if call != ours), *other, *looked_up]

    def run_each(self, command: str, policies: Mapping[str, str]) -> dict[str, Done]:
        """Run a command on each of these policies, in one watched process; return how each ended, by its name."""
        lines: list[list[str]] = []
        for number, text in enumerate(policies.values()):
            path = self.folder / f"policy-{number}" / "policy.yml"
            path.parent.mkdir()
            path.write_text(text, encoding="utf-8")
            lines.append([command, str(path.parent)])
        ran = subprocess.run(
            [sys.executable, str(ONE_PROCESS)],
            input=json.dumps(lines),
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=self.environ,
            timeout=60,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        ends = zip(policies, lines, json.loads(ran.stdout), strict=True)
        return {
            name: Done(arguments=tuple(line), code=end["code"], out=end["out"], err=end["err"])
            for name, line, end in ends
        }

    def texts(self, *done: Done, sinks: str = "secrets") -> Iterator[tuple[str, str]]:
        """Yield everything that anybody could read afterwards: outputs, and every file but those of the sinks."""
        for each in done:
            yield f"standard output of {each.arguments}", each.out
            yield f"standard error of {each.arguments}", each.err
        for path in sorted(self.folder.rglob("*")):
            inside = path.relative_to(self.folder).parts
            if path.is_file() and inside[0] != sinks:
                yield f"file {path.relative_to(self.folder)}", path.read_text(encoding="utf-8", errors="replace")

    def leaks(self, *done: Done, more: Mapping[str, str] | None = None, sinks: str = "secrets") -> list[str]:
        """Return where a canary, the token or another secret can be read."""
        secrets = {**CANARIES, "the dbt Cloud token": self.sandbox.token, **(more or {})}
        return [
            f"{name} in {where}"
            for where, text in self.texts(*done, sinks=sinks)
            for name, value in secrets.items()
            if value and value in text
        ]
