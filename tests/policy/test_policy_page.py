"""The page that teaches the language is a test: its blocks parse with both engines and load."""

import re
from pathlib import Path

import pytest
from ruamel.yaml.nodes import Node

from reconciler.model.policy import DbtUser
from reconciler.policy import load
from reconciler.policy.compose import compose_fast, compose_pure

PAGE = Path(__file__).parents[2] / "docs" / "policy-language.md"
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def _outline(node: Node | None) -> object:
    if node is None or isinstance(node.value, str):
        return node and (str(node.ctag), node.value, node.start_mark.line, node.start_mark.column)
    return [[_outline(part) for part in item] if isinstance(item, tuple) else _outline(item) for item in node.value]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.partition("\n")[0][:40])
def test_each_block_is_the_same_tree_for_both_engines(block: str) -> None:
    assert _outline(compose_fast(block)) == _outline(compose_pure(block))


def test_the_page_has_its_blocks() -> None:
    assert len(BLOCKS) == 6


def test_the_smallest_policy_loads(tmp_path: Path) -> None:
    (tmp_path / "policy.yml").write_text(BLOCKS[0], encoding="utf-8")
    policy = load([tmp_path])
    assert policy.manager == "acme-data-alerts"
    assert isinstance(policy.channels["maria"], DbtUser)
    assert [outcome.value for outcome in policy.notifications[0].on] == ["failure", "cancelled"]


def test_all_other_blocks_together_are_one_policy(tmp_path: Path) -> None:
    for number, block in enumerate(BLOCKS[1:]):
        (tmp_path / f"block-{number}.yml").write_text(block, encoding="utf-8")
    policy = load([tmp_path])
    assert policy.warnings == ()
    assert [rule.match.names[0].text for rule in policy.jobs] == ["Daily Revenue", "Hourly *", "CI *"]
    assert sorted(policy.tiers, key=lambda name: policy.tiers[name].rank) == [
        "critical",
        "high",
        "informational",
        "metrics",
    ]
    assert policy.webhooks[0].key == "finance/lineage refresh"
