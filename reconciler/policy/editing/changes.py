"""One edit of one file: which characters it replaces, and what it does to what the file means."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, assert_never

from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from reconciler.model.edit import AddEntry, AppendItem, Edit, RemoveItem, RemoveKey, ReplaceScalar, SetKey
from reconciler.policy.editing.meaning import meaning, meaning_of_text, put, step_into, text_meaning
from reconciler.policy.editing.places import CannotEditError, Place
from reconciler.policy.editing.splices import Splice, insertion, removal

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.model.problem import Position
    from reconciler.policy.editing.meaning import Meaning
    from reconciler.policy.editing.places import Layout

__all__ = ["Change", "change"]

_TO_VALUE: Final = re.compile(r"\s*:\s*")
_PLAIN_KEY: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_.$/-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an edit does: to the text, and to its meaning, which `alter` is given to be changed.

    `touches` is the path of what it changes; a word or `+` at its end stands for what is new.
    """

    splice: Splice
    alter: Callable[[Meaning], None]
    touches: tuple[int | str, ...]


def change(edit: Edit, layout: Layout) -> Change:
    """Return what an edit does to a file as it is. Raises CannotEditError, saying why, where that is not certain."""
    match edit:
        case ReplaceScalar():
            return _replace(edit, layout)
        case SetKey():
            return _set(_mapping(layout, edit.inside), edit.key, edit.value, layout)
        case AppendItem():
            return _append(_listed(layout, edit.inside), edit.value, layout)
        case RemoveKey():
            place = _the(layout, edit.at, "key", lambda place: place.is_key)
            return _remove(place, layout)
        case RemoveItem():
            place = _the(layout, edit.at, "item of a list", lambda place: place.is_item)
            return _remove(place, layout)
        case AddEntry():
            return _add(edit, layout)
    assert_never(edit)


def _replace(edit: ReplaceScalar, layout: Layout) -> Change:
    place = _the(layout, edit.at, "scalar", lambda place: isinstance(place.node, ScalarNode))
    value = _new(edit.value)
    if value[0] in ("map", "list"):
        raise CannotEditError("the new value is no scalar")
    others = [key for key, _value in layout.places[place.holder].node.value] if place.is_key else []
    if any(meaning(key) == value for key in others if key is not place.node):
        raise CannotEditError("the key is there already")
    return _written(place, edit.value, value, layout)


def _written(place: Place, text: str, value: Meaning, layout: Layout) -> Change:
    """Write a value over another one; quotes stay where they change nothing."""
    start, end = place.start, place.end
    if layout.text[start : start + 1] in {"&", "!"}:
        raise CannotEditError("an anchor stands in front of it")
    if layout.has_comment(start, end):
        raise CannotEditError("comments stand inside what would be replaced")
    quote = layout.text[start : start + 1]
    if isinstance(place.node, ScalarNode) and quote in {'"', "'"} and value == text_meaning(text) and _bare(text):
        text = f"{quote}{text}{quote}"
    if place.is_block:
        start, text = _after_colon(place, layout), f": {text}"
    return Change(
        splice=Splice(start, end, text),
        alter=lambda meant: put(meant, place.path, value),
        touches=place.path,
    )


def _after_colon(place: Place, layout: Layout) -> int:
    """Return where the colon's side of a pair begins, so that lines of a block become a value beside their key."""
    key = layout.places[(*place.path[:-1], 0)]
    if not _TO_VALUE.fullmatch(layout.text, key.end, place.start):
        raise CannotEditError("a comment stands between the key and its value")
    return key.end


def _set(mapping: Place, key: str, value: str, layout: Layout) -> Change:
    new = _new(value)
    number = layout.pair(mapping, key)
    if number is not None:
        place = layout.places[(*mapping.path, number, 1)]
        _alone(place)
        return _written(place, value, new, layout)
    return Change(
        splice=insertion(mapping, f"{_key(key)}: {value}", layout),
        alter=lambda meant: step_into(meant, mapping.path).append([text_meaning(key), new]),
        touches=(*mapping.path, key),
    )


def _append(place: Place, value: str, layout: Layout) -> Change:
    new = _new(value)
    touches = (*place.path, "+")
    if isinstance(place.node, SequenceNode):
        return Change(
            splice=insertion(place, f"{'- ' if place.is_block else ''}{value}", layout),
            alter=lambda meant: step_into(meant, place.path).append(new),
            touches=touches,
        )
    if place.is_block or not place.path:
        raise CannotEditError("keys in lines cannot become an item of a list")
    return Change(
        splice=Splice(place.start, place.end, f"[{layout.text[place.start : place.end]}, {value}]"),
        alter=lambda meant: put(meant, place.path, ["list", step_into(meant, place.path), new]),
        touches=touches,
    )


def _remove(place: Place, layout: Layout) -> Change:
    if place.is_key:
        _alone(layout.places[(*place.path[:-1], 1)])
    return Change(
        splice=removal(layout.places[place.holder], place.number, layout),
        alter=lambda meant: step_into(meant, place.holder).pop(place.number + 1),
        touches=(*place.holder, place.number),
    )


def _add(edit: AddEntry, layout: Layout) -> Change:
    """Add an entry to a section; a section that is not there is made at the end of the file."""
    number = layout.pair(layout.root, edit.section) if layout.root else None
    if layout.root is None or number is None:
        return _add_section(edit, layout)
    section = layout.places[number, 1]
    _alone(section)
    if edit.name is None:
        return _append(section, edit.value, layout)
    if not isinstance(section.node, MappingNode):
        raise CannotEditError(f"`{edit.section}` does not hold names")
    if layout.pair(section, edit.name) is not None:
        raise CannotEditError(f"`{edit.section}` has `{edit.name}` already")
    return _set(section, edit.name, edit.value, layout)


def _add_section(edit: AddEntry, layout: Layout) -> Change:
    new = _new(edit.value)
    named = edit.name is not None
    entry = f"{_key(edit.name)}: {edit.value}" if edit.name is not None else edit.value
    whole = ["map", [text_meaning(edit.name), new]] if edit.name is not None else ["list", new]
    pair = [text_meaning(edit.section), whole]
    touches = (edit.section, edit.name if edit.name is not None else "+")
    if layout.root is not None and not layout.root.is_block:
        flow = f"{{{entry}}}" if named else f"[{entry}]"
        splice = insertion(layout.root, f"{_key(edit.section)}: {flow}", layout)
        return Change(splice=splice, alter=lambda meant: meant.append(pair), touches=touches)
    lines = [f"{_key(edit.section)}:", f"  {'' if named else '- '}{entry}"]
    end = len(layout.text)
    has_end = not layout.text or layout.text[-1] in "\r\n"
    text = layout.newline.join(["" for _ in range(not has_end)] + lines + ["" for _ in range(has_end)])
    return Change(splice=Splice(end, end, text), alter=lambda meant: meant.append(pair), touches=touches)


def _the(layout: Layout, at: Position, what: str, fits: Any) -> Place:  # noqa: ANN401
    """Return the one node of a kind that begins at a place."""
    found = [place for place in layout.at(at.line, at.column) if fits(place)]
    if not found:
        raise CannotEditError(f"no {what} begins at {at}")
    _alone(found[-1])
    return found[-1]


def _mapping(layout: Layout, at: Position) -> Place:
    return _the(layout, at, "mapping", lambda place: isinstance(place.node, MappingNode))


def _listed(layout: Layout, at: Position) -> Place:
    """Return the list that begins there, else the single value."""
    found = [place for place in layout.at(at.line, at.column) if not place.is_key]
    lists = [place for place in found if isinstance(place.node, SequenceNode)]
    for place in lists or found:
        _alone(place)
        return place
    raise CannotEditError(f"no list begins at {at}")


def _alone(place: Place) -> None:
    if place.shared:
        raise CannotEditError("an alias repeats it: more than this place would change")


def _new(value: str) -> Meaning:
    new = meaning_of_text(value)
    if new is None:
        raise CannotEditError("the new value is not one value on one line")
    return new


def _key(name: str) -> str:
    plain = _PLAIN_KEY.fullmatch(name) and meaning_of_text(name) == text_meaning(name)
    return name if plain else json.dumps(name, ensure_ascii=False)


def _bare(text: str) -> bool:
    return not any(sign in text for sign in "\"'\\")
