"""`dbt-alerts notify`: tell people of one run, now, once: what the relay would deliver at once, without a relay."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import options
from reconciler.cli.console import Progress, print_json, print_lines
from reconciler.cli.live import open_account_client
from reconciler.cli.session import load_policy_with_days
from reconciler.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from reconciler.model.policy import Policy
    from reconciler.model.run import Event, RunFacts
    from reconciler.model.telling import Telling
    from reconciler.plan.survey import Survey
    from reconciler.relay.deliver import Delivered
    from reconciler.relay.tell import Due

__all__ = ["command"]


@click.command("notify")
@click.option("--run", "run_id", type=click.IntRange(min=1), metavar="ID", help="The run of dbt Cloud to tell of.")
@click.option(
    "--event",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Or the body of the webhook that dbt Cloud posted of it.",
)
@click.option("--channel", "channels", multiple=True, metavar="CHANNEL", help="Only this one; again for more.")
@click.option(
    "--templates",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="FOLDER",
    help="Your own templates; else `templates/` beside the policy's folder, if it is there.",
)
@click.option("--dry-run", is_flag=True, help="Say who would be told, and send nothing.")
@options.as_json()
@options.account()
@options.paths()
def command(  # noqa: PLR0913 - one for each option
    *,
    paths: tuple[Path, ...],
    account: Path | None,
    run_id: int | None,
    event: Path | None,
    channels: tuple[str, ...],
    templates: Path | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Tell the people whom the policy names of one run, once: through every relayed channel that is told at once.

    PATH is a folder or file of the policy; without any it is policies/. What is due later (escalations, digests, what
    is grouped or held) is listed, not sent: that takes a relay. Sending again is no new incident where the vendor
    knows ours, and a second message where it does not. Exit 6 if a message did not arrive, by no fallback either, or
    if a `--channel` is told nothing of this run.
    """
    if (run_id is None) == (event is None):
        raise UsageError("of which run?", next_step="give `--run ID`, or `--event FILE`, and not both")
    policy = load_policy_with_days(options.default_paths(paths), account=account)
    _declared(policy, channels)
    from reconciler.cli.real_run import event_in  # noqa: PLC0415 - keeps `--help` fast

    told_by = None if event is None else event_in(event)
    found, job = _due(policy, run_id, told_by, channels)
    delivered: list[tuple[Telling, Delivered]] = []
    if not dry_run:
        delivered = _deliver(policy, found, options.default_paths(paths), templates)
    untold = _untold(found, channels)
    arrived = all(each.arrived for _, each in delivered)
    code = ExitCode.SUCCESS if arrived and not untold else ExitCode.PARTLY
    from reconciler.cli.notify_show import notified_document, notified_lines  # noqa: PLC0415

    if as_json:
        print_json(
            {"result": code.word, "exit_code": int(code), **notified_document(job, found, delivered), "untold": untold}
        )
    else:
        print_lines(notified_lines(job, found, delivered, untold=untold, zone=policy.timezone, dry_run=dry_run))
    return code


def _declared(policy: Policy, channels: Sequence[str]) -> None:
    for name in channels:
        if name not in policy.channels:
            raise UsageError(
                f"--channel {name}: the policy has no such channel",
                next_step=f"it has {', '.join(sorted(policy.channels)) or 'none'}",
            )


def _untold(found: Due, channels: Sequence[str]) -> list[str]:
    """Return the channels that were asked for and are told nothing of this run now, though it has ended."""
    told = {each.channel for each, _ in found.now}
    return [name for name in channels if name not in told] if found.outcomes else []


def _due(policy: Policy, run_id: int | None, event: Event | None, channels: Sequence[str]) -> tuple[Due, str]:
    """Read the account and the run, and return what is due, with the job's name."""
    from reconciler.cli.real_run import facts_of  # noqa: PLC0415 - keeps `--help` fast
    from reconciler.cloud import Reader  # noqa: PLC0415
    from reconciler.plan.survey import Survey  # noqa: PLC0415

    progress = Progress()
    with open_account_client(policy, progress=progress, environ=os.environ) as (client, target):
        _same_account(event, target.account_id)
        facts = _facts(lambda number: facts_of(client, target.account_id, number), run_id, event)
        _same_job(event, facts)
        progress("reading the account")
        survey = Survey(policy, Reader(client, target.account_id).inventory())
    progress.done()
    return _of_job(survey, facts, event, channels, host=target.host)


def _facts(read: Callable[[int], RunFacts], run_id: int | None, event: Event | None) -> RunFacts | None:
    """Return what is known of the run. A webhook's run may not be there to be read: its own words count then."""
    from reconciler.errors import NotFound  # noqa: PLC0415

    if event is None:
        return None if run_id is None else read(run_id)
    try:
        return read(event.run_id)
    except NotFound:
        return None


def _same_account(event: Event | None, account_id: int) -> None:
    if event is not None and event.account_id != account_id:
        raise UsageError(
            f"the event is of account {event.account_id}, and the policy is for account {account_id}",
            next_step="give an event of this account, or `--account FILE`",
        )


def _same_job(event: Event | None, facts: RunFacts | None) -> None:
    """Refuse an event that dbt Cloud itself contradicts: whom else it is right about, nobody knows."""
    if event is not None and facts is not None and facts.run.job_id != event.job_id:
        raise UsageError(
            f"the event says that run {event.run_id} is of job {event.job_id}, and dbt Cloud of job {facts.run.job_id}",
            next_step="give the body that dbt Cloud posted, as it came",
        )


def _of_job(
    survey: Survey, facts: RunFacts | None, event: Event | None, channels: Sequence[str], *, host: str
) -> tuple[Due, str]:
    from reconciler.cli.real_run import placed_of  # noqa: PLC0415 - keeps `--help` fast
    from reconciler.relay.tell import due  # noqa: PLC0415
    from reconciler.routing.route import Router  # noqa: PLC0415

    job_id = facts.run.job_id if facts else event.job_id if event else 0
    placed = placed_of(survey, job_id)
    found = due(survey, Router(survey.policy), placed, facts=facts, event=event, host=host, now=datetime.now(UTC))
    if channels:
        found = replace(found, now=tuple(each for each in found.now if each[0].channel in channels))
    return found, placed.job.name


def _deliver(
    policy: Policy, found: Due, paths: tuple[Path, ...], templates: Path | None
) -> list[tuple[Telling, Delivered]]:
    from reconciler.cli.post import open_post, templates_of  # noqa: PLC0415 - keeps `--help` fast
    from reconciler.relay.deliver import Deliverer  # noqa: PLC0415
    from reconciler.relay.tell import tell  # noqa: PLC0415

    with open_post(policy, templates=templates_of(paths, templates)) as post:
        deliverer = Deliverer(sender=post.sender, destinations=post.destination, fallbacks=post.fallback)
        return list(tell(found, deliverer))
