"""Who hears the alerts of each tier, worked out once: the tiers as jobs use them, team by team and edit by edit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from reconciler.lint.wording import rule_subject
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Channel, JobRule, Layer, Level, Policy, RelayedChannel, Target, Tier
from reconciler.model.problem import Position
from reconciler.model.selector import Selector
from reconciler.routing.effective import Effective, LayerName, Source, effective, told_by

__all__ = ["INCIDENTS", "Audience", "Use", "Voice", "speaker"]

INCIDENTS: Final = (Outcome.FAILURE, Outcome.LATE)
"""The outcomes that open incidents: only these escalate."""

_NEWS: Final = ("escalation", "hours", "group", "promote", "digest")
"""What a rule can say, besides `notify`, that changes who is told or when."""


class Use(StrEnum):
    """How alerts come to go out with a tier."""

    OWN = "own"
    DEADLINE = "deadline"
    PROMOTED = "promoted"
    UNUSED = "unused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One tier as some rules use it, all of one team and all with the same people and times.

    OWN is the tier of the rule, DEADLINE that of its `sla`, PROMOTED one that `promote` leads to. UNUSED is a tier
    that no rule uses in any of these ways, as it is declared; it has no `rules`. Of `says` only who is told and when
    holds for all rules: their owner, runbook and impact are their own.
    """

    tier: Tier
    use: Use
    says: Effective
    rules: tuple[JobRule, ...] = ()

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The outcomes that are told with this tier."""
        if self.use is Use.DEADLINE:
            return (Outcome.LATE,)
        return (Outcome.FAILURE,) if self.use is Use.PROMOTED else tuple(self.says.notify)


class Audience:
    """The voices of one policy. Names that it does not declare, as in a file checked alone, tell nobody."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._known: dict[tuple[str, str], Effective] = {}
        self._targets: dict[int, tuple[Voice, Sequence[tuple[Outcome, Target, Channel]]]] = {}

    @cached_property
    def voices(self) -> tuple[Voice, ...]:
        """Every use of every tier, in the order of the rules; unused tiers last."""
        used = tuple(self._used())
        names = {voice.tier.name for voice in used}
        return (*used, *(self.declared(tier) for name, tier in self.policy.tiers.items() if name not in names))

    def declared(self, tier: Tier) -> Voice:
        """Return a tier as it is declared, as if no rule used it."""
        return Voice(tier=tier, use=Use.UNUSED, says=self._team_says("", tier))

    def targets(self, voice: Voice) -> Sequence[tuple[Outcome, Target, Channel]]:
        """Return who is told at level 0; remembered, because each guardrail asks about each voice.

        A promotion changes nothing for native channels: dbt Cloud has told them.
        """
        known = self._targets.get(id(voice))
        if known is None:
            known = self._targets[id(voice)] = (voice, tuple(self._told(voice)))  # with the voice, its id stays its own
        return known[1]

    def _told(self, voice: Voice) -> Iterator[tuple[Outcome, Target, Channel]]:
        for outcome in voice.outcomes:
            told = voice.says.notify.get(outcome)
            for target in told.targets if told is not None else ():
                channel = self.policy.channels.get(target.channel)
                if channel is None or (voice.use is Use.PROMOTED and not isinstance(channel, RelayedChannel)):
                    continue
                yield outcome, target, channel

    def always(self, voice: Voice) -> Mapping[Outcome, tuple[str, ...]]:
        """Return who is told at level 0 without a condition: neither `of:` some failures nor `over:` a delay."""
        told: defaultdict[Outcome, list[str]] = defaultdict(list)
        for outcome, target, _ in self.targets(voice):
            if not (target.of or target.over):
                told[outcome].append(target.channel)
        return {outcome: tuple(names) for outcome, names in told.items()}

    def levels(self, voice: Voice) -> tuple[Level, ...]:
        """Return the levels of the escalation, if incidents of this voice have one."""
        escalation = self.policy.escalations.get(voice.says.values.escalation or "")
        return () if escalation is None else escalation.levels

    def knows(self, voice: Voice, *outcomes: Outcome) -> bool:
        """Tell whether every channel told of these is declared, and the escalation: not so in a file checked alone."""
        told = (voice.says.notify[outcome].targets for outcome in outcomes if outcome in voice.says.notify)
        names = {target.channel for targets in told for target in targets}
        names.update(name for level in self.levels(voice) for name in level.notify)
        escalation = voice.says.values.escalation
        return names <= self.policy.channels.keys() and (escalation is None or escalation in self.policy.escalations)

    def giver(self, voice: Voice, outcome: Outcome, channel: str) -> Source:
        """Return the layer that names a channel, and the place of its list."""
        told = voice.says.notify[outcome]
        return next(
            source for target, source in zip(told.targets, told.givers, strict=True) if target.channel == channel
        )

    def place(self, voice: Voice, outcome: Outcome, channel: str) -> Position:
        """Return the list that brings a channel in."""
        return self.giver(voice, outcome, channel).at

    def layers(self, voice: Voice) -> tuple[tuple[LayerName, Layer], ...]:
        """Return the layers that speak, the last the loudest."""
        policy = self.policy
        team = policy.teams.get(voice.rules[0].team) if voice.rules else None
        found: Iterable[tuple[LayerName, Layer | None]] = (
            (LayerName.DEFAULTS, policy.defaults),
            (LayerName.TIER, voice.tier.layer),
            (LayerName.TEAM, team.layer if team else None),
            (LayerName.RULE, voice.rules[0].layer if voice.rules else None),
        )
        return tuple((name, layer) for name, layer in found if layer is not None)

    def _used(self) -> Iterator[Voice]:
        for (name, use), groups in self._groups().items():
            tier = self.policy.tiers[name]
            for rules in groups.values():
                says = _with(self._team_says(rules[0].team, tier), rules[0].layer)
                yield Voice(tier=tier, use=use, says=says, rules=tuple(rules))

    def _team_says(self, team: str, tier: Tier) -> Effective:
        """Return what a rule of a team with this tier comes to that says nothing itself; worked out once for each."""
        if (team, tier.name) not in self._known:
            rule = JobRule(at=tier.at, team=team, match=Selector(at=tier.at), layer=Layer(at=tier.at), tier=tier.name)
            self._known[team, tier.name] = effective(self.policy, rule)
        return self._known[team, tier.name]

    def _groups(self) -> Mapping[tuple[str, Use], Mapping[tuple[str, int], list[JobRule]]]:
        """Put rules together that tell the same people: those of one team that say nothing of it themselves."""
        found: dict[tuple[str, Use], dict[tuple[str, int], list[JobRule]]] = {}
        for rule in self.policy.jobs:
            alike = (rule.team, id(rule) if _says_who(rule.layer) else 0)
            for tier, use in self._uses(rule):
                if tier in self.policy.tiers:
                    found.setdefault((tier, use), {}).setdefault(alike, []).append(rule)
        return found

    def _uses(self, rule: JobRule) -> Iterator[tuple[str, Use]]:
        if rule.silent:
            return
        if rule.tier is not None:
            yield rule.tier, Use.OWN
        sla = self.said(rule, "sla")
        if sla is not None and sla.tier is not None and sla.tier != rule.tier:
            yield sla.tier, Use.DEADLINE
        for name in dict.fromkeys(each.to for each in self.said(rule, "promote") or ()):
            if self._is_worse(name, rule.tier):
                yield name, Use.PROMOTED

    def _is_worse(self, name: str, own: str | None) -> bool:
        """Tell whether an alert can be promoted to this tier: never to a better one."""
        tiers = self.policy.tiers
        return name in tiers and (own not in tiers or tiers[name].rank < tiers[own].rank)

    def said(self, rule: JobRule, key: str) -> Any:  # noqa: ANN401 - as the layers hold it
        """Return one value of a rule with what it inherits: the short way where `effective` would be asked for all."""
        policy = self.policy
        tier, team = policy.tiers.get(rule.tier or ""), policy.teams.get(rule.team)
        layers = (rule.layer, team and team.layer, tier and tier.layer, policy.defaults)
        values = (getattr(layer, key) for layer in layers if layer is not None)
        return next((value for value in values if value is not None), None)


def speaker(voice: Voice, source: Source) -> str:
    """Name a layer in words that stay when lines move."""
    if source.layer is LayerName.RULE:
        return rule_subject(voice.rules[0])
    return f"{source.layer} {source.name}".strip()


def _with(inherited: Effective, layer: Layer) -> Effective:
    """Let a rule speak over what it inherits: of whom is told and when, which is all that a voice says."""
    if not _says_who(layer):
        return inherited
    said = {key: value for key in _NEWS if (value := getattr(layer, key)) is not None}
    spoken = {key: Source(layer=LayerName.RULE, at=layer.places.get(key, layer.at)) for key in said}
    told = {
        outcome: told_by(edit, Source(layer=LayerName.RULE, at=edit.at), before=inherited.notify.get(outcome))
        for outcome, edit in layer.notify.items()
    }
    return Effective(
        team=inherited.team,
        tier=inherited.tier,
        silent=inherited.silent,
        values=replace(inherited.values, **said) if said else inherited.values,
        sources={**inherited.sources, **spoken},
        notify={**inherited.notify, **told},
    )


def _says_who(layer: Layer) -> bool:
    return bool(layer.notify) or any(getattr(layer, key) is not None for key in _NEWS)
