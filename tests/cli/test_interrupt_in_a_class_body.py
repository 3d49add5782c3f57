"""A Ctrl-C that falls into the making of a dataclass still ends with our exit code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

MODULE = """
import os
import signal
from importlib import import_module

edge = import_module("reconciler.cli.main")

def interrupted(*_, **__):
    exec("import os, signal; os.kill(os.getpid(), signal.SIGINT)\\nfor _ in range(1000): pass")

edge.app.main = interrupted
edge.main([])
"""


def test_the_exit_code_is_130_and_not_a_death_by_signal(tmp_path: Path) -> None:
    (tmp_path / "interrupted_edge.py").write_text(MODULE)
    command = [sys.executable, "-m", "interrupted_edge"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path)
    assert ended.returncode == 130, ended.stderr
    assert "Interrupted." in ended.stderr
