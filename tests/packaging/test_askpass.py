"""The workflows' answer to git's questions: the token goes to GitHub, and reaches git from the environment alone."""

import os
import subprocess
from pathlib import Path

import pytest

from reconciler.ledger.git_command import Git, GitAnswer
from tests.ledger.git_lab import make_remote

TOKEN = "a-token-that-must-stay-out"


def _script(root: Path) -> Path:
    return root / ".github" / "actions" / "dbt-alerts" / "askpass.sh"


def _asked(root: Path, question: str, **environ: str) -> subprocess.CompletedProcess[str]:
    settings = {**os.environ, "GH_TOKEN": TOKEN, **environ}
    return subprocess.run([_script(root), question], env=settings, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Username for 'https://github.com': ", "x-access-token\n"),
        ("Password for 'https://x-access-token@github.com': ", f"{TOKEN}\n"),
        ("Password for 'https://x-access-token@github.com/acme/alerts': ", f"{TOKEN}\n"),
    ],
)
def test_it_logs_in_to_github(root: Path, question: str, answer: str) -> None:
    assert _asked(root, question).stdout == answer


@pytest.mark.parametrize(
    "question",
    [
        "Password for 'https://x-access-token@github.com.evil.example': ",
        "Password for 'https://x-access-token@evil.example': ",
        "Password for 'http://x-access-token@github.com': ",
        "Username for 'https://github.com.evil.example': ",
        "Enter passphrase for key '/home/me/.ssh/id': ",
    ],
)
def test_nobody_else_gets_the_token(root: Path, question: str) -> None:
    answer = _asked(root, question)
    assert (answer.returncode, answer.stdout) == (1, "")


def test_an_enterprise_server_is_the_one_that_it_logs_in_to(root: Path) -> None:
    server = {"GITHUB_SERVER_URL": "https://git.acme.example"}
    assert _asked(root, "Password for 'https://x-access-token@git.acme.example': ", **server).stdout == f"{TOKEN}\n"
    assert _asked(root, "Password for 'https://x-access-token@github.com': ", **server).returncode == 1


def test_git_as_the_ledger_runs_it_asks_the_script(root: Path, tmp_path: Path) -> None:
    make_remote(tmp_path)
    environ = {**os.environ, "GIT_ASKPASS": str(_script(root)), "GH_TOKEN": TOKEN, "GIT_CONFIG_GLOBAL": os.devnull}
    asked = Git(tmp_path / "seed", environ=environ)

    def fill(host: str) -> GitAnswer:
        return asked.ask("credential", "fill", stdin=f"protocol=https\nhost={host}\n\n".encode())

    assert f"password={TOKEN}" in fill("github.com").out.decode()
    assert TOKEN not in fill("evil.example").out.decode()
