"""A secret handed to the operator's own program: a vault, a secret manager, a CI variable.

The contract: the secret comes on standard input, `DBT_ALERTS_SINK_NAME` names the webhook (`team/name`); exit 0 means
stored, durably, and the first line of the output is kept as the receipt. Called with the argument `probe`,
`DBT_ALERTS_SINK_PROBE=1` and nothing on standard input, it tells by its exit code whether it could store now.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping
from typing import Final

from reconciler.errors import Refused, RuntimeFailure
from reconciler.model.secret import MASK, Secret
from reconciler.secrets.receipt import fingerprint

__all__ = ["COMMAND", "CommandSink"]

COMMAND: Final = "DBT_ALERTS_SINK_COMMAND"
_TIME_OUT: Final = 60.0
_MOST_BYTES: Final = 65536
_RECEIPT_LENGTH: Final = 200
_COMPLAINT_LENGTH: Final = 500


class CommandSink:
    """Runs the program that the operator named; a policy file cannot name one (design §8). There is no shell."""

    def __init__(self, environ: Mapping[str, str], *, name: str, time_out: float = _TIME_OUT) -> None:
        self._environ = dict(environ)
        self._name = name
        self._time_out = time_out
        self._command = _command(environ)

    def probe(self) -> None:
        self._run(["probe"], "", {"DBT_ALERTS_SINK_PROBE": "1"}, hide=Secret(""))

    def store(self, secret: Secret) -> str:
        """Return the fingerprint and the program's first line. A program that prints the secret is refused."""
        said = self._run([], secret.reveal(), {}, hide=secret)
        if secret.reveal() in said:
            raise RuntimeFailure(
                f"the secret sink of webhook {self._name} printed the secret itself",
                next_step=f"make the program of {COMMAND} print a receipt, then run again",
            )
        return f"command:{_one_line(said, _RECEIPT_LENGTH)}#{fingerprint(secret)}"

    def confirm(self, receipt: str) -> bool:
        """Trust the exit code that gave the receipt: a vault may be write-only."""
        return receipt.startswith("command:")

    def _run(self, arguments: list[str], text: str, extra: Mapping[str, str], *, hide: Secret) -> str:
        environ = self._environ | {"DBT_ALERTS_SINK_NAME": self._name} | dict(extra)
        try:
            done = subprocess.run(  # noqa: S603 - the operator's program, without a shell
                [*self._command, *arguments],
                input=text.encode(),
                capture_output=True,
                env=environ,
                timeout=self._time_out,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise self._failure(f"took longer than {self._time_out:g} s") from None
        except OSError as error:
            raise self._failure(f"cannot be started: {error.strerror}") from None
        if done.returncode != 0:
            complaint = _one_line(_masked(done.stderr, hide), _COMPLAINT_LENGTH)
            raise self._failure(f"ended with exit code {done.returncode}: {complaint or 'it said nothing'}")
        if len(done.stdout) > _MOST_BYTES:
            raise self._failure(f"printed more than {_MOST_BYTES} bytes")
        return done.stdout.decode("utf-8", "replace")

    def _failure(self, what: str) -> RuntimeFailure:
        return RuntimeFailure(
            f"the secret sink of webhook {self._name} failed: the program {what}",
            next_step=f"try the program of {COMMAND} by hand with the argument `probe`, then run again",
        )


def _command(environ: Mapping[str, str]) -> list[str]:
    try:
        words = shlex.split(environ.get(COMMAND, ""))
    except ValueError as error:
        raise Refused(f"{COMMAND} is not a command line: {error}", next_step="close its quotes") from None
    if not words:
        raise Refused(
            "the policy has a webhook with `secret_sink: {store: command}`, and no program is named for it",
            next_step=f"set {COMMAND} to the program that stores the secret",
        )
    return words


def _masked(raw: bytes, secret: Secret) -> str:
    text = raw[:_MOST_BYTES].decode("utf-8", "replace")
    return text.replace(secret.reveal(), MASK) if secret.reveal() else text


def _one_line(text: str, length: int) -> str:
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return "".join(each for each in first if each.isprintable())[:length]
