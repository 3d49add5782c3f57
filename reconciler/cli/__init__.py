"""The command line: one file per command, each imported only when it runs, so that `--help` answers at once."""

from reconciler.cli.main import main

__all__ = ["main"]
