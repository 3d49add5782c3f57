"""`dbt-alerts sandbox`: an emulator of dbt Cloud on loopback, with a folder of its own for ledger and secrets."""

from __future__ import annotations

import json
import os
import shlex
import signal
import tempfile
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.places import SANDBOX_FOLDER
from reconciler.cli.sandbox_values import SECRETS, bases
from reconciler.errors import RuntimeFailure, UsageError
from reconciler.sandbox import Backend, SandboxOptions, start

if TYPE_CHECKING:
    from reconciler.sandbox import RunningSandbox

__all__ = ["command", "exports"]

_PARENT_CHECK_SECONDS = 0.5


@click.command("sandbox")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port to listen on; 0 picks one.")
@click.option("--tls", is_flag=True, default=False, help="Serve https, with a certificate of its own.")
@click.option("--account", type=click.IntRange(1), default=SandboxOptions().account_id, help="The account's id.")
@click.option("--token", default=None, help="The owner's token; drawn from the seed unless given.")
@click.option("--seed", type=int, default=1, help="The same seed gives the same account.")
@click.option("--empty", is_flag=True, default=False, help="An account without projects, jobs and people's alerts.")
@click.option(
    "--db", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Keep the state in this file."
)
@click.option("--legacy", is_flag=True, default=False, help="Answer for webhooks as dbt Cloud did before 2026.")
@click.option("--latency-ms", type=click.FloatRange(0), default=0.0, help="Added to every answer.")
@click.option("--run-seconds", type=click.FloatRange(0), default=1.0, help="How long a run takes.")
@click.option("--json", "as_json", is_flag=True, default=False, help="Print the ready line as JSON.")
@click.option(
    "--smtp-port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port of its mail server; 0 picks one.",
)
@click.option("--env", "as_env", is_flag=True, default=False, help="Print `export` lines for a shell, channels too.")
def command(*, as_json: bool, as_env: bool, **settings: Any) -> None:  # noqa: ANN401 - click's values, checked by its types
    """Run an emulator of dbt Cloud, with the account of the example company in it, until Ctrl-C.

    It listens on loopback, delivers to loopback only, and writes under a temporary folder that goes with it.
    """
    with (
        _until_told_to_stop() as told,
        tempfile.TemporaryDirectory(prefix="dbt-alerts-sandbox-") as folder,
        _started(settings) as sandbox,
    ):
        click.echo(_announcement(sandbox, folder, as_json=as_json, as_env=as_env))
        _wait_for_the_end(os.getppid(), told)


def _started(settings: dict[str, Any]) -> RunningSandbox:
    options = SandboxOptions(
        port=settings["port"],
        tls=settings["tls"],
        account_id=settings["account"],
        token=settings["token"],
        seed=settings["seed"],
        seeded=not settings["empty"],
        db=settings["db"],
        backend=Backend.LEGACY if settings["legacy"] else Backend.CURRENT,
        latency_ms=settings["latency_ms"],
        run_seconds=settings["run_seconds"],
        smtp_port=settings["smtp_port"],
    )
    try:
        return start(options)
    except OSError as error:
        raise RuntimeFailure(
            f"the sandbox cannot listen on port {options.port}, or for mail on {options.smtp_port}: {error.strerror}",
            next_step="leave `--port` and `--smtp-port` out: free ones are found",
        ) from error
    except ValueError as error:
        raise UsageError(str(error)) from error
    except RuntimeError as error:
        raise RuntimeFailure(str(error)) from error


def exports(ready: dict[str, Any], folder: str) -> list[str]:
    """Return the shell lines after which every command of ours works on this sandbox and writes into its folder."""
    values = {
        "DBT_CLOUD_HOST": ready["url"],
        "DBT_CLOUD_ACCOUNT_ID": ready["account_id"],
        "DBT_CLOUD_TOKEN": ready["token"],
        SANDBOX_FOLDER: folder,
        **({"SSL_CERT_FILE": ready["ca_file"]} if ready.get("ca_file") else {}),
    }
    return _exported(values)


def _exported(values: Mapping[str, object]) -> list[str]:
    return [f"export {name}={shlex.quote(str(value))}" for name, value in values.items()]


def _announcement(sandbox: RunningSandbox, folder: str, *, as_json: bool, as_env: bool) -> str:
    ready = {**sandbox.ready, "state_folder": folder}
    if as_json:
        return json.dumps(ready)
    lines = exports(ready, folder)
    if as_env:
        return "\n".join([*lines, *_exported(bases(ready["url"], ready["smtp_url"]) | dict(SECRETS))])
    told = [f"dbt Cloud, emulated, at {ready['url']} until Ctrl-C.", f"Its inbox: {ready['inbox_url']}", ""]
    more = ["", "`--env` prints these with what leads every channel here, and made-up keys."]
    return "\n".join([*told, "In another terminal:", *(f"  {line}" for line in lines), "  dbt-alerts plan", *more])


@contextmanager
def _until_told_to_stop() -> Generator[threading.Event]:
    """Yield an event that Ctrl-C and TERM set: either way the folder is cleaned up."""
    told = threading.Event()
    before = {each: signal.signal(each, lambda *_: told.set()) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait_for_the_end(parent: int, told: threading.Event) -> None:
    """Wait until told to stop, or until the process that started us is gone: a sandbox never outlives its test."""
    while os.getppid() == parent and not told.wait(_PARENT_CHECK_SECONDS):
        pass
