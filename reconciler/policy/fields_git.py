"""The names that git is asked for, each with its own complaint."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from reconciler.model.git_names import BRANCH_PATTERN, REMOTE_PATTERN, safe_branch, safe_remote
from reconciler.policy.fields import Text, refuse

__all__ = ["BranchName", "RemoteName"]


def _branch(value: str) -> str:
    if safe_branch(value):
        return value
    raise refuse(
        "this is not a branch's name",
        expected="letters, digits, `.`, `_`, `-` and `/`, as in `dbt-alerts-ledger`",
        fix="write the branch alone, without `refs/heads/` and without a remote",
    )


def _remote(value: str) -> str:
    if safe_remote(value):
        return value
    raise refuse(
        "this is not the name of a remote",
        expected="a name that `git remote` lists, as `origin`; never a URL or a path",
        fix="add the remote to the clone and write its name; an operator may set DBT_ALERTS_LEDGER_REMOTE",
    )


BranchName = Annotated[
    Text, AfterValidator(_branch), WithJsonSchema({"type": "string", "minLength": 1, "pattern": BRANCH_PATTERN})
]
RemoteName = Annotated[
    Text, AfterValidator(_remote), WithJsonSchema({"type": "string", "minLength": 1, "pattern": REMOTE_PATTERN})
]
