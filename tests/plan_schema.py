"""The published schema of plans, held against every plan that a test makes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema_rs

from reconciler.plan.document_schema import plan_schema

__all__ = ["follows_the_schema"]


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(plan_schema())


def follows_the_schema(document: Mapping[str, Any]) -> None:
    """Raise jsonschema_rs.ValidationError for a plan's document that does not follow it."""
    _validator().validate(json.loads(json.dumps(document)))
