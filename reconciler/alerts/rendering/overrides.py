"""Where a policy repository keeps its own templates."""

from __future__ import annotations

from pathlib import Path

from reconciler.shipped import Shipped, shipped

__all__ = ["overrides_beside"]


def overrides_beside(policies: Path) -> Path | None:
    """Return `templates/` beside the policy folder, None if there is none. A single policy file's folder counts.

    The shipped templates override nothing, though they stand beside the example company's policies in a clone.
    """
    folder = policies.resolve()
    if folder.is_file():
        folder = folder.parent
    found = folder.parent / "templates"
    return found if found.is_dir() and found != shipped(Shipped.TEMPLATES) else None
