"""Running a command of the tool in this process, as its user would, and what it leaves behind."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from reconciler.cli.main import main

__all__ = ["Result", "run_command"]


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.out))


def run_command(capsys: pytest.CaptureFixture[str], *arguments: str) -> Result:
    """Run a command. An error that nobody meant is the test's failure, whatever code it ended with."""
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    captured = capsys.readouterr()
    assert "Internal error" not in captured.err, captured.err
    return Result(code=int(left.value.code or 0), out=captured.out, err=captured.err)
