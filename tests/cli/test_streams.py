"""Whatever the terminal, the locale or the reader of our output: a command ends well, and JSON is one document."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli.console import json_lines, print_json
from reconciler.cli.main import main
from tests.cli.conftest import Run

ROOT = Path(__file__).parents[2]
ASCII = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
UTF8 = {"LC_ALL": "C.UTF-8"}
HOSTILE = "Zürich \u009b31m \u2028 \udcff 😀"


def shell(folder: Path, line: str, environ: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    """Run a line of bash, in which `$ALERTS` is the command. `pipefail` tells of it even where it is piped."""
    return subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", line],
        cwd=folder,
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "ALERTS": f"{sys.executable} -m reconciler",
            "HOME": str(folder),
            **environ,
        },
        capture_output=True,
        check=False,
    )


def streamed(document: dict[str, str], encoding: str, monkeypatch: pytest.MonkeyPatch) -> str:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding, errors="strict"))
    print_json(document)
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1", "cp1252"])
def test_json_is_the_same_value_in_every_encoding(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = streamed({"job": HOSTILE, HOSTILE: "key"}, encoding, monkeypatch)
    assert json.loads(said) == {"job": HOSTILE, HOSTILE: "key"}


def test_json_holds_nothing_that_moves_a_cursor_or_cannot_be_stored() -> None:
    said = "".join(json_lines({"rows": [{"job": HOSTILE}]}))
    assert "\u009b" not in said
    assert "Zürich" in said
    assert "😀" in said
    said.encode()


@pytest.mark.parametrize(
    ("environ", "arguments"),
    [
        (ASCII, "plan Zürich.yml --json"),
        (UTF8, "plan $'n\\xf6\\xff.yml' --json"),
        ({}, "import --manager $'\\xff' --json"),
    ],
    ids=["ascii", "utf-8", "none"],
)
def test_an_argument_in_no_encoding_still_ends_with_one_document(
    arguments: str, environ: dict[str, str], tmp_path: Path
) -> None:
    done = shell(tmp_path, f"$ALERTS {arguments}", environ)
    assert json.loads(done.stdout)["exit_code"] == done.returncode, done.stderr.decode()
    assert done.returncode in {3, 64}
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("line", ["$ALERTS plan nowhere --json | true", "$ALERTS plan nowhere --json > /dev/full"])
def test_an_error_whose_reader_went_away_is_no_second_error(line: str, tmp_path: Path) -> None:
    done = shell(tmp_path, line, UTF8)
    assert done.returncode == 3
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


def test_what_the_system_refuses_is_a_document_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        main(["import", "--manager", "acme", "--out", "x" * 300, "--json"])
    said = json.loads(capsys.readouterr().out)
    assert (left.value.code, said["exit_code"], said["message"]) == (1, 1, "File name too long")


@pytest.mark.parametrize("asks", [["--json"], ["--format", "json"], ["--format=json"]])
@pytest.mark.parametrize("command", ["coverage nowhere", "lint --select nothing-of-the-kind"])
def test_however_json_was_asked_for_an_early_end_is_a_document(run: Run, command: str, asks: list[str]) -> None:
    ended = run(*command.split(), *asks)
    assert ended.code == ended.json["exit_code"] != 0
    assert run(*command.split()).out == ""


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("command", ["schema", "plan nowhere --json"])
def test_a_closed_stream_is_nobody_who_listens(command: str, closed: str, tmp_path: Path) -> None:
    done = shell(tmp_path, f"$ALERTS {command} {closed}", UTF8)
    assert done.returncode == (0 if command.startswith("schema") else 3), done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_a_full_disk_is_a_failure_and_no_bug(tmp_path: Path) -> None:
    """Without a locale Python would try once more at its very end, and leave with 120."""
    account = '{id: 1, host: "https://ab123.us1.dbt.com", token: $DBT_CLOUD_TOKEN}'
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "alerts.yml").write_text(f"version: 1\nmanager: acme\naccount: {account}\n")
    done = shell(tmp_path, "$ALERTS ledger show > /dev/full", {})
    assert (done.returncode, b"No space left" in done.stderr) == (1, True), done.stderr.decode()
    assert b"Exception ignored" not in done.stderr
