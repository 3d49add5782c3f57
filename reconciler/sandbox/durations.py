"""Times and durations as dbt Cloud writes them in a run (reference §5.3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

__all__ = ["from_now", "hhmmss", "humanized", "parse_time", "run_time", "since", "webhook_time"]

_UNITS = (
    ("year", 31_536_000),
    ("month", 2_592_000),
    ("week", 604_800),
    ("day", 86_400),
    ("hour", 3_600),
    ("minute", 60),
)


def run_time(at: datetime | None) -> str | None:
    """Write a run's time: blank instead of T, always six digits, always an offset."""
    return at.astimezone(UTC).isoformat(sep=" ", timespec="microseconds") if at else None


def webhook_time(at: datetime) -> str:
    """Write a time of a webhook's `data`: whole seconds and Z (reference §6.2)."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time(text: str | None) -> datetime | None:
    """Read any ISO time as UTC; a time without offset is taken as UTC. Raises ValueError."""
    if text is None:
        return None
    at = datetime.fromisoformat(text)
    try:
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError(f"{text} does not exist in UTC") from None


def since(start: datetime | None, end: datetime | None) -> timedelta:
    """Return the time between two moments; nothing if one is missing or they are out of order."""
    return max(end - start, timedelta(0)) if start and end else timedelta(0)


def hhmmss(length: timedelta) -> str:
    """Write `HH:MM:SS`; hours may exceed 23."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}"


def humanized(length: timedelta) -> str:
    """Write the largest unit plus the next smaller one if it is not zero; nothing at all is "0 minutes"."""
    total = int(length.total_seconds())
    units = (*_UNITS, ("second", 1))
    for (name, size), below in zip(units, (*units[1:], None), strict=True):
        if total >= size:
            parts = [_counted(total // size, name)]
            if below and (rest := total % size // below[1]):
                parts.append(_counted(rest, below[0]))
            return ", ".join(parts)
    return "0 minutes"


def from_now(at: datetime | None, now: datetime) -> str:
    """Write how far a moment lies from now; a missing one is "0 minutes from now"."""
    if at is None:
        return "0 minutes from now"
    return f"{humanized(now - at)} ago" if at <= now else f"{humanized(at - now)} from now"


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
