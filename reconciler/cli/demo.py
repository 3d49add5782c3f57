"""`dbt-alerts demo`: the main job, end to end, on a sandbox of its own; it fails if anything is not as announced."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import click

from reconciler.cli.demo_account import Account
from reconciler.cli.demo_listener import listening
from reconciler.cli.demo_stage import Stage, Surprise, running_sandbox
from reconciler.errors import RuntimeFailure
from reconciler.shipped import Shipped, shipped

__all__ = ["command"]

_TRY_NEXT = """\
Try next (in a clone, ./run stands for dbt-alerts):
  dbt-alerts sandbox --env > sandbox.env &   an account to play with; then: . ./sandbox.env
  dbt-alerts plan {policies}
  dbt-alerts apply {policies}
  copy that folder, change a line, and plan again"""


@click.command("demo")
def command() -> None:
    """See all of it work in under a minute: plan, apply, an empty plan, a failing job, and what arrives.

    Everything runs on this machine, under a temporary folder, and is gone afterwards.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="dbt-alerts-demo-") as folder:
        try:
            with running_sandbox(Path(folder)) as stage:
                _play(stage, str(shipped(Shipped.POLICIES)))
        except Surprise as surprise:
            raise RuntimeFailure(f"the demo did not go as announced: {surprise}") from surprise
    click.echo(f"\nAll as announced, in {time.monotonic() - began:.0f} seconds.\n")
    click.echo(_TRY_NEXT.format(policies=shipped(Shipped.POLICIES)))


def _play(stage: Stage, policies: str) -> None:
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

    stage.title("5. What arrived")
    inbox = account.inbox()
    stage.expect(
        any(each.kind in {"email", "slack"} and each.delivered for each in inbox), "mail or Slack in the inbox"
    )
    stage.expect(any(each.kind == "webhook" and each.state == "not sent" for each in inbox), "a webhook not sent")
    for each in inbox:
        stage.tell(each.line)
