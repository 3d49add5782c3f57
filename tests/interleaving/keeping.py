"""Where the ledgers of a schedule are kept, with a way to put them back: files for one manager, memory for several."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from reconciler.apply.ports import LedgerStore
from reconciler.errors import LedgerError
from reconciler.ledger import FileStore
from reconciler.ledger.codec import decode, encode
from reconciler.model.edge import RecipientKey
from reconciler.model.ledger import Ledger, LedgerWrite, Others
from reconciler.reconcile import LedgerReader

__all__ = ["Files", "Keeping", "RunStore", "Shared"]


class RunStore(LedgerReader, LedgerStore, Protocol):
    """What one run is given: it reads, holds and saves."""


class Keeping(Protocol):
    shared: bool

    def store(self, manager: str) -> RunStore: ...
    def ledgers(self) -> Mapping[str, Ledger]: ...
    def image(self) -> Mapping[str, str]: ...
    def restore(self, image: Mapping[str, str]) -> None: ...


@dataclass(slots=True)
class Files:
    """The real store: one file for each manager, one lock beside it."""

    folder: Path
    shared: bool = False

    def store(self, manager: str) -> FileStore:
        return FileStore(self.folder / f"{manager}.json")

    def ledgers(self) -> Mapping[str, Ledger]:
        return {name: decode(text) for name, text in self.image().items()}

    def image(self) -> Mapping[str, str]:
        return {path.stem: path.read_text() for path in self.folder.glob("*.json")}

    def restore(self, image: Mapping[str, str]) -> None:
        for path in self.folder.glob("*.json"):
            path.unlink()
        for name, text in image.items():
            (self.folder / f"{name}.json").write_text(text)


@dataclass(slots=True)
class Shared:
    """What several managers share: all ledgers in sight of all. `version` grows with every write of anybody.

    `locks` false is the negative control: nobody is kept out, and nobody's write is noticed.
    """

    locks: bool = True
    kept: dict[str, str] = field(default_factory=dict)
    version: int = 0
    held: bool = False
    shared: bool = True

    def store(self, manager: str) -> SharedStore:
        return SharedStore(self)

    def ledgers(self) -> Mapping[str, Ledger]:
        return {name: decode(text) for name, text in self.kept.items()}

    def image(self) -> Mapping[str, str]:
        return dict(self.kept)

    def restore(self, image: Mapping[str, str]) -> None:
        self.kept, self.version, self.held = dict(image), 0, False


@dataclass(slots=True)
class SharedStore:
    """One run's way to the shared ledgers. As with the git store, any write since its look refuses its first save."""

    where: Shared
    seen: int = 0
    looked: Mapping[str, Ledger] = field(default_factory=dict)

    def look(self) -> None:
        self.seen, self.looked = self.where.version, self.where.ledgers()

    def load(self, host: str, account_id: int, manager: str, *, known: Collection[RecipientKey] = ()) -> Ledger:
        return self.looked.get(manager) or Ledger(host=host, account_id=account_id, manager=manager)

    def others(self, host: str, account_id: int, manager: str, *, known: Collection[RecipientKey] = ()) -> Others:
        return Others(ledgers=tuple(each for name, each in self.looked.items() if name != manager), shared=True)

    @contextmanager
    def hold(self, ledger: Ledger, *, write: LedgerWrite) -> Generator[None]:
        if self.where.held and self.where.locks:
            raise LedgerError("another run holds the ledgers")
        self.where.held = True
        try:
            yield
        finally:
            self.where.held = False

    def save(self, ledger: Ledger, *, expected_generation: int, write: LedgerWrite) -> Ledger:
        if self.where.version != self.seen and self.where.locks:
            raise LedgerError("another run wrote the ledgers meanwhile")
        saved = replace(ledger, generation=expected_generation + 1, log=(*ledger.log, write))
        self.where.kept[ledger.manager] = encode(saved)
        self.where.version = self.seen = self.where.version + 1
        return saved
