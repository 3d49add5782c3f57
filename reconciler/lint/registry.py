"""Every rule there is, in the order of the table in docs/policy-language.md."""

from __future__ import annotations

from typing import Final

from reconciler.lint.rule import Rule
from reconciler.lint.rules import https_only, literal_secret

__all__ = ["LATER", "RULES"]

RULES: Final[tuple[Rule, ...]] = (
    https_only.RULE,
    literal_secret.RULE,
)

LATER: Final = frozenset({"unproved-channel"})
"""Rules that `rules:` knows and nothing judges yet: this one needs the evidence of test alerts."""
