"""How explanations word times, places, channels and values: the same in every view of routing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from reconciler.model.calendar import WEEKDAYS
from reconciler.model.duration import duration_text
from reconciler.model.layers import Cycle, Digest
from reconciler.model.outcome import Outcome
from reconciler.model.problem import NOWHERE, Position
from reconciler.model.selector import NamePattern
from reconciler.model.telling import Cause, Happening, Occasion, Telling, Via, Withheld, WithheldReason
from reconciler.views.explain.relay import RelayState

if TYPE_CHECKING:
    from reconciler.routing.effective import Source
    from reconciler.views.explain.who import Who

__all__ = [
    "NO_RELAY",
    "after_text",
    "clock_text",
    "day_text",
    "happened",
    "place_text",
    "relay_notes",
    "source_text",
    "value_text",
    "who_words",
    "why_text",
    "withheld_text",
]

_KINDS: Final = {
    "dbt_user": "mail",
    "dbt_email": "mail",
    "dbt_slack": "Slack",
    "dbt_slack_app": "Slack",
    "email": "mail",
    "slack": "Slack",
    "teams": "Teams",
    "pagerduty": "PagerDuty",
    "opsgenie": "Opsgenie",
    "datadog": "Datadog",
    "monte_carlo": "Monte Carlo",
}
NO_RELAY: Final = (
    "No relay is part of this release: `dbt-alerts notify` sends what is due at once, nothing the rest. "
    "Who is told today: `coverage`."
)
_UNITS: Final = (("d", 86400), ("h", 3600), ("m", 60))
_CALLED: Final = {"start": "from", "end": "to", "when": "when", "after_consecutive_failures": "failures in a row"}


def day_text(at: datetime, zone: str) -> str:
    """Return a whole date and time: Sat 2026-01-03 03:00; one that occurs twice with the name of its clock."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a %Y-%m-%d %H:%M}{_which_clock(local)}"


def clock_text(at: datetime, zone: str) -> str:
    """Return a time near another one: Sat 3 Jan 03:05; one that occurs twice with the name of its clock."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day:>2} {local:%b %H:%M}{_which_clock(local)}"


def _which_clock(local: datetime) -> str:
    """Return EDT or EST where both show this time in the night that has an hour twice."""
    twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
    return f" {local:%Z}" if twice else ""


def after_text(after: timedelta) -> str:
    """Return how long after: +0m, +1h30m, +2d5h."""
    seconds = int(after.total_seconds())
    sign, seconds = ("-" if seconds < 0 else "+"), abs(seconds)
    if 0 < seconds < _UNITS[-1][1]:
        return f"{sign}{seconds}s"
    parts = []
    for unit, length in _UNITS:
        count, seconds = divmod(seconds, length)
        parts.append(f"{count}{unit}" if count else "")
    return sign + ("".join(parts) or "0m")


def place_text(at: Position) -> str:
    return "" if at == NOWHERE else f"{at.file}:{at.line}"


def source_text(source: Source) -> str:
    """Return who gave a value, and where: tier critical, policies/tiers.yml:6."""
    return ", ".join(filter(None, (f"{source.layer.value} {source.name}".rstrip(), place_text(source.at))))


def happened(happening: Happening) -> str:
    """Return what happened, as the end of "if the job …"."""
    if happening.cause is Cause.TIMEOUT:
        return "fails by timeout"
    late = f" by {duration_text(happening.late_by)}" if happening.late_by else ""
    return _VERBS[happening.outcome.value] + late


_VERBS: Final = {
    "success": "succeeds",
    "warning": "ends with warnings",
    "failure": "fails",
    "cancelled": "is cancelled",
    "late": "is late",
    "slow": "is slow",
    "anomaly": "shows an anomaly",
    "recovered": "recovers",
    "started": "starts",
}


def who_words(who: Who) -> str:
    """Return who that is and who delivers: maria@acme.example, mail by dbt Cloud."""
    by = "dbt Cloud" if who.via is Via.NATIVE else "the relay"
    plainly = ", in plain words for stakeholders" if who.stakeholders else ""
    way = f"{_KINDS.get(who.kind, who.kind)} by {by}{plainly}"
    return f"{who.whom}, {way}" if who.whom else way


def why_text(telling: Telling, asked: Happening, *, released_by: int = 0) -> str:
    """Return why then, and what is special about it. `released_by` is the level that ended the hold, where known."""
    unless = f" unless {telling.unless}" if telling.unless else ""
    words = {
        Occasion.AT_ONCE: "at once",
        Occasion.GROUPED: "grouped",
        Occasion.OPENING: "held until office hours",
        Occasion.ESCALATION: f"escalation level {telling.level}{unless}" if telling.level else _released(released_by),
        Occasion.TICKET: f"ticket of escalation level {telling.level}{unless}",
        Occasion.DIGEST: "in the digest",
        Occasion.METRICS: "metrics",
    }[telling.occasion]
    other = f", as {telling.outcome.value}" if telling.outcome is not asked.outcome else ""
    return f"{words}{other}"


def _released(level: int) -> str:
    return f"released from office hours by {f'level {level}' if level else 'its escalation'}"


def withheld_text(withheld: Withheld, asked: Happening) -> str:
    """Return why it is not sent."""
    level = f"escalation level {withheld.level}, " if withheld.level else ""
    match withheld.reason:
        case WithheldReason.MUTED:
            failed = "failed" if asked.outcome is Outcome.FAILURE else "happened"
            later = ": it opens no incident, so nothing of it is told later" if withheld.at > asked.at else ""
            return f"{level}muted when it {failed} ({withheld.detail}){later}"
        case _:
            detail = f", {withheld.detail}" if withheld.detail else ""
            return f"{level}{withheld.reason.value}{detail}"


def relay_notes(state: RelayState) -> tuple[str, ...]:
    """Return what must be known before anything that the relay tells, whatever subscription live has for it."""
    return () if state is RelayState.NOT_NEEDED else (NO_RELAY,)


def value_text(value: object) -> str:
    """Return a value of the policy in one line: a list by its members, a mapping by its keys that are given."""
    if value is None or value == ():
        return ""
    if isinstance(value, tuple):
        return "; ".join(map(value_text, value))
    if is_dataclass(value) and not isinstance(value, NamePattern):
        return ", ".join(_keys(value))
    return _scalar_text(value)


def _scalar_text(value: object) -> str:
    match value:
        case timedelta():
            return duration_text(value)
        case time():
            return f"{value:%H:%M}"
        case NamePattern():
            return value.text
        case _:
            return str(value)


def _keys(value: object) -> Iterable[str]:
    for field in fields(value):  # pyrefly: ignore[bad-argument-type]
        member = getattr(value, field.name)
        text = "" if _unsaid(value, member) else _key_text(field.name, member)
        if text:
            yield f"{_CALLED.get(field.name, field.name.replace('_', ' '))} {text}"


def _unsaid(value: object, member: object) -> bool:
    """Leave out places in files, and the weekday of what comes every day."""
    daily = isinstance(value, Digest) and value.every is Cycle.DAY and member == value.weekday
    return isinstance(member, Position) or (daily and isinstance(member, int))


def _key_text(name: str, value: object) -> str:
    if name == "weekday" and isinstance(value, int):
        return WEEKDAYS[value]
    if isinstance(value, float):
        return f"{value:g}%"
    if isinstance(value, tuple):
        return " + ".join(map(value_text, value))
    return value_text(value)
