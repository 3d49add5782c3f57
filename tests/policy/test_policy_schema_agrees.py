"""The JSON Schema and the models refuse the same values: for every key, at every bound, and for whole files.

`jsonschema-rs` judges for the schema. One difference is the standard's own: for JSON Schema 1.0 is an integer.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from functools import lru_cache

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from reconciler.policy.documents.file import Document
from tests.policy.every_key import WHOLE, Json, Place, alternatives, example, places, resolved

JUDGE = jsonschema_rs.Draft7Validator(WHOLE)
EVERY = places()
ODD: tuple[Json, ...] = (
    *("", " ", "\n", "x", "x y", "+x", "-x", "a\nb", "all", "any", "none", "NO", "no", "*", "1", "0", "x" * 101),
    *(
        "$NAME",
        "${NAME}",
        "$name",
        "a $NAME",
        "a$N",
        "$",
        "$$",
        "$GITHUB_TOKEN",
        "${AWS_X}",
        "$ACTIONS_",
        "$AWS",
        "$NAME\n",
    ),
    *("https://a.example", "http://a", "https://", "https://a:99999", "https://u:p@a.example:8443/x?y#z", "ftp://a"),
    *(
        "https://[::1]:80/",
        "https://[1:2]",
        "https://[::1",
        "https://a b",
        "https:///x",
        "https://a\u2100b",
        "HTTPS://a",
    ),
    *(
        "a@b",
        "a@@b",
        "@b",
        "a@",
        "a b@c",
        "wsu_a",
        "wsu_",
        "C0123456789",
        "c012",
        "X-Token",
        "X Token",
        "mon",
        "US",
        "us",
    ),
    *(
        "08:00",
        "8:00",
        "24:00",
        "-4h",
        "-0h",
        "00:00",
        "5m",
        "0m",
        "1h30m",
        "30m1h",
        "m",
        "5",
        "-5m",
        "1d2h3m4s",
        "00h1s",
    ),
    *("2027-01-05", "2027-02-29", "2028-02-29", "0000-01-01", "1999-12-31", "2999-12-31", "3000-01-01", "20270105"),
    *(
        "95%",
        "95",
        "0.5%",
        ".5%",
        "100000000%",
        "95 %",
        "main",
        "HEAD",
        "a..b",
        "a/b",
        "origin",
        "../x",
        "America/New_York",
    ),
    *("\u0660\u0661:00", "\u00a0", "\u2003", "e\u0301", "\U0001f600", "x" * 10_000, "x" * 10_001, "$A" + "x" * 9_000),
    *(0, 1, -1, 2, 1000, 1001, 10**6, 10**6 + 1, 65535, 65536, 2**63 - 1, 2**63, 1.5, True, False, None),
    *(
        [],
        {},
        [[]],
        [{}],
        [None],
        ["x", "x"],
        [1],
        [True],
        {"": 1},
        {"x": "y"},
        {"type": "slack"},
        {"type": []},
        {"to": "x"},
    ),
)


def modelled(data: Json) -> bool:
    try:
        Document.model_validate(data)
    except ValidationError:
        return False
    return True


def assert_alike(data: Json) -> None:
    schema, model = JUDGE.is_valid(data), modelled(data)
    assert schema == model, f"schema: {schema}, models: {model}: {json.dumps(data, ensure_ascii=False)[:600]}"


@pytest.mark.parametrize("place", EVERY, ids=str)
def test_a_value_is_refused_by_both_or_by_neither(place: Place) -> None:
    for value in (*ODD, *_bounds(place.node), place.example, [place.example], {"name": place.example}):
        assert_alike(place.write(value))


def _bounds(node: dict[str, Json]) -> Iterator[Json]:
    """Yield what stands just inside and just outside each limit that the schema speaks of."""
    for choice in alternatives(node):
        for word in ("minimum", "maximum"):
            if word in choice:
                yield from (choice[word] - 1, choice[word], choice[word] + 1)
        for word in ("minLength", "maxLength"):
            if word in choice:
                yield from ("x" * (choice[word] + more) for more in (-1, 0, 1) if choice[word] + more >= 0)
        yield from choice.get("enum", ())
        if choice.get("type") == "array":
            yield from ([item] for item in _bounds(choice["items"]))


@pytest.mark.parametrize("place", [place for place in EVERY if isinstance(place.example, dict)], ids=str)
def test_a_key_too_few_or_too_many_is_refused_by_both_or_by_neither(place: Place) -> None:
    for choice in alternatives(place.node):
        names = [*choice.get("properties", ())]
        whole = {name: example(choice["properties"][name]) for name in names}
        assert_alike(place.write(whole))
        assert_alike(place.write({}))
        for name in names:
            assert_alike(place.write({key: value for key, value in whole.items() if key != name}))
            assert_alike(place.write({name: whole[name]}))
            for other in names:
                assert_alike(place.write({name: whole[name], other: whole[other]}))
        assert_alike(place.write({**place.example, "nonsense": 1}))
        assert not JUDGE.is_valid(place.write({**place.example, "non sense": None}))


@lru_cache(maxsize=4096)
def _written(node: str) -> st.SearchStrategy[Json]:
    return fitting(json.loads(node))


def fitting(node: dict[str, Json]) -> st.SearchStrategy[Json]:
    """Return values made from the schema's own words; most fit, what `oneOf` forbids between keys is not looked at."""
    choices = [_one(choice) for choice in alternatives(resolved(node))]
    return st.one_of(choices)


def _one(node: dict[str, Json]) -> st.SearchStrategy[Json]:
    if "const" in node or "enum" in node:
        return st.sampled_from(node.get("enum", [node.get("const")]))
    if node["type"] == "integer":
        return st.integers(node.get("minimum"), node.get("maximum"))
    if node["type"] == "boolean":
        return st.booleans()
    if node["type"] == "array":
        return st.lists(_inner(node["items"]), min_size=node.get("minItems", 0), max_size=3)
    if node["type"] == "string":
        return _text(node)
    return _mapping(node)


def _inner(node: dict[str, Json]) -> st.SearchStrategy[Json]:
    return st.deferred(lambda: _written(json.dumps(node, sort_keys=True)))


def _text(node: dict[str, Json]) -> st.SearchStrategy[str]:
    pattern, longest = node.get("pattern", ""), node.get("maxLength", 200)
    if node.get("format") == "date":
        return st.dates().map(lambda day: f"2{day.isoformat()[1:]}")
    return st.from_regex(re.compile(pattern)).map(lambda text: text.rstrip("\n")[:longest])


def _mapping(node: dict[str, Json]) -> st.SearchStrategy[dict[str, Json]]:
    properties: dict[str, Json] = node.get("properties", {})
    if properties:
        required = node.get("required", [])
        optional = [name for name in properties if name not in required]
        chosen = st.lists(st.sampled_from(optional), max_size=2, unique=True) if optional else st.just([])
        return chosen.flatmap(
            lambda names: st.fixed_dictionaries({name: _inner(properties[name]) for name in (*required, *names)})
        )
    for pattern, inner in node.get("patternProperties", {}).items():
        return st.dictionaries(_text({"pattern": pattern}), _inner(inner), max_size=2)
    names = st.sampled_from(node["propertyNames"]["enum"])
    return st.dictionaries(names, _inner(node["additionalProperties"]), max_size=2)


FILES = fitting(WHOLE)


@settings(max_examples=150)
@given(FILES)
def test_what_the_schema_describes_the_models_take(data: dict[str, Json]) -> None:
    assert_alike(data)


@settings(max_examples=150)
@given(FILES, st.data())
def test_a_file_with_one_thing_changed_is_judged_alike(data: dict[str, Json], search: st.DataObject) -> None:
    changed = copy.deepcopy(data)
    spots = list(_spots(changed))
    if spots:
        holder, step = search.draw(st.sampled_from(spots))
        match search.draw(st.sampled_from(["value", "drop", "more"])):
            case "value":
                holder[step] = search.draw(st.sampled_from(ODD))
            case "drop":
                del holder[step]
            case _:
                holder.update({"nonsense": 1}) if isinstance(holder, dict) else holder.append(holder[step])
    assert_alike(changed)


def _spots(value: Json) -> Iterator[tuple[Json, Json]]:
    items = list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())
    for step, inner in items:
        yield value, step
        yield from _spots(inner)


def test_most_of_what_is_made_from_the_schema_fits() -> None:
    """Else the properties above would say little."""
    fits: list[bool] = []

    @settings(max_examples=60, database=None)
    @given(FILES)
    def collect(data: dict[str, Json]) -> None:
        fits.append(JUDGE.is_valid(data))

    collect()
    assert sum(fits) > len(fits) / 2
