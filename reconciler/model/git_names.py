"""Names that reach git from a policy file, which nobody may have reviewed: they are names, and can be nothing else."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["BRANCH_PATTERN", "REMOTE_PATTERN", "safe_branch", "safe_remote"]

BRANCH_PATTERN: Final = r"^(?!.*(\.\.|//|/\.|\./|\.lock/|\.lock$|[./]$))(?!HEAD$)[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$"
REMOTE_PATTERN: Final = r"^(?!.*(\.\.|\.$))[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"

_BRANCH: Final = re.compile(BRANCH_PATTERN[1:-1])
_REMOTE: Final = re.compile(REMOTE_PATTERN[1:-1])


def safe_branch(name: str) -> bool:
    """Tell whether this can be a branch and nothing else: no option, no other namespace, nothing git would refuse."""
    return _BRANCH.fullmatch(name) is not None


def safe_remote(name: str) -> bool:
    """Tell whether this can be the *name* of a remote: no URL, no path, no option, no program."""
    return _REMOTE.fullmatch(name) is not None
