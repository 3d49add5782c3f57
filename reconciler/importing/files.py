"""The texts of an imported policy, each with the line that editors look for, and every oddity where it belongs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from reconciler.importing.entries import Entry
from reconciler.importing.naming import file_names
from reconciler.importing.oddity import Oddity
from reconciler.importing.recipients import ChannelWords
from reconciler.importing.yaml_text import comment, item, joined, pair, scalar

__all__ = ["Content", "Layout", "policy_files"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A team's file for each team or one file, and where editors find the JSON Schema, seen from the folder."""

    split: bool = True
    schema: str = "../policy.schema.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What the files shall hold. `manager` is None where the account is said elsewhere.

    `left_out` is what has no other place.
    """

    manager: str | None
    all_jobs: bool
    channels: Sequence[ChannelWords]
    notifications: Sequence[Entry]
    webhooks: Sequence[Entry]
    models: Sequence[Entry]
    left_out: Sequence[Oddity]
    layout: Layout

    @property
    def empty(self) -> bool:
        """Whether there is nothing to take over."""
        return not (self.channels or self.notifications or self.webhooks or self.models)


def policy_files(content: Content) -> dict[str, str]:
    """Return the files' texts by their path below the policy's folder."""
    files: dict[str, str] = {}
    if content.manager is not None:
        files["account.yml"] = _file(content, "account.yml", _account(content.manager, all_jobs=content.all_jobs))
    if content.channels or content.left_out:
        files["channels.yml"] = _file(content, "channels.yml", _channels(content))
    return files | dict(_team_files(content))


def _file(content: Content, path: str, lines: Iterable[str]) -> str:
    up = "../" * (len(PurePosixPath(path).parts) - 1)
    return joined((f"# yaml-language-server: $schema={up}{content.layout.schema}", f"# {path}", *lines))


def _account(manager: str, *, all_jobs: bool) -> Iterator[str]:
    yield "version: 1"
    yield from pair("manager", manager)
    yield "account: {id: $DBT_CLOUD_ACCOUNT_ID, host: $DBT_CLOUD_HOST, token: $DBT_CLOUD_TOKEN}"
    if all_jobs:
        yield from comment("A webhook here is for every job of the account. Without such a webhook, take this away.")
        yield "scope: {all_jobs_webhooks: true}"


def _channels(content: Content) -> Iterator[str]:
    if content.channels:
        yield from comment(
            "Who dbt Cloud told when this was imported. Rename a key and its uses: nobody is told twice."
        )
        yield "channels:"
    for channel in content.channels:
        for oddity in channel.oddities:
            yield from comment(oddity.text, indent=2)
        yield from pair(channel.name, channel.values, indent=2)
    if content.left_out:
        yield ""
        yield from comment("Left out, and left alone in dbt Cloud:")
    for oddity in content.left_out:
        yield from comment(f"- {oddity.text}")


def _team_files(content: Content) -> Iterator[tuple[str, str]]:
    sections = {
        "notifications": _by_team(content.notifications),
        "webhooks": _by_team(content.webhooks),
        "model_notifications": _by_team(content.models),
    }
    teams = set[str]().union(*sections.values())
    names = file_names(teams - {""})
    for team in sorted(teams):
        path = f"teams/{names[team]}.yml" if team else "notifications.yml" if not content.layout.split else "shared.yml"
        yield path, _file(content, path, _team(team, {name: found.get(team, ()) for name, found in sections.items()}))


def _by_team(entries: Iterable[Entry]) -> Mapping[str, list[Entry]]:
    found: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[entry.team].append(entry)
    return found


def _team(team: str, sections: Mapping[str, Sequence[Entry]]) -> Iterator[str]:
    if team:
        yield f"team: {scalar(team)}"
    for section, entries in sections.items():
        if entries:
            yield f"{section}:"
        for entry in entries:
            for text in entry.comments:
                yield from comment(text, indent=2)
            yield from item(entry.values, notes=entry.notes)
