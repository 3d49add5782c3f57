"""Evidence on the ledger's branch: one more file, added to by compare-and-swap, in a folder of its own.

    evidence/<host>/<account>/<manager>.jsonl

In a folder of its own it is to the ledger what another account is: a write there is no reason to refuse an apply, and
takes no lease. Every addition is one commit, so the branch's history shows what a chain alone cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote

from reconciler.drill.chain import START, Broken, chained, evidence_in, tip_of, verify
from reconciler.errors import LedgerError
from reconciler.ledger.git_branch import LedgerBranch
from reconciler.model.evidence import Evidence

__all__ = ["EvidenceBranch"]

_LARGEST: Final = 64 * 1024 * 1024
_MOST_RACES: Final = 20
_PAUSES: Final = (0.3, 1.0, 3.0)
"""Seconds before a push that failed without effect is sent again."""


class EvidenceBranch:
    """Keeps one manager's evidence of one account."""

    pause: float = 15.0

    def __init__(
        self,
        branch: LedgerBranch,
        *,
        host: str,
        account_id: int,
        manager: str,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        self._branch = branch
        self._folder = f"evidence/{quote(host, safe='')}/{account_id}"
        self._name = f"{quote(manager, safe='')}.jsonl"
        self._about = f"{manager}: account {account_id} on {host}"
        self._clock = clock
        self._sleep = sleep

    def __str__(self) -> str:
        return f"the evidence on {self._branch}"

    def append(self, found: Sequence[Evidence]) -> None:
        """Push the lines after whatever is there by then. Raises LedgerError where the push does not arrive."""
        if not found:
            return
        failures = list(_PAUSES)
        tip = self._branch.tip()
        for _ in range(_MOST_RACES):
            content = self._content(tip)
            lines = b"".join(chained(found, after=tip_of(content)))
            whole = self._branch.store(content + lines)
            commit = self._branch.commit(
                tip, {f"{self._folder}/{self._name}": whole}, message=self._message(found), at=self._clock()
            )
            answer = self._branch.push(commit, expected=tip)
            now = commit if answer.code == 0 else self._branch.tip()
            if now == commit or lines in self._content(now):
                return
            if now == tip:
                if not failures:
                    raise LedgerError(
                        f"{self} cannot be written: {answer.reason}",
                        next_step=f"let this run push to {self._branch}, then run again",
                    )
                self._sleep(failures.pop(0))
            tip = now
        raise LedgerError(f"{self._branch} is written all the time by others", next_step="run again later")

    def read(self) -> tuple[Evidence, ...]:
        return evidence_in(self._content(self._branch.tip()))

    def verify(self) -> tuple[Broken, ...]:
        return tuple(verify(self._content(self._branch.tip()).splitlines(keepends=True)))

    def tip(self) -> str:
        found = tip_of(self._content(self._branch.tip()))
        return "" if found == START else found

    def _content(self, tip: str | None) -> bytes:
        blob = self._branch.files(tip, self._folder).get(self._name)
        if blob is None:
            return b""
        if not blob.plain or blob.size > _LARGEST:
            raise LedgerError(
                f"the file {self._folder}/{self._name} on {self._branch} is no file of evidence",
                next_step="`git log` of that branch says who wrote it; restore it",
            )
        content = self._branch.read(blob)
        return content if content.endswith(b"\n") or not content else content + b"\n"

    def _message(self, found: Sequence[Evidence]) -> str:
        routes = sorted({each.route for each in found})
        return f"evidence of {len(found)} looks at {len(routes)} routes\n\n{self._about}\n"
