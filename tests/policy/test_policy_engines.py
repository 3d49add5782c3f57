"""Both YAML engines give the same tree wherever both accept a text, and our values are those of the core schema."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import Node

from reconciler.policy.compose import PURE_LIMIT, compose_fast, compose_pure
from reconciler.policy.yaml_tree import parse

_PLAIN = "name|on|no|yes|null|~|true|False|1|0o17|0x1f|1e3|-4h|+c|$NAME|08:00|2027-01-05|a b|Ünïcode|"
_HARD = 'x: y|# no|it\'s|a "quote"|[[id]]|*|&|https://x.example/?a=b'
WORDS = st.sampled_from([*_PLAIN.split("|"), *_HARD.split("|")])
VALUES = st.recursive(
    WORDS
    | st.text(st.characters(codec="utf-8", exclude_categories=["C"], exclude_characters="\u2028\u2029"), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


def _outline(node: Node | None) -> object:
    """Return meaning and place; of an empty value none, because the engines put it before or after the spaces."""
    if node is None or isinstance(node.value, str):
        return node and (str(node.ctag), node.value, node.value and (node.start_mark.line, node.start_mark.column))
    return [[_outline(part) for part in item] if isinstance(item, tuple) else _outline(item) for item in node.value]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _written(value: object, style: st.DataObject, depth: int = 0) -> str:
    """Write a value as YAML, each collection in block or flow style as the search decides."""
    if isinstance(value, str):
        return _quoted(value)
    in_flow = not value or style.draw(st.booleans())
    if isinstance(value, list):
        items = [_written(item, style, depth + 1) if not in_flow else _flow(item) for item in value]
        return f"[{', '.join(items)}]" if in_flow else "".join(f"\n{'  ' * depth}- {item}" for item in items)
    if in_flow:
        return _flow(value)
    assert isinstance(value, dict)
    return "".join(f"\n{'  ' * depth}{_quoted(key)}: {_written(item, style, depth + 1)}" for key, item in value.items())


def _flow(value: object) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    assert isinstance(value, dict)
    return "{" + ", ".join(f"{_quoted(key)}: {_flow(item)}" for key, item in value.items()) + "}"


@given(VALUES, st.data())
def test_the_same_tree_for_what_we_write(value: object, style: st.DataObject) -> None:
    text = _written({"top": value}, style)
    assert _outline(compose_fast(text)) == _outline(compose_pure(text))


@given(st.text(alphabet="ab:-[]{}, \n#'\"1$", max_size=40))
def test_the_same_tree_for_what_both_accept(text: str) -> None:
    try:
        fast, pure = compose_fast(text), compose_pure(text)
    except YAMLError:
        assume(False)
    assert _outline(fast) == _outline(pure)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("on", "on"),
        ("no", "no"),
        ("Yes", "Yes"),
        ("true", True),
        ("FALSE", False),
        ("017", 17),
        ("0o17", 15),
        ("0x1f", 31),
        ("-3", -3),
        ("1_000", "1_000"),
        ("08:00", "08:00"),
        ("12:30:45", "12:30:45"),
        ("2027-01-05", "2027-01-05"),
        ("1.5", 1.5),
        ("1.", 1.0),
        (".5", 0.5),
        ("1e3", 1000.0),
        (".inf", float("inf")),
        ("-4h", "-4h"),
        ("+c", "+c"),
        ("$NAME", "$NAME"),
        ("=", "="),
        ('"1"', "1"),
        ("'~'", "~"),
        ("! 1", 1),
    ],
)
def test_words_mean_what_the_core_schema_says(word: str, value: object) -> None:
    tree, problems = parse("x.yml", f"key: {word}\n".encode())
    assert problems == []
    assert tree.data == {"key": value}
    assert type(tree.data["key"]) is type(value)


@pytest.mark.parametrize("text", ["{url: https://x.example}", "{due: 08:00}", "{name: a?b}"])
def test_what_only_the_pure_engine_accepts_is_accepted(text: str) -> None:
    with pytest.raises(YAMLError):
        compose_fast(text)
    tree, problems = parse("x.yml", text.encode())
    assert problems == []
    assert len(tree.data) == 1


@pytest.mark.parametrize("flow", ["{due: 08:00}", "[08:00, 09:00]", "{url: https://x.example/?a=b}", "{q: a?b:c}"])
def test_what_only_the_slow_engine_reads_is_told_by_the_length_of_the_file(flow: str) -> None:
    text = f"a:\n  - {flow}\n"
    assert parse("t.yml", text.encode())[1] == []
    long = text + "#" * PURE_LIMIT
    [problem] = parse("t.yml", long.encode())[1]
    assert problem.at.line == 2
    assert "more than 256 KiB" in problem.message
    assert "quotes, or split the file" in problem.fix


def test_a_bracket_that_is_not_closed_in_a_long_file_is_no_matter_of_its_length() -> None:
    [problem] = parse("t.yml", ("a: {b\n" + "#" * PURE_LIMIT).encode())[1]
    assert problem.message == "a `{` is not closed here"
