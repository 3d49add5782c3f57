"""The real git store between two managers: a bare repository, a clone for each, put back by moving the branch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.ledger.codec import decode
from reconciler.model.ledger import Ledger
from tests.interleaving.keeping import RunStore
from tests.ledger.git_lab import BRANCH, Lab, git

__all__ = ["Branch"]


@dataclass(slots=True)
class Branch:
    """Where the ledgers are: one branch, which every run reads and pushes from a clone of its own."""

    lab: Lab
    clones: dict[str, Path] = field(default_factory=dict)
    shared: bool = True

    @classmethod
    def open(cls, folder: Path) -> Branch:
        return cls(Lab.open(folder))

    def store(self, manager: str) -> RunStore:
        if manager not in self.clones:
            self.clones[manager] = self.lab.clone()
        return self.lab.store(self.clones[manager])

    def ledgers(self) -> Mapping[str, Ledger]:
        files = self.lab.files() if self.lab.exists() else {}
        found = [decode(text) for name, text in files.items() if name.endswith(".json")]
        return {ledger.manager: ledger for ledger in found}

    def image(self) -> Mapping[str, str]:
        return {"tip": self.lab.tip()} if self.lab.exists() else {}

    def restore(self, image: Mapping[str, str]) -> None:
        reference = f"refs/heads/{BRANCH}"
        if image:
            git(self.lab.remote, "update-ref", reference, image["tip"])
        elif self.lab.exists():
            git(self.lab.remote, "update-ref", "-d", reference)
