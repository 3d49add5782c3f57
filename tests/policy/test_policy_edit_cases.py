"""Edits as files: what stood there, the edits, and what stands there afterwards, to the last blank.

A case is `<name>.before.yml`, `<name>.edits` and `<name>.after.yml`. A line of edits says what, where and the new
words, between bars; `§` in the second field marks where the node begins, in words that stand once in the file. A line
`refused: why` follows an edit that must not be carried out.
`UPDATE_EXPECTED=1 pytest tests/policy/test_policy_edit_cases.py` writes the files after the edits again.
"""

import os
from pathlib import Path

import pytest

from reconciler.model.edit import AddEntry, AppendItem, Edit, RemoveItem, RemoveKey, ReplaceScalar, SetKey
from reconciler.model.problem import Position
from reconciler.policy.editing.edit import apply_edits

CASES = sorted((Path(__file__).parents[1] / "cases" / "policy" / "edit").glob("*.edits"))
FILE = "case.yml"


def _position(text: str, words: str) -> Position:
    assert text.count(words.replace("§", "")) == 1, f"`{words}` must stand once in the file"
    offset = text.index(words.replace("§", "")) + max(words.find("§"), 0)
    before = text[:offset]
    return Position(FILE, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _edit(text: str, line: str) -> Edit:  # noqa: PLR0911 - one way out for each kind of edit
    kind, where, *words = (field.strip() for field in line.split(" | "))
    match kind, words:
        case "replace", [value]:
            return ReplaceScalar(at=_position(text, where), value=value)
        case "set", [key, value]:
            return SetKey(inside=_position(text, where), key=key, value=value)
        case "append", [value]:
            return AppendItem(inside=_position(text, where), value=value)
        case "remove key", []:
            return RemoveKey(at=_position(text, where))
        case "remove item", []:
            return RemoveItem(at=_position(text, where))
        case "add", [value]:
            return AddEntry(file=FILE, section=where, value=value)
        case "add", [name, value]:
            return AddEntry(file=FILE, section=where, name=name, value=value)
    raise AssertionError(line)


def _read(path: Path) -> str:
    return path.read_bytes().decode()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_an_edit_changes_its_own_place_and_nothing_else(path: Path) -> None:
    text = _read(path.with_name(f"{path.stem}.before.yml"))
    lines = path.read_text(encoding="utf-8").splitlines()
    edits = [_edit(text, line) for line in lines if not line.startswith("refused: ")]
    result = apply_edits({FILE: text}, edits)
    told = [refusal.why for edit in edits for refusal in result.refused if refusal.edit == edit]
    after = path.with_name(f"{path.stem}.after.yml")
    if "UPDATE_EXPECTED" in os.environ:
        after.write_bytes(result.texts.get(FILE, text).encode())
    assert told == [line.removeprefix("refused: ") for line in lines if line.startswith("refused: ")]
    assert result.texts.get(FILE, text) == _read(after)
