"""What an import tells when it is done: files, counts, what to look at, and the next step."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reconciler.escape import terminal

if TYPE_CHECKING:
    from reconciler.importing.account import Imported
    from reconciler.importing.standing import Held

__all__ = ["summary_document", "summary_lines"]

_LISTED: Final = 12


def summary_lines(found: Imported, folder: Path, held: Held | None, *, policy: Sequence[Path]) -> Iterator[str]:
    """Yield the summary for a terminal; names that come from elsewhere cannot move the cursor.

    `policy` are the places of the policy that was there before; none for a new one.
    """
    if not found.files:
        yield "Nothing to import: the policy says all of it already, or there is nothing."
    else:
        yield terminal(f"Wrote {len(found.files)} file(s) to {folder}: {_listed(found.files)}")
        told = f"{found.notifications} notifications for {found.edges} edges"
        yield f"  {found.channels} channels, {told}, {found.webhooks} webhooks{_of_models(found)}"
    if found.oddities:
        yield "To look at; the files say at the place which ones:"
        width = max(len(str(count)) for count in found.oddities.values())
        yield from (f"  {count:>{width}}  {kind.value}" for kind, count in found.oddities.items())
    for number, step in enumerate(_steps(folder, held, policy) if found.files else (), start=1):
        yield terminal(f"Next step {number}: {step}")


def summary_document(found: Imported, folder: Path, held: Held | None, *, policy: Sequence[Path]) -> dict[str, Any]:
    """Return the summary as JSON-ready data."""
    document: dict[str, Any] = {
        "folder": str(folder),
        "files": sorted(found.files),
        "channels": found.channels,
        "notifications": found.notifications,
        "edges": found.edges,
        "webhooks": found.webhooks,
        "model_notifications": found.models,
        "oddities": [
            {"kind": kind.name.lower().replace("_", "-"), "count": count, "what": kind.value}
            for kind, count in found.oddities.items()
        ],
        "next_steps": list(_steps(folder, held, policy)) if found.files else [],
    }
    if held is not None:
        document["terraform"] = {"addresses": list(held.addresses)}
    return document


def _steps(folder: Path, held: Held | None, policy: Sequence[Path]) -> Iterator[str]:
    inside = any(folder.resolve().is_relative_to(each.resolve()) for each in policy)
    places = [*policy] if inside else [*policy, folder]
    where = "" if places == [Path("policies")] else "".join(f" {shlex.quote(str(each))}" for each in places)
    yield f"`dbt-alerts plan{where}` shows adoptions only; what it shows besides, correct in the files"
    yield f"`dbt-alerts apply{where}` takes them over; nothing is written to dbt Cloud"
    if held is not None and held.addresses:
        addresses = " ".join(shlex.quote(address) for address in held.addresses)
        yield (
            "then let Terraform forget them, before their blocks go from its configuration: "
            f"terraform state rm {addresses}"
        )


def _of_models(found: Imported) -> str:
    return f", model notifications of {found.models} environments" if found.models else ""


def _listed(files: Mapping[str, str]) -> str:
    names = sorted(files)
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
