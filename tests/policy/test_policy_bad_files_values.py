"""Every key of the language with values not meant for it: refused with a place and a way out, or understood."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest

from reconciler.errors import PolicyError
from reconciler.model.problem import Problem
from reconciler.policy import load
from reconciler.policy.yaml_tree import parse
from tests.policy.every_key import WHOLE, Place, places

HERE = "\N{BALLOT BOX}"  # replaced by the text of a value
VALUES = (
    *("", "~", "null", "[]", "{}", "[[]]", "[null]", "{a: b}", "[{}, []]", '["x", {"to": "x"}]', "? a", "<<", "&", "*"),
    *("0", "-1", "1.5", "1e400", ".inf", "-.inf", ".nan", "1_000", "0x10", "0o17", "12:30:45", "9" * 20, "9" * 30),
    *(
        "true",
        "yes",
        "no",
        "NO",
        "on",
        "all",
        "any",
        "none",
        '""',
        '" "',
        '"+x"',
        '"-"',
        "'*'",
        '"x y"',
        '"@"',
        '"a@b"',
    ),
    *('"\\u0000"', '"\\ud800"', '"\\U0001F600"', '"e\\u0301"', '"a\\nb"', '"\\u202E evil"', '"\\u200b"', '"\\uFEFF"'),
    *("$NAME", "${NAME}", '"${NAME}"', "$name", '"a $NAME b"', '"$GITHUB_TOKEN"', '"$AWS_KEY"', '"https://"'),
    *("!!binary aGk=", "!!python/object:os.system x", "2027-13-45", "2027-02-30", "0000-00-00", '"http://[::1"'),
    *("{<<: x}", "{<<: {a: b}}", f'"{"x" * 10_001}"', f'"{"*" * 5_000}"', "&a [*a]", "&a {<<: *a}"),
)
EVERY = places()
SHARE = 8
"""Each value meets one key of so many; each key meets one value of so many."""


@pytest.fixture(scope="module")
def judge() -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft7Validator(WHOLE)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yml"
    path.touch()
    return path


def text_with(place: Place, value: str) -> str:
    return json.dumps(place.write(HERE), ensure_ascii=False).replace(f'"{HERE}"', value)


def problems_of(file: Path, text: str) -> tuple[Problem, ...] | None:
    """Return what is wrong; None where the file is understood."""
    try:
        load([file], text_reader=lambda _path: text.encode())
    except PolicyError as error:
        return error.problems
    return None


@pytest.mark.parametrize("number", range(len(VALUES)), ids=[value[:24] or "nothing" for value in VALUES])
def test_a_wrong_value_is_refused_where_it_stands(number: int, file: Path, judge: jsonschema_rs.Validator) -> None:
    for place in EVERY[number % SHARE :: SHARE]:
        text = text_with(place, VALUES[number])
        problems = problems_of(file, text)
        if problems is None:
            tree, wrong = parse("policy.yml", text.encode())
            assert not wrong, (str(place), text)
            assert judge.is_valid(tree.data), f"{place}: understood, and the schema refuses it: {text}"
            continue
        assert problems
        for problem in problems:
            assert problem.message
            assert problem.fix, (str(place), problem)
            assert (problem.at.file, problem.at.line) == (str(file), 1)
            assert 1 <= problem.at.column <= len(text) + 1


def test_every_example_of_an_editor_is_understood_where_it_stands(file: Path) -> None:
    """A key that only stands beside others is looked at for itself: what is said of its neighbours does not count."""
    for place in EVERY:
        text = text_with(place, json.dumps(place.example))
        start = text.index(json.dumps(place.example)) + 1
        found = [problem for problem in problems_of(file, text) or () if problem.at.column > start]
        assert found == [], (str(place), text)


def test_a_wrong_item_of_a_heads_list_leaves_the_others_in_their_place(file: Path) -> None:
    text = "team: x\npromote: [{to: 1, when: {tags: a}}, {to: critical, after_consecutive_failures: 1}]\n"
    problems = problems_of(file, text)
    assert problems is not None
    assert [(problem.message, problem.at.column) for problem in problems] == [("`to`: this must be text", 16)]
