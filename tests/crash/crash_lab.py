"""A sandbox, a folder with policy, ledger and secrets, and a runner that may be killed: saved and put back whole."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from reconciler.ledger.codec import decode
from reconciler.model.ledger import Ledger, SubscriptionState
from reconciler.sandbox import RunningSandbox

MANAGER = "crash-matrix"
LISTS = ("on_success", "on_failure", "on_cancel", "on_warning")
Row = Mapping[str, Any]


class Kill(NamedTuple):
    """When to die: a moment and its number, counted from 1."""

    moment: str
    number: int

    def __str__(self) -> str:
        return f"{self.moment}-{self.number}"


class Ran(NamedTuple):
    """How a command ended."""

    killed: bool
    code: int | None
    calls: int
    saves: int
    output: str


class Told(NamedTuple):
    """One live edge as the API has it: who, which list, which job."""

    who: str
    what: str
    job: int


class Webhook(NamedTuple):
    """What a webhook does, without its id."""

    name: str
    url: str
    jobs: frozenset[int]
    events: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """Everything that survives a process: the account, the ledger and the secrets."""

    account: Mapping[str, Any]
    files: Mapping[str, bytes]


@dataclass(slots=True, kw_only=True)
class CrashLab:
    sandbox: RunningSandbox
    folder: Path
    runner: subprocess.Popen[str]
    jobs: tuple[int, ...] = ()

    @classmethod
    def open(cls, sandbox: RunningSandbox, folder: Path) -> CrashLab:
        scratch = folder / "scratch"
        scratch.mkdir(parents=True)
        runner = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("crash_runner.py")), str(scratch)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        jobs = sandbox.control.rows("jobs")
        alive = sorted(row["id"] for row in jobs if row["state"] == 1)
        return cls(sandbox=sandbox, folder=folder, runner=runner, jobs=tuple(alive))

    def close(self) -> None:
        assert self.runner.stdin is not None
        assert self.runner.stdout is not None
        self.runner.stdin.close()
        self.runner.wait(timeout=20)
        self.runner.stdout.close()

    def run(self, *arguments: str, kill: Kill | None = None) -> Ran:
        """Run one command in a process of its own."""
        assert self.runner.stdin is not None
        assert self.runner.stdout is not None
        environ = {"DBT_CLOUD_TOKEN": self.sandbox.token, "CI": ""}
        asked = {"arguments": arguments, "folder": str(self.folder), "environ": environ, "kill": kill}
        self.runner.stdin.write(json.dumps(asked) + "\n")
        self.runner.stdin.flush()
        return Ran(**json.loads(self.runner.stdout.readline()))

    def apply(self, policy: str, *more: str, kill: Kill | None = None) -> Ran:
        return self.run("apply", f"{policy}.yml", "--yes", *more, kill=kill)

    def write(self, name: str, text: str) -> None:
        (self.folder / f"{name}.yml").write_text(text)

    # --- the whole state, out and in ---------------------------------------------------------------------------------
    @property
    def kept(self) -> Path:
        return self.folder / "kept"

    def image(self) -> Image:
        files = {str(p.relative_to(self.kept)): p.read_bytes() for p in self.kept.rglob("*") if p.is_file()}
        return Image(account=self.sandbox.control.dump(), files=files)

    def restore(self, image: Image) -> None:
        self.sandbox.control.load(image.account)
        self.sandbox.control.clear_log()
        shutil.rmtree(self.kept, ignore_errors=True)
        for name, content in image.files.items():
            path = self.kept / name
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.write_bytes(content)

    # --- what a test asks --------------------------------------------------------------------------------------------
    @property
    def ledger_path(self) -> Path:
        return self.kept / "ledger.json"

    def ledger(self) -> Ledger:
        return decode(self.ledger_path.read_text(encoding="utf-8"))

    def rows(self) -> list[Row]:
        return [row for row in self.sandbox.control.rows("notifications") if row["state"] == 1]

    def edges(self) -> frozenset[Told]:
        return frozenset(
            Told(who_of(row), what, int(job)) for row in self.rows() for what in LISTS for job in row[what] or ()
        )

    def webhooks(self) -> list[Row]:
        return list(self.sandbox.control.rows("webhooks"))

    def active_webhooks(self) -> frozenset[Webhook]:
        return frozenset(
            Webhook(w["name"], w["client_url"], frozenset(map(int, w["job_ids"])), frozenset(w["event_types"]))
            for w in self.webhooks()
            if w["active"]
        )

    def lost_secrets(self) -> list[str]:
        """Return the active webhooks of ours whose file does not hold their secret."""
        ours = [w for w in self.webhooks() if w["active"] and f"[dbt-alerts:{MANAGER}/" in (w["description"] or "")]
        return [w["name"] for w in ours if self.secret(w["name"]) != w["hmac_secret"]]

    def duplicates(self) -> list[str]:
        names = [who_of(row) for row in self.rows() if who_of(row) != "4:None"] + [w["name"] for w in self.webhooks()]
        return sorted({name for name in names if names.count(name) > 1})

    def settled(self) -> object:
        """Return what must be the same whatever happened on the way: no ids of webhooks, no times, no log."""
        ledger = self.ledger()
        hooks = {key: (claim.state, bool(claim.receipt)) for key, claim in ledger.subscriptions.items()}
        return self.edges(), self.active_webhooks(), ledger.claims, ledger.pending, hooks

    def tombstones(self) -> set[str]:
        found = self.ledger().subscriptions.items()
        return {key for key, claim in found if claim.state is SubscriptionState.TOMBSTONED}

    def deletions(self) -> list[Row]:
        return [entry for entry in self.sandbox.control.log() if entry["method"] == "DELETE"]

    def secret(self, name: str) -> str | None:
        path = self.kept / f"{name}.secret"
        return path.read_text() if path.exists() else None


def who_of(row: Row) -> str:
    place = (
        row["external_email"] if row["type"] == 4 else row["slack_channel_id"] if row["type"] != 1 else row["user_id"]
    )
    return f"{row['type']}:{place}"
