"""Edits carried out: text in, text out. What an edit does not name stays as it is, byte for byte.

Each edit replaces the characters of its own place. The result is then read again, and is taken only if it means what
the file meant before with that one thing changed; else the edit is refused, and the file is as if nobody had asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, assert_never

from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode

from reconciler.model.edit import AddEntry, AppendItem, RemoveItem, RemoveKey, ReplaceScalar, SetKey
from reconciler.model.problem import Position
from reconciler.policy.compose import compose
from reconciler.policy.edit_changes import change
from reconciler.policy.edit_meaning import meaning
from reconciler.policy.edit_places import CannotEditError, Layout
from reconciler.policy.edit_splices import spliced
from reconciler.policy.yaml_tree import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.model.edit import Edit
    from reconciler.policy.edit_changes import Change

__all__ = ["EditResult", "Refusal", "apply_edits", "apply_together", "place_of", "read_layout"]

_BOM: Final = "\ufeff"
_IN_PIECES: Final = "it belongs to a change of which another part was refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An edit that was not carried out, and why."""

    edit: Edit
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditResult:
    """The new texts of the files that change, and what was refused."""

    texts: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[Refusal, ...] = ()


def place_of(edit: Edit) -> Position:
    """Return the place that an edit names; of a new entry, the beginning of its file."""
    match edit:
        case AddEntry():
            return Position(edit.file, 1, 1)
        case SetKey() | AppendItem():
            return edit.inside
        case ReplaceScalar() | RemoveKey() | RemoveItem():
            return edit.at
    assert_never(edit)


def apply_edits(text_by_file: Mapping[str, str], edits: Iterable[Edit]) -> EditResult:
    """Carry out edits, each by itself. Places are those in the texts as given.

    Of two edits that touch the same place the later is refused; the same edit given twice is one. A file that is not
    one policy document without YAML's problems is left alone, and so is what an alias repeats. Texts come as
    `edit_files.read_text` returns them: a byte-order mark and line ends of any kind stay.
    """
    return apply_together(text_by_file, [(edit,) for edit in edits])


def apply_together(text_by_file: Mapping[str, str], groups: Iterable[Sequence[Edit]]) -> EditResult:
    """Carry out groups of edits: all of a group, in whatever files, or nothing of it."""
    waiting = [tuple(group) for group in groups]
    refused: dict[Edit, str] = {}
    while True:
        texts, failed = _attempt(text_by_file, dict.fromkeys(edit for group in waiting for edit in group))
        refused |= failed
        if not failed:
            break
        for group in waiting:
            if not failed.keys().isdisjoint(group):
                refused = dict.fromkeys(group, _IN_PIECES) | refused
        waiting = [group for group in waiting if failed.keys().isdisjoint(group)]
    done = {edit for group in waiting for edit in group}
    return EditResult(
        texts=texts, refused=tuple(Refusal(edit=edit, why=why) for edit, why in refused.items() if edit not in done)
    )


def _attempt(text_by_file: Mapping[str, str], edits: Iterable[Edit]) -> tuple[dict[str, str], dict[Edit, str]]:
    """Carry out what can be; return the texts that change, and why the other edits cannot be."""
    by_file: dict[str, list[Edit]] = {}
    for edit in edits:
        by_file.setdefault(place_of(edit).file, []).append(edit)
    texts: dict[str, str] = {}
    failed: dict[Edit, str] = {}
    for file, own in by_file.items():
        if file not in text_by_file:
            failed |= dict.fromkeys(own, "the file is not here")
            continue
        text, refused = _in_file(file, text_by_file[file], own)
        failed |= refused
        if text != text_by_file[file]:
            texts[file] = text
    return texts, failed


def _in_file(file: str, text: str, edits: Sequence[Edit]) -> tuple[str, dict[Edit, str]]:
    """Carry out the edits of one file, from its end to its beginning: so no edit moves the place of the next."""
    mark = _BOM if text.startswith(_BOM) else ""
    _tree, problems = parse(file, text.encode("utf-8", "surrogateescape"))
    if problems:
        return text, dict.fromkeys(edits, f"the file has a problem of its own: {problems[0].message}")
    try:
        layout = read_layout(text.removeprefix(mark))
    except CannotEditError as reason:
        return text, dict.fromkeys(edits, str(reason))
    ordered, refused = _in_order(edits, layout)
    for edit in ordered:
        try:
            layout = _changed(change(edit, layout), layout)
        except CannotEditError as reason:
            refused[edit] = str(reason)
    return mark + layout.text, refused


def _in_order(edits: Sequence[Edit], layout: Layout) -> tuple[list[Edit], dict[Edit, str]]:
    """Return the edits from the last place to the first; new entries of sections, which name no place, at the end."""
    chosen: list[tuple[Edit, Change]] = []
    refused: dict[Edit, str] = {}
    for edit in edits:
        try:
            wanted = change(edit, layout)
        except CannotEditError as reason:
            refused[edit] = str(reason)
            continue
        if any(_overlap(wanted.touches, other.touches) for _edit, other in chosen):
            refused[edit] = "an earlier edit changes the same place"
        else:
            chosen.append((edit, wanted))
    chosen.sort(key=lambda pair: (isinstance(pair[0], AddEntry), -pair[1].splice.start))
    return [edit for edit, _change in chosen], refused


def _overlap(one: Sequence[int | str], other: Sequence[int | str]) -> bool:
    """Tell whether one path leads into what the other changes. Two new items of one list do not."""
    if one == other:
        return one[-1:] != ("+",)
    shorter = min(len(one), len(other))
    return tuple(one[:shorter]) == tuple(other[:shorter])


def _changed(wanted: Change, layout: Layout) -> Layout:
    """Write a change and judge it. Raises CannotEditError where the result is not what was meant."""
    try:
        after = read_layout(spliced(layout.text, [wanted.splice]))
    except YAMLError:
        raise CannotEditError("the result would not be YAML") from None
    if meaning(after.root.node if after.root else None) != wanted.meant:
        raise CannotEditError("the result would mean something else")
    return after


def read_layout(text: str) -> Layout:
    """Return the layout of a text without a byte-order mark. Raises YAMLError."""
    root = compose(text)
    return Layout(text, None if isinstance(root, ScalarNode) else root)
