"""`dbt-alerts graph`: jobs, tiers, channels and escalations as a picture. Reads files only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from reconciler.cli import options
from reconciler.cli.live import observe
from reconciler.cli.saving import save_text
from reconciler.cli.session import load_policy
from reconciler.errors import PolicyError, UsageError

if TYPE_CHECKING:
    from reconciler.model.policy import Policy
    from reconciler.views.graph.parts import Graph

__all__ = ["command"]

_FORMATS: Final = ("mermaid", "markdown")


@click.command("graph")
@options.paths()
@options.account()
@options.live(note=", and draw its jobs; without it the rules are drawn")
@click.option("--team", metavar="TEAM", help="Only what one team wrote.")
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), default="mermaid", show_default=True, help="What to make."
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it to a file.")
def command(
    *,
    paths: tuple[Path, ...],
    account: Path | None,
    live: Path | None,
    team: str | None,
    form: str,
    output: Path | None,
) -> None:
    """Draw who is told through what, as a Mermaid flowchart that GitHub and editors show.

    PATH is a folder or file of the policy; without any it is policies/. dbt Cloud is never asked: without `--live FILE`
    the picture shows the policy's rules, with it the jobs of a snapshot; more than 30 of them become one node a team.
    """
    policy = load_policy(options.default_paths(paths), account=account)
    teams = {each.team for each in (*policy.jobs, *policy.notifications)}
    if team is not None and team not in teams:
        raise UsageError(
            f"--team {team}: no team of the policy is called so",
            next_step=f"give one of {', '.join(sorted(teams)) or 'none: the policy has no rules'}",
        )
    text = _text(_drawn(policy, live, team), policy, form)
    if output is None:
        click.echo(text, nl=False)
        return
    save_text(output, [text], what="the picture", option="--output")


def _drawn(policy: Policy, live: Path | None, team: str | None) -> Graph:
    from reconciler.views.graph.draw import draw_jobs, draw_rules  # noqa: PLC0415 - keeps `--help` fast

    if live is None:
        return draw_rules(policy, team=team)
    from reconciler.plan.survey import Survey  # noqa: PLC0415
    from reconciler.routing.rules import conflict_problems  # noqa: PLC0415

    with observe(policy, live) as observed:
        survey = Survey(policy, observed.observer.inventory())
    conflicts = conflict_problems(survey.ownership.conflicts)
    if conflicts:
        raise PolicyError(conflicts)
    return draw_jobs(survey, team=team)


def _text(graph: Graph, policy: Policy, form: str) -> str:
    from reconciler.render.graph import graph_markdown, graph_mermaid  # noqa: PLC0415

    return graph_mermaid(graph) if form == "mermaid" else graph_markdown(graph, title=f"Alerting of {policy.manager}")
