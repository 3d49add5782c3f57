"""A large account in a sandbox process of its own, and a policy of 100 teams that wants as many edges as it has.

With N jobs, 200 recipients get N × 5 edges, 25 for each thousand jobs:

- half of them through a team's `jobs:` rule (a block of N/100 jobs, `failure` and `cancelled`),
- half through `notifications:` on the same block,
- and each through a second entry on five blocks of N/1000 jobs, `success`.

The live lists are what that policy would make, so a first plan adopts all of it and a plan with a ledger changes
nothing; with `foreign` they are random, as the sandbox generates them, and a first plan adds nearly all of it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import ROOT, Usage, run
from reconciler.sandbox.client import Control

__all__ = ["RECIPIENTS", "Account", "Size", "large_account", "policy_text"]

RECIPIENTS: Final = 200
_BLOCKS: Final = 100
_SMALL_BLOCKS: Final = 1000
_SMALL_PER_RECIPIENT: Final = 5
_NAME: Final = "Generated "


@dataclass(frozen=True, slots=True)
class Size:
    """How many jobs, a thousand or ten thousand: the sandbox numbers their names with five digits from 00000 on."""

    jobs: int

    @property
    def edges(self) -> int:
        return RECIPIENTS * (2 * (self.jobs // _BLOCKS) + _SMALL_PER_RECIPIENT * (self.jobs // _SMALL_BLOCKS))

    def block(self, number: int) -> range:
        width = self.jobs // _BLOCKS
        return range(number * width, (number + 1) * width)

    def small_blocks(self, recipient: int) -> list[range]:
        width = self.jobs // _SMALL_BLOCKS
        numbers = sorted((recipient * 10 + 137 * each + 500) % _SMALL_BLOCKS for each in range(_SMALL_PER_RECIPIENT))
        return [range(number * width, (number + 1) * width) for number in numbers]


def _pattern(block: range) -> str:
    """Return the glob that means the jobs of a block: the digits that they share."""
    digits = f"{block.start:05d}"
    return _NAME + (digits if len(block) == 1 else digits[: -len(str(len(block) - 1))] + "*")


def policy_text(size: Size, *, host: str, account_id: int) -> Iterator[tuple[str, str]]:
    """Yield the policy's files by name: the account, and one for each team."""
    yield "account.yml", _account_file(host, account_id)
    for number in range(_BLOCKS):
        yield f"team-{number:02d}.yml", _team_file(size, number)


def _account_file(host: str, account_id: int) -> str:
    channels = (
        f"  mail-{n:04d}: {{type: dbt_email, address: team-{n:04d}@generated.example}}\n" for n in range(RECIPIENTS)
    )
    return (
        "version: 1\nmanager: bench\n"
        f'account: {{id: {account_id}, host: "{host}", token: $DBT_CLOUD_TOKEN}}\n'
        "tiers:\n  high: {rank: 1}\nchannels:\n" + "".join(channels)
    )


def _team_file(size: Size, number: int) -> str:
    block = _pattern(size.block(number))
    owner, watcher = number, number + _BLOCKS
    told = [f"team: team-{number:02d}\njobs:\n"]
    told += [f"  - match: {{environment: {{type: production}}, name: {block}}}\n    tier: high\n"]
    told += [f"    notify: {{failure: [mail-{owner:04d}], cancelled: [mail-{owner:04d}]}}\nnotifications:\n"]
    told += [f"  - {{to: mail-{watcher:04d}, on: [failure, cancelled], jobs: {{name: {block}}}}}\n"]
    for each in (owner, watcher):
        names = ", ".join(_pattern(small) for small in size.small_blocks(each))
        told.append(f"  - {{to: mail-{each:04d}, on: [success], jobs: {{name: [{names}]}}}}\n")
    return "".join(told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The sandbox, and a working directory with the policy in it."""

    size: Size
    control: Control
    folder: Path
    environ: Mapping[str, str]

    def cli(self, *arguments: str) -> Usage:
        """Run `dbt-alerts` as a user does."""
        return run([sys.executable, "-m", "reconciler", *arguments], environ=self.environ, folder=self.folder)

    def requests(self) -> list[dict[str, Any]]:
        """Return what arrived since the log was cleared."""
        return self.control.log()

    def write_policy(self) -> None:
        host, account_id = self.environ["DBT_CLOUD_HOST"], int(self.environ["DBT_CLOUD_ACCOUNT_ID"])
        for name, text in policy_text(self.size, host=host, account_id=account_id):
            path = self.folder / "policies" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def make_live(self) -> None:
        """Write the notification rows that the policy asks for."""
        ids = {row["name"]: row["id"] for row in self.control.rows("jobs") if row["name"].startswith(_NAME)}
        numbered = [ids[f"{_NAME}{number:05d}"] for number in range(self.size.jobs)]
        owner = self.control.rows("users")[0]["id"]
        rows = [self._row(recipient, numbered, owner) for recipient in range(RECIPIENTS)]
        self.control.put_many("notifications", rows)

    def _row(self, recipient: int, ids: list[int], user_id: int) -> dict[str, Any]:
        block = [ids[number] for number in self.size.block(recipient % _BLOCKS)]
        success = [ids[number] for small in self.size.small_blocks(recipient) for number in small]
        return {
            "account_id": int(self.environ["DBT_CLOUD_ACCOUNT_ID"]),
            "user_id": user_id,
            "type": 4,
            "external_email": f"team-{recipient:04d}@generated.example",
            "slack_channel_id": None,
            "slack_channel_name": None,
            "on_cancel": block,
            "on_failure": block,
            "on_success": sorted(success),
            "on_warning": [],
            "state": 1,
            "created_at": "2025-04-01T09:00:00.000000+00:00",
            "updated_at": "2025-04-01T09:00:00.000000+00:00",
        }


@contextmanager
def large_account(size: Size, folder: Path, *, foreign: bool = False) -> Generator[Account]:
    """Start a sandbox with that many jobs and edges and write the policy into `folder`."""
    command = [sys.executable, "-m", "reconciler.sandbox", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            ready = json.loads(process.stdout.readline() if process.stdout else "")
            control = Control(ready["url"])
            control.settings(rate_limit=0)
            account = Account(size=size, control=control, folder=folder, environ=_environment(ready))
            if foreign:
                control.generate(jobs=size.jobs, recipients=RECIPIENTS, edges=size.edges)
            else:
                control.generate(jobs=size.jobs)
                account.make_live()
            account.write_policy()
            yield account
            control.close()
        finally:
            process.terminate()


def _environment(ready: Mapping[str, Any]) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(ROOT),
        "DBT_CLOUD_HOST": str(ready["url"]),
        "DBT_CLOUD_ACCOUNT_ID": str(ready["account_id"]),
        "DBT_CLOUD_TOKEN": str(ready["token"]),
    }
