"""What `init` was told is a value of the policy language, or nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.mark.parametrize("answer", ["--project", "--team"])
@pytest.mark.parametrize("value", ["", "$HOME", "${X}", "\x1b[31m", "a\x00", "a\u2028b"])
def test_an_answer_that_no_policy_can_hold_writes_nothing(run: Run, answer: str, value: str) -> None:
    told = run("init", "acme", "--yes", "--email", "maria@acme.example", answer, value)
    assert (told.code, answer in told.err) == (64, True)
    assert not Path("acme").exists()
