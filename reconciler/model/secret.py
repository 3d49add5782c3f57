"""Secrets, masked by type: no repr, str or format of them ever shows the value."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MASK", "Reference", "Secret"]

MASK = "********"


class Secret:
    """A value that is shown as asterisks everywhere; `reveal()` is the only way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __reduce__(self) -> str:
        msg = "a secret is never serialised"
        raise TypeError(msg)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)


@dataclass(frozen=True, slots=True)
class Reference:
    """A `$NAME` of a policy file: which environment variable holds the value, never the value."""

    name: str

    def __str__(self) -> str:
        return f"${self.name}"
