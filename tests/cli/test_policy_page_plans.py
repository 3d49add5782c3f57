"""The policy language's page is a test: its blocks plan from a snapshot of the seeded sandbox, relabelled for them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from tests.cli.conftest import Run

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "policy-language.md"
BLOCKS: Final = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
ACCOUNT, HOST = 70403103916842, "ab123.us1.dbt.com"


def write_policy(blocks: list[str]) -> None:
    Path("policies/alerts.yml").unlink()
    for number, block in enumerate(blocks):
        Path(f"policies/block{number}.yml").write_text(block, encoding="utf-8")


def relabel(file: str) -> None:
    snapshot = json.loads(Path(file).read_text(encoding="utf-8"))
    snapshot |= {"host": HOST, "account_id": ACCOUNT}
    Path(file).write_text(json.dumps(snapshot), encoding="utf-8")


def plan_of(run: Run, blocks: list[str], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    run("snapshot", "--out", "live.json")
    relabel("live.json")
    write_policy(blocks)
    monkeypatch.setenv("DBT_CLOUD_HOST", f"https://{HOST}")
    monkeypatch.setenv("DBT_CLOUD_ACCOUNT_ID", str(ACCOUNT))
    monkeypatch.delenv("DBT_CLOUD_TOKEN")
    found = run("plan", "--live", "live.json", "--json")
    assert found.code == 0, found.err
    return found.json


def test_the_smallest_policy_tells_maria_of_production(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of(run, BLOCKS[:1], monkeypatch)
    assert {each["recipient_name"] for each in plan["actions"]} == {"maria@acme.example"}
    assert {each["outcome"] for each in plan["actions"]} == {"failure", "cancelled"}
    assert plan["blocked"] == []


def test_all_other_blocks_together_are_one_policy(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of(run, BLOCKS[1:], monkeypatch)
    assert plan["blocked"] == []
    assert plan["counts"]["add"] > 0
    assert plan["relay"]["jobs"] > 0
    assert ("create-webhook", "finance/lineage refresh") in [(a["do"], a.get("key")) for a in plan["actions"]]


def test_the_readmes_first_block_is_the_smallest_policy() -> None:
    readme = (PAGE.parents[1] / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"```yaml\n(.*?)```", readme, flags=re.DOTALL)[0] == BLOCKS[0]
