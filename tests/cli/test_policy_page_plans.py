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


def lay_out(run: Run, blocks: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the blocks as a policy, and a snapshot of the sandbox that is of their account."""
    run("snapshot", "--out", "live.json")
    relabel("live.json")
    write_policy(blocks)
    monkeypatch.setenv("DBT_CLOUD_HOST", f"https://{HOST}")
    monkeypatch.setenv("DBT_CLOUD_ACCOUNT_ID", str(ACCOUNT))
    monkeypatch.delenv("DBT_CLOUD_TOKEN")


def plan_of(run: Run, blocks: list[str], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    lay_out(run, blocks, monkeypatch)
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


ANSWERS: Final = {
    ("lint",): {0, 3},
    ("lint", "--live", "live.json"): {0, 3},
    ("explain", "channel", "{channel}", "--live", "live.json"): {0},
    ("explain", "person", "maria@acme.example", "--live", "live.json"): {0},
    ("coverage", "--live", "live.json"): {0},
    ("graph", "--live", "live.json"): {0},
    ("graph",): {0},
    ("test",): {0},
    ("fmt", "--check"): {0, 2},
    ("migrate", "--check"): {0},
}


@pytest.mark.parametrize(("blocks", "channel"), [(BLOCKS[:1], "maria"), (BLOCKS[1:], "data-critical")])
def test_every_command_that_answers_from_a_policy_answers_from_the_page(
    run: Run, monkeypatch: pytest.MonkeyPatch, blocks: list[str], channel: str
) -> None:
    lay_out(run, blocks, monkeypatch)
    for words, codes in ANSWERS.items():
        done = run(*(word.format(channel=channel) for word in words))
        assert done.code in codes, (words, done.err)
        assert "Internal error" not in done.err
        assert done.out or words == ("fmt", "--check")
    assert "invalid-policy" not in run("lint", "--live", "live.json", "--json").out


def test_explain_answers_the_page_s_question(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(run, BLOCKS[1:], monkeypatch)
    where = ("--project", "Finance", "--environment", "Production", "--live", "live.json")
    done = run("explain", "job", "Daily Revenue", "--on", "failure", "--at", "2026-01-03T03:00", *where, "--json")
    told = [(each["after"] // 60, each["channel"]) for each in done.json["told"]]
    assert told == [
        (0, "data-critical"),
        (0, "datadog"),
        (5, "oncall"),
        (5, "ticketing"),
        (15, "data-leads"),
        (15, "stakeholders"),
        (30, "management"),
    ]


def test_the_readmes_first_block_is_the_smallest_policy() -> None:
    readme = (PAGE.parents[1] / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"```yaml\n(.*?)```", readme, flags=re.DOTALL)[0] == BLOCKS[0]
