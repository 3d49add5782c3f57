"""What the policy answers for a job: one cell for each outcome, deadline, pages, details. Once for all jobs alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reconciler.model.coverage import LOOKED_AT, Answer, Cell, Means, Route, Standing
from reconciler.model.duration import duration_text
from reconciler.model.layers import Sla, Target
from reconciler.model.outcome import Outcome
from reconciler.model.policy import JobRule, Layer, Policy, RelayedChannel
from reconciler.model.telling import NodeKind
from reconciler.routing.effective import Effective, LayerName, Source, Told, effective
from reconciler.views.coverage.pages import Pages

if TYPE_CHECKING:
    from reconciler.model.problem import Position
    from reconciler.plan.survey import Survey
    from reconciler.routing.place import Placed

__all__ = ["Answers", "sla_text"]

_OPENS_INCIDENT: Final = frozenset({Outcome.FAILURE, Outcome.LATE})

_DIGEST_SECTIONS: Final[Mapping[Outcome, frozenset[str]]] = {
    Outcome.SUCCESS: frozenset({"completions"}),
    Outcome.WARNING: frozenset({"completions"}),
    Outcome.FAILURE: frozenset({"failures"}),
    Outcome.CANCELLED: frozenset({"failures"}),
}
"""Under which sections of a digest an outcome is found. It sums up runs: what is no outcome of a run is in none."""

_DETAILS: Final = ("owner", "runbook", "impact")


class Answers:
    """Answers for jobs; those with the same rule and the same notifications share one answer."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._known: dict[tuple[int, ...], Answer] = {}
        self._pages = Pages(survey.policy)

    def of(self, placed: Placed) -> Answer:
        key = (id(placed.rule), *map(id, placed.notifications))
        if key not in self._known:
            self._known[key] = self._answer(placed)
        return self._known[key]

    def _answer(self, placed: Placed) -> Answer:
        policy, rule = self._survey.policy, placed.rule
        notified = tuple(each.at for each in placed.notifications)
        if rule is None:
            pages = self._pages.of(placed)
            return Answer(cells=self._cells(placed, None), notifications=notified, pages=pages)
        found = effective(policy, rule)
        said = _Said(policy, rule, found)
        tier = policy.tiers.get(found.tier) if found.tier is not None else None
        return Answer(
            cells=self._cells(placed, said),
            team=rule.team,
            tier="none" if found.silent else found.tier or "",
            rank=None if tier is None or found.silent else tier.rank,
            silent=found.silent,
            at=rule.at,
            notifications=notified,
            deadline=sla_text(found.values.sla),
            pages=self._pages.of(placed),
            missing=tuple(each for each in _DETAILS if not getattr(found.values, each)),
        )

    def _cells(self, placed: Placed, said: _Said | None) -> dict[Outcome, Cell]:
        return {outcome: self._cell(placed, said, outcome) for outcome in LOOKED_AT}

    def _cell(self, placed: Placed, said: _Said | None, outcome: Outcome) -> Cell:
        if outcome is Outcome.LATE and (said is None or said.found.values.sla is None):
            return Cell(standing=Standing.NEVER)
        routes = tuple(self._routes(placed, said, outcome))
        standing = _standing(routes, outcome)
        reason, at = ("", None) if said is None else said.silence(outcome)
        if standing is Standing.UNCOVERED and reason and not routes:
            return Cell(standing=Standing.SILENT, reason=reason, at=at)
        return Cell(standing=standing, routes=routes)

    def _routes(self, placed: Placed, said: _Said | None, outcome: Outcome) -> Iterator[Route]:
        if said is not None:
            told = said.told(outcome)
            for target in told.targets:
                yield self._route(target, outcome, tuple(source.at for source in told.sources))
            yield from said.escalated(outcome)
            yield from said.digested(outcome)
        for each in placed.notifications:
            for channel in each.to if outcome in each.on else ():
                yield self._route(Target(channel=channel), outcome, (each.at,))

    def _route(self, target: Target, outcome: Outcome, because: tuple[Position, ...]) -> Route:
        channel = self._survey.policy.channels[target.channel]
        if isinstance(channel, RelayedChannel):
            condition = " and ".join(_conditions(target, outcome))
            return Route(channel=channel.name, means=Means.RELAYED, because=because, condition=condition)
        return Route(
            channel=channel.name, means=Means.NATIVE, because=because, broken=self._survey.why_broken(channel.name)
        )


@dataclass(frozen=True, slots=True)
class _Said:
    """A rule and what it comes to. A deadline may have a tier of its own: then its lateness is told as that one's."""

    policy: Policy
    rule: JobRule
    found: Effective

    def told(self, outcome: Outcome) -> Told:
        return self._as(outcome).notify.get(outcome, Told(targets=(), sources=()))

    def silence(self, outcome: Outcome) -> tuple[str, Position | None]:
        """Return why nobody is to hear of it, and where that stands. What was only taken away is no declaration."""
        if self.found.silent:
            return self.found.values.reason or "", self.rule.at
        told = self.told(outcome)
        if told.targets or not told.sources:
            return "", None
        layer = self._layer(told.sources[-1])
        edit = layer.notify.get(outcome) if layer is not None else None
        declared = layer is not None and edit is not None and edit.replace == ()
        return (layer.reason or "", edit.at) if declared and layer and edit else ("", None)

    def escalated(self, outcome: Outcome) -> Iterator[Route]:
        name = self._as(outcome).values.escalation
        if self.found.silent or name is None or outcome not in _OPENS_INCIDENT:
            return
        escalation = self.policy.escalations[name]
        for level in escalation.levels:
            for channel in level.notify:
                after = f"after {duration_text(level.after)}{f' unless {level.unless}' if level.unless else ''}"
                yield Route(channel=channel, means=Means.ESCALATION, because=(escalation.at,), condition=after)

    def digested(self, outcome: Outcome) -> Iterator[Route]:
        digest = self.found.values.digest
        if self.found.silent or digest is None:
            return
        sections = _DIGEST_SECTIONS.get(outcome, frozenset())
        if sections and (not digest.include or sections & set(digest.include)):
            at = self.found.sources["digest"].at
            for channel in digest.to:
                yield Route(channel=channel, means=Means.DIGEST, because=(at,), condition=f"every {digest.every}")

    def _as(self, outcome: Outcome) -> Effective:
        sla = self.found.values.sla
        if outcome is not Outcome.LATE or sla is None or sla.tier is None or self.found.silent:
            return self.found
        return effective(self.policy, self.rule, tier=sla.tier)

    def _layer(self, source: Source) -> Layer | None:
        match source.layer:
            case LayerName.DEFAULTS:
                return self.policy.defaults
            case LayerName.TIER:
                return self.policy.tiers[source.name].layer
            case LayerName.TEAM:
                return self.policy.teams[source.name].layer
            case LayerName.RULE:
                return self.rule.layer
            case _:
                return None


def _standing(routes: tuple[Route, ...], outcome: Outcome) -> Standing:
    """Return what the routes come to. Only a failure is always of some kind, if only of the infrastructure."""
    working = [route for route in routes if not route.broken]
    at_once = [route for route in working if route.means in {Means.NATIVE, Means.RELAYED}]
    if any(route.means is Means.NATIVE for route in working):
        return Standing.TOLD
    kinds = {route.condition for route in at_once if outcome is Outcome.FAILURE}
    if any(not _of_kind(route) for route in at_once) or kinds >= {f"of {kind}" for kind in NodeKind}:
        return Standing.WAITS
    if any(route.means is Means.ESCALATION for route in working):
        return Standing.WAITS
    if any(route.means is Means.DIGEST for route in working):
        return Standing.DIGEST
    return Standing.PARTLY if at_once else Standing.UNCOVERED


def _of_kind(route: Route) -> bool:
    return route.condition.startswith("of ")


def _conditions(target: Target, outcome: Outcome) -> Iterator[str]:
    """Yield what must hold besides."""
    if target.of is not None:
        yield f"of {target.of}"
    if target.over is not None and outcome is Outcome.LATE:
        yield f"over {duration_text(target.over)}"


def sla_text(sla: Sla | None) -> str:
    """Return a deadline as its author would read it out; nothing for none."""
    if sla is None:
        return ""
    said: tuple[object, ...] = (
        sla.due and f"due {sla.due}",
        sla.every and f"every {duration_text(sla.every)}",
        sla.stale_after and f"no older than {duration_text(sla.stale_after)}",
        sla.max_duration and f"at most {duration_text(sla.max_duration)}",
    )
    return ", ".join(str(part) for part in said if part)
