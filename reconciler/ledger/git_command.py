"""git as a program that is asked: which settings hold, what it may reach, and how long it may take.

The clone's own settings count, because its credentials are among them. What could run a program, ask a person or lead
elsewhere does not: hooks, prompts, maintenance, submodules, and every GIT_* variable but those that say how to log in.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reconciler.errors import LedgerError, UsageError

__all__ = ["Git", "GitAnswer", "Runner", "run_process", "without_credentials"]

LOCAL_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 30.0
"""For one question that moves no objects: a network that swallows it must not hold a plan for long."""
REMOTE_SECONDS: Final = 120.0

_SAFE: Final = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.splitIndex=false",
    "core.sparseCheckout=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "i18n.commitEncoding=UTF-8",
    "push.gpgSign=false",
    "submodule.recurse=false",
)
_PROTOCOLS: Final = "file:https:ssh"
"""No `ext::`, which runs a program; no git:// or http://, where anybody on the way could write the ledger."""
_KEPT: Final = re.compile(
    r"GIT_(SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|CONFIG_(COUNT|KEY_\d+|VALUE_\d+|GLOBAL|SYSTEM|NOSYSTEM)|SSL_\w+|PROXY_SSL_\w+)"
)
_OWN: Final = ("GIT_", "DBT_")
"""Neither what leads git, nor our own secrets: the programs that git starts to log in need none of them."""
_CREDENTIALS: Final = re.compile(r"(?<=://)[^/\s]*@")
"""Up to the last `@` before the path: a password may hold one."""
_UNKNOWN_OPTION: Final = 129
_LOOK_AGAIN: Final = 0.5
"""Seconds after which a git that has ended, and whose pipes somebody else keeps open, counts as heard."""
_INSTALL: Final = "install git 2.29 or newer: it keeps the ledger"


@dataclass(frozen=True, slots=True, kw_only=True)
class GitAnswer:
    """How a git command ended. `err` has no credentials in it."""

    code: int
    out: bytes = b""
    err: str = ""

    @property
    def reason(self) -> str:
        """What git said, in one line."""
        lines = [line.strip() for line in self.err.splitlines() if line.strip() and not line.startswith("hint:")]
        told = [line for line in lines if line.startswith(("fatal:", "error:", "!", "remote:"))] or lines
        return "; ".join(told)[:400] or f"git ended with {self.code}"


Runner = Callable[[Sequence[str], bytes, Mapping[str, str], Path, float], GitAnswer]
"""Run a command: arguments, standard input, environment, folder, seconds it may take. The seam of every test."""


class Git:
    """git in the clone around `folder`, whose work tree, index, HEAD and branches it is never asked to touch."""

    def __init__(self, folder: Path, *, environ: Mapping[str, str], run: Runner | None = None) -> None:
        self._folder = folder
        self._environ = _environment(environ)
        self._run = run or run_process
        self._top: Path | None = None

    def ask(
        self,
        *arguments: str,
        stdin: bytes = b"",
        more: Mapping[str, str] | None = None,
        seconds: float = LOCAL_SECONDS,
    ) -> GitAnswer:
        """Run one command in the clone and return how it ended. Raises UsageError where there is no clone, or no git.

        `more` are variables for this command.
        """
        return self._asked(self._found(), arguments, stdin, more, seconds)

    def need(self, *arguments: str, stdin: bytes = b"", more: Mapping[str, str] | None = None) -> bytes:
        """Run one local command that cannot fail in a sound clone. Raises LedgerError if it does."""
        answer = self.ask(*arguments, stdin=stdin, more=more)
        if answer.code != 0:
            raise LedgerError(
                f"git {arguments[0]} failed: {answer.reason}",
                next_step="see `git fsck`, or clone again",
            )
        return answer.out

    def _found(self) -> Path:
        """Return the top of the clone: there, paths mean the same whatever folder the command was started in."""
        if self._top is None:
            answer = self._asked(self._folder, ("rev-parse", "--show-toplevel"), b"", None, LOCAL_SECONDS)
            if answer.code != 0:
                answer = self._asked(self._folder, ("rev-parse", "--absolute-git-dir"), b"", None, LOCAL_SECONDS)
            if answer.code != 0:
                raise UsageError(
                    f"`ledger: {{store: git}}` needs a clone to work in: {answer.reason}",
                    next_step=_way_into_a_clone(answer, self._folder),
                )
            self._top = Path(os.fsdecode(answer.out.rstrip(b"\n")))
        return self._top

    def _asked(
        self, folder: Path, arguments: Sequence[str], stdin: bytes, more: Mapping[str, str] | None, seconds: float
    ) -> GitAnswer:
        settings = [word for setting in _SAFE for word in ("-c", setting)]
        answer = self._run(
            ["git", "--no-pager", *settings, *arguments], stdin, {**self._environ, **(more or {})}, folder, seconds
        )
        answer = GitAnswer(code=answer.code, out=answer.out, err=without_credentials(answer.err))
        if answer.code == _UNKNOWN_OPTION:
            raise UsageError(f"this git is too old: {answer.reason}", next_step=_INSTALL)
        return answer


def without_credentials(text: str) -> str:
    """Return a text without the users and passwords of the URLs in it."""
    return _CREDENTIALS.sub("", text)


def _way_into_a_clone(answer: GitAnswer, folder: Path) -> str:
    """Say what helps: git will not work in a clone of another user, as a container's checkout is."""
    if "dubious ownership" in answer.err:
        return f"if you trust it: git config --global --add safe.directory {shlex.quote(str(folder))}"
    return "run it inside a clone of your repository, or take `ledger: {store: file}`"


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables git gets. One that a hook or a stranger left would lead it to another repository."""
    kept = {name: value for name, value in environ.items() if _KEPT.fullmatch(name) or not name.startswith(_OWN)}
    return kept | {
        "GIT_ALLOW_PROTOCOL": _PROTOCOLS,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "LC_ALL": "C",
    }


def run_process(
    arguments: Sequence[str], stdin: bytes, environ: Mapping[str, str], folder: Path, seconds: float
) -> GitAnswer:
    """Run git in a session of its own: it cannot ask on a terminal, a Ctrl-C does not tear a push, and with it ends
    whatever it started.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - git, with arguments that the caller made
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=dict(environ),
            start_new_session=True,
        )
    except OSError as error:
        raise UsageError(
            f"git cannot be started: {error.strerror}",
            next_step=_INSTALL,
        ) from error
    with process:
        try:
            out, err = _talk(process, stdin, seconds)
        except subprocess.TimeoutExpired:
            _end(process)
            return GitAnswer(code=124, err=f"fatal: git {_word(arguments)} took longer than {seconds:g} s")
        except BaseException:
            _end(process)
            raise
    return GitAnswer(code=process.returncode, out=out, err=err.decode(errors="replace"))


def _talk(process: subprocess.Popen[bytes], stdin: bytes, seconds: float) -> tuple[bytes, bytes]:
    """Return what it says until it has ended. Raises TimeoutExpired.

    A connection that ssh shares outlives git and keeps its pipes open: the end of git is what counts.
    """
    given: bytes | None = stdin
    ends, ended = time.monotonic() + seconds, False
    while True:
        try:
            return process.communicate(given, timeout=max(0.0, min(_LOOK_AGAIN, ends - time.monotonic())))
        except subprocess.TimeoutExpired as late:
            if ended:
                return late.output or b"", late.stderr or b""
            ended = process.poll() is not None
            if not ended and time.monotonic() >= ends:
                raise
        given = None


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _word(arguments: Sequence[str]) -> str:
    return next((a for a in arguments[1:] if not a.startswith("-") and "=" not in a), "")
