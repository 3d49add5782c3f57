"""`dbt-alerts render`: the messages that a job's failure brings, as payloads and as pictures. Sends nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from reconciler.cli.explain_asked import policy_options, survey_of
from reconciler.errors import UsageError
from reconciler.model.alert import Case
from reconciler.model.outcome import Outcome

__all__ = ["command"]

_OUTCOMES: Final = (*(each.value for each in Outcome), "timeout")
_CASES: Final = tuple(each.value for each in Case)
_FILE: Final = click.Path(path_type=Path, dir_okay=False)


@click.command("render")
@click.option("--job", "name", metavar="NAME", help="The job: its name, its id, or a pattern with `*`.")
@click.option("--on", "outcome", type=click.Choice(_OUTCOMES), default=None, help="What happens; else a failure.")
@click.option("--case", "case", type=click.Choice(_CASES), default=None, help="Show another template, such as digest.")
@click.option("--channel", metavar="CHANNEL", help="Only this one, also if routing would not tell it.")
@click.option("--run", "run_id", type=int, metavar="ID", help="Of this run of dbt Cloud, not of a made-up one.")
@click.option("--event", type=_FILE, metavar="FILE", help="Of this webhook body of dbt Cloud.")
@click.option("--at", metavar="TIME", help="When: 2026-01-03T03:00 in the policy's zone, or with an offset; else now.")
@click.option(
    "--templates",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="FOLDER",
    help="Your own templates; else `templates/` beside the policy's folder, if it is there.",
)
@click.option("--html", type=_FILE, metavar="FILE", help="Write a page that shows them as they will look.")
@click.option("--png", type=_FILE, metavar="FILE", help="Write a picture of that page; needs a browser.")
@click.option("--phone", is_flag=True, help="As wide as a phone, with --html or --png.")
@click.option("--dark", is_flag=True, help="In the dark, with --png.")
@click.option("--check", is_flag=True, help="Render every template of every kind instead; exit 3 if one breaks.")
@click.option("--samples", is_flag=True, help="Show a few messages of a made-up job: no policy, no account.")
@click.option("--project", help="Of several jobs called NAME the one in this project.")
@click.option("--environment", help="Of several jobs called NAME the one in this environment.")
@policy_options
def command(
    *,
    paths: tuple[Path, ...],
    account: Path | None,
    live: Path | None,
    as_json: bool,
    **given: Any,  # noqa: ANN401 - one for each option
) -> int:
    """Show the messages that people get when a job fails: the payload of every channel that routing tells.

    PATH is a folder or file of the policy; without any it is policies/. Without --run or --event the failure is made
    up, and dressed with what the policy says of the job. Nothing is sent, and no secret is needed: references stay
    closed.
    """
    from reconciler.cli.post import templates_of  # noqa: PLC0415 - keeps `--help` fast

    _asked_together(given)
    templates = templates_of(paths or (Path("policies"),), given["templates"])
    if given["check"]:
        from reconciler.cli.render_check import check  # noqa: PLC0415 - another question

        return check(templates, as_json=as_json)
    if given["samples"]:
        from reconciler.cli.render_samples import samples  # noqa: PLC0415 - another question

        return samples(templates, given, as_json=as_json)
    from reconciler.cli.render_alert import messages  # noqa: PLC0415
    from reconciler.cli.render_payloads import made  # noqa: PLC0415
    from reconciler.cli.render_scene import scene_of  # noqa: PLC0415
    from reconciler.cli.render_show import show  # noqa: PLC0415

    with survey_of(paths, account, live) as survey:
        scenery = scene_of(survey, given, clock=datetime.now(UTC))
        shown = messages(scenery, only=given["channel"])
    found = made(shown, templates=templates, smtp=survey.policy.smtp)
    return show(scenery, found, given, as_json=as_json)


def _asked_together(given: Mapping[str, Any]) -> None:
    """Refuse what cannot be asked together. Raises UsageError."""
    real = given["run_id"] is not None or given["event"] is not None
    for option in ("outcome", "case"):
        if real and given[option] is not None:
            name = "--on" if option == "outcome" else "--case"
            raise UsageError(f"{name} makes something up, and --run and --event are what happened: choose one")
    if (given["phone"] or given["dark"]) and not (given["html"] or given["png"]):
        raise UsageError("--phone and --dark are looks of a picture", next_step="give --png FILE, or --html FILE")
