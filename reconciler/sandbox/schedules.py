"""Cron lines: how a job's schedule becomes one, when it fires next, how it is told."""

from datetime import UTC, datetime
from functools import lru_cache

from cronsim import CronSim, CronSimError

from reconciler.sandbox.store import Row

HOURLY = "0 * * * *"
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


def cron_of(schedule: Row) -> str:
    """Work out the cron line of a schedule (UTC); a line of its own wins over date and time."""
    date, time = schedule["date"], schedule["time"]
    if date["type"] in ("custom_cron", "interval_cron"):
        return str(date.get("cron") or schedule.get("cron") or HOURLY)
    days = date.get("days") if date["type"] == "days_of_week" else None
    weekdays = ",".join(str(day) for day in days) if days else "*"
    if time["type"] == "at_exact_hours":
        hours = ",".join(str(hour) for hour in time.get("hours") or [0])
        return f"0 {hours} * * {weekdays}"
    interval = time.get("interval") or 1
    return f"0 {'*' if interval == 1 else f'*/{interval}'} * * {weekdays}"


@lru_cache(maxsize=4096)
def next_run(cron: str, after: datetime) -> datetime | None:
    """Tell when the line fires next; None for a line that never does or that cannot be read."""
    try:
        return next(CronSim(cron, after.astimezone(UTC)), None)
    except CronSimError:
        return None


@lru_cache(maxsize=4096)
def describe(cron: str) -> str:
    """Tell a cron line in words, for the common ones."""
    minute, hour, day, month, weekday = (cron.split() + [""] * 5)[:5]
    if not (minute.isdigit() and month == "*"):
        return cron
    when = _time(minute, hour)
    if when is None:
        return cron
    if weekday != "*":
        return f"{when}, only on {_weekday(weekday)}"
    return when if day == "*" else f"{when}, on day {day} of the month"


def _time(minute: str, hour: str) -> str | None:
    if hour == "*":
        return "Every hour" if minute == "0" else f"At {minute} minutes past the hour"
    if hour.startswith("*/"):
        return f"Every {hour[2:]} hours"
    return f"At {int(hour):02d}:{int(minute):02d}" if hour.isdigit() else None


def _weekday(weekday: str) -> str:
    days = weekday.split(",")
    return ", ".join(_DAYS[int(day) % 7] if day.isdigit() else day for day in days)
