"""Run every schedule of a scenario and judge each: where it ended, and what follows when everybody applies again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from reconciler.errors import ExitCode
from reconciler.ledger.codec import encode
from tests.interleaving.actors import Applier, Attempt, apply_once
from tests.interleaving.judge import Ended, Verdict, judge
from tests.interleaving.keeping import Keeping
from tests.interleaving.lockstep import Chooser, Played, Turns, at_random, following, play, spell, spelled, systematic
from tests.interleaving.scenarios import Scenario, World

__all__ = ["Explored", "Found", "explore", "replay"]


@dataclass(frozen=True, slots=True)
class Found:
    """A schedule that ended badly, for whoever must understand it."""

    scenario: str
    schedule: str
    wrong: tuple[str, ...]
    story: str

    def __str__(self) -> str:
        return "\n".join([f"{self.scenario}", f"schedule: {self.schedule}", *self.wrong, self.story])


@dataclass(slots=True)
class Explored:
    """What a scenario's schedules came to."""

    scenario: str
    schedules: int = 0
    exits: Counter[str] = field(default_factory=Counter)
    overwritten: int = 0
    undone_later: int = 0
    endings: int = 0
    found: list[Found] = field(default_factory=list)

    def __str__(self) -> str:
        exits = ", ".join(f"{count} {word}" for word, count in sorted(self.exits.items()))
        told = f"{self.overwritten} overwritten unseen, {self.undone_later} undone later, {len(self.found)} wrong"
        return f"{self.scenario}: {self.schedules} schedules ({exits}); {told}"


@dataclass(slots=True)
class _Lab:
    """One world, put back before each schedule. Equal endings are followed up once."""

    scenario: Scenario
    world: World
    account: Mapping[str, Any]
    ledgers: Mapping[str, str]
    follow_ups: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def open(cls, scenario: Scenario, keeping: Keeping) -> _Lab:
        world = scenario.world(keeping)
        return cls(scenario, world, world.account.image(), world.keeping.image())

    def run(self, choose: Chooser) -> tuple[Played, Verdict, Mapping[str, Attempt]]:
        world = self.world
        world.account.restore(self.account)
        world.keeping.restore(self.ledgers)
        world.vault.kept.clear()
        before = world.keeping.ledgers()
        acts = self.scenario.acts(world)
        played = play(acts, choose)
        attempts = {name: act.into[0] for name, act in acts.items() if isinstance(act, Applier)}
        ended = Ended(
            calls=tuple(world.account.calls),
            saves=tuple(world.account.saves),
            attempts=attempts,
            live=world.account.told(),
            ledgers=world.keeping.ledgers(),
            ledgers_before=before,
            shared=world.keeping.shared,
        )
        verdict = judge(ended)
        verdict.wrong += _webhook_troubles(world)
        verdict.wrong += self._follow_up()
        return played, verdict, attempts

    def _follow_up(self) -> list[str]:
        ledgers = {n: encode(replace(each, generation=0, log=())) for n, each in self.world.keeping.ledgers().items()}
        likeness = self.world.account.likeness() + json.dumps(ledgers, sort_keys=True)
        if likeness not in self.follow_ups:
            self.follow_ups[likeness] = list(_converges(self.scenario, self.world))
        return self.follow_ups[likeness]


def _webhook_troubles(world: World) -> list[str]:
    """Tell of webhooks that are there twice, or send with a secret that nobody kept."""
    hooks = world.account.webhooks()
    names = Counter(hook["name"] for hook in hooks)
    kept = set(world.vault.kept.values())
    lost = [hook["name"] for hook in hooks if hook["active"] and hook["hmac_secret"] not in kept]
    return [
        *(f"webhook {name} is there {count} times" for name, count in names.items() if count > 1),
        *(f"webhook {name} sends with a secret that nobody has" for name in lost),
    ]


def _converges(scenario: Scenario, world: World) -> list[str]:
    """Apply everybody's policy twice, in turn: then nothing is left, and nothing was lost on the way."""
    wrong = list[str]()
    for number in range(3):
        left = 0
        for policy in scenario.finally_:
            world.account.calls.clear()
            attempt = apply_once(world.applier(policy, repair=True), Turns.free("after"))
            left += attempt.actions
            lost = frozenset(edge for call in world.account.calls for edge in call.lost) - attempt.removes
            wrong += [f"lost afterwards: {edge}" for edge in sorted(lost)]
            if attempt.code is not ExitCode.SUCCESS and not scenario.may_block:
                wrong.append(f"afterwards, {attempt.manager} exits {attempt.code.word}: {attempt.said}")
        if not left:
            return wrong
        if number == 2:
            wrong.append(f"does not converge: {left} action(s) left after two applies of everybody")
    return wrong


def explore(scenario: Scenario, keeping: Keeping, *, seed: int = 1, enough: int = 3) -> Explored:
    """Run all schedules within the scenario's bound, then deeper ones at random; stop after `enough` bad ones."""
    lab, explored, seen = _Lab.open(scenario, keeping), Explored(scenario.name), set[str]()

    def run(choose: Chooser) -> Played:
        played, verdict, attempts = lab.run(choose)
        schedule = spell(played.schedule)
        if schedule not in seen:
            seen.add(schedule)
            _note(explored, played, verdict, attempts)
        return played

    try:
        for _ in systematic(run, preemptions=scenario.preemptions):
            if len(explored.found) >= enough:
                break
        random = Random(seed)  # noqa: S311 - chooses schedules
        for _ in range(scenario.at_random):
            if len(explored.found) < enough:
                run(at_random(random, switching=random.choice([0.2, 0.5, 0.9])))
    finally:
        lab.world.account.close()
    explored.endings = len(lab.follow_ups)
    return explored


def _note(explored: Explored, played: Played, verdict: Verdict, attempts: Mapping[str, Attempt]) -> None:
    explored.schedules += 1
    explored.exits.update(each.code.word for each in attempts.values())
    explored.overwritten += bool(verdict.overwritten)
    explored.undone_later += bool(verdict.undone_later)
    if verdict.wrong:
        said = [f"  {name} exited {each.code.word}: {each.said}" for name, each in attempts.items()]
        story = "\n".join([played.story, *said])
        explored.found.append(Found(explored.scenario, spell(played.schedule), tuple(verdict.wrong), story))


def replay(scenario: Scenario, keeping: Keeping, schedule: str) -> Explored:
    """Run one schedule again, by its spelling."""
    lab, explored = _Lab.open(scenario, keeping), Explored(scenario.name)
    try:
        played, verdict, attempts = lab.run(following(spelled(schedule)))
        _note(explored, played, verdict, attempts)
    finally:
        lab.world.account.close()
    return explored
