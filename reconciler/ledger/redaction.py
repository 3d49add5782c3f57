"""Addresses as keyed hashes: who can read the ledger learns how many recipients there are, and not who.

An address becomes `hmac:` and 32 hex digits of its HMAC-SHA256. With the key and the recipients that live and the
policy name it is mapped back; what nobody names any more stays as it is, which is equal to no live recipient.
Webhooks are stored as they are: they hold names and ids, and are found by them.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from reconciler.model.edge import RecipientKey, RecipientKind, compared_address
from reconciler.model.hidden import HIDDEN_ADDRESS
from reconciler.model.secret import Secret

__all__ = ["Redaction", "addresses_in", "hides_any"]

_ADDRESS: Final = re.compile(r"[^\s@<>()\[\]{}\"',;:|=]{1,64}@[^\s@<>()\[\]{}\"',;:|=/]{1,253}")
_EMAIL: Final = f"{RecipientKind.EMAIL}:"
_KEY: Final = re.compile(rf"{_EMAIL}(.*?)(\|[a-z_-]+\|[0-9]+)?", re.DOTALL)
"""A recipient's key, alone or in an edge."""


def hides_any(text: str) -> bool:
    """Tell whether a stored text has a hashed address in it."""
    return HIDDEN_ADDRESS.search(text) is not None


def addresses_in(texts: Iterable[str]) -> frozenset[str]:
    """Return every address that stands in these texts."""
    return frozenset(compared_address(found) for text in texts for found in _ADDRESS.findall(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """The key, and whether it is used for writing too. `addresses` are those that the policy itself holds."""

    secret: Secret
    hides: bool = True
    addresses: Collection[str] = field(default_factory=tuple)

    @property
    def fingerprint(self) -> str:
        """What tells one key from another without giving it away."""
        return self._digest("which key is this")[:12]

    def hidden(self, value: Any) -> Any:  # noqa: ANN401 - plain JSON
        """Return a row with every address in it hashed. The actor of a log entry stays: it is who is answerable."""
        match value:
            case str():
                return self._hidden_text(value)
            case list() | tuple():
                return [each if isinstance(each, int) else self.hidden(each) for each in value]
            case dict():
                return {name: each if name == "actor" else self.hidden(each) for name, each in value.items()}
            case _:
                return value

    def shown(self, text: str, known: Collection[RecipientKey]) -> str:
        """Return a stored text with every address that `known` or the policy names in clear."""
        addresses = {key.value for key in known if key.kind is RecipientKind.EMAIL} | {*self.addresses}
        plain = {self._hash(address): json.dumps(compared_address(address))[1:-1] for address in addresses}
        return HIDDEN_ADDRESS.sub(lambda found: plain.get(found[0], found[0]), text)

    def _hidden_text(self, text: str) -> str:
        """Hash the addresses of a text; of a recipient's key all that follows the kind, whatever it looks like."""
        key = _KEY.fullmatch(text)
        if key is not None and not hides_any(text):
            return f"{_EMAIL}{self._hash(key[1])}{key[2] or ''}"
        return _ADDRESS.sub(lambda found: self._hash(found[0]), text)

    def _hash(self, address: str) -> str:
        return f"hmac:{self._digest(f'address {compared_address(address)}')[:32]}"

    def _digest(self, text: str) -> str:
        return hmac.new(self.secret.reveal().encode(), text.encode(), sha256).hexdigest()
