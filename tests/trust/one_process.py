"""Run several command lines in one process, one after the other, and print as JSON how each ended."""

import contextlib
import io
import json
import sys

from reconciler.cli import main


def _ended(arguments: list[str]) -> dict[str, object]:
    out, err = io.StringIO(), io.StringIO()
    code: object = None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(arguments)
        except SystemExit as end:
            code = end.code
    return {"code": code, "out": out.getvalue(), "err": err.getvalue()}


if __name__ == "__main__":
    json.dump([_ended(arguments) for arguments in json.load(sys.stdin)], sys.stdout)
