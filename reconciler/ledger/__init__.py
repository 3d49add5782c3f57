"""Where the ledger lives. A store loads it whole and saves it whole, by compare-and-swap on its generation."""

from reconciler.ledger.store import FileStore

__all__ = ["FileStore"]
