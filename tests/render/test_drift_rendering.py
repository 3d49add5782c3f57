"""What people read of drift, as snapshots; and that hostile names stay text in every medium."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from syrupy.assertion import SnapshotAssertion

from reconciler.model.drift import Drift
from reconciler.render.drift.document import drift_document
from reconciler.render.drift.markdown import drift_markdown
from reconciler.render.drift.text import drift_lines, drift_text, left_line, summary_line
from reconciler.render.markdown import LARGEST_COMMENT
from tests.render.drifts import LAST_WRITE, everything, hostile, lost, nothing

DRIFTS: Final[dict[str, Callable[[], Drift]]] = {
    "everything": everything,
    "hostile": hostile,
    "nothing": nothing,
    "lost": lost,
}


@pytest.mark.parametrize("name", DRIFTS)
def test_drift_terminal_text(name: str, snapshot: SnapshotAssertion) -> None:
    assert drift_text(DRIFTS[name]()) == snapshot


@pytest.mark.parametrize("name", DRIFTS)
def test_drift_markdown(name: str, snapshot: SnapshotAssertion) -> None:
    assert drift_markdown(DRIFTS[name]()) == snapshot


@pytest.mark.parametrize("name", DRIFTS)
def test_drift_json(name: str, snapshot: SnapshotAssertion) -> None:
    assert json.dumps(drift_document(DRIFTS[name]()), indent=1, ensure_ascii=False) == snapshot


def test_no_control_character_of_drift_reaches_a_terminal() -> None:
    assert all(character == "\n" or character.isprintable() for character in drift_text(hostile()))


def test_a_hostile_text_stays_in_its_cell() -> None:
    rows = [line for line in drift_markdown(hostile()).splitlines() if line.startswith("| ") and "evil" in line]
    assert [row.replace("\\|", "").count("|") for row in rows] == [4, 4]


@pytest.mark.parametrize("markup", ["<script", "](http", "`Revenue`", "@everyone"])
def test_a_hostile_text_is_no_markup_on_github(markup: str) -> None:
    assert markup not in drift_markdown(hostile())


def test_an_empty_ledger_is_never_summed_up_as_no_drift() -> None:
    assert "No drift" not in drift_text(lost())
    assert summary_line(nothing()) == "No drift: 12 entries of ours looked at."
    assert summary_line(replace(lost(), ledger_empty=False)) == "Nothing can be drift: the ledger owns nothing."


def test_no_name_of_a_job_that_nobody_is_told_of_is_left_out() -> None:
    lost_jobs = replace(everything().findings[2], jobs=tuple(range(1, 61)))
    text = drift_text(replace(everything(), findings=(lost_jobs,)))
    assert [number for number in range(1, 61) if f"job {number}" not in text] == []


def test_on_a_terminal_it_wraps_like_a_plan_and_no_word_is_lost() -> None:
    lines = [line.text for line in drift_lines(everything(), width=60)]
    assert max(map(len, lines)) <= 60
    assert " ".join(lines).split() == drift_text(everything()).split()
    finding = next(place for place, line in enumerate(lines) if line.startswith("  - maria@acme.example, failure"))
    assert lines[finding + 1].startswith("    ")


def test_one_finding_is_counted_as_one_and_a_moment_is_told_to_the_second() -> None:
    first, *rest = everything().findings
    assert summary_line(replace(everything(), findings=(first,))).startswith("Drift: 1 loud finding;")
    assert summary_line(replace(everything(), findings=(rest[-1],))).startswith("Drift: 1 finding;")
    write = replace(LAST_WRITE, at="2026-01-07T12:00:00.130108+00:00")
    assert ": 2026-01-07T12:00:00+00:00 by zoe" in left_line(replace(everything(), left_by=write))


def test_huge_drift_fits_one_comment_and_says_that_it_was_cut() -> None:
    text = drift_markdown(replace(everything(), notes=("x" * 200,) * 2000))
    assert len(text) < LARGEST_COMMENT + 200
    assert "…cut" in text


def test_a_drift_template_beside_the_policy_comes_first(tmp_path: Path) -> None:
    (tmp_path / "drift").mkdir()
    (tmp_path / "drift" / "report.md.j2").write_text("ours: {{ summary }}\n")
    assert drift_markdown(nothing(), templates=[tmp_path]).startswith("ours: No drift")
