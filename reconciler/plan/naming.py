"""How a plan calls what it speaks of, so that no two things have one name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from reconciler.model.actions import ChangeRecipient
from reconciler.model.edge import RecipientKey, RecipientKind
from reconciler.model.plan import Names

if TYPE_CHECKING:
    from reconciler.model.actions import Action
    from reconciler.model.edge import Edge
    from reconciler.model.inventory import Inventory
    from reconciler.plan.desire import Desired

__all__ = ["called", "edge_words", "live_names", "names_of", "setting_called", "with_users"]

_KINDS: Final = {
    RecipientKind.USER: "dbt Cloud user",
    RecipientKind.EMAIL: "external mail",
    RecipientKind.SLACK: "Slack",
    RecipientKind.SLACK_APP: "Slack app",
}

_SLACK: Final = frozenset({RecipientKind.SLACK, RecipientKind.SLACK_APP})

Key = TypeVar("Key")


def names_of(desired: Desired, inventory: Inventory) -> Names:
    """Name what the plan speaks of: jobs by their name, recipients by person, address or channel.

    Jobs of one name are told apart by project or environment, recipients by kind; where that is not enough, by id.
    """
    wanted = {key: recipient.display for key, recipient in desired.recipients.items()}
    return _names(inventory, wanted)


def with_users(names: Names, actions: Iterable[Action], inventory: Inventory) -> Names:
    """Name the users too who stand for recipients before and after a change: nobody knows them by number."""
    changes = (change for each in actions if isinstance(each, ChangeRecipient) for change in each.changes)
    ids = {value for change in changes if change.name == "user_id" for value in (change.before, change.after)}
    users = (inventory.users[number] for number in ids if isinstance(number, int) and number in inventory.users)
    found = {RecipientKey.user(user.id): user.email or user.name or str(user.id) for user in users}
    return replace(names, recipients={**found, **names.recipients})


def called(key: RecipientKey, names: Names) -> str:
    """Return a recipient's name; a Slack channel's with its id, which is all that two managers need to agree on."""
    name = names.recipients.get(key, key.value)
    return f"{name} ({key.value})" if key.kind in _SLACK and name != key.value else name


def edge_words(edge: Edge, names: Names) -> str:
    """Return who is told of what in a line: "maria@acme.example, failure of Daily Revenue"."""
    who = names.recipients.get(edge.recipient, edge.recipient.value)
    return f"{who}, {edge.outcome.value} of {names.jobs.get(edge.job_id, f'job {edge.job_id}')}"


def setting_called(name: str, kind: RecipientKind) -> str:
    """Return a recipient's setting as the policy's key calls it; dbt Cloud has other names."""
    match name:
        case "slack_channel_name":
            return "channel_name"
        case "user_id":
            return "linked_by" if kind is RecipientKind.SLACK else "owner"
        case _:
            return name


def live_names(inventory: Inventory) -> Names:
    """Name what live has, as plans do, without a policy."""
    return _names(inventory, {})


def _names(inventory: Inventory, wanted: Mapping[RecipientKey, str]) -> Names:
    live = {
        key: _recipient_name(key, rows[0].slack_channel_name, inventory)
        for key, rows in {**inventory.deleted_rows, **inventory.rows}.items()
    }
    kinds = (lambda key: _KINDS[key.kind], lambda key: key.value)
    return Names(jobs=_job_names(inventory), recipients=_told_apart({**live, **wanted}, kinds))


def _job_names(inventory: Inventory) -> dict[int, str]:
    jobs = inventory.jobs

    def project(job_id: int) -> str:
        found = inventory.projects.get(jobs[job_id].project_id)
        return found.name if found else str(jobs[job_id].project_id)

    def environment(job_id: int) -> str:
        found = inventory.environments.get(jobs[job_id].environment_id)
        return found.name if found else str(jobs[job_id].environment_id)

    there = {job.id: job.name for job in jobs.values() if not job.deleted}
    ways = (
        project,
        environment,
        lambda job_id: f"{project(job_id)}, {environment(job_id)}",
        lambda job_id: f"id {job_id}",
    )
    return {job.id: job.name for job in jobs.values()} | _told_apart(there, ways)


def _told_apart(names: Mapping[Key, str], ways: Iterable[Callable[[Key], str]]) -> dict[Key, str]:
    """Add, to names that stand for several, what the first of the ways says that tells all of them apart."""
    called: defaultdict[str, list[Key]] = defaultdict(list)
    for key, name in names.items():
        called[name].append(key)
    found = dict(names)
    for name, keys in called.items():
        if len(keys) > 1:
            way = next((each for each in ways if len({each(key) for key in keys}) == len(keys)), str)
            found.update({key: f"{name} ({way(key)})" for key in keys})
    return found


def _recipient_name(key: RecipientKey, channel_name: str | None, inventory: Inventory) -> str:
    user = inventory.users.get(int(key.value)) if key.kind.value == "user" and key.value.isdigit() else None
    if user is not None:
        return user.email or user.name or str(key)
    return channel_name or key.value
