"""Print the table of docs/interleavings.md: `python -m tests.interleaving.figures`, in about two minutes."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tests.interleaving.explore import Explored, explore
from tests.interleaving.scenarios import SCENARIOS

HEAD = """\
| scenario | schedules | applies that ended with 0 | that said no (1 or 6) | overwritten unseen | undone later | wrong |
|---|--:|--:|--:|--:|--:|--:|"""


def row(explored: Explored) -> str:
    succeeded = explored.exits["success"]
    refused = explored.exits.total() - succeeded
    figures = (
        explored.schedules,
        succeeded,
        refused,
        explored.overwritten,
        explored.undone_later,
        len(explored.found),
    )
    return f"| {explored.scenario} | {' | '.join(f'{figure:,}' for figure in figures)} |"


def main() -> None:
    os.fsync = lambda _: None  # type: ignore[assignment]  # nothing dies here
    schedules = 0
    lines = [HEAD]
    for scenario in SCENARIOS:
        with tempfile.TemporaryDirectory() as folder:
            explored = explore(scenario, scenario.keeping(Path(folder)))
        schedules += explored.schedules
        lines.append(row(explored))
    sys.stdout.write("\n".join([*lines, f"| **together** | **{schedules:,}** | | | | | |", ""]))


if __name__ == "__main__":
    main()
