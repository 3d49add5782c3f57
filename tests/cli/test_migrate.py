"""`migrate` at the command line: today one version, and the words that people bring along."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.conftest import SMALLEST, Run

ALERTS = Path("policies/alerts.yml")
OLD = SMALLEST.replace("[failure, cancelled]", "[run.error, cancelled]") + "# the end\n"
NEW = OLD.replace("run.error", "failure")


def test_a_policy_of_this_version_has_nothing_to_do(run: Run) -> None:
    result = run("migrate")
    assert (result.code, result.out) == (
        0,
        "Nothing to do: the policy is written for version 1, in words of this language.\n",
    )
    assert ALERTS.read_text() == SMALLEST


def test_words_of_other_tools_are_replaced_and_everything_else_stays(run: Run) -> None:
    ALERTS.write_text(OLD)
    result = run("migrate")
    assert (result.code, result.out) == (0, f"changed {ALERTS}\n")
    assert ALERTS.read_text() == NEW
    assert "is read as" not in run("plan").err


def test_check_writes_nothing(run: Run) -> None:
    ALERTS.write_text(OLD)
    result = run("migrate", "--check")
    assert (result.code, result.out) == (2, f"would change {ALERTS}\n")
    assert ALERTS.read_text() == OLD


def test_a_word_that_an_alias_repeats_is_named_and_left(run: Run) -> None:
    text = SMALLEST.replace("[failure, cancelled]", "&what [run.error]") + "  - {to: maria, on: *what, jobs: {id: 1}}\n"
    ALERTS.write_text(text)
    result = run("migrate")
    assert result.code == 6
    assert f"{ALERTS}:7:28: not rewritten: an alias repeats it" in result.err
    assert ALERTS.read_text() == text


def test_a_newer_policy_is_refused(run: Run) -> None:
    ALERTS.write_text(SMALLEST.replace("version: 1", "version: 2"))
    result = run("migrate")
    assert result.code == 3
    assert f"{ALERTS}:1:10: error: the policy is of a newer version than this tool" in result.err


def test_a_policy_that_is_wrong_is_not_touched(run: Run) -> None:
    text = OLD + "nonsense: 1\n"
    ALERTS.write_text(text)
    assert run("migrate").code == 3
    assert ALERTS.read_text() == text


def test_of_two_files_none_is_written_when_the_second_cannot_be(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    other = ALERTS.with_name("more.yml")
    text = "notifications:\n  - {to: maria, on: [run.error], jobs: {id: 2}}\n"
    ALERTS.write_text(OLD)
    other.write_text(text)
    synced: list[int] = []

    def full_at_the_second(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_at_the_second)
    result = run("migrate")
    assert (result.code, "No space left on device; nothing was written" in result.err) == (1, True)
    assert (ALERTS.read_text(), other.read_text()) == (OLD, text)
    assert {path.name for path in ALERTS.parent.iterdir()} == {ALERTS.name, other.name}
