"""Microsoft Teams notification settings: one GET of an undocumented API, best effort.

Whoever wants them calls `Reader.teams()`, which is `read_teams` here. It never fails a run and is asked for only by
commands that report what they cannot manage: `plan` and `apply` do not call it.

dbt Labs' Terraform provider posts to the collection and reads, changes and deletes one setting by its id; nothing that
is published lists them (reference §2.8). A list is the usual shape of such an API, so it is asked for once; where it is
not answered, settings whose ids nobody knows cannot be read, and that is what is said. Nothing here is ever written.
"""

from __future__ import annotations

from typing import Final

from reconciler.cloud.paths import Paths
from reconciler.cloud.wire import Wire, WirePage, decoder
from reconciler.errors import ApiError, RuntimeFailure
from reconciler.http import Client
from reconciler.model.teams import TeamsAnswer, TeamsRule, TeamsSetting, TeamsSettings, TeamsUnread

__all__ = ["read_teams"]

_NO_LIST: Final = frozenset({404, 405})


class _WireChannel(Wire):
    teams_team_id: str | None = None
    teams_channel_id: str | None = None


class _WireRule(Wire):
    trigger_on: str | None = None
    job_id: int | None = None
    job_name: str | None = None


class _WireSetting(Wire):
    id: int
    name: str | None = None
    is_active: bool | None = None
    channels: list[_WireChannel] | None = None
    rules: list[_WireRule] | None = None


_LIST: Final = decoder(WirePage[_WireSetting])


def read_teams(client: Client, account_id: int) -> TeamsAnswer:
    """Ask once. What goes wrong on the way, whatever it is, is an answer too; only Ctrl-C ends the run."""
    try:
        page = client.get(Paths(account_id).teams, _LIST)
    except ApiError as error:
        listed = "dbt Cloud shows no list of them, and one is read by its id only" if error.status in _NO_LIST else ""
        return TeamsUnread(why=listed or error.message)
    except RuntimeFailure as error:
        return TeamsUnread(why=error.message)
    found = tuple(_setting(row) for row in page.data)
    return TeamsSettings(settings=found, unseen=max(0, (page.pagination.total_count or 0) - len(found)))


def _setting(row: _WireSetting) -> TeamsSetting:
    channels = ((each.teams_team_id or "", each.teams_channel_id or "") for each in row.channels or ())
    rules = (
        TeamsRule(trigger=each.trigger_on or "", job_id=each.job_id, job_name=each.job_name or "")
        for each in row.rules or ()
    )
    active = row.is_active is not False
    return TeamsSetting(id=row.id, name=row.name or "", active=active, channels=tuple(channels), rules=tuple(rules))
