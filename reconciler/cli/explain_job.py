"""`dbt-alerts explain job`: this job fails at 03:00 on a Saturday; who is told?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from reconciler.cli.console import print_json, print_lines, width
from reconciler.cli.explain_asked import Length, asked_of, policy_options, survey_of
from reconciler.errors import ExitCode, UsageError
from reconciler.model.outcome import Outcome

if TYPE_CHECKING:
    from reconciler.model.inventory import Inventory
    from reconciler.views.explain.find import JobPlace, JobSearch

__all__ = ["job", "one_job"]

_SHOWN: Final = 20
_OUTCOMES: Final = (*(each.value for each in Outcome), "timeout")


@click.command("job")
@click.argument("name")
@click.option("--on", "outcome", type=click.Choice(_OUTCOMES), default="failure", help="What happens; else a failure.")
@click.option("--at", metavar="TIME", help="When: 2026-01-03T03:00 in the policy's zone, or with an offset; else now.")
@click.option(
    "--ack-after", type=Length(), metavar="10m", help="What is spared if somebody acknowledges after so long."
)
@click.option("--resolve-after", type=Length(), metavar="40m", help="What is spared if it is resolved after so long.")
@click.option(
    "--failures-before", type=click.IntRange(0, 10_000), default=0, metavar="N", help="Failures in a row before."
)
@click.option(
    "--incident-open-for", type=Length(), metavar="2h", help="An incident of the job is open, told so long ago."
)
@click.option("--incident-tier", metavar="TIER", help="The tier that told it, if it was promoted; else the job's own.")
@click.option("--failed-model", "models", multiple=True, metavar="NAME", help="A model that fails; again for more.")
@click.option("--failed-test", "tests", multiple=True, metavar="NAME", help="A test that fails; again for more.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="A tag of what fails; again for more.")
@click.option("--late-by", type=Length(), metavar="45m", help="How late, with --on late.")
@click.option("--project", help="Of several jobs called NAME the one in this project.")
@click.option("--environment", help="Of several jobs called NAME the one in this environment.")
@policy_options
def job(
    *, name: str, paths: tuple[Path, ...], account: Path | None, live: Path | None, as_json: bool, **given: object
) -> int:
    """Say who is told when the job NAME fails, or ends as --on says: when, through what, and by which line.

    NAME is a job's name, its id, or a pattern with `*`. PATH is a folder or file of the policy; without any it is
    policies/. What is spared by a reaction is shown beside what happens without one.
    """
    from reconciler.views.explain.find import JobSearch  # noqa: PLC0415
    from reconciler.views.explain.job import explain_job  # noqa: PLC0415 - keeps `--help` fast

    with survey_of(paths, account, live) as survey:
        asked = asked_of(given, policy=survey.policy, now=datetime.now(UTC))
        search = JobSearch(text=name, project=_text(given["project"]), environment=_text(given["environment"]))
        found = explain_job(survey, one_job(search, survey.inventory), asked)
    code = ExitCode.SUCCESS
    if as_json:
        from reconciler.render.explain.document import job_document  # noqa: PLC0415 - each format loads what it needs

        print_json({"result": code.word, "exit_code": int(code), **job_document(found)})
    else:
        from reconciler.render.explain.text import job_lines  # noqa: PLC0415

        print_lines(job_lines(found, width=width()))
    return code


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def one_job(search: JobSearch, inventory: Inventory) -> int:
    """Return the id of the job that is meant. Raises UsageError for none and for several, with what can be chosen."""
    from reconciler.views.explain.find import find_jobs, similar_jobs  # noqa: PLC0415

    found = find_jobs(search, inventory)
    if len(found) == 1:
        return found[0].job.id
    where = "".join(f" in {word} {name}" for word, name in _narrowed(search) if name)
    if not found:
        near = ", ".join(similar_jobs(search, inventory))
        raise UsageError(
            f"no job is called {search.text!r}{where}",
            next_step=f"did you mean {near}?"
            if near
            else "`dbt-alerts snapshot` shows the jobs that the token may see",
        )
    lines = [f"  {_called(each)}" for each in found[:_SHOWN]]
    more = [f"  and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    raise UsageError(
        "\n".join([f"{search.text!r}{where} means {len(found)} jobs:", *lines, *more]),
        next_step="give the id of one of them, or --project and --environment",
    )


def _narrowed(search: JobSearch) -> tuple[tuple[str, str | None], ...]:
    return ("project", search.project), ("environment", search.environment)


def _called(place: JobPlace) -> str:
    deleted = ", deleted" if place.job.deleted else ""
    return f"{place.job.id}  {place.job.name} ({place.project}, {place.environment}{deleted})"
