"""What `plan --out` says at its end: where the plan is, and the exact words that apply this very one."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from reconciler.escape import markdown, terminal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.plan import Plan

__all__ = ["apply_words", "saved_markdown", "saved_text"]


def apply_words(file: str, digest: str, *, options: Iterable[str]) -> str:
    """Return the command that applies this very file. `options` are the plan's own that apply must be given again."""
    return shlex.join(["dbt-alerts", "apply", *options, "--plan", file, "--expect", digest])


def saved_text(plan: Plan, file: str, words: str) -> str:
    """Return one line for a terminal or a log."""
    why_not = _not_applied(plan)
    return terminal(f"Saved to {file}. {why_not or f'Apply it with `{words}`'}")


def saved_markdown(plan: Plan, file: str, words: str) -> str:
    """Return the same for a comment: the digest stands where reviewers read, and not only in the file."""
    why_not = _not_applied(plan)
    shown = markdown(why_not) if why_not else f"Apply it with {_code(words)}"
    return f"<sub>Saved to {markdown(file)}. {shown}</sub>\n"


def _code(words: str) -> str:
    """Return a span that shows the words as they are, to be copied, whatever a file is called."""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", words)), default=0))
    return f"{fence}{terminal(words)}{fence}"


def _not_applied(plan: Plan) -> str:
    if plan.from_snapshot:
        return "It was made from a snapshot: for reading, never applied."
    if plan.refused:
        return "No apply takes it while a guard refuses it: plan again with what the guard asks for."
    return ""
