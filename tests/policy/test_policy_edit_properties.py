"""For any tree in any layout an edit means what it says, and touches nothing else. The judge is ruamel's own loader."""

import copy
import io
import json
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from reconciler.model.edit import AppendItem, Edit, RemoveItem, RemoveKey, ReplaceScalar, SetKey
from reconciler.model.problem import Position
from reconciler.policy.compose import compose_pure
from reconciler.policy.editing.edit import apply_edits
from reconciler.policy.formatting.format import formatted
from tests.policy.policy_layouts import Plain, layouts, trees

FILE = "case.yml"
IN_THE_WAY = re.compile("comment|shares its line")
NEW = {"late": "late", "'it is'": "it is", "[a, {b: 1}]": ["a", {"b": 1}], "{to: maria}": {"to": "maria"}, "7": 7}


def _data(text: str) -> Plain:
    return YAML(typ="safe", pure=True).load(io.StringIO(text.removeprefix("\ufeff")))


def _comments(text: str) -> list[str]:
    return re.findall(r"# c\d+ ", text)


def _places(node: Plain, data: Plain, path: tuple[Plain, ...] = ()) -> list[tuple[Plain, Plain, tuple[Plain, ...]]]:
    """Every node of a composed text beside its value and its path: pairs come as their key node."""
    found = [(node, data, path)]
    if isinstance(data, dict):
        for (key, value), name in zip(node.value, data, strict=True):
            found += [(key, None, (*path, name, "key")), *_places(value, data[name], (*path, name))]
    elif isinstance(data, list):
        for number, item in enumerate(node.value):
            found += _places(item, data[number], (*path, number))
    return found


@st.composite
def edits(draw: st.DrawFn, text: str, data: Plain) -> tuple[Edit, Plain]:
    """An edit of a text, and what the text means after it."""
    node, value, path = draw(st.sampled_from(_places(compose_pure(text.removeprefix("\ufeff")), data)))
    at = Position(FILE, node.start_mark.line + 1, node.start_mark.column + 1)
    words = draw(st.sampled_from(sorted(NEW)))
    wanted = copy.deepcopy(data)
    holder = wanted
    for step in path[:-2] if path[-1:] == ("key",) else path[:-1]:
        holder = holder[step]
    if path[-1:] == ("key",):
        del holder[path[-2]]
        return RemoveKey(at=at), wanted
    inside = holder[path[-1]] if path else wanted
    if isinstance(value, dict):
        key = draw(st.sampled_from(("new key", *value)))
        inside[key] = NEW[words]
        return SetKey(inside=at, key=key, value=words), wanted
    if isinstance(value, list) and draw(st.booleans()):
        inside.append(NEW[words])
        return AppendItem(inside=at, value=words), wanted
    if isinstance(path[-1], int) and draw(st.booleans()):
        del holder[path[-1]]
        return RemoveItem(at=at), wanted
    if isinstance(value, list) or not isinstance(NEW[words], (str, int)):
        holder[path[-1]] = [*value, 7] if isinstance(value, list) else [value, 7]
        return AppendItem(inside=at, value="7"), wanted
    holder[path[-1]] = NEW[words]
    return ReplaceScalar(at=at, value=words), wanted


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_an_edit_gives_exactly_what_it_means_and_keeps_comments(
    given_data: st.DataObject,
) -> None:
    tree = given_data.draw(trees())
    text = given_data.draw(layouts(tree))
    edit, wanted = given_data.draw(edits(text, tree))
    result = apply_edits({FILE: text}, [edit])
    if result.refused:
        assert not result.texts
        assert IN_THE_WAY.search(result.refused[0].why), result.refused
        return
    after = result.texts.get(FILE, text)
    assert json.dumps(_data(after)) == json.dumps(wanted)
    if not isinstance(edit, (RemoveKey, RemoveItem)):
        assert _comments(after) == _comments(text)
    _is_otherwise_as_it_was(text, after)


def _is_otherwise_as_it_was(text: str, after: str) -> None:
    assert after.startswith("\ufeff") == text.startswith("\ufeff")
    assert ("\r\n" in after) <= ("\r\n" in text)
    assert after.endswith("\n") == text.endswith("\n")


@settings(max_examples=20, deadline=None)
@given(trees().flatmap(layouts))
def test_no_edit_changes_nothing(text: str) -> None:
    assert apply_edits({FILE: text}, []).texts == {}


@settings(max_examples=60, deadline=None)
@given(trees().flatmap(layouts))
def test_the_calm_form_means_the_same_keeps_comments_and_is_its_own_form(text: str) -> None:
    calm = formatted(text)
    assert json.dumps(_data(calm)) == json.dumps(_data(text))
    assert _comments(calm) == _comments(text)
    assert formatted(calm) == calm
    assert not re.search(r"[ \t]$|\r|\n\n\n|\A\n|\ufeff", calm, re.MULTILINE)
    assert calm.endswith("\n")
