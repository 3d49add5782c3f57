"""The flowchart keeps to a small grammar whatever names it is given; real Mermaid 11 drew the same cases."""

from __future__ import annotations

import re
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from reconciler.model.outcome import Outcome
from reconciler.plan.survey import Survey
from reconciler.render.graph import graph_markdown, graph_mermaid, mermaid_label
from reconciler.views.graph.draw import draw_jobs, draw_rules
from reconciler.views.graph.parts import Graph
from tests.builders import dbt_user, inventory, job, layer, notification, policy, relayed, rule, selector, tells, tier
from tests.render.coverages import HOSTILE
from tests.views.coverage_lab import escalation, pager

ID: Final = r"[A-Za-z][A-Za-z0-9_]*"
LABEL: Final = r'"(?:[^\W_]|[ ,./_+-]|<br>|#\d+;)*"'
NODE: Final = re.compile(rf"  {ID}(?:\[{LABEL}\]|\(\[{LABEL}\]\)|\({LABEL}\)|\[\[{LABEL}\]\]|\{{\{{{LABEL}\}}\}})")
ARROW: Final = re.compile(rf"  {ID} (?:-->|-\.->)(?:\|{LABEL}\|)? {ID}")
STYLE: Final = re.compile(rf"  classDef {ID} [a-z0-9#:, -]+|  class {ID}(?:,{ID})* {ID}")
MORE: Final = (
    '"] --> x["',
    "end",
    "subgraph",
    "fa:fa-car",
    "$$x^2$$",
    "%% comment",
    "click j1 call alert()",
    "1. list",
)


def problems(text: str) -> list[str]:
    """Return the lines that are not of the grammar, and the arrows that lead to or from no node."""
    first, *lines = text.rstrip("\n").split("\n")
    wrong = [] if first == "flowchart LR" else [first]
    wrong += [line for line in lines if not any(each.fullmatch(line) for each in (NODE, ARROW, STYLE))]
    nodes = [re.match(rf"  ({ID})", line)[1] for line in lines if NODE.fullmatch(line)]  # pyrefly: ignore[unsupported-operation]
    ends = {end for line in lines if ARROW.fullmatch(line) for end in (line.split()[0], line.split()[-1])}
    return [*wrong, *(f"no node {end}" for end in sorted(ends - set(nodes))), *_twice(nodes)]


def _twice(nodes: list[str]) -> list[str]:
    return [node for node in set(nodes) if nodes.count(node) > 1]


def named(*names: str) -> Graph:
    """Draw a job, a tier, a team and a channel of each name."""
    found = policy(
        channels=[dbt_user(), pager(), *(relayed(name) for name in names)],
        tiers=[
            tier(name, rank=n, layer=layer(notify={Outcome.FAILURE: tells(name)})) for n, name in enumerate(names, 1)
        ],
        jobs=[rule(match=selector(ids=[n]), tier=name, team=name) for n, name in enumerate(names, 1)],
    )
    return draw_jobs(Survey(found, inventory(jobs=[job(id=n, name=name) for n, name in enumerate(names, 1)])))


@pytest.mark.parametrize("name", [*HOSTILE, *MORE])
def test_a_hostile_name_stays_in_its_label(name: str) -> None:
    assert problems(graph_mermaid(named(name))) == []


def test_hostile_names_of_many_teams_stay_in_their_labels() -> None:
    names = [f"{name}{n}" for n, name in enumerate((*HOSTILE, *MORE) * 3)]
    assert problems(graph_mermaid(named(*names))) == []


@given(st.lists(st.text(max_size=12), max_size=3))
def test_a_label_is_letters_and_codes(lines: list[str]) -> None:
    assert re.fullmatch(LABEL, f'"{mermaid_label(lines)}"')


def test_mermaid_s_icons_and_formulas_are_broken_up() -> None:
    """It looks for them after it has read the codes, so a code alone does not hold them back."""

    def read(label: str) -> str:
        return re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label)

    assert not re.search(r"fa[bklrs]?:fa-[\w-]+", read(mermaid_label(["fa:fa-car fab:fa-github"])))
    assert "$$" not in read(mermaid_label(["$$x$$ $$$"]))


def test_the_grammar_of_this_test_notices() -> None:
    good = graph_mermaid(named("x"))
    assert problems(good) == []
    for bad in ('  j1["a"b"]\n', "  j1 --> nowhere\n", "  end\n", '  j9["<img>"]\n'):
        assert problems(good + bad)


def test_a_picture_of_rules(snapshot: SnapshotAssertion) -> None:
    found = policy(
        channels=[dbt_user(), relayed("data-team"), pager()],
        tiers=[tier(layer=layer(notify={Outcome.FAILURE: tells("data-team")}, escalation="standard"))],
        escalations=[escalation("oncall")],
        jobs=[rule(match=selector(projects=["Finance"], names=["Daily *"]), tier="critical", team="finance")],
        notifications=[notification(jobs=selector(projects=["Growth"]), team="growth")],
    )
    assert graph_markdown(draw_rules(found), title="Alerting of acme-data-alerts") == snapshot


def test_the_bare_flowchart_has_its_legend_in_it() -> None:
    text = graph_mermaid(named("x"))
    assert '  legend["Rounded, blue#58; dbt Cloud delivers.<br>' in text
    assert 'c_x(["x<br>slack, waits for the relay"])' in text


def test_nothing_to_draw_is_still_a_picture() -> None:
    assert problems(graph_mermaid(draw_rules(policy()))) == []
