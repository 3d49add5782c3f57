"""The JSON Schema (draft-07) of a tests file, for editors."""

from __future__ import annotations

from typing import Any

from reconciler.policy.policy_tests.document import TestsDocument
from reconciler.policy.schema import schema_of

__all__ = ["tests_schema"]


def tests_schema() -> dict[str, Any]:
    """Return the schema that every tests file follows."""
    return schema_of(TestsDocument, title="dbt-alerts tests file")
