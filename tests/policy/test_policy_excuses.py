"""Excuses are comments; what a text holds is none, however much it looks like one."""

from __future__ import annotations

from textwrap import dedent

import pytest

from reconciler.policy.compose import compose_fast, compose_pure
from reconciler.policy.excuses import excuses_in


def lines_of(text: str) -> dict[str, tuple[int, int]]:
    """Return the lines that each excuse covers, by its first rule."""
    return {excuse.rules[0]: (excuse.first, excuse.last) for excuse in excuses_in("a.yml", dedent(text))}


def test_rules_reason_and_place_are_read() -> None:
    text = "relay: x  #dbt-alerts:ignore[https-only ,  literal-secret,]   behind the VPN  \n"
    (excuse,) = excuses_in("a.yml", text)
    assert (str(excuse.at), excuse.rules) == ("a.yml:1:11", ("https-only", "literal-secret"))
    assert excuse.reason == "behind the VPN"


@pytest.mark.parametrize("text", ["a: 1 # dbt-alerts: ignore\n", "a: 1 # dbt-alerts: ignore[] why\n"])
def test_an_excuse_that_names_no_rule_is_still_seen(text: str) -> None:
    assert [excuse.rules for excuse in excuses_in("a.yml", text)] == [()]


@pytest.mark.parametrize(
    "text",
    [
        'a: "x # dbt-alerts: ignore[r] no"\n',
        "a: 'x # dbt-alerts: ignore[r] no'\n",
        'a: "x\n  # dbt-alerts: ignore[r] no\n  y"\n',
        "a: |\n  # dbt-alerts: ignore[r] no\nb: 1\n",
        "a: >-\n  x\n\n  # dbt-alerts: ignore[r] no\nb: 1\n",
        '{a: ["x # dbt-alerts: ignore[r] no", b]}\n',
        '"k # dbt-alerts: ignore[r] no": 1\n',
        "a: x#dbt-alerts:ignore[r]\n",
        "a: 1 # dbt-alerts: ignored[r] no\n",
        "a: [1 # dbt-alerts: ignore[r] the list never ends\n",
    ],
)
def test_what_is_no_comment_excuses_nothing(text: str) -> None:
    assert excuses_in("a.yml", text) == ()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a: | # dbt-alerts: ignore[r] yes\n  text\n", (1, 2)),
        ("a: |\n  text\n# dbt-alerts: ignore[r] yes\nb: 1\n", (4, 4)),
        ('a: "it" # dbt-alerts: ignore[r] yes\n', (1, 1)),
        ("a: {b: 1,\n  c: 2} # dbt-alerts: ignore[r] yes\n", (2, 2)),
        ("a: text\n  goes on # dbt-alerts: ignore[r] yes\n", (2, 2)),
    ],
)
def test_a_comment_beside_a_text_is_one(text: str, lines: tuple[int, int]) -> None:
    assert lines_of(text) == {"r": lines}


def test_an_excuse_covers_the_entry_that_begins_on_its_line_and_not_a_whole_section() -> None:
    found = lines_of("""\
        tiers:  # dbt-alerts: ignore[section] x
          critical:  # dbt-alerts: ignore[tier] x
            rank: 1  # dbt-alerts: ignore[rank] x
            notify:  # dbt-alerts: ignore[notify] x
              failure: [a]
          high: {rank: 2}

        jobs:  # dbt-alerts: ignore[jobs] x
          # dbt-alerts: ignore[first] x
          # another comment
          - match: {name: A}
            tier: high

          - match: {name: B}
            tier: high  # dbt-alerts: ignore[inside] x
        relay:  # dbt-alerts: ignore[relay] x
          url: y
        # dbt-alerts: ignore[last] x
        """)
    assert found == {
        "section": (1, 1),
        "tier": (2, 5),
        "rank": (3, 3),
        "notify": (4, 5),
        "jobs": (8, 8),
        "first": (11, 12),
        "inside": (15, 15),
        "relay": (16, 17),
        "last": (19, 19),
    }


def test_an_entry_that_an_alias_repeats_ends_where_it_is_written() -> None:
    found = lines_of("""\
        x-one: &one
          a: 1
          b: 2
        x-two: *one  # dbt-alerts: ignore[r] x
        """)
    assert found == {"r": (4, 4)}


def test_line_ends_of_any_kind_are_counted_as_yaml_counts_them() -> None:
    assert lines_of("a: 1\r\nb: 2\rc: 3 # dbt-alerts: ignore[r] x\r\n") == {"r": (3, 3)}


def test_both_yaml_engines_end_texts_at_the_same_place() -> None:
    """What the excuses rest on."""
    text = 'a: |\n  b\n\n  c\n# d\ne: "f\n  g"\nh: >-\n  i\n'
    fast, pure = compose_fast(text), compose_pure(text)
    assert fast is not None
    assert pure is not None
    ends = [[(v.end_mark.line, v.end_mark.column) for _, v in root.value] for root in (fast, pure)]
    assert ends[0] == ends[1]


def test_a_file_full_of_marks_is_read_in_no_time() -> None:
    excuses = excuses_in("a.yml", "a:\n" + "- x # # # dbt-alerts: ignore[r] x\n" * 20_000)
    assert len(excuses) == 20_000
