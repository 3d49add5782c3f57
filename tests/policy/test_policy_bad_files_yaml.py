"""Several hundred odd files: each is understood, or refused with a place inside it and a way out, never else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.errors import PolicyError
from reconciler.model.problem import Problem
from reconciler.policy import load
from reconciler.policy.compose import MAX_NODES
from reconciler.policy.report import MAX_PROBLEMS
from reconciler.render.problems import problem_lines, problems_document
from tests.policy.bad_texts import BIG, ODD_IN_PLACES, REFUSED, UNDERSTOOD

_MOVES_THE_CURSOR = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yml"
    path.touch()
    return path


def problems_of(file: Path, raw: bytes) -> tuple[Problem, ...]:
    """Return what is wrong, after a look at each: it says what, where and what to do, and can be shown."""
    try:
        load([file], text_reader=lambda _path: raw)
    except PolicyError as error:
        problems = error.problems
    else:
        return ()
    lines = re.split("\r\n|[\r\n]", raw.decode("utf-8-sig", "replace"))
    assert problems
    for problem in problems:
        assert problem.message
        assert problem.fix, problem
        assert 1 <= problem.at.line <= len(lines), problem
        assert 1 <= problem.at.column <= len(lines[problem.at.line - 1]) + 1, problem
    assert not _MOVES_THE_CURSOR.search("".join(problem_lines(problems)))
    assert len(problems_document(problems)) == len(problems)
    return problems


@pytest.mark.parametrize("raw", UNDERSTOOD.values(), ids=UNDERSTOOD)
def test_what_yaml_allows_and_means_something_is_understood(raw: bytes, file: Path) -> None:
    assert problems_of(file, raw) == ()


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED)
def test_what_is_no_policy_is_refused(raw: bytes, file: Path) -> None:
    assert problems_of(file, raw)


@pytest.mark.parametrize("share", range(8))
def test_an_odd_piece_anywhere_never_makes_it_fail_otherwise(share: int, file: Path) -> None:
    for name, raw in list(ODD_IN_PLACES.items())[share::8]:
        try:
            problems_of(file, raw)
        except Exception as error:
            error.add_note(name)
            raise


@pytest.mark.timeout(60)
@pytest.mark.parametrize("raw", BIG.values(), ids=BIG)
def test_big_files_are_refused_in_few_words(raw: bytes, file: Path) -> None:
    assert 1 <= len(problems_of(file, raw)) <= MAX_PROBLEMS + 1


def test_nobodys_words_are_left_for_what_yaml_refuses(file: Path) -> None:
    """`this is not YAML` with the engine's own complaint is for what nobody has met yet."""
    strange = [name for name, raw in {**REFUSED, **ODD_IN_PLACES}.items() if _is_strange(problems_of(file, raw))]
    assert strange == []


def _is_strange(problems: tuple[Problem, ...]) -> bool:
    return any(problem.message == "this is not YAML" for problem in problems)


def test_a_file_of_too_many_values_is_not_read_to_its_end(file: Path) -> None:
    (problem,) = problems_of(file, b"actions: [" + b"x," * (MAX_NODES + 1))
    assert problem.message == "the file holds more than a policy can"


def test_the_first_mistakes_are_told_and_the_others_counted(file: Path) -> None:
    problems = problems_of(file, b"actions: [" + b"true," * 60_000 + b"]")
    assert len(problems) == MAX_PROBLEMS + 1
    assert f"and {60_000 - MAX_PROBLEMS} more problems in this file" in {problem.message for problem in problems}


SECRETS = {
    "hook for a channel": "channels: {a: https://hooks.slack.com/services/T0/B0/s3cr3tvalue}",
    "hook for a name": "metrics: [https://hooks.slack.com/services/T0/B0/s3cr3tvalue, 1]",
    "token for an account": "account: dbtc_s3cr3tvalue0123456789",
    "token-as-an-id": "account: {id: dbtc_s3cr3tvalue0123456789, host: x, token: $T}",
    "list of tokens": "channels: {a: {type: slack, token: [s3cr3tvalue], channel_id: C0123456789}}",
    "signature": "channels: {a: {type: webhook, url: $U, sign: s3cr3tvalue}}",
    "header": "channels: {a: {type: webhook, url: $U, headers: {X-Key: [s3cr3tvalue]}}}",
    "broken line": "channels:\n  a: {type: slack, tokn: xoxb-s3cr3tvalue-0123456789",
    "broken header": "channels:\n  a: {type: webhook, url: $U, headers: {X-Key: s3cr3tvalue",
    "mail": "smtp: s3cr3tvalue",
    "file of one token": "s3cr3tvalue",
    "webhook address": "webhooks: [{name: a, url: 'https://x/ s3cr3tvalue', on: completed, jobs: all}]",
}


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS)
def test_no_message_quotes_a_secret(text: str, file: Path) -> None:
    problems = problems_of(file, text.encode())
    assert problems
    assert "s3cr3tvalue" not in repr(problems)
