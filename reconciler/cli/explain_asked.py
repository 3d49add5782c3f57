"""What the commands of `explain` share: the account to look at, and the question as the command line gives it."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import options
from reconciler.cli.live import observe
from reconciler.cli.session import load_policy_with_days
from reconciler.errors import UsageError
from reconciler.model.secret import Reference

if TYPE_CHECKING:
    from reconciler.model.policy import Policy
    from reconciler.model.telling import FailedNode, History, Reaction
    from reconciler.plan.survey import Survey
    from reconciler.views.explain.job import Asked

__all__ = ["Length", "asked_of", "moment_of", "policy_options", "survey_of"]


class Length(click.ParamType[timedelta]):
    """A length of time in the words of the language: `10m`, `1h30m`."""

    name = "length of time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:  # noqa: ANN401
        from pydantic_core import PydanticCustomError  # noqa: PLC0415 - keeps `--help` fast

        from reconciler.policy.fields import parse_duration  # noqa: PLC0415

        try:
            return parse_duration(value)
        except PydanticCustomError as refusal:
            self.fail(
                f"{value!r} is not a length of time; write it like 10m or 1h30m ({refusal.message()})", param, ctx
            )


def policy_options(function: Callable[..., int]) -> Callable[..., int]:
    """Offer PATH… after NAME, `--account`, `--live` and `--json`, as other commands do."""
    for option in (options.as_json(), options.live(), options.account(), options.paths()):
        function = option(function)
    return function


@contextmanager
def survey_of(paths: tuple[Path, ...], account: Path | None, live: Path | None) -> Generator[Survey]:
    """Yield the account as the policy sees it. Raises UsageError where there is nothing to read it from."""
    policy = load_policy_with_days(options.default_paths(paths), account=account)
    if live is None:
        _there_is_an_account(policy, os.environ)
    with observe(policy, live) as observed:
        from reconciler.plan.survey import Survey  # noqa: PLC0415 - loaded while dbt Cloud answers

        yield Survey(policy, observed.observer.inventory())


def _there_is_an_account(policy: Policy, environ: Mapping[str, str]) -> None:
    account = policy.account
    unset = [
        f"${each.name}"
        for each in (account.id, account.host, account.token)
        if isinstance(each, Reference) and each.name and not environ.get(each.name)
    ]
    if unset:
        raise UsageError(
            f"jobs are dbt Cloud's, and there is no account to look at: {', '.join(unset)} not set",
            next_step="set what is missing, or give `--live FILE`: a snapshot, made by `dbt-alerts snapshot`",
        )


def asked_of(given: Mapping[str, Any], *, policy: Policy, now: datetime) -> Asked:
    """Return the question that the options ask. Raises UsageError for what cannot be asked together."""
    from reconciler.model.outcome import Outcome  # noqa: PLC0415 - loaded when there is something to ask
    from reconciler.model.telling import Cause, Happening  # noqa: PLC0415
    from reconciler.views.explain.job import Asked  # noqa: PLC0415

    timeout = given["outcome"] == Cause.TIMEOUT
    outcome = Outcome.FAILURE if timeout else Outcome(given["outcome"])
    if given["late_by"] is not None and outcome is not Outcome.LATE:
        raise UsageError("--late-by says how late: it needs --on late")
    at = moment_of(given["at"], zone=policy.timezone, now=now)
    happening = Happening(
        outcome=outcome,
        at=at,
        cause=Cause.TIMEOUT if timeout else None,
        nodes=_nodes(given),
        late_by=given["late_by"] or timedelta(),
    )
    return Asked(happening=happening, history=_history(given, at, policy), reaction=_reaction(given, at))


def _history(given: Mapping[str, Any], at: datetime, policy: Policy) -> History:
    from reconciler.model.telling import History  # noqa: PLC0415

    open_for, tier = given["incident_open_for"], given["incident_tier"]
    if tier is not None and open_for is None:
        raise UsageError("--incident-tier is the tier of an open incident: it needs --incident-open-for")
    if tier is not None and tier not in policy.tiers:
        raise UsageError(f"the policy has no tier {tier!r}", next_step=f"tiers are {', '.join(policy.tiers)}")
    return History(
        failures_before=given["failures_before"],
        incident_since=None if open_for is None else at - open_for,
        incident_tier=tier,
    )


def moment_of(text: str | None, *, zone: str, now: datetime) -> datetime:
    """Return the instant that `--at` names; now, to the minute, without it."""
    from reconciler.views.explain.time import BadTimeError, instant  # noqa: PLC0415

    if text is None:
        return now.replace(second=0, microsecond=0)
    try:
        return instant(text, zone)
    except BadTimeError as error:
        raise UsageError(f"--at {text}: {error.message}; expected {error.expected}", next_step=error.fix) from error


def _reaction(given: Mapping[str, Any], at: datetime) -> Reaction | None:
    from reconciler.model.telling import Reaction  # noqa: PLC0415

    acknowledged, resolved = given["ack_after"], given["resolve_after"]
    if acknowledged is None and resolved is None:
        return None
    return Reaction(
        acknowledged_at=None if acknowledged is None else at + acknowledged,
        resolved_at=None if resolved is None else at + resolved,
    )


def _nodes(given: Mapping[str, Any]) -> tuple[FailedNode, ...]:
    from reconciler.model.telling import FailedNode, NodeKind  # noqa: PLC0415

    models, tests, tags = given["models"], given["tests"], given["tags"]
    if tags and not (models or tests):
        raise UsageError("--tag is the tag of something: it needs --failed-model or --failed-test")
    kinds = ((NodeKind.MODEL, models), (NodeKind.TEST, tests))
    return tuple(FailedNode(name=name, kind=kind, tags=tuple(tags)) for kind, names in kinds for name in names)
