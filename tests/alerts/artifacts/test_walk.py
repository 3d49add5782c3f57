"""Large files, entry by entry: only what is asked for is built, and a broken end is said after what came before it."""

import io
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.alerts.artifacts.walk import MAX_DEPTH, Broken, Entry, Fields, walk

MANIFEST = Path(__file__).parents[2] / "fixtures" / "artifacts" / "exam-shop-dbt1.10-mixed" / "manifest.json"


def everything(_section: str, _key: str) -> Collection[str]:
    return Anything()


class Anything(frozenset[str]):
    def __contains__(self, _name: object) -> bool:
        return True


def walked(document: object, fields: Fields = everything) -> list[Entry]:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return list(walk(io.BytesIO(content), fields))


def test_all_of_a_manifest_is_what_json_reads() -> None:
    whole = json.loads(MANIFEST.read_bytes())
    with MANIFEST.open("rb") as file:
        found = [(each.section, each.key, each.value) for each in walk(file, everything)]
    expected = [
        (section, key, None if isinstance(value, list) else value)
        for section, entries in whole.items()
        if isinstance(entries, dict)
        for key, value in entries.items()
    ]
    assert json.dumps(found, default=float) == json.dumps(expected)


def test_only_wanted_entries_and_fields_are_built() -> None:
    document = {"nodes": {"a": {"x": [1], "y": {"z": 2}}, "b": {"x": 3}}, "macros": {"m": {"x": 4}}}
    found = walked(document, lambda section, key: {"x"} if (section, key) == ("nodes", "a") else None)
    assert found == [Entry(section="nodes", key="a", value={"x": [1]})]


def test_a_list_has_entries_without_keys() -> None:
    assert walked({"results": [{"x": 1}, 7, [8], None]}) == [
        Entry(section="results", key="", value=value) for value in ({"x": 1}, 7, None, None)
    ]


@pytest.mark.parametrize(
    "number",
    ["9" * 6_000, "9" * 100_000, "1e9999999999999999999999999", "NaN", "-Infinity"],
    ids=lambda each: each[:12],
)
@pytest.mark.parametrize("field", ["wanted", "skipped"])
def test_a_number_that_no_machine_holds_breaks_the_file_off_and_not_the_process(number: str, field: str) -> None:
    rows = f'{{"results": [{{"wanted": 1}}, {{"{field}": {number}}}, {{"wanted": 2}}]}}'.encode()
    found: list[Entry] = []
    with pytest.raises(Broken, match="not JSON all through"):
        found.extend(walk(io.BytesIO(rows), lambda _section, _key: {"wanted"}))
    assert not [each for each in found if each.value == {"wanted": 2}]


def test_a_plain_section_has_no_entries() -> None:
    assert walked({"elapsed_time": 1.5, "args": None, "empty": {}, "none": []}) == []


def test_the_file_is_read_from_its_beginning_each_time() -> None:
    file = io.BytesIO(b'{"s": {"k": 1}}')
    assert list(walk(file, everything)) == list(walk(file, everything)) != []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it breaks off in the middle"),
        (b'{"s": {"k": 1}, "t": {', "it breaks off in the middle"),
        (b'{"s": {"k": 1}} and more', "it is not JSON all through"),
        (b"<html>", "it is not JSON all through"),
        (b"[1]", "it holds no JSON object"),
        (b'"text"', "it holds no JSON object"),
        (b'{"s": {"k": "\xff"}}', "it is not JSON all through"),
        (b'{"s": {"k": NaN}}', "it is not JSON all through"),
        (b"PAR1" * 5, "it is not JSON all through"),
    ],
)
def test_a_broken_file_is_said_without_a_word_of_it(content: bytes, said: str) -> None:
    with pytest.raises(Broken) as raised:
        walked(content)
    assert str(raised.value) == said


def test_what_came_before_the_break_was_yielded() -> None:
    entries = walk(io.BytesIO(b'{"s": {"k": 1, "l": '), everything)
    assert next(entries).key == "k"
    with pytest.raises(Broken):
        next(entries)


def test_a_field_nested_too_deeply_is_null_and_the_rest_is_read() -> None:
    deep: Any = 1
    for _ in range(MAX_DEPTH + 1):
        deep = [deep]
    assert walked({"s": {"k": {"deep": deep, "next": 2, "fits": deep[0]}, "l": 3}}) == [
        Entry(section="s", key="k", value={"deep": None, "next": 2, "fits": deep[0]}),
        Entry(section="s", key="l", value=3),
    ]


def test_a_file_of_brackets_is_no_matter() -> None:
    with pytest.raises(Broken, match="breaks off"):
        walked(b'{"s": {"k": {"f": ' + b"[" * 500_000)


@settings(max_examples=40)
@given(document=st.binary(max_size=40) | st.text(alphabet='{}[]",:1a\\ ', max_size=30).map(str.encode))
def test_any_bytes_are_entries_or_broken(document: bytes) -> None:
    try:
        walked(document)
    except Broken:
        with pytest.raises(ValueError):  # noqa: PT011 - any complaint of the standard library will do
            _an_object(document)


def _an_object(document: bytes) -> None:
    if not isinstance(json.loads(document.decode(), parse_constant=int), dict):
        raise ValueError  # noqa: TRY004 - as the library's
