"""What an import tells when it is done: files, counts, what to look at, and the next step."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reconciler.escape import terminal
from reconciler.importing.yaml_text import counted

if TYPE_CHECKING:
    from reconciler.importing.account import Imported
    from reconciler.importing.standing import Held

__all__ = ["Done", "summary_document", "summary_lines"]

_LISTED: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """An import that has ended. `policy` are the PATHs of the whole policy, `schema` is where one is still missing.

    `account` is the file that was read in place of the policy's own; what comes next reads it too.
    """

    found: Imported
    folder: Path
    policy: tuple[Path, ...]
    account: Path | None = None
    schema: Path | None = None
    held: Held | None = None


def summary_lines(done: Done) -> Iterator[str]:
    """Yield the summary for a terminal; names that come from elsewhere cannot move the cursor."""
    yield from map(terminal, _lines(done))


def summary_document(done: Done) -> dict[str, Any]:
    """Return the summary as JSON-ready data."""
    found = done.found
    document: dict[str, Any] = {
        "folder": str(done.folder),
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
        "left_out": list(found.left_out),
        "remarks": list(found.remarks),
        "next_steps": list(_steps(done)),
    }
    if done.held is not None:
        document["terraform"] = {"addresses": list(done.held.addresses)}
    return document


def _lines(done: Done) -> Iterator[str]:
    found = done.found
    if found.files:
        names = ", ".join(_first(sorted(found.files)))
        yield f"Wrote {counted(len(found.files), 'file')} to {done.folder}: {names}"
        yield f"  {', '.join(_counts(found)) or 'dbt Cloud tells nobody of anything that a policy can say'}"
        yield from _to_look_at(found)
    else:
        whose = "that Terraform holds and " if done.held is not None else "that "
        yield f"Nothing in dbt Cloud {whose}the policy does not say already; no file was written."
        if found.left_out:
            yield "Left out, and left alone in dbt Cloud:"
            yield from (f"  - {text}" for text in _first(found.left_out))
    yield from _of_owner_map(found)
    yield from (f"Next step {number}: {step}" for number, step in enumerate(_steps(done), start=1))


def _counts(found: Imported) -> Iterator[str]:
    if found.channels:
        yield counted(found.channels, "channel")
    if found.notifications:
        yield f"{counted(found.notifications, 'notification')} for {counted(found.edges, 'alert')}"
    if found.webhooks:
        yield counted(found.webhooks, "webhook")
    if found.models:
        yield f"model notifications of {counted(found.models, 'environment')}"


def _to_look_at(found: Imported) -> Iterator[str]:
    if found.oddities:
        yield "To look at; the files say at the place which ones:"
        width = max(len(str(count)) for count in found.oddities.values())
        yield from (f"  {count:>{width}}  {kind.value}" for kind, count in found.oddities.items())


def _of_owner_map(found: Imported) -> Iterator[str]:
    if found.remarks:
        yield "To look at in the owner map:"
        yield from (f"  {text}" for text in _first(found.remarks))


def _steps(done: Done) -> Iterator[str]:
    if not done.found.files:
        return
    where = "" if done.policy == (Path("policies"),) else "".join(f" {shlex.quote(str(each))}" for each in done.policy)
    if done.account is not None:
        where += f" --account {shlex.quote(str(done.account))}"
    if done.found.empty:
        yield f"say who shall be told, then `dbt-alerts plan{where}`"
    else:
        yield (
            f"`dbt-alerts plan{where}` shows adoptions; nobody starts or stops being told because of these files,"
            ' and what stands under "Nobody is told when these fail" is so already'
        )
        yield f"`dbt-alerts apply{where}` takes them over; nothing is written to dbt Cloud"
    if done.held is not None:
        addresses = " ".join(shlex.quote(address) for address in done.held.addresses)
        yield (
            "then let Terraform forget them, before their blocks go from its configuration: "
            f"terraform state rm {addresses}"
        )
    if done.schema is not None:
        write = shlex.quote(str(done.schema))
        yield f"`dbt-alerts schema --write {write}`, for your editor: the first line of each file names it"


def _first(texts: Collection[str]) -> Iterator[str]:
    yield from list(texts)[:_LISTED]
    if len(texts) > _LISTED:
        yield f"and {len(texts) - _LISTED} more"
