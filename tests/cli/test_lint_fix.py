"""Fixes are tried in memory first: what would be no policy is not written."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from reconciler.cli.lint_fix import mend
from reconciler.cli.lint_look import Asked, Files, load_files
from reconciler.errors import RuntimeFailure
from reconciler.lint.report import Selection
from reconciler.model.edit import Edit, RemoveKey, ReplaceScalar
from reconciler.model.lint import Finding
from reconciler.model.problem import Position

POLICY = """\
version: 1
manager: acme-data-alerts
account: {id: 1, host: "https://ab123.us1.dbt.com", token: $DBT_CLOUD_TOKEN}
channels:
  maria: {type: dbt_user, email: maria@acme.example}
notifications:
  - {to: maria, on: [failure], jobs: {project: Finance}}
"""


def finding(*edits: Edit) -> Finding:
    return Finding(rule="speaks", at=Position("alerts.yml", 1, 1), message="wrong", subject="it", edits=edits)


def asked(folder: Path) -> tuple[Asked, Files]:
    (folder / "alerts.yml").write_text(POLICY, encoding="utf-8")
    return Asked(paths=(folder,), account=None, selection=Selection(), today=date(2026, 1, 5)), Files()


def test_nothing_is_written_that_would_be_no_policy(tmp_path: Path) -> None:
    what, files = asked(tmp_path)
    policy = load_files(what, files)
    unnamed = finding(RemoveKey(at=Position(str(tmp_path / "alerts.yml"), 5, 3)))
    mended = mend(what, files, policy, [unnamed])
    assert (mended.findings, mended.files) == ((), ())
    assert "the policy would be wrong then" in (mended.refused or {})[unnamed]
    assert (tmp_path / "alerts.yml").read_text(encoding="utf-8") == POLICY


def test_a_finding_of_which_one_edit_is_refused_is_left_whole(tmp_path: Path) -> None:
    what, files = asked(tmp_path)
    policy = load_files(what, files)
    name = str(tmp_path / "alerts.yml")
    done = finding(ReplaceScalar(at=Position(name, 7, 22), value="success"))
    half = finding(ReplaceScalar(at=Position(name, 2, 10), value="other"), RemoveKey(at=Position(name, 99, 1)))
    mended = mend(what, files, policy, [done, half])
    assert mended.findings == (done,)
    assert list(mended.refused or {}) == [half]
    assert (tmp_path / "alerts.yml").read_text(encoding="utf-8") == POLICY.replace("[failure]", "[success]")


def test_of_two_files_that_change_none_does_if_somebody_else_changes_one(tmp_path: Path) -> None:
    what, files = asked(tmp_path)
    (tmp_path / "more.yml").write_text("owner: a@acme.example\nteam: finance\n", encoding="utf-8")
    policy = load_files(what, files)
    (tmp_path / "more.yml").write_text("owner: b@acme.example\nteam: finance\n", encoding="utf-8")
    both = finding(
        ReplaceScalar(at=Position(str(tmp_path / "alerts.yml"), 7, 22), value="success"),
        ReplaceScalar(at=Position(str(tmp_path / "more.yml"), 1, 8), value="c@acme.example"),
    )
    with pytest.raises(RuntimeFailure, match="changed by somebody else"):
        mend(what, files, policy, [both])
    assert (tmp_path / "alerts.yml").read_text(encoding="utf-8") == POLICY
    assert "b@acme" in (tmp_path / "more.yml").read_text(encoding="utf-8")
