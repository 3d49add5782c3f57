"""What every store does with a ledger's text: read it, say what is wrong with it, and know whose it is."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from reconciler.errors import LedgerError, Refused, UsageError
from reconciler.ledger.codec import DamagedLedgerError, HiddenLedgerError, NewerFormatError, decode
from reconciler.ledger.redaction import Redaction
from reconciler.model.edge import RecipientKey
from reconciler.model.ledger import Ledger

__all__ = ["KEY_VARIABLE", "LOG_LENGTH", "read_ledger", "refuse_another"]

LOG_LENGTH: Final = 200
"""How many writes the audit log keeps; older ones are in the history of the branch that keeps the file."""

KEY_VARIABLE: Final = "DBT_ALERTS_LEDGER_KEY"


def read_ledger(
    content: bytes, place: str, redaction: Redaction | None, *, known: Collection[RecipientKey] = ()
) -> Ledger:
    """Read a stored ledger. Raises LedgerError that names `place`, UsageError where its addresses cannot be read."""
    try:
        return decode(content.decode("utf-8"), redaction, known=known)
    except NewerFormatError as error:
        raise LedgerError(f"a newer version wrote {place}: {error}", next_step="upgrade dbt-alerts") from error
    except HiddenLedgerError as error:
        raise UsageError(
            f"{place} hides its addresses: {error}",
            next_step=f"set {KEY_VARIABLE} to the key that it was written with",
        ) from error
    except (DamagedLedgerError, UnicodeDecodeError) as error:
        raise LedgerError(
            f"{place} is damaged: {error}",
            next_step="restore it from its history; without one move your own away: then the next apply only adds. "
            "Another manager's must be restored by them: what they own would look like nobody's",
        ) from error


def refuse_another(found: Ledger, wanted: Ledger, place: str) -> None:
    """Refuse a ledger of another host, account or manager."""
    pairs = (
        ("host", found.host, wanted.host),
        ("account", found.account_id, wanted.account_id),
        ("manager", found.manager, wanted.manager),
    )
    for word, theirs, ours in pairs:
        if theirs != ours:
            raise Refused(
                f"{place} belongs to {word} {theirs}, not to {ours}",
                next_step="give each account and manager its own ledger: another `path`, or `store: git`",
            )
