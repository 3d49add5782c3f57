"""The ways of telling people that a policy declares: each channel, with the tiers that use it and what it is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import assert_never

from reconciler.lint.audience import INCIDENTS, Audience, Use, Voice
from reconciler.model.alert import Case
from reconciler.model.outcome import Outcome
from reconciler.model.policy import DbtEmail, DbtSlack, DbtUser, Policy, RelayedChannel

__all__ = ["Chosen", "Route", "chosen", "routes_of"]

_CASES = {
    Outcome.SUCCESS: Case.SUCCESS,
    Outcome.WARNING: Case.WARNING,
    Outcome.FAILURE: Case.FAILURE,
    Outcome.CANCELLED: Case.CANCELLED,
    Outcome.LATE: Case.LATE,
    Outcome.SLOW: Case.SLOW,
    Outcome.ANOMALY: Case.ANOMALY,
    Outcome.RECOVERED: Case.RECOVERED,
    Outcome.STARTED: Case.STARTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A channel and who uses it. `rank` is the worst of its tiers; `owners` are those of the teams that use it."""

    channel: str
    kind: str
    relayed: bool
    pages: bool = False
    tiers: frozenset[str] = frozenset()
    rank: int | None = None
    teams: frozenset[str] = frozenset()
    owners: tuple[str, ...] = ()
    cases: tuple[Case, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the user chose; empty is everything. `page` allows to wake people, for the tiers that are named."""

    teams: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    page: bool = False

    def takes(self, route: Route) -> bool:
        return (
            (not self.teams or bool(self.teams & route.teams))
            and (not self.tiers or bool(self.tiers & route.tiers))
            and (not self.channels or route.channel in self.channels)
        )

    def may_page(self, route: Route) -> bool:
        """Whether this route may be written to: one that wakes people only with `page` and a tier of its own named."""
        return not route.pages or (self.page and bool(self.tiers & route.tiers))


@dataclass(slots=True)
class _Uses:
    tiers: set[str] = field(default_factory=set)
    ranks: set[int] = field(default_factory=set)
    teams: set[str] = field(default_factory=set)
    cases: dict[Case, None] = field(default_factory=dict)


def routes_of(policy: Policy) -> tuple[Route, ...]:
    """Return every channel that something in the policy uses, by name; one that nothing uses is no route. Pure."""
    uses: defaultdict[str, _Uses] = defaultdict(_Uses)
    audience = Audience(policy)
    for voice in audience.voices:
        if voice.use is not Use.UNUSED:
            _of_voice(audience, voice, uses)
    for rule in policy.notifications:
        for name in rule.to:
            uses[name].teams.add(rule.team)
            uses[name].cases.update((_CASES[outcome], None) for outcome in rule.on if outcome in _CASES)
    for name in policy.metrics:
        uses[name].cases[Case.SUCCESS] = None
    if policy.canary is not None:
        for name in policy.canary.channels:
            uses[name].cases[Case.FAILURE] = None
    _stand_ins(policy, uses)
    return tuple(_route(policy, name, uses[name]) for name in sorted(uses) if name in policy.channels)


def chosen(routes: Iterable[Route], wanted: Chosen) -> tuple[Route, ...]:
    """Return the routes that the user chose, pagers included; whether they may ring is asked where something rings."""
    return tuple(route for route in routes if wanted.takes(route))


def _of_voice(audience: Audience, voice: Voice, uses: defaultdict[str, _Uses]) -> None:
    for outcome, target, _ in audience.targets(voice):
        _used(uses[target.channel], voice, _CASES[outcome])
    digest = voice.says.values.digest
    for name in digest.to if digest is not None else ():
        _used(uses[name], voice, Case.DIGEST)
    if voice.says.values.group is not None:
        for _, target, _ in audience.targets(voice):
            _used(uses[target.channel], voice, Case.GROUPED)
    if not set(voice.outcomes) & set(INCIDENTS):
        return
    for level in audience.levels(voice):
        for name in (*level.notify, *([level.ticket] if level.ticket else [])):
            _used(uses[name], voice, Case.ESCALATION)


def _used(found: _Uses, voice: Voice, case: Case) -> None:
    found.tiers.add(voice.tier.name)
    found.ranks.add(voice.tier.rank)
    found.teams.update(rule.team for rule in voice.rules)
    found.cases[case] = None


def _stand_ins(policy: Policy, uses: defaultdict[str, _Uses]) -> None:
    """Let a fallback be used as what it stands in for is."""
    waiting = list(uses)
    while waiting:
        name = waiting.pop()
        channel = policy.channels.get(name)
        stand_in = channel.fallback if isinstance(channel, RelayedChannel) else None
        if stand_in is None:
            continue
        of, to = uses[name], uses[stand_in]
        size = len(to.tiers), len(to.teams), len(to.cases)
        to.tiers |= of.tiers
        to.ranks |= of.ranks
        to.teams |= of.teams
        to.cases.update(of.cases)
        if (len(to.tiers), len(to.teams), len(to.cases)) != size:
            waiting.append(stand_in)


def _route(policy: Policy, name: str, uses: _Uses) -> Route:
    made = Route(
        channel=name,
        kind="",
        relayed=False,
        tiers=frozenset(uses.tiers),
        rank=min(uses.ranks, default=None),
        teams=frozenset(uses.teams),
        owners=tuple(_owners(policy, uses.teams)),
        cases=tuple(case for case in Case if case in uses.cases),
    )
    channel = policy.channels[name]
    match channel:
        case RelayedChannel():
            return replace(made, kind=channel.kind, relayed=True, pages=channel.pages)
        case DbtUser():
            return replace(made, kind="dbt_user")
        case DbtEmail():
            return replace(made, kind="dbt_email")
        case DbtSlack():
            return replace(made, kind="dbt_slack")
        case _:
            assert_never(channel)


def _owners(policy: Policy, teams: Iterable[str]) -> Iterator[str]:
    """Yield whom to chase: the owner that each team names, or the team itself."""
    for name in sorted(teams):
        team = policy.teams.get(name)
        yield (team.layer.owner if team is not None else None) or f"team {name}"
