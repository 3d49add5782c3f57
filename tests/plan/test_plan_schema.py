"""The published schema of plans: generated, draft 2020-12, true of every plan, and strict where the object is ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import jsonschema_rs
import pytest

from reconciler.errors import PolicyError, RuntimeFailure
from reconciler.model.actions import Action
from reconciler.model.plan import Plan
from reconciler.model.problem import Position, Problem
from reconciler.plan.document import errored_document, plan_document
from reconciler.plan.document_actions import VERBS
from reconciler.plan.document_schema import FAMILIES, plan_schema
from reconciler.render.problems import problems_document
from tests.render.plans import empty, everything, hostile

SCHEMA_FILE = Path(__file__).parents[2] / "schemas" / "plan.schema.json"
NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
PROBLEM = Problem(at=Position("policy.yml", 1, 1), message="wrong", found="x", expected="y", fix="z")


@pytest.fixture(scope="module")
def validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(plan_schema())


def document(plan: Plan) -> dict[str, Any]:
    """Return the document as a reader gets it."""
    return dict(json.loads(json.dumps(plan_document(plan))))


def test_the_file_in_the_repository_is_the_generated_one() -> None:
    expected = json.dumps(plan_schema(), indent=2, ensure_ascii=False) + "\n"
    assert SCHEMA_FILE.read_text(encoding="utf-8") == expected, (
        "run: dbt-alerts schema --plan --write schemas/plan.schema.json"
    )


def test_it_is_a_schema_of_draft_2020_12() -> None:
    assert jsonschema_rs.meta.is_valid(plan_schema())
    assert plan_schema()["$schema"].endswith("2020-12/schema")


def test_every_kind_of_action_has_a_word_and_a_place_in_the_schema() -> None:
    assert set(VERBS) == set(get_args(Action))
    assert set(FAMILIES) == set(VERBS.values())


@pytest.mark.parametrize("plan", [everything, hostile, empty])
def test_every_plan_follows_it(plan: Callable[[], Plan], validator: jsonschema_rs.Draft202012Validator) -> None:
    validator.validate(document(plan()))


def test_each_action_alone_follows_it(validator: jsonschema_rs.Draft202012Validator) -> None:
    whole = everything()
    kinds = {type(action) for action in whole.actions}
    assert kinds == set(get_args(Action)), "the plan with everything in it lacks a kind of action"
    for action in whole.actions:
        validator.validate(document(replace(whole, actions=(action,), left=())))


def test_what_json_output_adds_follows_it(validator: jsonschema_rs.Draft202012Validator) -> None:
    validator.validate({"result": "success", "exit_code": 0, **document(everything())})


@pytest.mark.parametrize("error", [None, RuntimeFailure("no answer", next_step="run again"), PolicyError([PROBLEM])])
def test_why_there_is_no_plan_follows_it(
    error: RuntimeFailure | PolicyError | None, validator: jsonschema_rs.Draft202012Validator
) -> None:
    problems = problems_document(error.problems) if isinstance(error, PolicyError) else []
    validator.validate(errored_document(error, problems=problems, at=NOW))


def test_a_key_that_nobody_knows_is_refused_at_every_level(validator: jsonschema_rs.Draft202012Validator) -> None:
    for place in places(document(everything())):
        plan = document(everything())
        target: Any = plan
        for step in place:
            target = target[step]
        target["nobody-knows"] = 1
        assert not validator.is_valid(plan), f"a new key at {place} went unnoticed"


def places(node: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the path of every object in a document; of equal lists of actions all, of their entries each."""
    found: list[tuple[str | int, ...]] = [path] if isinstance(node, dict) else []
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, each in entries:
        found += places(each, (*path, step))
    return found


@pytest.mark.parametrize("name", sorted(set(plan_schema()["$defs"]["plan"]["required"])))
def test_nothing_may_be_left_out(name: str, validator: jsonschema_rs.Draft202012Validator) -> None:
    plan = document(everything())
    del plan[name]
    assert not validator.is_valid(plan)


def test_every_key_has_a_description() -> None:
    silent = [path for path, item in keys(plan_schema()["$defs"]) if not item.get("description")]
    assert silent == []


def keys(node: object, path: str = "") -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    if isinstance(node, list):
        return [each for item in node for each in keys(item, path)]
    if isinstance(node, dict):
        found += [(f"{path}/{name}", item) for name, item in node.get("properties", {}).items() if "$ref" not in item]
        found += [each for name, item in node.items() for each in keys(item, f"{path}/{name}")]
    return found
