"""Files → policy: YAML with positions, documents, names, meaning. Nothing here talks to anything."""

from __future__ import annotations

from reconciler.policy.account import Target, open_account
from reconciler.policy.loader import load
from reconciler.policy.schema import schema

__all__ = ["Target", "load", "open_account", "schema"]
