"""What has to be known to begin, and the words that are guessed where nobody says."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Answers", "guessed_manager", "guessed_name"]

_NO_NAME = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Who we are, and what shall be written. Without `email` nobody is told yet: the account says who is.

    `git` is where the ledger lives: a branch, where workflows apply from, or a file.
    """

    manager: str
    team: str
    timezone: str
    email: str = ""
    projects: tuple[str, ...] = ()
    git: bool = True
    github: bool = True
    pre_commit: bool = True


def guessed_manager(folder: str) -> str:
    """Return a manager's name after a folder's: letters, digits and dashes."""
    return _NO_NAME.sub("-", folder).strip("-").lower()[:63].strip("-") or "data-alerts"


def guessed_name(email: str) -> str:
    """Return a channel's name after an address: what stands before the @."""
    return _NO_NAME.sub("-", email.partition("@")[0]).strip("-").lower() or "first"
