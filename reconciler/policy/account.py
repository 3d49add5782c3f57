"""Opening the account's references: the one thing that a policy lets `plan` read from the environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from reconciler.errors import PolicyError
from reconciler.model.problem import Position, Problem
from reconciler.model.secret import Reference, Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.policy import Policy

__all__ = ["Target", "open_account"]

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where live is: `host` is scheme and authority, without a path, `token` stays masked."""

    account_id: int
    host: str
    token: Secret


def open_account(policy: Policy, environ: Mapping[str, str]) -> Target:
    """Open the account's references from `environ` and check what they hold.

    Raises PolicyError for a variable that is not set or empty, an id that is no number, and a host that is not https
    (loopback excepted). Which hosts may get the token is decided where it is sent.
    """
    account = policy.account
    if "account" in policy.missing:
        at = Position(account.at.file or "the files given", 1, 1)
        fix = "name the folder of the policy, or add the file that holds `account`"
        raise PolicyError(
            [Problem(at=at, message="no file gives `account`", expected="it once in the policy", fix=fix)]
        )
    opener = _Opener(environ, account.at)
    account_id = opener.number(account.id)
    host = opener.host(account.host)
    token = account.token if isinstance(account.token, Secret) else Secret(opener.opened(account.token))
    if opener.problems:
        raise PolicyError(opener.problems)
    return Target(account_id=account_id, host=host, token=token)


class _Opener:
    def __init__(self, environ: Mapping[str, str], at: Position) -> None:
        self.problems: list[Problem] = []
        self._environ = environ
        self._at = at

    def opened(self, reference: Reference) -> str:
        value = self._environ.get(reference.name, "").strip()
        if not value:
            state = "is empty" if reference.name in self._environ else "is not set"
            self._problem(
                f"the variable {reference.name} {state}", f"a value in {reference.name}", f"export {reference.name}=…"
            )
        return value

    def number(self, value: int | Reference) -> int:
        if isinstance(value, int):
            return value
        text = self.opened(value)
        if text.isascii() and text.isdigit() and len(text) < 20 and 0 < int(text) < 2**63:
            return int(text)
        if text:
            self._problem(f"{value.name} holds no account id", "digits only", f"export {value.name}=70403103916842")
        return 0

    def host(self, value: str | Reference) -> str:
        name = value.name if isinstance(value, Reference) else "account.host"
        text = self.opened(value) if isinstance(value, Reference) else value
        host = text.strip().rstrip("/").removesuffix("/api").rstrip("/")
        if text and not _acceptable(host):
            self._problem(
                f"{name} is not the address of an account",
                "https:// and a host; http:// for loopback only",
                f"write it like https://ab123.us1.dbt.com into {name}",
            )
        return host

    def _problem(self, message: str, expected: str, fix: str) -> None:
        self.problems.append(Problem(at=self._at, message=message, expected=expected, fix=fix))


def _acceptable(host: str) -> bool:
    try:
        parts = urlsplit(host)
        name = parts.hostname
        _port = parts.port
    except ValueError:
        return False
    if not name or parts.path or parts.query or parts.fragment or parts.username is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and name in _LOOPBACK)
