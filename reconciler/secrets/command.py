"""A secret handed to the operator's own program: a vault, a secret manager, a CI variable.

The contract. The program is called with one argument, the step; `DBT_ALERTS_SINK_NAME` names the webhook (`team/name`),
which may be there on several accounts: `DBT_ALERTS_SINK_ACCOUNT` (a number), `DBT_ALERTS_SINK_HOST` and
`DBT_ALERTS_SINK_MANAGER` say on which. `DBT_ALERTS_SINK_FINGERPRINT` is the secret that the step is about.

    probe    nothing comes in, nothing is changed: exit 0 if it could store now. A program that knows `add` and `retire`
             prints a line with the one word `rotates`
    store    the secret comes on standard input: from now on it is the only one
    add      the secret comes on standard input: from now on it stands next to those that are there, before them
    retire   nothing comes in: the secret of this fingerprint goes, the others stay. One that is not there is gone

It has our environment, but for our token and what opens the ledger. Exit 0 means done, durably. The first line that
`store` and `add` print is kept as the receipt. A fingerprint is the first 12 hex digits of the SHA-256 of
`dbt-alerts receipt`, a zero byte, and the secret.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Final

from reconciler.errors import Refused, RuntimeFailure
from reconciler.model.secret import MASK, Secret
from reconciler.secrets.holder import Holder
from reconciler.secrets.program import MOST_BYTES, Ended, TooLongError, TooMuchError, run_program
from reconciler.secrets.receipt import fingerprint, fingerprint_of

__all__ = ["COMMAND", "CommandSink"]

COMMAND: Final = "DBT_ALERTS_SINK_COMMAND"
_TIME_OUT: Final = 60.0
_RECEIPT_LENGTH: Final = 200
_COMPLAINT_LENGTH: Final = 500
_NOTHING: Final = Secret("")
_OURS: Final = frozenset({"DBT_CLOUD_TOKEN", "DBT_ALERTS_LEDGER_KEY", "DBT_ALERTS_LEDGER_REMOTE"})
"""What we hold and a program that stores a webhook's secret does not need: it may print its environment."""


class CommandSink:
    """Runs the program that the operator named; a policy file cannot name one (design §8). There is no shell."""

    def __init__(self, environ: Mapping[str, str], *, holder: Holder, time_out: float = _TIME_OUT) -> None:
        self._environ = {name: value for name, value in environ.items() if name not in _OURS} | _told(holder)
        self._name = holder.key
        self._time_out = time_out
        self._command = _command(environ)

    def probe(self) -> None:
        self._run("probe")

    def probe_rotation(self) -> None:
        """Ask also whether it knows `add`: a program that does not would put the new secret in the old one's place."""
        said = self._run("probe")
        if "rotates" not in (line.strip() for line in said.splitlines()):
            raise Refused(
                f"the program of {COMMAND} does not say that it can keep two secrets of webhook {self._name}",
                next_step="teach it the steps `add` and `retire`, and let `probe` print the line `rotates`: "
                "docs/guides/webhook-secrets.md",
            )

    def store(self, secret: Secret) -> str:
        """Return the fingerprint and the program's first line. A program that prints the secret is refused."""
        return self._handed("store", secret)

    def add(self, secret: Secret) -> str:
        return self._handed("add", secret)

    def retire(self, receipt: str) -> None:
        self._run("retire", about=fingerprint_of(receipt))

    def confirm(self, receipt: str) -> bool:
        """Trust the exit code that gave the receipt: a vault may be write-only."""
        return receipt.startswith("command:")

    def _handed(self, step: str, secret: Secret) -> str:
        said = self._run(step, about=fingerprint(secret), secret=secret)
        if secret.reveal() in said:
            raise RuntimeFailure(
                f"the secret sink of webhook {self._name} printed the secret itself",
                next_step=f"make the program of {COMMAND} print a receipt, then run again",
            )
        return f"command:{_one_line(said, _RECEIPT_LENGTH)}#{fingerprint(secret)}"

    def _run(self, step: str, *, about: str = "", secret: Secret = _NOTHING) -> str:
        try:
            ended = run_program(
                [*self._command, step],
                given=secret.reveal().encode(),
                environ=self._environ | {"DBT_ALERTS_SINK_FINGERPRINT": about},
                seconds=self._time_out,
            )
        except TooLongError:
            raise self._failure(step, f"took longer than {self._time_out:g} s") from None
        except TooMuchError:
            raise self._failure(step, f"printed more than {MOST_BYTES} bytes") from None
        except OSError as error:
            raise self._failure(step, f"cannot be started: {error.strerror}") from None
        return self._said(step, ended, secret)

    def _said(self, step: str, ended: Ended, secret: Secret) -> str:
        if ended.code != 0:
            complaint = _one_line(_masked(ended.err, secret), _COMPLAINT_LENGTH)
            raise self._failure(step, f"ended with exit code {ended.code}: {complaint or 'it said nothing'}")
        return ended.out.decode("utf-8", "replace")

    def _failure(self, step: str, what: str) -> RuntimeFailure:
        return RuntimeFailure(
            f"the secret sink of webhook {self._name} failed: the program, at `{step}`, {what}",
            next_step=f"try the program of {COMMAND} by hand with the argument `probe`, then run again",
        )


def _told(holder: Holder) -> dict[str, str]:
    return {
        "DBT_ALERTS_SINK_NAME": holder.key,
        "DBT_ALERTS_SINK_ACCOUNT": str(holder.account_id),
        "DBT_ALERTS_SINK_HOST": holder.host,
        "DBT_ALERTS_SINK_MANAGER": holder.manager,
    }


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
    text = raw.decode("utf-8", "replace")
    return text.replace(secret.reveal(), MASK) if secret.reveal() else text


def _one_line(text: str, length: int) -> str:
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return "".join(each for each in first if each.isprintable())[:length]
