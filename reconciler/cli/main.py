"""The process edge: the list of commands, and every error turned into a message and an exit code (design §7)."""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys
import threading
import traceback
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NoReturn

import click

from reconciler import __version__
from reconciler.cli.console import open_streams, print_json
from reconciler.errors import AlertsError, ExitCode, PolicyError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["COMMANDS", "app", "main"]

_COLLECT_AFTER: Final = 500_000
"""New objects before Python looks for cycles: more than a policy of 10,000 jobs is made of.

Looking in vain takes 0.15 s once such a policy is loaded, and as much again later; it never freed anything.
"""

COMMANDS: Final = {
    "init": "Begin: a working repository, from a few questions or from an account.",
    "plan": "Show who would start and who would stop being told.",
    "apply": "Make dbt Cloud what the policy says.",
    "drift": "Show what of ours is not as the last apply left it.",
    "lint": "Judge the policy by the organisation's rules, and mend what can be mended.",
    "explain": "Say who is told when a job fails, through what, and by which line.",
    "test": "Run the policy's own tests: who is expected to be told, and who is.",
    "render": "See the messages that people get, before anybody does.",
    "notify": "Tell people of one run, now, once; without a relay.",
    "alert-test": "Prove that people can be told: test alerts, with evidence.",
    "coverage": "Show of which jobs somebody hears, and of which nobody.",
    "graph": "Draw jobs, tiers, channels and escalations as a picture.",
    "doctor": "Check that everything is in place: token, host, sinks, ledger.",
    "import": "Write policy files that say what dbt Cloud does today.",
    "release": "Give up what is ours, without touching it.",
    "rotate": "Give a webhook another secret, without a gap.",
    "purge": "Delete webhooks of ours that were switched off for good.",
    "fmt": "Bring policy files into one calm form, comments kept.",
    "migrate": "Rewrite a policy for this version of the language.",
    "snapshot": "Save what is live in one file, without secrets.",
    "schema": "Print the JSON Schema of a policy file.",
    "ledger": "Look at what is owned, check it, restore it, break a dead run's lease.",
    "completion": "Print what a shell needs to complete commands and options.",
    "sandbox": "Run an emulator of dbt Cloud on this machine.",
    "demo": "See all of it work, on the sandbox, in under a minute.",
}

_MODULES: Final = {"alert-test": "alert_test", "import": "import_account", "test": "policy_test"}
"""Commands whose name no module can have."""


class LazyGroup(click.Group):
    """A group that knows its commands' names and one-line helps, and imports a command's module only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        name = f"reconciler.cli.{_MODULES.get(cmd_name, cmd_name)}"
        command = import_module(name).command
        if not isinstance(command, click.Command):
            message = f"{name} has no click command"
            raise TypeError(message)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Name the commands without loading them: a shell waits for this at every Tab."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only while a shell completes

        if incomplete.startswith("-"):
            return super(click.Group, self).shell_complete(ctx, incomplete)
        return [CompletionItem(name, help=text) for name, text in COMMANDS.items() if name.startswith(incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dbt-alerts")
def app() -> None:
    """Alerting for dbt Cloud as code: declared in YAML, reviewed in pull requests, applied by CI."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit with the code that says how it went."""
    gc.set_threshold(_COLLECT_AFTER)
    open_streams()
    atexit.register(gc.freeze)  # the process gives its memory back whole: a last look for cycles took 0.1 s
    given = sys.argv[1:] if arguments is None else arguments
    try:
        with _terminated_as_interrupted():
            code = _run(arguments, as_json=_wants_json(given))
    except KeyboardInterrupt:  # a Ctrl-C that came while an earlier end was being told
        code = ExitCode.INTERRUPTED
    if code == ExitCode.INTERRUPTED:
        _survive_the_interrupt()
    sys.exit(_heard(code))


def _wants_json(given: Sequence[str]) -> bool:
    """Tell whether JSON was asked for. What ends early may have been refused before any option was read."""
    return "--json" in given or "--format=json" in given or ("--format", "json") in pairwise(given)


def _heard(code: int) -> int:
    """Return the code; a failure where what was printed cannot be written any more. Python would end with 120."""
    try:
        sys.stdout.flush()
    except OSError:
        _broken_pipe()
        return code or ExitCode.FAILURE
    return code


@contextmanager
def _terminated_as_interrupted() -> Generator[None]:
    """Let TERM, which CI sends to a cancelled job, end a command as Ctrl-C does: it gives back what it holds."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def _survive_the_interrupt() -> None:
    """Let our exit code stand where Ctrl-C fell into the making of a dataclass, which runs a text.

    CPython then stays marked to end by SIGINT, although the interrupt was caught; running any text takes the mark away.
    """
    exec("")  # noqa: S102 - an empty text, for its effect on the interpreter


def _run(arguments: list[str] | None, *, as_json: bool) -> int:  # noqa: PLR0911 - one way out for each kind of end
    try:
        result = app.main(args=arguments, prog_name="dbt-alerts", standalone_mode=False)
        return int(result or ExitCode.SUCCESS)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.UsageError as error:
        error.show()
        return _ended(ExitCode.USAGE, error.format_message(), as_json=as_json)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return _ended(ExitCode.INTERRUPTED, "interrupted", as_json=as_json)
    except AlertsError as error:
        _show(error)
        return _ended(error.exit_code, error.message, as_json=as_json, error=error)
    except BrokenPipeError:
        return _broken_pipe()
    except OSError as error:
        click.echo(f"Error: the system refused: {error.strerror or error}", err=True)
        return _ended(ExitCode.FAILURE, str(error.strerror or error), as_json=as_json)
    except Exception as bug:  # noqa: BLE001 - the process edge: a bug still ends with a message and exit 1
        _show_bug(bug)
        return _ended(ExitCode.FAILURE, f"internal error: {type(bug).__name__}", as_json=as_json)


def _ended(code: ExitCode, message: str, *, as_json: bool, error: AlertsError | None = None) -> ExitCode:
    """Give a script that asked for JSON the word, the code and the reason also where a command ended early."""
    if as_json:
        document: dict[str, object] = {"result": code.word, "exit_code": int(code), "message": message}
        if error is not None:
            document["next_step"] = error.next_step
        if isinstance(error, PolicyError):
            from reconciler.render.problems import problems_document  # noqa: PLC0415 - keeps `--help` fast

            document["problems"] = problems_document(error.problems)
        try:
            print_json(document)
        except OSError:  # who read our output went away, or it stands on a full disk
            _broken_pipe()
    return code


def _show(error: AlertsError) -> None:
    from reconciler.escape import terminal  # noqa: PLC0415 - keeps `--help` fast

    if isinstance(error, PolicyError):
        from reconciler.render.problems import problem_lines  # noqa: PLC0415

        for line in problem_lines(error.problems):
            click.echo(line, err=True)
    for line in f"Error: {error.message}".splitlines():
        click.secho(terminal(line), err=True, fg="red")
    if error.next_step:
        click.echo(terminal(f"Next step: {error.next_step}"), err=True)


def _show_bug(bug: Exception) -> None:
    click.secho(f"Internal error: {type(bug).__name__}. This is a bug in dbt-alerts.", err=True, fg="red")
    if os.environ.get("DBT_ALERTS_DEBUG"):
        click.echo("".join(traceback.format_exception(bug)), err=True)
    else:
        click.echo("Set DBT_ALERTS_DEBUG=1 to see where it happened.", err=True)


def _broken_pipe() -> int:
    """Leave quietly when the reader of our output went away, as `| head` does."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.SUCCESS
