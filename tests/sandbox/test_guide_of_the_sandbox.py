"""The guide lists what there is: kinds, what can be wrong with each, and an example that works."""

from __future__ import annotations

import json
import re
from pathlib import Path

from reconciler.sandbox.channels.modes import FACTS, TRANSPORT
from reconciler.sandbox.control_runs import RUN_FIELDS
from reconciler.sandbox.fields import read_fields

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "guides" / "sandbox.md").read_text(encoding="utf-8")


def rows_of(heading: str) -> dict[str, str]:
    """Return a table's rows by their first cell's code."""
    table = GUIDE.split(heading, 1)[1].split("\n\n", 1)[0]
    return {found[1]: found[2] for found in re.finditer(r"^\| `(\w+)` \| (.*) \|$", table, re.MULTILINE)}


def test_every_fact_is_listed_and_no_other() -> None:
    listed = {kind: set(re.findall(r"`(\w+)`", cell)) for kind, cell in rows_of("| kind | facts |").items()}
    assert listed == {kind.place: set(facts) for kind, facts in FACTS.items()}


def test_every_way_to_go_astray_is_listed() -> None:
    told = GUIDE.split("a way in which answers go astray:", 1)[1].split("\n\n", 1)[0]
    assert set(TRANSPORT) <= set(re.findall(r"`(\w+)`", told))


def test_every_kind_is_listed() -> None:
    assert set(rows_of("| kind | what is there |")) == {kind.place for kind in FACTS}


def test_the_example_of_a_failure_is_one() -> None:
    body = json.loads(GUIDE.split("POST $S/runs -d '", 2)[2].split("'\n", 1)[0])
    asked = read_fields(body, RUN_FIELDS)
    assert [node["name"] for node in asked["nodes"]] == ["fct_revenue", "not_null_fct_revenue_id", "rpt_revenue"]
