"""How long loading and validating a policy of 120,000 lines takes, against a bare C parse of the same bytes.

The bare parse is clib's `compose()` with a memoised resolver and the collector paused. The ratio may be at most 4.
Each figure is the best of several rounds in this process: `python benchmarks/bench_load.py [--lines N] [--rounds N]`.
"""

from __future__ import annotations

import argparse
import gc
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ruamel.yaml.cyaml import CParser
from ruamel.yaml.tag import Tag

from reconciler.policy import load
from reconciler.policy.compose import paused_gc

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT: Final = 4.0


class Bare(CParser):
    """The parse that we are measured against: nodes with positions, tags from a memory, nothing else."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._memory: dict[tuple[object, ...], Tag] = {}

    def resolve(self, kind: object, value: str | None, implicit: object) -> Tag:
        asked = (kind, value, implicit)
        try:
            return self._memory[asked]
        except KeyError:
            return self._memory.setdefault(asked, Tag(suffix="any"))

    def descend_resolver(self, parent: object, index: object) -> None:
        """Know no paths."""

    def ascend_resolver(self) -> None:
        """Know no paths."""


_HEAD: Final = """\
version: 1
manager: bench
account: {id: 70403103916842, host: "https://ab123.us1.dbt.com", token: $DBT_CLOUD_TOKEN}
relay: {url: https://alerts.acme.example/dbt}
channels:
  mail: {type: dbt_email, address: data@acme.example}
  team: {type: slack, url: $SLACK_URL}
tiers:
  critical: {rank: 1, notify: {failure: [team], late: [team]}}
  high: {rank: 2, notify: {failure: [team]}}
calendars:
  weekdays: {weekdays: [mon, tue, wed, thu, fri]}
team: bench
jobs:
""".replace("https://alerts.acme.example/dbt", '"https://alerts.acme.example/dbt"')
_RULE: Final = """\
  - match:
      project: Project {project}
      environment: {{type: production}}
      name: Job {number}
    tier: {tier}
    owner: owner{project}@acme.example
    runbook: "https://wiki.acme.example/{number}"
    impact: Dashboard {number} shows stale data
    notify:
      failure: [+mail]
    sla:
      due: "08:00"
      calendar: weekdays
      grace: 5m
"""


def policy_text(lines: int) -> str:
    """Return a policy of about that many lines: rules of 14 lines, as teams write them."""
    count = lines // _RULE.count("\n")
    rules = (
        _RULE.format(number=number, project=number % 50, tier=("critical", "high")[number % 2])
        for number in range(count)
    )
    return _HEAD + "".join(rules)


def best(rounds: int, run: Callable[[], object]) -> float:
    """Return the shortest of several times, in seconds of CPU."""
    times = []
    for _round in range(rounds):
        gc.collect()
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


def measure(lines: int, rounds: int) -> dict[str, float | int]:
    """Return both times and their ratio."""
    text = policy_text(lines)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "policy.yml")
        path.write_text(text, encoding="utf-8")

        def bare() -> object:
            with paused_gc():
                return Bare(text).get_single_node()

        bare_seconds = best(rounds, bare)
        load_seconds = best(rounds, lambda: load([path]))
    return {
        "lines": text.count("\n"),
        "bare_compose_s": round(bare_seconds, 3),
        "load_s": round(load_seconds, 3),
        "ratio": round(load_seconds / bare_seconds, 2),
        "limit": LIMIT,
    }


def main() -> int:
    """Print the figures as JSON; 1 when the ratio is over the limit."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--lines", type=int, default=120_000)
    arguments.add_argument("--rounds", type=int, default=5)
    chosen = arguments.parse_args()
    figures = measure(chosen.lines, chosen.rounds)
    print(json.dumps(figures, indent=2))
    return int(figures["ratio"] > LIMIT)


if __name__ == "__main__":
    raise SystemExit(main())
