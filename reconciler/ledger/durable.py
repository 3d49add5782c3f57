"""In CI, what must outlive the runner may only be written where the operator says that it does (design §8)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from reconciler.errors import Refused

__all__ = ["DURABLE", "check_durable"]

DURABLE = "DBT_ALERTS_DURABLE"
_UNSET = frozenset({"", "0", "false", "no"})


def check_durable(path: Path, environ: Mapping[str, str]) -> None:
    """Refuse a ledger or sink path that would vanish with a CI runner. Links are followed before it is judged.

    A removal that was expected and a secret that was returned once must not be lost with the machine that saw them.
    """
    if environ.get("CI", "").strip().casefold() in _UNSET:
        return
    folders = [Path(each).resolve() for each in environ.get(DURABLE, "").split(os.pathsep) if each.strip()]
    if any(path.resolve().is_relative_to(folder) for folder in folders):
        return
    named = ", ".join(str(each) for each in folders) or "none"
    raise Refused(
        f"in CI, {path} would be lost with the runner: it is in no folder that {DURABLE} names (named: {named})",
        next_step=f"set {DURABLE} to the folder that is kept, or take the `command` sink for a secret",
    )
