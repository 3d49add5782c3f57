"""How much aliases may repeat: an ordinary policy never meets the bound, a bomb meets it before it costs anything."""

from __future__ import annotations

import time

from reconciler.policy.compose import MAX_EXPANDED
from reconciler.policy.yaml_tree import parse

ITEMS = 999  # with the list itself: a thousand entries, each time it is repeated


def file_with(repeats: int) -> bytes:
    block = ", ".join(["x"] * ITEMS)
    again = "- *block\n" * repeats
    return f"first: &block [{block}]\nagain:\n{again}".encode()


def test_aliases_may_repeat_so_much_and_no_more() -> None:
    most = MAX_EXPANDED // (ITEMS + 1)
    tree, problems = parse("policy.yml", file_with(most))
    assert problems == []
    assert len(tree.data["again"]) == most
    tree, problems = parse("policy.yml", file_with(most + 1))
    assert len(problems) == 1
    assert tree.data == {}


def tenfold(first: str, around: str) -> bytes:
    """Return a file of twelve lines, each of which repeats the one before it ten times."""
    lines = [f"a0: &a0 {first}"]
    lines += [f"a{level}: &a{level} {around % ', '.join([f'*a{level - 1}'] * 10)}" for level in range(1, 12)]
    return "\n".join(lines).encode()


def test_a_bomb_of_lists_is_refused_before_it_grows() -> None:
    start = time.process_time()
    tree, problems = parse("policy.yml", tenfold("[x, x, x, x, x, x, x, x, x, x]", "[%s]"))
    assert len(problems) == 1
    assert tree.data == {}
    assert time.process_time() - start < 5


def test_merges_of_merges_are_written_out_once_and_grow_nothing() -> None:
    start = time.process_time()
    tree, problems = parse("policy.yml", tenfold("{k0: x}", "{<<: [%s]}"))
    assert problems == []
    assert all(value == {"k0": "x"} for value in tree.data.values())
    assert time.process_time() - start < 5
