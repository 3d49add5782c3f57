"""Bad files at the command line: `plan` and `lint` exit 3 with a message, whatever stands in the folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.cli.main import main
from tests.policy.bad_texts import REFUSED, UNDERSTOOD

ACCOUNT = "version: 1\nmanager: m\naccount: {id: 1, host: 'https://ab123.us1.dbt.com', token: $T}\n"
Run = Callable[..., tuple[int, str, str]]
COMMANDS = (("plan", "--live", "live.json"), ("lint",))


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in a folder whose policy has an account and nothing else."""
    monkeypatch.chdir(tmp_path)
    Path("policies").mkdir()
    Path("policies", "account.yml").write_text(ACCOUNT)

    def command(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(list(words))
        captured = capsys.readouterr()
        return int(left.value.code or 0), captured.out, captured.err

    return command


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
@pytest.mark.parametrize("share", range(4))
def test_every_bad_file_ends_with_exit_3(words: tuple[str, ...], share: int, run: Run) -> None:
    for name, raw in list(REFUSED.items())[share::4]:
        Path("policies", "case.yml").write_bytes(raw)
        code, out, err = run(*words)
        said = out + err
        assert code == 3, (name, said)
        assert "policies/case.yml:" in said, name
        assert "Traceback" not in said, name
        assert "nternal error" not in said, name


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_the_same_as_json_is_one_document(words: tuple[str, ...], run: Run) -> None:
    for raw in list(REFUSED.values())[::10]:
        Path("policies", "case.yml").write_bytes(raw)
        code, out, _err = run(*words, "--json")
        document = json.loads(out)
        assert (code, document["exit_code"]) == (3, 3)


def test_what_is_odd_and_understood_is_no_reason_to_end_with_3(run: Run) -> None:
    for name, raw in UNDERSTOOD.items():
        if b"team" in raw:
            Path("policies", "case.yml").write_bytes(raw)
            code, _out, err = run("ledger", "show")
            assert code == 0, (name, err)
