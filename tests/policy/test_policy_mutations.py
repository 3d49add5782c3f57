"""A right policy with one wrong value anywhere: loaded, or refused with problems that say where and what to do."""

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import PolicyError
from reconciler.model.problem import Problem
from reconciler.policy import load
from reconciler.policy.yaml_tree import parse

ROOT = Path(__file__).parents[2]
PATHS = [path for path in sorted((ROOT / "policies").rglob("*.yml")) if path.parent.name != "tests"]
RICH = (ROOT / "tests" / "cases" / "policy" / "good" / "layers.yml").read_bytes()
DATA: list[dict[str, Any]] = [
    dict(parse("x.yml", raw)[0].data) for raw in [*(path.read_bytes() for path in PATHS), RICH]
]

_SCALARS = [0, -1, 1.5, 10**17, True, "", " ", "x", "none", "any", "$NAME", "+x", "-x", "all", "*", "run.error"]
_OTHERS: list[object] = [
    [],
    {},
    [[]],
    [{}],
    {"": 1},
    {"type": "slack"},
    {"type": []},
    {"to": "x"},
    ["x", {"to": "x"}],
    {"x": {"y": 1}},
]
ODD = st.sampled_from([*_SCALARS, *_OTHERS])


def _places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner: list[tuple[Any, ...]] = []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        inner += [(*path, key), *_places(item, (*path, key))]
    return inner


PLACES = [(number, path) for number, data in enumerate(DATA) for path in _places(data)]


def _problems(documents: list[dict[str, Any]]) -> tuple[Problem, ...]:
    files = {path: json.dumps(data).encode() for path, data in zip(PATHS, documents, strict=True)}
    try:
        load([ROOT / "policies"], text_reader=lambda path: files[path])
    except PolicyError as error:
        return error.problems
    return ()


def _all_say_what_to_do(problems: tuple[Problem, ...]) -> bool:
    return all(problem.message and problem.fix for problem in problems)


def test_the_policy_itself_loads() -> None:
    assert _problems(DATA[:-1]) == ()


@given(st.sampled_from(PLACES), ODD)
def test_one_odd_value_never_makes_it_fail_otherwise(place: tuple[int, tuple[Any, ...]], odd: object) -> None:
    number, path = place
    documents = copy.deepcopy(DATA)
    target: Any = documents[number]
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = odd
    rich = documents.pop()
    if number == len(documents):
        documents[0] = {name: rich[name] for name in rich} | {
            name: DATA[0][name] for name in DATA[0] if name not in rich and name != "defaults"
        }
    assert _all_say_what_to_do(_problems(documents))


@given(st.sampled_from(PLACES), st.sampled_from(["nme", "tier", "to", "on", "x", "none", "any", "type"]))
def test_one_odd_key_never_makes_it_fail_otherwise(place: tuple[int, tuple[Any, ...]], name: str) -> None:
    number, path = place
    documents = copy.deepcopy(DATA)
    target: Any = documents[number]
    for step in path[:-1]:
        target = target[step]
    if isinstance(target, dict):
        target[name] = target.pop(path[-1])
    documents.pop()
    assert _all_say_what_to_do(_problems(documents))
