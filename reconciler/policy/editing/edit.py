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
from reconciler.policy.editing.changes import change
from reconciler.policy.editing.meaning import meaning
from reconciler.policy.editing.places import CannotEditError, Layout
from reconciler.policy.editing.splices import spliced
from reconciler.policy.yaml_tree import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.model.edit import Edit
    from reconciler.policy.editing.changes import Change
    from reconciler.policy.editing.meaning import Meaning

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
    for batch in ordered:
        layout, failed = _carried_out(batch, layout)
        refused |= failed
    return mark + layout.text, refused


def _in_order(edits: Sequence[Edit], layout: Layout) -> tuple[list[list[Edit]], dict[Edit, str]]:
    """Return the edits from the last place to the first; behind them, one by one, those that make new sections."""
    chosen: dict[Edit, Change] = {}
    refused: dict[Edit, str] = {}
    for edit in edits:
        try:
            wanted = change(edit, layout)
        except CannotEditError as reason:
            refused[edit] = str(reason)
            continue
        if any(_overlap(wanted.touches, other.touches) for other in chosen.values()):
            refused[edit] = "an earlier edit changes the same place"
        else:
            chosen[edit] = wanted
    anew = [[edit] for edit, wanted in chosen.items() if isinstance(wanted.touches[0], str)]
    rest = [edit for edit, wanted in chosen.items() if not isinstance(wanted.touches[0], str)]
    return [sorted(rest, key=lambda edit: -chosen[edit].splice.start), *anew], refused


def _overlap(one: Sequence[int | str], other: Sequence[int | str]) -> bool:
    """Tell whether one path leads into what the other changes. Two new items of one list do not."""
    if one == other:
        return one[-1:] != ("+",)
    shorter = min(len(one), len(other))
    return tuple(one[:shorter]) == tuple(other[:shorter])


def _carried_out(edits: Sequence[Edit], layout: Layout) -> tuple[Layout, dict[Edit, str]]:
    """Carry out edits at once; where that does not give what was meant, half of them and then the other half."""
    if not edits:
        return layout, {}
    try:
        return _changed([change(edit, layout) for edit in edits], layout), {}
    except CannotEditError as reason:
        if len(edits) == 1:
            return layout, {edits[0]: str(reason)}
    middle = len(edits) // 2
    layout, failed = _carried_out(edits[:middle], layout)
    layout, others = _carried_out(edits[middle:], layout)
    return layout, failed | others


def _changed(changes: Sequence[Change], layout: Layout) -> Layout:
    """Write changes and judge them. Raises CannotEditError where the result is not what was meant."""
    text = spliced(layout.text, [wanted.splice for wanted in changes])
    if text is None:
        raise CannotEditError("two edits change the same characters")
    try:
        after = read_layout(text)
    except YAMLError:
        raise CannotEditError("the result would not be YAML") from None
    meant = _meant(layout)
    for wanted in changes:
        wanted.alter(meant)
    if _meant(after) != meant:
        raise CannotEditError("the result would mean something else")
    if after.has_key_twice:
        raise CannotEditError("the key is there already")
    return after


def _meant(layout: Layout) -> Meaning:
    return meaning(layout.root.node if layout.root else None)


def read_layout(text: str) -> Layout:
    """Return the layout of a text without a byte-order mark. Raises YAMLError."""
    root = compose(text)
    return Layout(text, None if isinstance(root, ScalarNode) else root)
