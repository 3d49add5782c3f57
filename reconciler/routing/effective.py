"""What a rule comes to: built-in, defaults, tier, head of the team, rule; later wins, and every value has its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from operator import attrgetter, is_
from typing import Any, Final

from reconciler.model.outcome import Outcome
from reconciler.model.policy import JobRule, Layer, NotifyEdit, Policy, Target
from reconciler.model.problem import NOWHERE, Position

__all__ = ["BUILT_IN", "Effective", "LayerName", "Source", "Told", "edited", "effective", "told_by"]


class LayerName(StrEnum):
    """The layers in the order in which they speak; the last that says something is heard."""

    BUILT_IN = "built-in"
    DEFAULTS = "defaults"
    TIER = "tier"
    TEAM = "team"
    RULE = "rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a value was given. `name` is the tier's or the team's; a built-in value stands in no file."""

    layer: LayerName
    at: Position
    name: str = ""

    def __str__(self) -> str:
        if self.layer is LayerName.BUILT_IN:
            return "built-in"
        return f"{self.layer.value} {self.name}".rstrip() + f" ({self.at.file}:{self.at.line})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Who is told of one outcome, and every place that had a say since the list was last given whole.

    `givers` are the places that named the targets, one for each.
    """

    targets: tuple[Target, ...]
    sources: tuple[Source, ...]
    givers: tuple[Source, ...] = ()

    def giver(self, target: Target) -> Source:
        """Return the place that named a target: the line that a reader looks for. KeyError if it is no target."""
        return dict(zip(self.targets, self.givers, strict=True))[target]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """One rule with everything it inherits.

    `values` holds the scalars (its own `notify` and `places` are empty), `sources` where each of them was given;
    an outcome that is not in `notify` was never named. A silent rule (`tier: none`) tells nobody of anything.
    """

    team: str
    tier: str | None
    silent: bool
    values: Layer
    sources: Mapping[str, Source] = field(default_factory=dict)
    notify: Mapping[Outcome, Told] = field(default_factory=dict)

    def same_result(self, other: Effective) -> bool:
        """Tell whether two rules come to the same, wherever it is written."""
        return self._result() == other._result()

    def _result(self) -> tuple[object, ...]:
        sla = self.values.sla and replace(self.values.sla, at=NOWHERE)
        told = {outcome: frozenset(told.targets) for outcome, told in self.notify.items() if told.targets}
        return (self.tier, self.silent, told, replace(self.values, at=NOWHERE, sla=sla))


BUILT_IN: Final = Layer(at=NOWHERE, timezone="UTC")
_SCALARS: Final = tuple(each.name for each in fields(Layer) if each.name not in {"at", "notify", "places"})
_scalars_of: Final = attrgetter(*_SCALARS)


def effective(policy: Policy, rule: JobRule, *, tier: str | None = None) -> Effective:
    """Return what a rule comes to. `tier` replaces the rule's own tier layer, as a promotion does, and nothing else."""
    chosen = rule.tier if tier is None else tier
    layers = list(_layers(policy, rule, tier=chosen))
    values, sources = _scalars(layers)
    return Effective(
        team=rule.team,
        tier=chosen,
        silent=rule.silent,
        values=replace(BUILT_IN, at=rule.at, **values),
        sources=sources,
        notify={} if rule.silent else _notify(layers),
    )


def edited(inherited: tuple[Target, ...], edit: NotifyEdit) -> tuple[Target, ...]:
    """Apply what one layer says for one outcome: a plain list replaces, signed items add and remove.

    Removing takes every target of that channel; an added channel without a condition makes its conditional ones moot.
    """
    if edit.replace is not None:
        return edit.replace
    always = {target.channel for target in edit.add if target.of is None and target.over is None}
    kept = [
        target
        for target in inherited
        if target.channel not in edit.remove and not (target.channel in always and target not in edit.add)
    ]
    return tuple(dict.fromkeys([*kept, *edit.add]))


def told_by(edit: NotifyEdit, source: Source, *, before: Told | None) -> Told:
    """Return who is told of one outcome once `source` has spoken; `before` is what the layers below it came to."""
    inherited = () if before is None else before.targets
    targets = edited(inherited, edit)
    if before is None or edit.replace is not None:
        return Told(targets=targets, sources=(source,), givers=(source,) * len(targets))
    return Told(targets=targets, sources=(*before.sources, source), givers=_givers(targets, source, before))


def _givers(targets: tuple[Target, ...], source: Source, before: Told) -> tuple[Source, ...]:
    added = len(targets) - len(before.targets)
    if added >= 0 and all(map(is_, targets, before.targets)):  # nothing was taken away: so it is nearly always
        return (*before.givers, *(source,) * added)
    givers = dict(zip(before.targets, before.givers, strict=True))
    return tuple(givers.get(target, source) for target in targets)


def _layers(policy: Policy, rule: JobRule, *, tier: str | None) -> Iterable[tuple[LayerName, str, Layer]]:
    yield LayerName.BUILT_IN, "", BUILT_IN
    if policy.defaults is not None:
        yield LayerName.DEFAULTS, "", policy.defaults
    if tier in policy.tiers and not rule.silent:  # a file checked alone may name a tier that it does not hold
        yield LayerName.TIER, tier, policy.tiers[tier].layer
    team = policy.teams.get(rule.team)
    if team is not None:
        yield LayerName.TEAM, team.name, team.layer
    yield LayerName.RULE, "", rule.layer


def _scalars(layers: Iterable[tuple[LayerName, str, Layer]]) -> tuple[dict[str, Any], dict[str, Source]]:
    values: dict[str, Any] = {}
    sources: dict[str, Source] = {}
    for layer_name, name, layer in layers:
        for key, value in zip(_SCALARS, _scalars_of(layer), strict=True):
            if value is not None:
                values[key] = value
                sources[key] = Source(layer=layer_name, at=layer.places.get(key, layer.at), name=name)
    return values, sources


def _notify(layers: Iterable[tuple[LayerName, str, Layer]]) -> dict[Outcome, Told]:
    told: dict[Outcome, Told] = {}
    for layer_name, name, layer in layers:
        for outcome, edit in layer.notify.items():
            told[outcome] = told_by(edit, Source(layer=layer_name, at=edit.at, name=name), before=told.get(outcome))
    return told
