"""From what a policy says to a sink, within what the operator allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.durable import DURABLE, durable_folders
from reconciler.errors import Refused
from reconciler.model.policy import SecretSink, SinkKind
from reconciler.secrets.command import CommandSink
from reconciler.secrets.file import FileSink
from reconciler.secrets.holder import Holder

if TYPE_CHECKING:
    from reconciler.model.ledger import Ledger

    Sink = FileSink | CommandSink

__all__ = ["sink_opener"]


def sink_opener(
    *, ledger: Ledger, base: Path, environ: Mapping[str, str], check: Callable[[Path], None]
) -> Callable[[SecretSink, str], Sink]:
    """Return the function that opens a webhook's sink, for the account of `ledger`.

    `check` refuses a path that would not outlive the run.
    A file stays under `base`, the working directory, or in a folder that the operator names in DBT_ALERTS_DURABLE:
    a merged policy may say where its secrets go, not reach into the rest of the machine.
    """

    def opened(sink: SecretSink, name: str) -> Sink:
        holder = Holder.of(ledger, name)
        if sink.kind is SinkKind.COMMAND:
            return CommandSink(environ, holder=holder)
        target = base / (sink.path or "")
        _refuse_outside(target, sink, [base, *durable_folders(environ)])
        check(target)
        return FileSink(target, holder=holder)

    return opened


def _refuse_outside(target: Path, sink: SecretSink, folders: list[Path]) -> None:
    where = target.parent.resolve() / target.name
    inside = any(where != folder.resolve() and where.is_relative_to(folder.resolve()) for folder in folders)
    if not sink.path or target.name in {"", ".", ".."} or not inside:
        raise Refused(
            f"{sink.at}: the secret sink {sink.path!r} is outside the working directory",
            next_step=f"give a path under it, or name the folder in {DURABLE}",
        )
