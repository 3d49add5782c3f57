"""The JSON Schema of tests files: as generated, described on every key, and of one mind with the models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest

from reconciler.policy.policy_tests.document import TestsDocument
from reconciler.policy.policy_tests.schema import tests_schema as made_schema
from reconciler.policy.yaml_tree import parse

ROOT: Final = Path(__file__).resolve().parents[2]
TEST: Final = {"name": "a", "job": "Daily", "on": "failure", "at": "2026-01-03T03:00"}


def test_the_file_in_the_repository_is_the_generated_one() -> None:
    expected = json.dumps(made_schema(), indent=2, ensure_ascii=False) + "\n"
    file = ROOT / "schemas" / "policy-tests.schema.json"
    assert file.read_text(encoding="utf-8") == expected, (
        "run: dbt-alerts schema --tests --write schemas/policy-tests.schema.json"
    )


def _keys(node: object) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, list):
        for item in node:
            yield from _keys(item)
    if isinstance(node, dict):
        yield from node.get("properties", {}).items()
        for name, item in node.items():
            if name not in {"examples", "enum", "const"}:
                yield from _keys(item)


def test_every_key_has_a_description_and_an_example() -> None:
    assert [name for name, item in _keys(made_schema()) if not (item.get("description") and item.get("examples"))] == []


@pytest.mark.parametrize("file", sorted((ROOT / "policies" / "tests").glob("*.yml")), ids=lambda path: path.name)
def test_the_example_companys_tests_follow_it(file: Path) -> None:
    tree, problems = parse(file.name, file.read_bytes())
    assert problems == []
    jsonschema_rs.Draft7Validator(made_schema()).validate(tree.data)
    assert file.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=../../schemas/")


@pytest.mark.parametrize(
    ("test", "valid"),
    [
        ({"expect": "nobody"}, True),
        ({"expect": ["team", {"channel": "team", "after": "0m"}]}, True),
        ({"expect": "somebody"}, False),
        ({"expect": [{"chanel": "team"}]}, False),
        ({"expect_at_least": [{"channel": "team", "after": "5"}]}, False),
        ({"never": "team"}, True),
        ({"job": 5, "never": ["team"]}, True),
        ({"job": {"project": "Finance"}, "never": ["team"]}, False),
        ({"on": "timeout", "never": ["team"]}, True),
        ({"on": "skipped", "never": ["team"]}, False),
        ({"given": {"failed": {"model": "a", "tags": "x"}, "acknowledged_after": "0m"}, "never": ["team"]}, True),
        ({"given": {"failures_before": -1}, "never": ["team"]}, False),
    ],
)
def test_schema_and_models_agree(test: dict[str, Any], valid: bool) -> None:
    document = {"tests": [{**TEST, **test}]}
    assert jsonschema_rs.Draft7Validator(made_schema()).is_valid(document) is valid
    try:
        TestsDocument.model_validate(document)
        accepted = True
    except ValueError:
        accepted = False
    assert accepted is valid
