"""The import, told in one function: what is live and not yet said → files, counts and oddities. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.importing.entries import notification_entries
from reconciler.importing.files import Content, Layout, policy_files
from reconciler.importing.jobs import JobWords
from reconciler.importing.models import Models, model_entries
from reconciler.importing.naming import set_apart
from reconciler.importing.oddity import Oddity, OddityKind
from reconciler.importing.owners import OwnerMap, Teams
from reconciler.importing.recipients import ChannelWords, channel_of, rows_without_a_recipient
from reconciler.importing.standing import Held, Standing
from reconciler.importing.told import Told, not_live, told_edges
from reconciler.importing.webhooks import webhook_entries
from reconciler.importing.yaml_text import counted, seen
from reconciler.model.teams import TeamsSetting, TeamsSettings

if TYPE_CHECKING:
    from reconciler.model.edge import RecipientKey
    from reconciler.model.inventory import Inventory
    from reconciler.model.teams import TeamsAnswer

__all__ = ["Imported", "import_account"]

Channels = Mapping["RecipientKey", ChannelWords | Oddity]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """Texts by path below the policy's folder, and what is in them. `edges` counts recipients, outcomes and jobs.

    `left_out` says of each thing that no entry speaks of why; `remarks` what an owner map says in vain.
    """

    files: Mapping[str, str]
    channels: int
    notifications: int
    edges: int
    webhooks: int
    models: int
    oddities: Mapping[OddityKind, int]
    left_out: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to take over."""
        return not (self.edges or self.webhooks or self.models)


def import_account(
    inventory: Inventory,
    *,
    manager: str,
    standing: Standing,
    layout: Layout | None = None,
    owners: OwnerMap | None = None,
    held: Held | None = None,
    microsoft_teams: TeamsAnswer | None = None,
) -> Imported:
    """Return the files that say what is live, as far as a policy can say it and none says it yet.

    With `held` only what that other tool holds. What is written is what `plan` adopts, without a change. Where
    a policy is there, or another tool is asked, nothing to take over makes no file.
    """
    layout = layout or Layout()
    words = JobWords(inventory)
    teams = Teams(inventory, owners=owners, split=layout.split)
    told = told_edges(inventory, words, standing, held)
    channels = {key: _channel(key, inventory, standing) for key in told.wanted if key not in standing.channels}
    names = {**_names(channels), **standing.channels}
    edges = [edge for key, found in told.wanted.items() if key in names for edge in found]
    hooks = webhook_entries(
        (each for each in inventory.subscriptions if held is None or each.id in held.webhooks),
        inventory=inventory,
        words=words,
        teams=teams,
        standing=standing,
        manager=manager,
    )
    models = Models() if held is not None else model_entries(inventory, teams=teams, standing=standing)
    content = Content(
        manager=None if standing.account else manager,
        all_jobs=hooks.all_jobs,
        channels=_written(channels, told),
        notifications=notification_entries(edges, words=words, channels=names, teams=teams),
        webhooks=hooks.entries,
        models=models.entries,
        left_out=(
            *_without_channel(channels, told),
            *_elsewhere(inventory, held, microsoft_teams),
            *hooks.left_out,
            *models.left_out,
        ),
        layout=layout,
    )
    by_id = {edge.job_id for edge in edges if words[edge.job_id].place is None}
    return Imported(
        files={} if content.empty and (standing.account or held is not None) else policy_files(content),
        channels=len(content.channels),
        notifications=len(content.notifications),
        edges=len(edges),
        webhooks=len(content.webhooks),
        models=len(content.models),
        oddities=_counted(content, hooks.oddities, by_id=len(by_id)),
        left_out=tuple(oddity.text for oddity in content.left_out),
        remarks=tuple(teams.remarks({each.team for each in (*content.notifications, *content.webhooks)})),
    )


def _channel(key: RecipientKey, inventory: Inventory, standing: Standing) -> ChannelWords | Oddity:
    found = channel_of(key, inventory)
    if isinstance(found, Oddity) or found.name not in standing.names:
        return found
    return replace(found, name=set_apart(found.name, key))


def _names(channels: Channels) -> Mapping[RecipientKey, str]:
    return {key: found.name for key, found in channels.items() if isinstance(found, ChannelWords)}


def _written(channels: Channels, told: Told) -> list[ChannelWords]:
    """Return the channels in the order of their names, each with what was met on the way to it."""
    found = (
        replace(each, oddities=(*each.oddities, *told.oddities.get(key, ())))
        for key, each in channels.items()
        if isinstance(each, ChannelWords)
    )
    return sorted(found, key=lambda each: each.name)


def _without_channel(channels: Channels, told: Told) -> Iterator[Oddity]:
    for _, found in sorted(channels.items()):
        if isinstance(found, Oddity):
            yield found
    for key, met in told.oddities.items():
        if not isinstance(channels.get(key), ChannelWords):
            yield from met


def _elsewhere(inventory: Inventory, held: Held | None, microsoft_teams: TeamsAnswer | None) -> Iterator[Oddity]:
    if held is not None:
        yield from not_live(inventory, held)
    else:
        yield from rows_without_a_recipient(inventory)
    if isinstance(microsoft_teams, TeamsSettings):
        yield from map(_teams_setting, microsoft_teams.settings)
    if inventory.webhooks_hidden:
        text = (
            "The token may not read webhooks: none of them is here. Add the permission set Webhook, and import again."
        )
        yield Oddity(kind=OddityKind.HIDDEN, text=text)


def _teams_setting(setting: TeamsSetting) -> Oddity:
    jobs: Counter[str] = Counter()
    for rule in setting.rules:
        jobs[rule.trigger] += rule.job_id is not None
    every = {rule.trigger for rule in setting.rules if rule.job_id is None}
    told = ", ".join(
        f"{trigger} of {'every job' if trigger in every else counted(count, 'job')}" for trigger, count in jobs.items()
    )
    state = "" if setting.active else ", switched off"
    text = (
        f"Microsoft Teams setting {seen(setting.name)} ({setting.id}{state}) tells of {told or 'nothing'}: read only."
    )
    return Oddity(kind=OddityKind.TEAMS, text=text)


def _counted(content: Content, hooks: Iterable[Oddity], *, by_id: int) -> Mapping[OddityKind, int]:
    """Return how many there are of each kind, in the order of the kinds."""
    found = Counter(oddity.kind for channel in content.channels for oddity in channel.oddities)
    found.update(oddity.kind for oddity in (*content.left_out, *hooks))
    found[OddityKind.BY_ID] = by_id
    return {kind: found[kind] for kind in OddityKind if found[kind]}
