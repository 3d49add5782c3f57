"""Which channels are one person, and where the policy only names them: who owns a job is not told by that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reconciler.model.edge import Edge, RecipientKey, compared_address
from reconciler.model.inventory import User
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Channel, DbtEmail, DbtSlack, DbtUser, JobRule, RelayedChannel
from reconciler.model.problem import Position
from reconciler.plan.resolve import Recipient
from reconciler.plan.survey import Survey
from reconciler.routing.effective import effective
from reconciler.views.explain.reach import Way

__all__ = ["Beside", "Mention", "PersonExplained", "beside", "explain_person", "known_addresses"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A place that names somebody and tells them nothing: owner, on call, who stands for a channel."""

    what: str
    at: Position
    jobs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What dbt Cloud tells somebody that this policy does not. `delivers`: as far as live shows."""

    outcome: Outcome
    jobs: tuple[int, ...]
    delivers: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonExplained:
    """One address. `user` is what dbt Cloud knows of it; `channels` by name, `mentions` in the order of files."""

    address: str
    channels: tuple[str, ...]
    mentions: tuple[Mention, ...]
    user: User | None = None


def explain_person(survey: Survey, address: str) -> PersonExplained:
    """Return what an address is here; nothing at all is an answer too."""
    wanted = compared_address(address)
    users = survey.inventory.users_by_email.get(wanted, ())
    return PersonExplained(
        address=address.strip(),
        channels=tuple(sorted(name for name, each in survey.policy.channels.items() if wanted in _addresses(each))),
        mentions=tuple(sorted(_mentions(survey, wanted), key=lambda mention: (mention.at, mention.what))),
        user=next((user for user in users if user.active), users[0] if users else None),
    )


def beside(survey: Survey, person: PersonExplained, ways: Iterable[Way]) -> tuple[Beside, ...]:
    """Return what dbt Cloud sends to this address besides what these ways ask for; deleted jobs send nothing."""
    address, inventory = compared_address(person.address), survey.inventory
    theirs = {RecipientKey.email(address)}
    theirs |= {RecipientKey.user(user.id) for user in inventory.users_by_email.get(address, ())}
    found: defaultdict[tuple[Outcome, bool], set[int]] = defaultdict(set)
    asked = _asked_for(survey, ways)
    for row in [row for key in theirs for row in inventory.rows.get(key, ())]:
        delivers = inventory.can_deliver(row)
        for edge in row.edges() - asked:
            job = inventory.jobs.get(edge.job_id)
            if job is not None and not job.deleted:
                found[edge.outcome, delivers].add(edge.job_id)
    order = list(Outcome)
    return tuple(
        Beside(outcome=outcome, jobs=tuple(sorted(jobs)), delivers=delivers)
        for (outcome, delivers), jobs in sorted(found.items(), key=lambda each: (order.index(each[0][0]), each[0][1]))
    )


def _asked_for(survey: Survey, ways: Iterable[Way]) -> frozenset[Edge]:
    resolved = ((way, survey.resolved.get(way.channel)) for way in ways)
    return frozenset(
        Edge(found.key, outcome, job_id)
        for way, found in resolved
        if isinstance(found, Recipient)
        for outcome in way.outcomes
        for job_id in way.jobs
    )


def known_addresses(survey: Survey) -> frozenset[str]:
    """Return every address that the policy tells, names, or that dbt Cloud has a user for."""
    policy = survey.policy
    named = {address for each in policy.channels.values() for address in (*_addresses(each), _stands_for(each)[1])}
    owners = {address for rule in policy.jobs for _, address, _ in _people(survey, rule)}
    return frozenset({*named, *owners, *survey.inventory.users_by_email} - {""})


def _addresses(channel: Channel) -> frozenset[str]:
    match channel:
        case DbtUser():
            return frozenset({compared_address(channel.email)})
        case DbtEmail():
            return frozenset({compared_address(channel.address)})
        case RelayedChannel() if channel.kind == "email":
            to = channel.settings.get("to") or ()
            return frozenset(compared_address(str(each)) for each in ([to] if isinstance(to, str) else to))
        case _:
            return frozenset()


def _mentions(survey: Survey, wanted: str) -> Iterator[Mention]:
    for channel in survey.policy.channels.values():
        what, address = _stands_for(channel)
        if address == wanted:
            yield Mention(what=f"{what} of channel {channel.name}", at=channel.at)
    jobs: defaultdict[tuple[Position, str], set[int]] = defaultdict(set)
    for rule, job_ids in survey.ownership.jobs:
        for what, address, at in _people(survey, rule):
            if address == wanted:
                jobs[at, what].update(job_ids)
    for (at, what), job_ids in jobs.items():
        yield Mention(what=what, at=at, jobs=tuple(sorted(job_ids)))


def _stands_for(channel: Channel) -> tuple[str, str]:
    match channel:
        case DbtEmail(owner=str(owner)):
            return "owner", compared_address(owner)
        case DbtSlack(linked_by=str(linked_by)):
            return "owner" if channel.app else "linked_by", compared_address(linked_by)
        case _:
            return "", ""


def _people(survey: Survey, rule: JobRule) -> Iterable[tuple[str, str, Position]]:
    found = effective(survey.policy, rule)
    values, sources = found.values, found.sources
    if values.owner:
        yield "owner", compared_address(values.owner), sources["owner"].at
    if values.oncall is not None and values.oncall.email:
        yield "oncall", compared_address(values.oncall.email), sources["oncall"].at
