"""A real bare repository, clones of it, and stores in them: what a run on a machine of its own has."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from reconciler.ledger.git_branch import LedgerBranch
from reconciler.ledger.git_command import Git, Runner
from reconciler.ledger.git_store import GitStore
from reconciler.ledger.redaction import Redaction
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.ledger import Claim, Ledger, LedgerWrite
from reconciler.model.outcome import Outcome

BRANCH = "dbt-alerts-ledger"
HOST, ACCOUNT = "ab123.us1.dbt.com", 7
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WRITE = LedgerWrite(at=NOON.isoformat(), actor="maria", commit="abc123", plan_digest="sha256:d", what="test")


def git(folder: Path, *arguments: str) -> str:
    """Run git as a person does, without this machine's settings."""
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", *identity, *arguments],  # noqa: S607 - git is found where the user's shell finds it
        cwd=folder,
        env={**environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"git {' '.join(arguments)}\n{done.stderr}"
    return done.stdout


def make_remote(folder: Path) -> Path:
    """Make a bare repository with a branch `main` of three commits, as a team's is."""
    bare, seed = folder / "remote.git", folder / "seed"
    seed.mkdir()
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    git(seed, "init", "--quiet", "--initial-branch=main")
    for number in range(3):
        (seed / "policies.yml").write_text(f"version: {number}\n")
        git(seed, "add", ".")
        git(seed, "commit", "--quiet", "-m", f"policy {number}")
    git(seed, "push", "--quiet", bare.as_uri(), "main")
    return bare


@dataclass(slots=True, kw_only=True)
class Clock:
    """Time that stands until it is told to pass; sleeping lets it pass."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass(slots=True, kw_only=True)
class Lab:
    """The remote, and clones made on demand. `notices` is what stores said without failing."""

    folder: Path
    remote: Path
    clock: Clock = field(default_factory=Clock)
    notices: list[str] = field(default_factory=list)
    numbers: count[int] = field(default_factory=lambda: count(1))

    @classmethod
    def open(cls, folder: Path) -> Lab:
        return cls(folder=folder, remote=make_remote(folder))

    def clone(self, *options: str) -> Path:
        path = self.folder / f"clone-{next(self.numbers)}"
        git(self.folder, "clone", "--quiet", *options, self.remote.as_uri(), str(path))
        return path

    def store(
        self,
        clone: Path | None = None,
        *,
        remote: str = "origin",
        branch: str = BRANCH,
        run: Runner | None = None,
        environ: Mapping[str, str] | None = None,
        redaction: Redaction | None = None,
        clock: Callable[[], datetime] | None = None,
        largest: int = 1_000_000,
    ) -> GitStore:
        """Return a store in a clone, a shallow one as CI has unless one is given."""
        where = clone or self.clone("--depth=1")
        asked = Git(where, environ=os.environ if environ is None else environ, run=run)
        configured = not (remote.startswith("/") or "://" in remote)
        return GitStore(
            LedgerBranch(asked, remote=remote, branch=branch, sleep=lambda _: None, configured=configured),
            run=f"run-{next(self.numbers)}",
            clock=clock or self.clock,
            sleep=lambda _: None,
            redaction=redaction,
            notice=self.notices.append,
            largest=largest,
        )

    # --- what the remote holds ---------------------------------------------------------------------------------------
    def tip(self, branch: str = BRANCH) -> str:
        return git(self.remote, "rev-parse", branch).strip()

    def subjects(self) -> list[str]:
        return git(self.remote, "log", "--format=%s", BRANCH).splitlines()

    def messages(self) -> str:
        return git(self.remote, "log", "--format=%B", BRANCH)

    def files(self) -> dict[str, str]:
        names = git(self.remote, "ls-tree", "-r", "--name-only", BRANCH).splitlines()
        return {name: git(self.remote, "show", f"{BRANCH}:{name}") for name in names}

    def exists(self) -> bool:
        return BRANCH in git(self.remote, "branch", "--format=%(refname:short)").split()

    def edit(self, path: str, text: str | None) -> None:
        """Commit a change to the branch by hand, as a person does; None removes."""
        clone = self.clone("--branch", BRANCH)
        target = clone / path
        if text is None:
            target.unlink()
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        git(clone, "add", "--all", ".")
        git(clone, "commit", "--quiet", "-m", f"by hand: {path}")
        git(clone, "push", "--quiet", "origin", BRANCH)


def load(store: GitStore, manager: str = "acme", account_id: int = ACCOUNT) -> Ledger:
    return store.load(HOST, account_id, manager)


def save(store: GitStore, ledger: Ledger, what: str = "test") -> Ledger:
    return store.save(ledger, expected_generation=ledger.generation, write=replace(WRITE, what=what))


def claimed(ledger: Ledger, *jobs: int, who: str = "maria@acme.example") -> Ledger:
    """Return the ledger with claims on these jobs as well."""
    made = {
        edge: Claim(edge=edge, project_id=1, environment_id=1, team="default", channel="mail")
        for edge in (Edge(RecipientKey.email(who), Outcome.FAILURE, job) for job in jobs)
    }
    return replace(ledger, claims={**ledger.claims, **made})


def jobs_of(ledger: Ledger) -> set[int]:
    return {edge.job_id for edge in ledger.claims}
