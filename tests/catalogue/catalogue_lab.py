"""Small policies for the failure catalogue, on the seeded account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.command import Result
from tests.scenarios.conformity_lab import Bench

__all__ = ["CHANNELS", "Row", "every_list", "live_edges", "refused_without_a_write", "tells"]

Row = Mapping[str, Any]
CHANNELS = """\
channels:
  maria: {type: dbt_user, email: maria@acme.example}
  priya: {type: dbt_user, email: priya@acme.example}
  finance-mail: {type: dbt_email, address: finance-data@acme.example, owner: platform@acme.example}
"""
_LISTS = ("on_success", "on_failure", "on_cancel", "on_warning")


def tells(*rules: str) -> str:
    """Return the channels and one rule for each text like `maria: Daily Revenue`."""
    lines = [
        f"  - {{to: {to}, on: [failure], jobs: {{project: Finance, environment: Production, name: {name.strip()}}}}}\n"
        for to, _, name in (rule.partition(":") for rule in rules)
    ]
    return CHANNELS + ("notifications:\n" + "".join(lines) if lines else "")


def live_edges(bench: Bench) -> frozenset[tuple[int, str, int]]:
    """Return what is live: the row's id, the list, the job."""
    return frozenset(
        (row["id"], name, int(job)) for row in bench.rows(state=1) for name in _LISTS for job in row[name] or ()
    )


def every_list(row: Row) -> frozenset[tuple[str, int]]:
    return frozenset((name, int(job)) for name in _LISTS for job in row[name] or ())


def refused_without_a_write(bench: Bench, command: Callable[[], Result], *, code: int) -> Result:
    """Run what must be refused with this exit code, and prove that nothing was written."""
    bench.sandbox.control.clear_log()
    result = command()
    assert result.code == code, result
    assert bench.writes() == []
    return result
