"""What people read of a plan, as snapshots; and that hostile names stay text in every medium."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from reconciler.model.actions import (
    AddEdge,
    AdoptEdge,
    AdoptModels,
    AdoptSubscription,
    Cause,
    RemovalReason,
    RemoveEdge,
)
from reconciler.model.plan import Blocked, BlockedKind, GuardFinding, GuardName, Left, LeftWhy, Names
from reconciler.plan.document import plan_document
from reconciler.render.markdown import LARGEST_COMMENT, plan_markdown
from reconciler.render.sections import summary_line
from reconciler.render.terminal import plan_text
from tests.builders import claim
from tests.render.plans import MARIA, SLACK, edge, empty, everything, hostile

PLANS = {"everything": everything, "hostile": hostile, "empty": empty}


@pytest.mark.parametrize("name", PLANS)
def test_terminal_text(name: str, snapshot: SnapshotAssertion) -> None:
    assert plan_text(PLANS[name]()) == snapshot


@pytest.mark.parametrize("name", PLANS)
def test_markdown(name: str, snapshot: SnapshotAssertion) -> None:
    assert plan_markdown(PLANS[name]()) == snapshot


@pytest.mark.parametrize("name", PLANS)
def test_json(name: str, snapshot: SnapshotAssertion) -> None:
    assert json.dumps(plan_document(PLANS[name]()), indent=1, ensure_ascii=False) == snapshot


def test_no_control_character_reaches_a_terminal() -> None:
    text = plan_text(hostile())
    assert all(character == "\n" or character.isprintable() for character in text)


def test_a_name_cannot_leave_its_table_cell() -> None:
    rows = [line for line in plan_markdown(hostile()).splitlines() if "evil" in line]
    assert len(rows) == 1
    assert rows[0].replace("\\|", "").count("|") == 6


@pytest.mark.parametrize("markup", ["<script", "](http", "`Revenue`", "@everyone"])
def test_a_name_is_no_markup_on_github(markup: str) -> None:
    assert markup not in plan_markdown(hostile())


def test_a_huge_plan_fits_one_comment_and_says_that_it_was_cut() -> None:
    many = replace(everything(), notes=tuple(f"note {number} " + "x" * 200 for number in range(2000)))
    text = plan_markdown(many)
    assert len(text) < LARGEST_COMMENT + 200
    assert "…cut" in text


def test_a_template_beside_the_policy_comes_first(tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    folder.mkdir()
    (folder / "comment.md.j2").write_text("ours: {{ summary }}\n")
    assert plan_markdown(empty(), templates=[tmp_path]).startswith("ours: No changes")


def test_a_plan_says_no_changes_only_when_there_are_none() -> None:
    assert summary_line(empty()).startswith("No changes.")
    assert summary_line(everything()).startswith("Plan: 10 alerts and 1 outcome of models to start")


def test_the_summary_says_of_every_number_what_it_counts() -> None:
    plan = everything()
    adopt = [each for each in plan.actions if isinstance(each, AdoptEdge | AdoptSubscription | AdoptModels)]
    line = summary_line(replace(plan, actions=tuple(adopt), left=(), blocked=(), foreign=1))
    assert line == (
        "Plan: 2 webhooks and 1 alert and 1 outcome of models to adopt, 12 unchanged, 1 alert of others left alone."
    )


def test_of_whom_nobody_is_told_it_says_whether_that_is_so_already() -> None:
    stop = RemoveEdge(claim=claim(edge(MARIA, 101)), reason=RemovalReason.UNWANTED)
    start = AddEdge(claim=claim(edge(SLACK, 101)), cause=Cause.POLICY)
    untold = replace(empty(), untold=(118,))
    already = "So it is already, without this plan."
    assert already in plan_text(untold)
    assert already in plan_text(replace(untold, actions=(start,)))
    assert already not in plan_text(replace(untold, actions=(stop,)))
    assert already in plan_text(replace(untold, actions=(stop,), left=(Left(action=stop, why=LeftWhy.TAKES_AWAY),)))


def test_a_webhook_that_no_apply_switches_on_stands_among_the_webhooks() -> None:
    off = Blocked(kind=BlockedKind.SECRET, what="webhook finance/bridge is off", next_step="switch it on in dbt Cloud")
    text = plan_text(replace(empty(), blocked=(off,)))
    assert "Webhooks\n  ! webhook finance/bridge is off  (switch it on in dbt Cloud)\n" in text
    assert "Left alone until answered\n" not in text
    assert plan_document(replace(empty(), blocked=(off,)))["complete"] is False


def test_what_this_run_leaves_is_not_called_a_start() -> None:
    drifted = AddEdge(claim=claim(edge(SLACK, 101)), cause=Cause.DRIFT)
    text = plan_text(replace(empty(), actions=(drifted,), left=(Left(action=drifted, why=LeftWhy.DRIFT),)))
    assert "Who starts" not in text
    assert "Left for another run" in text
    assert "Plan: nothing in this run" in text


def test_a_refused_plan_ends_with_the_words_that_would_allow_it() -> None:
    prune = GuardFinding(guard=GuardName.PRUNE, message="4 edges", allow="prune=4")
    fixed = GuardFinding(guard=GuardName.COVERAGE, message="1 job", allow="coverage=1")
    lines = plan_text(replace(empty(), guards=(prune, fixed))).splitlines()
    assert lines[-2:] == [
        "Refused by prune, coverage: an apply would write nothing.",
        "If all of it is meant: --allow prune=4 --allow coverage=1",
    ]


def test_a_name_is_never_left_out_of_who_stops() -> None:
    many = [RemoveEdge(claim=claim(edge(MARIA, job)), reason=RemovalReason.UNWANTED) for job in range(1, 61)]
    names = Names(jobs={job: f"Job {job:02}" for job in range(1, 61)})
    text = plan_text(replace(empty(), actions=tuple(many), names=names))
    assert [f"Job {job:02}" for job in range(1, 61) if f"Job {job:02}" not in text] == []
