"""`dbt-alerts --help` beside a click group of as many commands that imports nothing else, both as whole processes."""

from __future__ import annotations

import os
import sys
import tempfile
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.measure import ROOT, Usage, interleaved, middle, run
from reconciler.cli.main import COMMANDS

__all__ = ["LIMIT", "measure"]

LIMIT: Final = 1.5
_BARE: Final = '''\
import click

@click.group(context_settings={{"help_option_names": ["-h", "--help"]}})
@click.version_option("0.1.0", prog_name="bare")
def app():
    """A group of commands and nothing else."""

{commands}
'''
_COMMAND: Final = '''\
@app.command("{name}")
def command_{number}():
    """{text}"""
'''


def measure(rounds: int) -> dict[str, Any]:
    """Run both in turns; the ratio is the median of the pairs' ratios of CPU seconds."""
    with tempfile.TemporaryDirectory() as folder:
        commands = (_COMMAND.format(name=n, number=i, text=t) for i, (n, t) in enumerate(COMMANDS.items()))
        Path(folder, "bare.py").write_text(_BARE.format(commands="\n".join(commands)), encoding="utf-8")
        environ = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"}
        start = partial(run, environ=environ)
        ours, bare = interleaved(
            rounds,
            lambda: start([sys.executable, "-c", "from reconciler.cli import main; main()", "--help"]),
            lambda: start([sys.executable, "-c", "from bare import app; app()", "--help"]),
        )
    return {
        "commands": len(COMMANDS),
        "help_cpu_ms": _milliseconds(ours),
        "bare_cpu_ms": _milliseconds(bare),
        "ratio_cpu": round(median(a.cpu / b.cpu for a, b in zip(ours, bare, strict=True)), 2),
        "ratio_wall": round(median(a.wall / b.wall for a, b in zip(ours, bare, strict=True)), 2),
        "limit": LIMIT,
    }


def _milliseconds(runs: list[Usage]) -> float:
    return middle([usage.cpu * 1000 for usage in runs], digits=1)
