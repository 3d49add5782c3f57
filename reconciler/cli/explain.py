"""`dbt-alerts explain`: who is told, when, through what, and which line of which file says so. Reads only."""

from __future__ import annotations

import click

from reconciler.cli.explain_job import job
from reconciler.cli.explain_reach import channel, person

__all__ = ["command"]


@click.group("explain")
def command() -> None:
    """Say who is told, when, through what, and which line of which file says so.

    Jobs are dbt Cloud's: they come from the API, or with --live FILE from a snapshot. Nothing is written, anywhere.
    """


for each in (job, channel, person):
    command.add_command(each)
