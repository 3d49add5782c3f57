"""The topology of alerting as nodes and arrows: jobs, tiers, channels, escalations. Pure; drawing is a renderer's.

With live it draws jobs, without it the rules that would match them; with more than `MOST` of them, one node for each
team. An arrow says which outcomes go along it; what a rule adds to its tier goes from its jobs to the channel directly.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from reconciler.model.duration import duration_text
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Channel, JobRule, NotificationRule, Policy, RelayedChannel
from reconciler.model.selector import selector_text
from reconciler.views.graph.parts import (
    Arrow,
    Graph,
    Keys,
    Kind,
    Node,
    channel_key,
    escalation_key,
    team_key,
    tier_key,
)
from reconciler.views.graph.roads import Roads, Source, ends, worded

if TYPE_CHECKING:
    from reconciler.plan.survey import Survey
    from reconciler.routing.place import Placed

__all__ = ["MOST", "draw_jobs", "draw_rules"]

MOST: Final = 30
"""Jobs, or rules, that one picture shows one by one."""

_NOBODY: Final = Node("nobody", Kind.NOBODY, ("nobody is told",))
_SILENT: Final = Node("silent", Kind.NOBODY, ("declared silent",))
_EVERY: Final = Node("every_run", Kind.SOURCE, ("every run",))


def draw_jobs(survey: Survey, *, team: str | None = None) -> Graph:
    """Draw the jobs in scope, or those of one team."""
    roads, labels = Roads(survey.policy), _labels(survey.places.values())
    sources = [
        roads.job(Node(f"j{job_id}", Kind.SOURCE, labels[job_id]), placed.rule, placed.notifications)
        for job_id, placed in survey.places.items()
    ]
    return _drawn(survey.policy, sources, what="jobs", team=team)


def draw_rules(policy: Policy, *, team: str | None = None) -> Graph:
    """Draw what the files say, without live: each entry of `jobs:` and of `notifications:`."""
    roads, keys = Roads(policy), Keys()
    sources = [
        *(roads.source(_rule_node(keys, "r", rule), rule, ()) for rule in policy.jobs),
        *(roads.source(_rule_node(keys, "n", each), None, (each,)) for each in policy.notifications),
    ]
    return _drawn(policy, sources, what="rules", team=team)


def _labels(places: Iterable[Placed]) -> dict[int, tuple[str, str]]:
    """Return each job's name and project; where others share both, its environment too, and at last its id."""
    ways = {placed.job.id: _ways_to_call(placed) for placed in places}
    uses = Counter(way for each in ways.values() for way in set(each))
    return {job_id: next((way for way in each if uses[way] == 1), each[-1]) for job_id, each in ways.items()}


def _ways_to_call(placed: Placed) -> tuple[tuple[str, str], ...]:
    """Return the labels that a job can have, the shortest first."""
    where = [each.name for each in (placed.project, placed.environment) if each is not None]
    return tuple((placed.job.name, ", ".join(each)) for each in (where[:1], where, [*where, f"job {placed.job.id}"]))


def _rule_node(keys: Keys, prefix: str, rule: JobRule | NotificationRule) -> Node:
    text = selector_text(rule.match if isinstance(rule, JobRule) else rule.jobs)
    return Node(keys.of(prefix, f"{rule.team}: {text}"), Kind.SOURCE, (text, f"team {rule.team}"))


def _drawn(policy: Policy, sources: Sequence[Source], *, what: str, team: str | None) -> Graph:
    chosen = [each for each in sources if team is None or each.team == team]
    single = len(chosen) <= MOST
    arrows = list(_single(chosen) if single else _by_team(chosen, what))
    arrows += [Arrow(_EVERY.key, channel_key(name)) for name in policy.metrics]
    tiers = [name for name in policy.tiers if any(each.tier == name and not each.silent for each in chosen)]
    arrows += _further(policy, tiers, {each.escalation for each in chosen if each.escalation is not None})
    arrows += _fallbacks(policy, {arrow.end for arrow in arrows})
    nodes = [each.node for each in chosen] if single else list(_team_nodes(chosen, what))
    ends_drawn = {end for arrow in arrows for end in (arrow.start, arrow.end)}
    known = (*nodes, *(node for node in _policy_nodes(policy) if node.key in ends_drawn))
    return Graph(
        what=what,
        count=len(chosen),
        nodes=tuple(sorted(known, key=lambda node: _PLACES[node.kind])),
        arrows=tuple(dict.fromkeys(arrows)),
    )


_PLACES: Final = {kind: place for place, kind in enumerate(Kind)}


def _single(sources: Iterable[Source]) -> Iterator[Arrow]:
    for source in sources:
        key = source.node.key
        yield from _leads(source, key)


def _leads(source: Source, key: str) -> Iterator[Arrow]:
    if source.silent:
        yield Arrow(key, _SILENT.key)
    elif source.tier is not None:
        yield Arrow(key, tier_key(source.tier))
    elif not source.adds:
        yield Arrow(key, _NOBODY.key)
    if source.escalation is not None:
        yield Arrow(key, escalation_key(source.escalation), "escalates")
    for channel, words in source.adds.items():
        yield Arrow(key, channel_key(channel), worded(words))
    if source.failures_untold:
        yield Arrow(key, _NOBODY.key, Outcome.FAILURE.value, dotted=True)
    for channel, words in source.drops.items():
        yield Arrow(key, channel_key(channel), f"not {worded(words)}", dotted=True)


def _by_team(sources: Sequence[Source], what: str) -> Iterator[Arrow]:
    """Yield the arrows of the teams: how many of their jobs lead where; what some of them add is dotted."""
    counts: Counter[tuple[str, str]] = Counter()
    extra: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for source in sources:
        key = team_key(source.team)
        for arrow in _leads(source, key):
            if arrow.label:
                extra[key, arrow.end].append(arrow.label)
            else:
                counts[key, arrow.end] += 1
    for (start, end), count in sorted(counts.items()):
        yield Arrow(start, end, _counted(count, what))
    for (start, end), labels in sorted(extra.items()):
        words = {word for label in labels for word in label.split(", ")}
        yield Arrow(start, end, f"{_counted(len(labels), what)}: {worded(words)}", dotted=True)


def _team_nodes(sources: Iterable[Source], what: str) -> Iterator[Node]:
    for team, count in sorted(Counter(source.team for source in sources).items()):
        yield Node(team_key(team), Kind.SOURCE, (f"team {team}" if team else "no team", _counted(count, what)))


def _counted(count: int, what: str) -> str:
    """Return `1 job`, `3 jobs`."""
    return f"{count:,} {what if count != 1 else what[:-1]}"


def _further(policy: Policy, tiers: Iterable[str], own: Iterable[str]) -> Iterator[Arrow]:
    """Yield what leads on from tiers, and from escalations."""
    roads, escalations = Roads(policy), dict.fromkeys(sorted(own))
    for name in tiers:
        found = roads.tier(name)
        told = ends(found, policy.channels)
        if not told and found.values.escalation is None:
            yield Arrow(tier_key(name), _NOBODY.key)
        for channel, words in told.items():
            yield Arrow(tier_key(name), channel_key(channel), worded(words))
        if found.values.escalation is not None:
            escalations[found.values.escalation] = None
            yield Arrow(tier_key(name), escalation_key(found.values.escalation), "escalates")
    for name in escalations:
        for level in policy.escalations[name].levels:
            unless = f" unless {level.unless}" if level.unless else ""
            for channel in (*level.notify, *((level.ticket,) if level.ticket else ())):
                yield Arrow(escalation_key(name), channel_key(channel), f"after {duration_text(level.after)}{unless}")


def _fallbacks(policy: Policy, reached: set[str]) -> Iterator[Arrow]:
    """Yield the way on from each channel that is reached, and from there."""
    onward = {
        channel_key(name): channel_key(channel.fallback)
        for name, channel in sorted(policy.channels.items())
        if isinstance(channel, RelayedChannel) and channel.fallback is not None
    }
    for start in [key for key in onward if key in reached]:
        seen, key = {start}, start
        while key in onward and onward[key] not in seen:
            yield Arrow(key, onward[key], "fallback", dotted=True)
            key = onward[key]
            seen.add(key)


def _policy_nodes(policy: Policy) -> Iterator[Node]:
    yield from (_EVERY, _SILENT, _NOBODY)
    for tier in sorted(policy.tiers.values(), key=lambda tier: tier.rank):
        yield Node(tier_key(tier.name), Kind.TIER, (f"tier {tier.name}", f"rank {tier.rank}"))
    for name in sorted(policy.escalations):
        yield Node(escalation_key(name), Kind.ESCALATION, (f"escalation {name}",))
    for name, channel in sorted(policy.channels.items()):
        yield Node(channel_key(name), _channel_kind(channel), (name, _medium(channel)))


def _channel_kind(channel: Channel) -> Kind:
    if isinstance(channel, RelayedChannel):
        return Kind.PAGES if channel.pages else Kind.RELAYED
    return Kind.NATIVE


def _medium(channel: Channel) -> str:
    if isinstance(channel, RelayedChannel):
        return (
            f"{channel.kind}, pages, waits for the relay" if channel.pages else f"{channel.kind}, waits for the relay"
        )
    return "dbt Cloud"
