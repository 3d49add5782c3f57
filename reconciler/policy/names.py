"""Which names the policy declares, and what may stand where: channels, tiers, escalations, calendars."""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, available_timezones

from reconciler.policy.words import did_you_mean, listed, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.problem import Position
    from reconciler.policy.parts import Part
    from reconciler.policy.report import Report

__all__ = ["NO_TIER", "Carrier", "Names", "zone_exists"]

NO_TIER: Final = "none"
_RELAYED_FOR: Final = {
    "dbt_user": "email",
    "dbt_email": "email",
    "dbt_slack": "slack",
    "dbt_slack_app": "slack",
}
"""For each native kind, the relayed one that reaches the same people."""
_ONLY_FOUR: Final = "dbt Cloud tells success, warning, failure and cancelled only, at once"
_REASONS: Final = {
    "of": "dbt Cloud does not tell kinds of failures apart",
    "over": "dbt Cloud knows no deadlines",
    "fallback": "only the relay knows that a delivery failed",
    "escalations": "dbt Cloud tells once, at once",
    "ticket": "dbt Cloud tells once, at once",
    "digest.to": "dbt Cloud sums nothing up",
    "metrics": "dbt Cloud sends no metrics",
}


@lru_cache(maxsize=512)
def zone_exists(name: str) -> bool:
    """Tell whether the system knows a time zone of this name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


class Carrier(Enum):
    """Who delivers."""

    NATIVE = "native"
    RELAYED = "relayed"
    UNKNOWN = "unknown"


class Names:
    """Everything that is declared, also in entries that are wrong otherwise."""

    def __init__(self, parts: Sequence[Part], report: Report) -> None:
        self._report = report
        self.channels: dict[str, str] = {}
        self.tiers: set[str] = set()
        self.escalations: set[str] = set()
        self.calendars: set[str] = set()
        for part in parts:
            self._declare(part)

    def _declare(self, part: Part) -> None:
        data = part.tree.data
        for section, names in (
            ("tiers", self.tiers),
            ("escalations", self.escalations),
            ("calendars", self.calendars),
        ):
            names.update(data[section] if isinstance(data.get(section), dict) else ())
        channels = data.get("channels")
        for name, channel in channels.items() if isinstance(channels, dict) else ():
            kind = channel.get("type") if isinstance(channel, dict) else None
            self.channels.setdefault(name, kind if isinstance(kind, str) else "")

    def carrier(self, name: str) -> Carrier:
        kind = self.channels.get(name)
        if not kind:
            return Carrier.UNKNOWN
        return Carrier.NATIVE if kind in _RELAYED_FOR else Carrier.RELAYED

    def channel(self, name: str, at: Position) -> None:
        """Check that a channel is declared."""
        if name not in self.channels:
            self._report.unresolved(at, kind="channel", name=name, known=self.channels)

    def relayed(self, name: str, at: Position, *, where: str) -> None:
        """Check that a channel is declared and that our relay delivers to it, because only it can do what is asked."""
        self.channel(name, at)
        if self.carrier(name) is Carrier.NATIVE:
            kind = self.channels[name]
            self._report.error(
                at,
                f"a native channel cannot stand under `{where}`",
                found=f"`{name}`, of `type: {kind}`",
                expected=f"a relayed channel: {_REASONS.get(where, _ONLY_FOUR)}",
                fix=f"use a channel of `type: {_RELAYED_FOR[kind]}`{self._instead(_RELAYED_FOR[kind])}",
            )

    def native(self, name: str, at: Position, *, where: str) -> None:
        """Check that a channel is declared and that dbt Cloud delivers to it: what is proved there is its delivery."""
        self.channel(name, at)
        if self.carrier(name) is Carrier.RELAYED:
            self._report.error(
                at,
                f"a relayed channel cannot stand under `{where}`",
                found=f"`{name}`, of `type: {self.channels[name]}`",
                expected="a native channel: `alert-test deliver` proves a relayed one by a message of ours",
                fix="take it out",
            )

    def tier(self, name: str, at: Position) -> None:
        if name not in self.tiers:
            self._report.unresolved(at, kind="tier", name=name, known=self.tiers)

    def escalation(self, name: str, at: Position) -> None:
        if name not in self.escalations:
            self._report.unresolved(at, kind="escalation", name=name, known=self.escalations)

    def calendar(self, name: str, at: Position) -> None:
        if name not in self.calendars:
            self._report.unresolved(at, kind="calendar", name=name, known=self.calendars)

    def zone(self, name: str, at: Position) -> None:
        """Check that the system knows a time zone."""
        if zone_exists(name):
            return
        meant = did_you_mean(name, sorted(available_timezones()))
        self._report.error(
            at,
            "there is no such time zone",
            found=shown(name),
            expected="a name of the IANA list, such as `America/New_York` or `UTC`",
            fix=f"did you mean `{meant}`?" if meant else "write the name of a city's zone, such as `Europe/Berlin`",
        )

    def _instead(self, kind: str) -> str:
        """Name a channel that would do: of that kind, else any that is relayed."""
        same = sorted(name for name, other in self.channels.items() if other == kind)
        relayed = sorted(name for name in self.channels if self.carrier(name) is Carrier.RELAYED)
        if same:
            return f", for instance {listed(same[:3])}"
        return f" or another relayed one, for instance {listed(relayed[:3])}" if relayed else ""
