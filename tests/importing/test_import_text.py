"""Whatever text comes from elsewhere is the same text when a YAML engine reads the file, and stays in its comment."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from reconciler.importing.yaml_text import comment, flow, item, joined, pair, scalar, seen
from reconciler.policy.compose import compose_fast, compose_pure
from reconciler.policy.yaml_tree import parse
from tests.importing.import_world import ODD_NAMES

WHATEVER = st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(ODD_NAMES)
ENGINES = pytest.mark.parametrize("compose", [compose_fast, compose_pure])


def value_of(node: object) -> object:
    match node:
        case ScalarNode():
            return node.value
        case SequenceNode():
            return [value_of(each) for each in node.value]
        case MappingNode():
            return {value_of(key): value_of(each) for key, each in node.value}
        case _:
            return None


@pytest.mark.parametrize("name", ODD_NAMES)
@ENGINES
def test_an_odd_name_is_the_same_text_in_every_place(name: str, compose: object) -> None:
    text = joined([*pair("a", name), *pair("b", [name, "x"]), *pair("c", {"k": name}), "d:", *item({"e": name})])
    assert callable(compose)
    read = value_of(compose(text))
    assert read == {"a": name, "b": [name, "x"], "c": {"k": name}, "d": [{"e": name}]}


@given(WHATEVER)
@example("\U0010ffff")
def test_any_text_is_text_for_the_loader_and_never_a_number_or_a_word(name: str) -> None:
    tree, problems = parse("x.yml", joined(["a:", *item({"b": name}), *pair("c", [name])]).encode())
    if not problems:
        assert tree.data == {"a": [{"b": name}], "c": [name]}


@given(WHATEVER.filter(lambda name: len(name) <= 100))
def test_a_key_is_that_text_too(name: str) -> None:
    node = compose_pure(joined(pair(name, {"type": "x", "note": "y" * 200})))
    assert value_of(node) == {name: {"type": "x", "note": "y" * 200}}


@given(WHATEVER)
def test_nothing_in_a_comment_is_anything_but_comment(name: str) -> None:
    text = joined([*comment(f"{seen(name)} {name} is odd", indent=2), "a: b"])
    assert value_of(compose_pure(text)) == {"a": "b"}
    assert all(line.isprintable() for line in text.splitlines())
    assert all(line.startswith("  # ") for line in text.splitlines()[:-1])


def test_a_remote_name_of_ten_thousand_characters_is_cut_in_a_comment() -> None:
    assert len(seen("x" * 10_000)) < 120


def test_what_reads_as_something_else_is_quoted_and_what_does_not_is_plain() -> None:
    for word in (
        "null",
        "True",
        "no",
        "ON",
        "y",
        "~",
        "1",
        "-1",
        "0x1F",
        "1e3",
        "2026-01-01",
        "a: b",
        "a #b",
        "$A",
        "",
    ):
        assert scalar(word).startswith('"')
    for word in ("Daily Revenue", "maria@acme.example", "slack/data-C1", "finance-data (EU)", "Übersicht"):
        assert scalar(word) == word


def test_a_long_value_goes_a_line_each_and_ids_with_their_notes() -> None:
    jobs = {"project": "Finance", "name": ["x" * 60, "y" * 60]}
    lines = list(item({"to": "maria", "jobs": jobs}))
    assert lines[:2] == ["  - to: maria", "    jobs:"]
    assert f"        - {'x' * 60}" in lines
    noted = list(item({"to": "maria", "jobs": {"id": [7]}}, notes={7: "who knows\nwhy"}))
    assert noted[-1] == "        - 7  # who knows\\u000awhy"
    assert flow({"a": [1, True]}) == "{a: [1, true]}"
