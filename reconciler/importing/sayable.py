"""What the policy language can say, asked of the language itself: what the loader would refuse is never written."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from reconciler.policy.documents.channels import SlackChannelId
from reconciler.policy.fields import Email, Name, Text, Url, WebhookId
from reconciler.policy.text import first_control_character

__all__ = ["email", "holds_a_password", "slack_channel", "team", "text", "url", "webhook"]

_TEXT: Final = TypeAdapter[str](Text)
_NAME: Final = TypeAdapter[str](Name)
_EMAIL: Final = TypeAdapter[str](Email)
_URL: Final = TypeAdapter[str](Url)
_WEBHOOK: Final = TypeAdapter[str](WebhookId)
_SLACK: Final = TypeAdapter[str](SlackChannelId)


@lru_cache(maxsize=65536)
def text(value: str) -> bool:
    """Tell whether a value can stand where text is wanted."""
    return _accepts(_TEXT, value)


def team(value: str) -> bool:
    """Tell whether a team, or a channel, can be called so."""
    return _accepts(_NAME, value)


@lru_cache(maxsize=65536)
def email(value: str) -> bool:
    return _accepts(_EMAIL, value)


def slack_channel(value: str) -> bool:
    return _accepts(_SLACK, value)


def url(value: str) -> bool:
    return _accepts(_URL, value)


def webhook(value: str) -> bool:
    """Tell whether an entry can take a webhook of this id over."""
    return _accepts(_WEBHOOK, value)


def holds_a_password(value: str) -> bool:
    """Tell whether a URL holds a user or a password: a policy file is plain text."""
    try:
        return "@" in urlsplit(value).netloc
    except ValueError:
        return True


def _accepts(adapter: TypeAdapter[Any], value: str) -> bool:
    if not value.isprintable() and first_control_character(value):
        return False
    try:
        adapter.validate_python(value, strict=True)
    except ValidationError:
        return False
    return True
