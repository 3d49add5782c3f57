"""Baselines: where they may be, what they may hold, and what of them stays when they are written again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.model.lint import RuleSetting
from reconciler.model.problem import Position
from reconciler.policy.baseline import Baselines, baseline_text, read_baselines


def read(folder: Path, name: str = "g-baseline.yml") -> Baselines:
    setting = RuleSetting(at=Position(str(folder / "guardrails.yml"), 4, 3), baseline=name)
    return read_baselines({"max-recipients": setting}, [folder])


def test_a_baseline_that_is_not_there_is_empty(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert found.problems == ()
    assert found.by_rule["max-recipients"].entries == {}
    assert found.files == {"max-recipients": tmp_path / "g-baseline.yml"}


def test_its_subjects_are_read_with_their_places(tmp_path: Path) -> None:
    (tmp_path / "g-baseline.yml").write_text('max-recipients:\n  - job 101  # why\n  - "a: b"\nother: job 7\n')
    entries = read(tmp_path).by_rule["max-recipients"].entries
    assert {rule: list(held) for rule, held in entries.items()} == {
        "max-recipients": ["job 101", "a: b"],
        "other": ["job 7"],
    }
    assert entries["max-recipients"]["a: b"].line == 3


@pytest.mark.parametrize("name", ["../g-baseline.yml", "/etc/g-baseline.yml", "a/../../g-baseline.yml", "x" * 5000])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    (tmp_path / "g-baseline.yml").write_text("max-recipients: [job 1]\n")
    found = read(folder, name)
    assert [problem.message for problem in found.problems] == ["the baseline is outside the policy's folder"]
    assert found.by_rule == {}


def test_no_link_leads_out_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    (tmp_path / "g-baseline.yml").write_text("max-recipients: [job 1]\n")
    (folder / "g-baseline.yml").symlink_to(tmp_path / "g-baseline.yml")
    assert len(read(folder).problems) == 1


def test_a_name_that_the_loader_would_take_for_policy_is_refused(tmp_path: Path) -> None:
    assert [problem.message for problem in read(tmp_path, "known.yml").problems] == ["this is no name for a baseline"]


@pytest.mark.parametrize(
    "text",
    [
        "max-recipients: {job: 1}\n",
        "max-recipients: [[job 1]]\n",
        "- job 1\n",
        "max-recipients: [job 1\n",
        "max-recipients: [!!python/object:os.system x]\n",
        "max-recipients:\n",
        "a: &a [x]\nb: *b\n",
        "\x00",
    ],
)
def test_what_is_no_baseline_is_a_problem_with_a_place(tmp_path: Path, text: str) -> None:
    (tmp_path / "g-baseline.yml").write_text(text)
    found = read(tmp_path)
    assert found.by_rule == {}
    assert found.problems[0].at.file == str(tmp_path / "g-baseline.yml")
    assert found.problems[0].fix


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "g-baseline.yml")
    assert [problem.message for problem in read(tmp_path).problems] == ["this is not a file"]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "g-baseline.yml").mkdir()
    assert [problem.message for problem in read(tmp_path).problems] == ["this is not a file"]


def test_one_broken_file_of_two_rules_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "g-baseline.yml").write_text("max-recipients: {a: 1}\n")
    setting = RuleSetting(at=Position(str(tmp_path / "guardrails.yml"), 4, 3), baseline="g-baseline.yml")
    assert len(read_baselines({"max-recipients": setting, "https-only": setting}, [tmp_path]).problems) == 1


# --- writing --------------------------------------------------------------------------------------------------------
def test_entries_are_sorted_as_people_count() -> None:
    text = baseline_text({"b-rule": ["job 10", "job 9"], "a-rule": ["channel x"], "none": []})
    assert [line for line in text.splitlines() if not line.startswith("#")] == [
        "a-rule:",
        "  - channel x",
        "b-rule:",
        "  - job 9",
        "  - job 10",
    ]


def test_the_head_and_the_comments_beside_entries_that_stay_are_kept() -> None:
    before = "# ours\n# since March\nr:  # why\n  - job 1  # soon\n  - job 2 # gone\n"
    assert baseline_text({"r": ["job 1", "job 3"]}, before=before) == (
        "# ours\n# since March\nr:  # why\n  - job 1  # soon\n  - job 3\n"
    )


def test_an_entry_says_what_it_is_about_until_somebody_says_more() -> None:
    about = {("r", "job 1"): "Finance, Production, Month Close", ("r", "job 2"): "Growth, Production, Funnel"}
    first = baseline_text({"r": ["job 1", "job 2"]}, about=about)
    assert first.endswith(
        "r:\n  - job 1  # Finance, Production, Month Close\n  - job 2  # Growth, Production, Funnel\n"
    )
    told = first.replace("# Growth, Production, Funnel", "# until May")
    assert baseline_text({"r": ["job 1", "job 2"]}, before=told, about=about) == told


def test_a_long_comment_is_cut() -> None:
    (line,) = baseline_text({"r": ["job 1"]}, about={("r", "job 1"): "x" * 500}).splitlines()[-1:]
    assert line == f"  - job 1  # {'x' * 99}…"


def test_a_rule_of_any_name_in_the_file_is_written_so_that_it_is_read_again(tmp_path: Path) -> None:
    text = baseline_text({"a: b": ["job 1"], "max-recipients": ["job 2"]})
    (tmp_path / "g-baseline.yml").write_text(text, encoding="utf-8")
    found = read(tmp_path)
    assert found.problems == ()
    assert set(found.by_rule["max-recipients"].entries) == {"a: b", "max-recipients"}


def test_a_rule_that_held_one_entry_without_a_list_is_written_as_one() -> None:
    assert baseline_text({"r": ["job 7"]}, before="# ours\nr: job 7  # why\n") == "# ours\nr:\n  - job 7\n"


def test_what_is_written_again_unchanged_is_the_same() -> None:
    first = baseline_text({"r": ["job 1", "yes", "12", "a: b", 'say "x" # y', "-"]})
    assert baseline_text({"r": ["12", "-", "a: b", "job 1", "yes", 'say "x" # y']}, before=first) == first


@settings(max_examples=30)
@given(st.sets(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1), min_size=1), st.text())
@example({"job 1"}, "Daily\n- job 2 \u202e\uffff\x85  # dbt-alerts")
def test_whatever_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, subjects: set[str], name: str
) -> None:
    folder = tmp_path_factory.mktemp("b")
    about = {("max-recipients", each): name for each in subjects}
    (folder / "g-baseline.yml").write_bytes(baseline_text({"max-recipients": subjects}, about=about).encode("utf-8"))
    found = read(folder)
    assert found.problems == ()
    assert set(found.by_rule["max-recipients"].entries["max-recipients"]) == subjects
