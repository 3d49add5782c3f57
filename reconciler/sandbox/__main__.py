"""`python -m reconciler.sandbox`: run a sandbox until Ctrl-C, or until the process that started it is gone."""

import argparse
import json
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from reconciler.sandbox.options import Backend, SandboxOptions
from reconciler.sandbox.server import DidNotStartError, NotLoopbackError, RunningSandbox, start
from reconciler.sandbox.tls import NoOpensslError

_PARENT_CHECK_SECONDS = 0.5


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m reconciler.sandbox", description="An emulator of dbt Cloud.")
    parser.add_argument("--port", type=int, default=0, help="0 picks one")
    parser.add_argument("--tls", action="store_true", help="https, with a certificate of its own")
    parser.add_argument("--account", type=int, default=SandboxOptions().account_id, help="the account's id")
    parser.add_argument("--token", help="the owner's token; drawn from the seed unless given")
    parser.add_argument("--control-token", help="ask for it in X-Sandbox-Control on /_sandbox/")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same account")
    parser.add_argument("--empty", action="store_true", help="an account without projects")
    parser.add_argument("--db", type=Path, help="keep the state in this file")
    parser.add_argument("--legacy", action="store_true", help="webhooks as before 2026")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="added to every answer")
    parser.add_argument("--run-seconds", type=float, default=1.0, help="how long a run takes")
    parser.add_argument("--smtp-port", type=int, help="open a mail server there; 0 picks a port")
    parser.add_argument("--json", action="store_true", help="print the ready line as JSON")
    parser.add_argument("--env", action="store_true", help="print export lines for a shell")
    return parser


def _options(found: argparse.Namespace) -> SandboxOptions:
    return SandboxOptions(
        port=found.port,
        tls=found.tls,
        account_id=found.account,
        token=found.token,
        control_token=found.control_token,
        seed=found.seed,
        seeded=not found.empty,
        db=found.db,
        backend=Backend.LEGACY if found.legacy else Backend.CURRENT,
        latency_ms=found.latency_ms,
        run_seconds=found.run_seconds,
        smtp_port=found.smtp_port,
    )


def announcement(sandbox: RunningSandbox, found: argparse.Namespace) -> str:
    """Say that the sandbox is ready, as asked for."""
    ready = sandbox.ready
    if found.json:
        return json.dumps(ready)
    if found.env:
        names = {"DBT_CLOUD_TOKEN": "token", "DBT_CLOUD_ACCOUNT_ID": "account_id", "DBT_CLOUD_HOST": "url"}
        lines = [f"export {name}={ready[key]}" for name, key in names.items()]
        return "\n".join([*lines, *([f"export SSL_CERT_FILE={ready['ca_file']}"] if ready["ca_file"] else [])])
    return "\n".join(f"{name:16} {value}" for name, value in ready.items() if value is not None)


def _wait(parent: int) -> None:
    waiting = threading.Event()
    while os.getppid() == parent:
        waiting.wait(_PARENT_CHECK_SECONDS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until interrupted; 0 after Ctrl-C, 1 if it could not start, with one line that says why."""
    parent = os.getppid()
    found = _parser().parse_args(arguments)
    try:
        with start(_options(found)) as sandbox:
            print(announcement(sandbox, found), flush=True)  # noqa: T201 - the ready line is this program's output
            _wait(parent)
    except KeyboardInterrupt:
        return 0
    except (OSError, NotLoopbackError, DidNotStartError, NoOpensslError) as error:
        print(f"sandbox: {error}", file=sys.stderr)  # noqa: T201 - the one line that says why
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
