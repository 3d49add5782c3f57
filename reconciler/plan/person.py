"""One person's part of a plan: whom a name means, what changes for them, and what they are told of afterwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from reconciler.errors import UsageError
from reconciler.model.actions import AddEdge, AdoptEdge, ChangeRecipient, EvictEdge, RemoveEdge, UpdateClaim
from reconciler.model.edge import RecipientKey, RecipientKind, compared_address
from reconciler.model.policy import RelayedChannel
from reconciler.plan.people import Line, PeopleView, lines, people_view
from reconciler.plan.resolve import Recipient, resolve_channels

if TYPE_CHECKING:
    from reconciler.model.actions import Action
    from reconciler.model.edge import Edge
    from reconciler.model.inventory import Inventory
    from reconciler.model.ledger import Claim, Ledger, Others
    from reconciler.model.plan import LeftWhy, Plan
    from reconciler.model.policy import Policy

__all__ = ["Person", "PersonView", "find_person", "person_view"]

_TELLS: Final = "tell on "
_NOT_OURS: Final = "not ours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who is told: a person, an address or a Slack channel, by every way they are reached.

    `relayed` are channels of the policy that only a relay serves. `departed` tells that dbt Cloud mails them nothing.
    """

    label: str
    keys: frozenset[RecipientKey] = frozenset()
    relayed: frozenset[str] = frozenset()
    departed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """What a plan does for one person. `told` is what they are told of after it, each with who says so.

    `left` is what this run leaves for another one, `left_why` for which reasons. `pending` waits for
    a relay: outcome, and the jobs.
    """

    person: Person
    changes: PeopleView
    left: PeopleView
    left_why: frozenset[LeftWhy]
    settings: tuple[ChangeRecipient, ...]
    told: tuple[Line, ...]
    pending: tuple[tuple[str, tuple[int, ...]], ...]


# --- whom a name means ------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class _Subject:
    label: str = ""
    keys: set[RecipientKey] = field(default_factory=set)
    relayed: set[str] = field(default_factory=set)
    called: set[str] = field(default_factory=set)
    departed: bool = False


def find_person(text: str, *, policy: Policy, inventory: Inventory) -> Person:
    """Return whom an address, a name, a channel or a key means. Raises UsageError for nobody, and for several."""
    subjects = _subjects(policy, inventory)
    wanted = _compared(text)
    found = [each for each in subjects if any(_compared(name) == wanted for name in each.called)]
    if not found:
        raise UsageError(f"nobody here is called {text!r}", next_step=_similar(wanted, subjects))
    if len(found) > 1:
        raise UsageError(
            f"{text!r} means {len(found)}: {', '.join(sorted(_exactly(each) for each in found))}",
            next_step="give the address or the key of one of them",
        )
    (one,) = found
    keys, relayed = frozenset(one.keys), frozenset(one.relayed)
    return Person(label=one.label, keys=keys, relayed=relayed, departed=one.departed)


def _compared(text: str) -> str:
    return text.strip().casefold().removeprefix("#")


def _exactly(subject: _Subject) -> str:
    keys = ", ".join(sorted(str(key) for key in subject.keys)) or "a relayed channel"
    return f"{subject.label} ({keys})"


def _similar(wanted: str, subjects: Iterable[_Subject]) -> str:
    names = {_compared(name): name for each in subjects for name in each.called}
    near = [name for name in sorted(names) if wanted and wanted in name]
    near += [name for name in get_close_matches(wanted, sorted(names), n=5) if name not in near]
    if not near:
        return "give an e-mail address, a channel of the policy, a Slack channel's name or id, or a recipient's key"
    return f"did you mean {', '.join(names[name] for name in near[:5])}?"


def _subjects(policy: Policy, inventory: Inventory) -> tuple[_Subject, ...]:
    """Return everybody that live or the policy knows; one address, or one Slack channel, is one of them."""
    found: defaultdict[str, _Subject] = defaultdict(_Subject)
    for user in inventory.users.values():
        subject = found[compared_address(user.email) or f"user:{user.id}"]
        subject.label = subject.label or user.email or user.name
        subject.keys.add(RecipientKey.user(user.id))
        subject.called |= {user.email, user.name, str(RecipientKey.user(user.id))} - {""}
        subject.departed = not user.active
    for key, rows in {**inventory.deleted_rows, **inventory.rows}.items():
        _add(found[_place(key, inventory)], key, {row.slack_channel_name or "" for row in rows})
    for name, channel in resolve_channels(policy.channels, inventory).items():
        place = f"channel {name}" if channel.key is None else _place(channel.key, inventory)
        shown = {name, channel.display} if isinstance(channel, Recipient) else {name}
        _add(found[place], channel.key, shown)
    for name, channel in policy.channels.items():
        if isinstance(channel, RelayedChannel):
            subject = found[f"channel {name}"]
            _add(subject, None, {name})
            subject.relayed.add(name)
    return tuple(found.values())


def _place(key: RecipientKey, inventory: Inventory) -> str:
    """Return what makes ways of reaching somebody one person: the address, or the Slack channel's id."""
    if key.kind is RecipientKind.USER and key.value.isdigit():
        user = inventory.users.get(int(key.value))
        return compared_address(user.email) if user and user.email else str(key)
    return key.value if key.kind is RecipientKind.EMAIL else f"slack {key.value}"


def _add(subject: _Subject, key: RecipientKey | None, called: Iterable[str]) -> None:
    names = {name for name in called if name}
    subject.called |= names
    if key is not None:
        subject.keys.add(key)
        subject.called |= {str(key), key.value}
    subject.label = subject.label or next(iter(sorted(names)), key.value if key else "")


# --- what changes for them, and what they are told of ----------------------------------------------------------------
def person_view(person: Person, *, plan: Plan, inventory: Inventory, ledger: Ledger, others: Others) -> PersonView:
    """Return one person's part of a plan."""
    return PersonView(
        person=person,
        changes=_theirs(person, people_view(plan.running)),
        left=_theirs(person, people_view([each.action for each in plan.left])),
        left_why=frozenset(each.why for each in plan.left if _concerns(each.action, person)),
        settings=tuple(each for each in plan.running if isinstance(each, ChangeRecipient) and each.key in person.keys),
        told=lines(_told(person, plan.running, inventory, ledger, others)),
        pending=tuple(_pending(person, plan.relay_policy)),
    )


def _concerns(action: Action, person: Person) -> bool:
    return isinstance(action, AddEdge | RemoveEdge | EvictEdge) and action.edge.recipient in person.keys


def _theirs(person: Person, view: PeopleView) -> PeopleView:
    return PeopleView(
        stops=tuple(line for line in view.stops if line.recipient in person.keys),
        moves=tuple(move for move in view.moves if person.keys & {*move.before, *move.after}),
        starts=tuple(line for line in view.starts if line.recipient in person.keys),
    )


def _told(
    person: Person, running: Iterable[Action], inventory: Inventory, ledger: Ledger, others: Others
) -> dict[Edge, str]:
    """Return every edge that is live after this run, with who says so. A deleted job tells nobody."""
    claims = {edge: _says(claim) for edge, claim in ledger.owned(inventory.edges).items() if edge in inventory.edges}
    theirs = {edge: f"manager {each.manager}" for each in others.ledgers for edge in each.claims}
    found = {edge: claims.get(edge) or theirs.get(edge, _NOT_OURS) for edge in inventory.edges}
    for action in running:
        if isinstance(action, AddEdge | AdoptEdge | UpdateClaim):
            found[action.edge] = _says(action.claim)
        elif isinstance(action, RemoveEdge | EvictEdge):
            found.pop(action.edge, None)
    deleted = {job.id for job in inventory.jobs.values() if job.deleted}
    return {edge: by for edge, by in found.items() if edge.recipient in person.keys and edge.job_id not in deleted}


def _says(claim: Claim) -> str:
    return f"team {claim.team}, channel {claim.channel}"


def _pending(person: Person, relay: Mapping[int, Mapping[str, str]]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield what a relay shall tell a channel of: the facts are `tell on failure: data-team, oncall over 30m`."""
    jobs: defaultdict[str, set[int]] = defaultdict(set)
    for job_id, facts in relay.items():
        for what, whom in facts.items():
            if what.startswith(_TELLS) and person.relayed & {each.split(" ")[0] for each in whom.split(", ")}:
                jobs[what.removeprefix(_TELLS)].add(job_id)
    for outcome, job_ids in sorted(jobs.items()):
        yield outcome, tuple(sorted(job_ids))
