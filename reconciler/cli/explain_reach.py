"""`dbt-alerts explain channel` and `explain person`: everything that reaches them, and what wakes them at night."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.console import print_json, print_lines, width
from reconciler.cli.explain_asked import moment_of, policy_options, survey_of
from reconciler.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.plan.survey import Survey
    from reconciler.render.explain.reach import Reached
    from reconciler.render.terminal import Styled
    from reconciler.views.explain.person import PersonExplained

__all__ = ["channel", "person"]

_AT = click.option(
    "--at", metavar="TIME", help="What a failure at this time would bring: 2026-01-03T03:00 in the policy's zone."
)


@click.command("channel")
@click.argument("name")
@_AT
@policy_options
def channel(
    *, name: str, at: str | None, paths: tuple[Path, ...], account: Path | None, live: Path | None, as_json: bool
) -> int:
    """Say everything that reaches the channel NAME: which jobs, by which rule, level, digest or fallback."""
    from reconciler.render.explain.reach import channel_lines  # noqa: PLC0415 - keeps `--help` fast

    with survey_of(paths, account, live) as survey:
        if name not in survey.policy.channels:
            known = sorted(survey.policy.channels)
            raise UsageError(f"the policy has no channel {name!r}", next_step=_similar(name, known, what="channels"))
        found = _reached(survey, (name,), at)
    return _show(found, channel_lines(found, width=width()), as_json=as_json)


@click.command("person")
@click.argument("email")
@_AT
@policy_options
def person(
    *, email: str, at: str | None, paths: tuple[Path, ...], account: Path | None, live: Path | None, as_json: bool
) -> int:
    """Say everything that reaches the person or address EMAIL, by every channel that is theirs.

    Where they are only named, as owner or on call, is told too. With --at: what would wake them at that time.
    """
    from reconciler.render.explain.reach import person_lines  # noqa: PLC0415 - keeps `--help` fast
    from reconciler.views.explain.person import explain_person, known_addresses  # noqa: PLC0415

    with survey_of(paths, account, live) as survey:
        theirs = explain_person(survey, email)
        if not email.strip() or not (theirs.channels or theirs.mentions or theirs.user):
            known = sorted(known_addresses(survey))
            raise UsageError(f"nobody here has the address {email!r}", next_step=_similar_address(email, known))
        found = _reached(survey, theirs.channels, at, person=theirs)
    return _show(found, person_lines(found, theirs, width=width()), as_json=as_json)


def _reached(
    survey: Survey, channels: tuple[str, ...], at: str | None, *, person: PersonExplained | None = None
) -> Reached:
    from reconciler.plan.naming import live_names  # noqa: PLC0415
    from reconciler.render.explain.reach import Reached  # noqa: PLC0415
    from reconciler.views.explain.at import reaching  # noqa: PLC0415
    from reconciler.views.explain.person import beside  # noqa: PLC0415
    from reconciler.views.explain.reach import ways  # noqa: PLC0415
    from reconciler.views.explain.relay import relay_of  # noqa: PLC0415
    from reconciler.views.explain.who import who  # noqa: PLC0415

    zone = survey.policy.timezone
    found = ways(survey, channels)
    jobs = frozenset(job for way in found for job in way.jobs)
    when = None if at is None else moment_of(at, zone=zone, now=datetime.now(UTC))
    return Reached(
        channels=tuple(who(survey, each) for each in channels),
        ways=found,
        names=live_names(survey.inventory),
        zone=zone,
        at=when,
        reaching=() if when is None else reaching(survey, channels, sorted(jobs), at=when),
        person=person,
        beside=() if person is None else beside(survey, person, found),
        jobs=jobs,
        relay=relay_of(survey, found),
    )


def _similar(text: str, known: list[str], *, what: str) -> str:
    from reconciler.policy.words import did_you_mean, listed  # noqa: PLC0415

    meant = did_you_mean(text, known)
    return f"did you mean {meant}?" if meant else f"{what} are {listed(known)}"


def _similar_address(text: str, known: list[str]) -> str:
    """Compare what stands before the `@`: colleagues share the rest."""
    from reconciler.policy.words import did_you_mean, listed  # noqa: PLC0415

    by_name = {each.partition("@")[0]: each for each in known}
    meant = did_you_mean(text.strip().partition("@")[0], list(by_name))
    return f"did you mean {by_name[meant]}?" if meant else f"addresses are {listed(known)}"


def _show(found: Reached, lines: Iterable[Styled], *, as_json: bool) -> int:
    from reconciler.render.explain.reach import reach_document  # noqa: PLC0415 - each format loads what it needs

    code = ExitCode.SUCCESS
    if as_json:
        print_json({"result": code.word, "exit_code": int(code), **reach_document(found)})
    else:
        print_lines(lines)
    return code
