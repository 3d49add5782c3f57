"""What is written into a file is in the repository's history for good, and everybody who can read it can use it.

A token, a key or the address of an incoming webhook is all that somebody needs to read the account, to page the on-call
engineer, or to write into a channel in our name. So the policy names where the value is kept, `$SLACK_CRITICAL_URL`,
and never the value. A secret that was committed once must be replaced where it was issued: deleting the line does not
take it out of the history.

Looked at are the keys that may hold a reference, and texts into which such a value was pasted: runbooks, actions,
descriptions, addresses of webhooks. The finding never shows the value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.lint.rule import Found, Looked, Rule
from reconciler.lint.secret_values import SecretValue, secret_values
from reconciler.lint.secrets_in_text import pasted_secret
from reconciler.lint.texts import texts_of
from reconciler.model.lint import LintLevel
from reconciler.model.problem import Position

__all__ = ["RULE"]


_KNOWN: Final = {"account": {"token": "DBT_CLOUD_TOKEN"}}
"""Variables that have a name everywhere: what `init`, the workflows and the guides export."""


def _judge(looked: Looked) -> Iterator[Found]:
    yield from map(_literal, secret_values(looked.policy))
    for at, subject, text in texts_of(looked.policy):
        what = pasted_secret(text)
        if what:
            yield _found(at, subject, f"{what} is written into {subject}", "take it out of the text")


def _literal(held: SecretValue) -> Found:
    subject, key = held.subject, held.key
    variable = f"${_KNOWN.get(subject, {}).get(key) or _variable(subject, key)}"
    return _found(held.at, f"{subject} {key}", f"`{key}` of {subject} is written into the file", f"write `{variable}`")


def _found(at: Position, subject: str, message: str, fix: str) -> Found:
    return Found(
        at=at,
        subject=subject,
        message=message,
        found="a literal value, not shown",
        expected="a reference such as `$NAME`, opened by the command that needs it",
        fix=f"{fix}, keep the value where your secrets are kept, and replace it where it was issued: it is known now",
    )


def _variable(subject: str, key: str) -> str:
    """Return a name for the environment variable: that of the thing and of its key, in capitals."""
    owner, name = _capitals(subject.removeprefix("channel ")), _capitals(key)
    return f"CHANNEL_{owner}_{name}" if owner[:1].isdigit() else f"{owner or 'CHANNEL'}_{name}"


def _capitals(text: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in text).strip("_").upper()


RULE: Final = Rule(
    id="literal-secret",
    title="a token, key or hook URL written into a file",
    level=LintLevel.ERROR,
    judge=_judge,
)
