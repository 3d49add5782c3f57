"""The edits that a test of the contacts would make: shown as a patch, written where the user asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from reconciler.cli.rewrite import differences, write_together
from reconciler.model.edit import Edit
from reconciler.policy.editing.edit import apply_edits, place_of
from reconciler.policy.editing.files import Rewrite, texts_of

__all__ = ["Mending", "mending"]


class Mending(NamedTuple):
    """What the files would become, and which edits cannot be made."""

    rewrites: tuple[Rewrite, ...]
    refused: tuple[str, ...]

    @property
    def patch(self) -> tuple[str, ...]:
        return tuple(differences(self.rewrites))

    def write(self) -> None:
        """Write the files, all or none. Raises RuntimeFailure."""
        write_together(self.rewrites)


def mending(noted: Sequence[tuple[str, Edit]]) -> Mending:
    """Carry out edits in memory. Of two that touch one place the later is left out, and said."""
    said = {edit: words for words, edit in noted}
    texts = texts_of(_files(said))
    done = apply_edits(texts, said)
    rewrites = (Rewrite(file=name, before=texts[name], after=text) for name, text in done.texts.items())
    return Mending(
        rewrites=tuple(each for each in rewrites if each.changes),
        refused=tuple(f"not in the patch: {said[each.edit]} ({each.why})" for each in done.refused),
    )


def _files(edits: Iterable[Edit]) -> list[str]:
    return sorted({place_of(edit).file for edit in edits})
