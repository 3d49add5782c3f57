"""What may be destroyed, and what was: for people and for scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from reconciler.escape import terminal
from reconciler.model.purge import PurgeState
from reconciler.render.terminal import Styled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.purge import Purged, PurgeReport

__all__ = ["purge_document", "purge_lines"]

_TITLES: Final[Mapping[PurgeState, tuple[str, str, str]]] = {
    PurgeState.READY: ("To be deleted for good", "-", "red"),
    PurgeState.PURGED: ("Deleted", "-", "red"),
    PurgeState.GONE: ("No longer there", ".", "dim"),
    PurgeState.YOUNG: ("Not yet old enough", ".", "dim"),
    PurgeState.REFUSED: ("Refused", "!", "magenta"),
    PurgeState.FAILED: ("Failed", "!", "red"),
}


def purge_lines(report: PurgeReport) -> Iterator[Styled]:
    """Yield the webhooks by what becomes of them, escaped for a terminal."""
    if not report.items:
        yield Styled("Nothing to purge: no webhook of ours was switched off for good.")
    for state, (title, sign, style) in _TITLES.items():
        items = report.of(state)
        if not items:
            continue
        yield Styled(f"{title} ({len(items)})", "bold")
        for item in items:
            yield Styled(terminal(f"  {sign} {_what(item)}"), style)
            if item.next_step:
                yield Styled(terminal(f"      {item.next_step}"))


def _what(item: Purged) -> str:
    tombstone = item.tombstone
    how = "replaced" if tombstone.replaced else "dropped"
    since = f"{how}, off since {tombstone.since[:10]}" if tombstone.since else how
    why = item.message if item.state in {PurgeState.REFUSED, PurgeState.FAILED} else ""
    kept = ""
    if tombstone.receipt and not tombstone.replaced and item.state in {PurgeState.READY, PurgeState.PURGED}:
        kept = f"its secret stays in {tombstone.receipt}: take it away yourself"
    return "; ".join(part for part in (f"{tombstone.key}  {tombstone.id}  {since}", why, kept) if part)


def purge_document(report: PurgeReport) -> dict[str, Any]:
    """Return the report as plain JSON, with the exit code and its word."""
    return {
        "result": report.exit_code.word,
        "exit_code": int(report.exit_code),
        "webhooks": [
            {
                "webhook": item.tombstone.key,
                "id": item.tombstone.id,
                "since": item.tombstone.since,
                "replaced": item.tombstone.replaced,
                "receipt": item.tombstone.receipt or "",
                "state": item.state.value,
                "message": item.message,
                "next_step": item.next_step,
            }
            for item in report.items
        ],
    }
