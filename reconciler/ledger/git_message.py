"""The message of one write's commit: what people read in `git log` of the ledger's branch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.ledger import LedgerWrite

__all__ = ["Written", "commit_message"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Whose ledger a commit is about, and which run made it. `generation` is None where only a lease changed."""

    manager: str
    host: str
    account_id: int
    run: str
    generation: int | None = None


def commit_message(written: Written, write: LedgerWrite) -> str:
    """Return the message: what, one fact on each line, then what was done. No text can pass for another fact."""
    facts: Mapping[str, object] = {
        "Account": f"{written.account_id} on {written.host}",
        "Generation": written.generation,
        "Actor": write.actor,
        "Commit": write.commit,
        "Plan": write.plan_digest,
        "Allowed": " ".join(_allowance(guard, f"{value}") for guard, value in write.allowed.items()),
        "At": write.at,
        "Run": written.run,
    }
    lines = [f"{name}: {_one_line(f'{value}')}" for name, value in facts.items() if value not in (None, "")]
    done = ["", *(f"- {_one_line(line)}" for line in write.lines)] if write.lines else []
    return "\n".join([_one_line(f"{written.manager}: {write.what or 'saved'}")[:120], "", *lines, *done, ""])


def _allowance(guard: str, value: str) -> str:
    return value if "=" in value else f"{guard}={value}"


def _one_line(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text)[:500]
