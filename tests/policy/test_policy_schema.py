"""The JSON Schema is generated, draft-07, speaks on every key, and agrees with the models on the cases."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from reconciler.policy import schema
from reconciler.policy.files import find
from reconciler.policy.yaml_tree import parse

ROOT = Path(__file__).parents[2]
SCHEMA_FILE = ROOT / "schemas" / "policy.schema.json"
GOOD = [*find([ROOT / "policies"]).files, *sorted((ROOT / "tests" / "cases" / "policy" / "good").rglob("*.yml"))]
STRUCTURE = sorted((ROOT / "tests" / "cases" / "policy" / "structure").glob("*.yml"))


@pytest.fixture(scope="module")
def validator() -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft7Validator(schema())


def _data(path: Path) -> Mapping[str, Any]:
    tree, problems = parse(path.name, path.read_bytes())
    assert not problems
    return tree.data


def test_the_file_in_the_repository_is_the_generated_one() -> None:
    expected = json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
    assert SCHEMA_FILE.read_text(encoding="utf-8") == expected, (
        "run: dbt-alerts schema --write schemas/policy.schema.json"
    )


def test_it_is_a_draft_07_schema() -> None:
    assert jsonschema_rs.meta.is_valid(schema())
    assert schema()["$schema"] == "http://json-schema.org/draft-07/schema#"


def _properties(node: object, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, list):
        for item in node:
            yield from _properties(item, path)
    if isinstance(node, dict):
        for name, item in node.get("properties", {}).items():
            yield f"{path}/{name}", item
        for name, item in node.items():
            if name not in {"examples", "enum", "const"}:
                yield from _properties(item, f"{path}/{name}")


def test_every_key_has_a_description_and_an_example() -> None:
    silent = [path for path, item in _properties(schema()) if not (item.get("description") and item.get("examples"))]
    assert silent == []


def test_every_kind_of_mapping_says_what_it_is() -> None:
    assert [name for name, item in schema()["definitions"].items() if not item.get("description")] == []


def test_no_key_may_be_null() -> None:
    assert '"null"' not in json.dumps(schema())


def test_every_example_is_accepted_where_it_stands() -> None:
    whole = schema()
    refused = [
        (path, example)
        for path, item in _properties(whole)
        for example in item.get("examples", ())
        if not jsonschema_rs.Draft7Validator({**item, "definitions": whole["definitions"]}).is_valid(example)
    ]
    assert refused == []


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good_files_satisfy_it(path: Path, validator: jsonschema_rs.Validator) -> None:
    assert [error.message for error in validator.iter_errors(_data(path))] == []


@pytest.mark.parametrize("path", STRUCTURE, ids=lambda path: path.stem)
def test_files_of_a_wrong_structure_do_not(path: Path, validator: jsonschema_rs.Validator) -> None:
    assert not validator.is_valid(_data(path))
