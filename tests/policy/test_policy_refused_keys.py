"""A key that is refused is refused everywhere: what is said about the rest is said of the values that were read."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import PolicyError
from reconciler.policy import load
from reconciler.policy.yaml_tree import parse

READ = "{rank: 2, timezone: Mars/Phobos, notify: {failure: []}}"
REFUSED = {
    "a tier twice, the second empty": f"tiers:\n  high: {READ}\n  high:\n",
    "a number and its text": f'tiers:\n  "1": {READ}\n  1: {{rank: 3}}\n',
    "a truth value and its text": f'tiers:\n  "true": {READ}\n  true: {{rank: 3}}\n',
    "a list as a key of what is merged": f"oncall: &a {{? [x] : y}}\nowner: {{<<: *a}}\ntiers:\n  high: {READ}\n",
}


def places_of_mars(folder: Path, text: str) -> list[int]:
    (folder / "tiers.yml").write_text(text)
    with pytest.raises(PolicyError) as refused:
        load([folder])
    return [problem.at.line for problem in refused.value.problems if "Mars" in problem.found]


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_the_rest_is_judged_by_what_was_read(tmp_path: Path, text: str) -> None:
    read = next(line for line, words in enumerate(text.splitlines(), 1) if "Mars" in words)
    assert places_of_mars(tmp_path, text) == [read]


def test_of_a_tier_that_is_given_twice_the_first_is_judged(tmp_path: Path) -> None:
    assert places_of_mars(tmp_path, f"tiers:\n  high: {READ}\n  high: {{rank: 3}}\n") == [2]


def test_a_value_is_found_where_it_was_read_not_where_its_key_stands_again() -> None:
    tree, problems = parse("a.yml", b"team: a\nteam: b\n")
    assert tree.data == {"team": "a"}
    assert str(tree.value_at(["team"])) == "a.yml:1:7"
    assert [problem.at.line for problem in problems] == [2]
