"""Types, fields and outcomes that dbt Cloud may add, or left behind: passed through untouched and reported once."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.sandbox import RunningSandbox
from tests.cli.conftest import Run


def seeded(sandbox: RunningSandbox, table: str, **values: Any) -> dict[str, Any]:  # noqa: ANN401 - a raw row
    return sandbox.control.put(table, values)


def row_of(sandbox: RunningSandbox, email: str) -> dict[str, Any]:
    user = next(each["id"] for each in sandbox.control.rows("users") if each["email"] == email)
    return next(each for each in sandbox.control.rows("notifications") if (each["type"], each["user_id"]) == (1, user))


@pytest.mark.parametrize("kind", [3, 99])
def test_rows_of_a_type_that_we_do_not_know_stay_as_they_are(run: Run, sandbox: RunningSandbox, kind: int) -> None:
    template = {key: value for key, value in sandbox.control.rows("notifications")[0].items() if key != "id"}
    for _ in range(2):
        seeded(sandbox, "notifications", **{**template, "type": kind, "on_failure": [4711], "target": {"x": 1}})
    before = [each for each in sandbox.control.rows("notifications") if each["type"] == kind]
    assert run("plan").out.count(f"notification type {kind}") == 1
    run("apply")
    assert [each for each in sandbox.control.rows("notifications") if each["type"] == kind] == before


def test_a_list_for_an_outcome_that_we_do_not_know_survives_our_write(run: Run, sandbox: RunningSandbox) -> None:
    run("apply")
    row = row_of(sandbox, "maria@acme.example")
    sandbox.control.change("notifications", row["id"], on_skipped=[4711, 101], on_failure=[], cadence="hourly")
    assert run("plan").out.count("notification field on_skipped") == 1
    assert run("apply", "--repair-drift").code == 0
    after = row_of(sandbox, "maria@acme.example")
    assert (after["on_skipped"], after["cadence"]) == ([4711, 101], "hourly")
    assert after["on_failure"], "the write took place"
