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
from reconciler.lint.secrets_in_text import pasted_secret
from reconciler.lint.texts import texts_of
from reconciler.model.lint import LintLevel
from reconciler.model.policy import Policy, RelayedChannel
from reconciler.model.problem import Position
from reconciler.model.secret import Secret

__all__ = ["RULE"]

_HARMLESS_HEADERS: Final = frozenset({"accept", "accept-language", "content-type", "user-agent"})


def _judge(looked: Looked) -> Iterator[Found]:
    yield from map(_literal, _secret_values(looked.policy))
    for at, subject, text in texts_of(looked.policy):
        what = pasted_secret(text)
        if what:
            yield _found(at, subject, f"{what} is written into {subject}", "take it out of the text")


def _literal(value: tuple[Position, str, str]) -> Found:
    at, subject, key = value
    variable = f"${_variable(subject, key)}"
    return _found(at, f"{subject} {key}", f"`{key}` of {subject} is written into the file", f"write `{variable}`")


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
    words = f"{subject.removeprefix('channel ')}_{key}"
    name = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in words).strip("_").upper()
    return name if name and not name[0].isdigit() else f"SECRET_{name}"


def _secret_values(policy: Policy) -> Iterator[tuple[Position, str, str]]:
    """Yield the place, the subject and the key of every literal value that is secret."""
    if isinstance(policy.account.token, Secret):
        yield policy.account.at, "account", "token"
    for section, key in (("smtp", "password"), ("canary", "token")):
        if isinstance(policy.raw.get(section, {}).get(key), Secret):
            yield policy.sections.get(section, policy.account.at), section, key
    for channel in policy.channels.values():
        if isinstance(channel, RelayedChannel):
            for place, key in _of_channel(channel):
                yield channel.places.get(place, channel.at), f"channel {channel.name}", key


def _of_channel(channel: RelayedChannel) -> Iterator[tuple[str, str]]:
    """Yield each key with a literal secret, after the setting that it stands in."""
    for key, value in channel.settings.items():
        match value:
            case Secret() if key != "url" or _is_secret_address(channel, value):
                yield key, key
            case {"secret": Secret()}:
                yield key, f"{key}.secret"
            case dict() if key == "headers":
                yield from ((key, f"headers.{name}") for name, held in value.items() if _is_secret_header(name, held))


def _is_secret_address(channel: RelayedChannel, url: Secret) -> bool:
    """Tell whether who knows the address can send there: only an endpoint of one's own can be known to all."""
    return channel.kind != "webhook" or bool(pasted_secret(url.reveal()))


def _is_secret_header(name: str, value: object) -> bool:
    return isinstance(value, Secret) and name.lower() not in _HARMLESS_HEADERS


RULE: Final = Rule(
    id="literal-secret",
    title="a token, key or hook URL written into a file",
    level=LintLevel.ERROR,
    judge=_judge,
)
