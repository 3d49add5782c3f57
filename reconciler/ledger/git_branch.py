"""One branch of a remote repository as a set of files that is replaced by compare-and-swap. Plumbing only.

Nothing of the user's clone is touched but its object store and the private ref `refs/dbt-alerts/…`, which only saves
fetching again what is already there.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from reconciler.errors import LedgerError, Refused, UsageError
from reconciler.ledger.git_command import LOOK_SECONDS, REMOTE_SECONDS, Git, GitAnswer, without_credentials

__all__ = ["MARK", "Blob", "LedgerBranch"]

MARK: Final = ".dbt-alerts-ledger"
"""The file that makes a branch a ledger's. A branch without it is somebody's work and is never written."""

_MARK_TEXT: Final = b"""\
This branch is the ledger of dbt-alerts: what it owns in dbt Cloud, one file per manager.
`git log` of it is the audit log. Let nothing but dbt-alerts write it.
"""
_OBJECT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_PAUSES: Final = (0.5, 2.0)
"""Seconds before the remote is asked again: it may be away for a moment."""
_MOST_FILES: Final = 2_000
_NOBODY: Final = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "dbt-alerts"), ("EMAIL", "dbt-alerts@users.noreply.github.com"))
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """A file of a commit. `plain` is false for what is none: a link, a folder, a submodule."""

    id: str
    size: int
    plain: bool = True


class LedgerBranch:
    """Reads and writes one branch. `remote` is a remote's name, or where the operator says: a URL, a path."""

    def __init__(
        self, git: Git, *, remote: str, branch: str, sleep: Callable[[float], None], configured: bool = True
    ) -> None:
        self._git = git
        self._remote = remote
        self._configured = configured
        self._sleep = sleep
        self.branch = branch
        self._ref = f"refs/heads/{branch}"
        self._kept_at = f"refs/dbt-alerts/{sha256(f'{remote} {branch}'.encode()).hexdigest()[:16]}"

    def __str__(self) -> str:
        return f"the branch {self.branch} of {without_credentials(self._remote)}"

    # --- reading -----------------------------------------------------------------------------------------------------
    def tip(self) -> str | None:
        """Return the branch's commit, with its objects in the clone; None where the remote has no such branch.

        Raises LedgerError where the remote does not answer: that is never taken for an empty ledger.
        """
        self._check_remote()
        for _ in range(5):
            found = self._asked_for_tip()
            if found is None or self._has(found):
                return self._checked(found)
            self._fetch()
        raise LedgerError(f"{self} moves faster than it can be fetched", next_step="run again")

    def _check_remote(self) -> None:
        """Refuse a name that is no remote: git would take it for a path, and a folder of that name for a repository."""
        if not self._configured:
            return
        known = self._git.need("remote").decode().split()
        if self._remote not in known:
            raise UsageError(
                f"this clone has no remote {self._remote}; it has: {', '.join(known) or 'none'}",
                next_step="name one of them as `remote` in the policy's `ledger`, or set DBT_ALERTS_LEDGER_REMOTE",
            )

    def _asked_for_tip(self) -> str | None:
        answer = self._patiently(LOOK_SECONDS, "ls-remote", "--quiet", "--", self._remote, self._ref)
        for line in answer.out.decode(errors="replace").splitlines():
            found, _, name = line.partition("\t")
            if name == self._ref and _OBJECT.fullmatch(found):
                return found
        return None

    def _has(self, commit: str) -> bool:
        return self._git.ask("cat-file", "-e", f"{commit}^{{tree}}").code == 0

    def _fetch(self) -> None:
        """Fetch the branch; without its history only where the clone has none of its own, or it would lose that."""
        shallow = self._git.need("rev-parse", "--is-shallow-repository").strip() == b"true"
        quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-prune", "--refmap=")
        depth = ("--depth=1",) if shallow else ()
        self._patiently(REMOTE_SECONDS, "fetch", *quiet, *depth, "--", self._remote, f"+{self._ref}:{self._kept_at}")

    def _patiently(self, seconds: float, *arguments: str) -> GitAnswer:
        for pause in (*_PAUSES, None):
            answer = self._git.ask(*arguments, seconds=seconds)
            if answer.code == 0:
                return answer
            if pause is not None:
                self._sleep(pause)
        raise LedgerError(
            f"{self} cannot be read: {answer.reason}",
            next_step="let this run read it (network, credentials); without its ledger nothing is planned",
        )

    def _checked(self, tip: str | None) -> str | None:
        if tip is not None and not self._git.need("ls-tree", "--full-tree", "--name-only", tip, "--", MARK):
            raise Refused(
                f"{self} is no ledger: it has no file {MARK}",
                next_step="give the ledger a `branch` of its own in the policy; it is made when it is missing",
            )
        return tip

    def files(self, tip: str | None, folder: str) -> dict[str, Blob]:
        """Return what stands in one folder of a commit, by name; nothing of what lies deeper."""
        if tip is None:
            return {}
        listed = self._git.need("ls-tree", "--full-tree", "-z", "-l", tip, "--", f"{folder}/").split(b"\0")[:-1]
        if len(listed) > _MOST_FILES:
            raise LedgerError(f"{folder} on {self} holds {len(listed)} files", next_step="remove what does not belong")
        found: dict[str, Blob] = {}
        for line in listed:
            facts, _, path = line.partition(b"\t")
            mode, kind, object_id, size = facts.decode().split()
            name = path.decode(errors="surrogateescape").rpartition("/")[2]
            plain = kind == "blob" and mode.startswith("100")
            found[name] = Blob(id=object_id, size=int(size) if size.isdigit() else 0, plain=plain)
        return found

    def read(self, blob: Blob) -> bytes:
        return self._git.need("cat-file", "blob", blob.id)

    # --- writing -----------------------------------------------------------------------------------------------------
    def store(self, content: bytes) -> str:
        """Put a text into the clone's object store and return its id."""
        return self._git.need("hash-object", "-w", "--stdin", stdin=content).decode().strip()

    def commit(self, tip: str | None, changes: Mapping[str, str | None], *, message: str, at: datetime) -> str:
        """Return a commit upon `tip` with these files: an id replaces, None removes, everything else stays."""
        wanted = dict(changes) if tip is not None else {MARK: self.store(_MARK_TEXT), **changes}
        lines = [
            f"100644 {object_id}\t{path}" if object_id is not None else f"0 {'0' * len(tip or '')}\t{path}"
            for path, object_id in wanted.items()
        ]
        with tempfile.TemporaryDirectory(prefix="dbt-alerts-") as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            if tip is not None:
                self._git.need("read-tree", tip, more=index)
            self._git.need("update-index", "-z", "--index-info", stdin="\0".join([*lines, ""]).encode(), more=index)
            tree = self._git.need("write-tree", more=index).decode().strip()
        date = f"@{int(at.timestamp())} +0000"
        who = {**_NOBODY, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        parents = ("-p", tip) if tip is not None else ()
        return (
            self._git.need("commit-tree", "--no-gpg-sign", tree, *parents, stdin=message.encode(), more=who)
            .decode()
            .strip()
        )

    def push(self, commit: str, *, expected: str | None) -> GitAnswer:
        """Make this commit the branch's if that is still at `expected` (None: not there). A failure may have worked."""
        quiet = ("--quiet", "--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no", "--no-signed")
        lease = f"--force-with-lease={self._ref}:{expected or ''}"
        return self._git.ask("push", *quiet, lease, "--", self._remote, f"{commit}:{self._ref}", seconds=REMOTE_SECONDS)
