"""Microsoft Teams notification settings of dbt Cloud's private API: read, reported, never written (reference §2.8)."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TeamsAnswer", "TeamsRule", "TeamsSetting", "TeamsSettings", "TeamsUnread"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsRule:
    """What is told. `trigger` is dbt Cloud's word, such as `run_errored`; without a job it is every job."""

    trigger: str
    job_id: int | None = None
    job_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsSetting:
    """One setting. `channels` are pairs of team id and channel id; the API tells no names of them."""

    id: int
    name: str
    active: bool
    channels: tuple[tuple[str, str], ...] = ()
    rules: tuple[TeamsRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsSettings:
    """What was read. `unseen` counts settings that the answer says exist and did not show."""

    settings: tuple[TeamsSetting, ...]
    unseen: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsUnread:
    """Nothing was read, and why: that is no statement about whether there are any."""

    why: str


TeamsAnswer = TeamsSettings | TeamsUnread
