"""`dbt-alerts demo`: the main job, end to end, on a sandbox of its own; it fails if anything is not as announced."""

from __future__ import annotations

import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import click

from reconciler.cli.demo_account import Account
from reconciler.cli.demo_listener import listening
from reconciler.cli.demo_stage import Stage, Surprise, running_sandbox
from reconciler.cli.saving import save_text
from reconciler.errors import RuntimeFailure
from reconciler.shipped import Shipped, shipped

__all__ = ["command"]

_TRY_NEXT = """\
Try next (in a clone, ./run stands for dbt-alerts):
  dbt-alerts sandbox --env > sandbox.env &   an account to play with; then: . ./sandbox.env
  dbt-alerts plan {policies}
  dbt-alerts apply {policies}
  copy that folder, change a line, and plan again"""


_EVERYBODY: Final = ("--page", "--tier", "critical", "--tier", "high", "--tier", "informational")
_KINDS: Final = frozenset({"email", "slack", "pagerduty", "teams", "datadog", "monte_carlo"})


@click.command("demo")
@click.option(
    "--inbox",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Keep the inbox as a page: every message as its reader would see it.",
)
@click.option("--stay", is_flag=True, help="Leave the sandbox running at the end, to look at its inbox, until Ctrl-C.")
def command(*, inbox: Path | None, stay: bool) -> None:
    """See all of it work in under a minute: plan, apply, an empty plan, a failing job, and what arrives where.

    Everything runs on this machine, under a temporary folder, and is gone afterwards.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="dbt-alerts-demo-") as folder:
        try:
            with running_sandbox(Path(folder)) as stage:
                account = _play(stage, str(shipped(Shipped.POLICIES)))
                _look(account, inbox, stay=stay)
        except Surprise as surprise:
            raise RuntimeFailure(f"the demo did not go as announced: {surprise}") from surprise
    click.echo(f"\nAll as announced, in {time.monotonic() - began:.0f} seconds.\n")
    click.echo(_TRY_NEXT.format(policies=shipped(Shipped.POLICIES)))


def _look(account: Account, inbox: Path | None, *, stay: bool) -> None:
    """Show where the messages can be looked at, as their readers would see them."""
    if inbox is not None:
        save_text(inbox, [account.inbox_page()], what="the inbox", option="--inbox")
        click.echo(f"\nThe inbox is kept in {inbox}.")
    if stay:
        click.echo(f"\nLook at them: {account.inbox_url}\nCtrl-C ends the sandbox.")
        with suppress(KeyboardInterrupt):
            threading.Event().wait()
    elif inbox is None:
        click.echo("\nSee them as their readers would: run it again with --inbox inbox.html, or with --stay.")


def _counted(tested: dict[str, Any]) -> str:
    """Say how far each test went; `accepted` is where the vendor has no more to say."""
    found = Counter(each["standing"] for each in tested["evidence"])
    return ", ".join(f"{count} {standing}" for standing, count in sorted(found.items(), reverse=True))


def _play(stage: Stage, policies: str) -> Account:
    stage.title("1. The plan: who would start and who would stop being told")
    plan = stage.run_json("plan", policies)
    stage.expect(plan["differs"] and not plan["refused"], "a plan with differences and no refusal")
    stage.show("plan", policies)

    stage.title("2. Apply it")
    applied = stage.run_json("apply", policies)
    stage.expect(applied["result"] == "success", "everything applied")
    stage.tell(f"{applied['counts']['done']} actions done, each verified by reading it back.")

    stage.title("3. A second plan is empty")
    again = stage.run_json("plan", policies, "--detailed-exitcode")
    stage.expect(not again["differs"] and again["result"] == "success", "no differences")
    stage.show("plan", policies, last_lines=2)

    stage.title("4. A job fails")
    account = Account(stage.ready)
    with listening() as listener:
        secret = account.subscribe(listener.url, stage.ready["fail_job_id"])
        account.fail(stage.ready["fail_job_id"])
        delivered = listener.wait(secret)
    stage.expect(delivered.verified, "a webhook whose signature is right")
    stage.tell(f"{delivered.event} for {delivered.job} arrived at {listener.url}; its signature is right.")

    stage.title("5. Its people are told, in the words of our templates")
    event = stage.keep("event.json", delivered.body)
    told = stage.run_json("notify", "--event", event, policies)
    stage.expect(told["delivered"] and all(each["arrived"] for each in told["delivered"]), "everybody told")
    for each in told["delivered"]:
        stage.tell(f"{each['channel']}: {each['outcome']}, {each['sent'][0]['answer']}")

    stage.title("6. Every other channel is proved by a test message")
    proved = stage.run_json("alert-test", "contacts", "render", "deliver", *_EVERYBODY, policies)
    stage.expect(proved["result"] == "success", "every channel to take its test message")
    stage.tell(_counted(proved))

    stage.title("7. What arrived")
    inbox = account.inbox()
    kinds = {each.kind for each in inbox if each.delivered}
    stage.expect(kinds >= _KINDS, f"messages of every kind in the inbox, {', '.join(sorted(_KINDS - kinds))} too")
    stage.expect(any(each.kind == "webhook" and each.state == "not sent" for each in inbox), "a webhook not sent")
    for each in inbox:
        stage.tell(each.line)
    return account
