"""One step at a time: actors stop before everything that another can see, and a chooser lets exactly one go on.

Which one went on, step by step, is the schedule: the same schedule gives the same run, so one that failed is replayed
from its spelling (`a3 b2 a1`: three steps of a, two of b, one of a).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from queue import Empty, SimpleQueue
from random import Random
from threading import Semaphore, Thread
from typing import Final, TypeAlias

__all__ = [
    "Act",
    "Chooser",
    "Decision",
    "HungError",
    "Played",
    "Schedule",
    "Turns",
    "at_random",
    "following",
    "play",
    "spell",
    "spelled",
    "systematic",
]

Schedule: TypeAlias = tuple[str, ...]
Act: TypeAlias = "Callable[[Turns], None]"

_PATIENCE: Final = 60.0  # seconds for one step; one that takes longer waits for an actor that may not go on
_DONE: Final = "ended"


class HungError(AssertionError):
    """A step did not end: it waits for another actor, which only the scheduler may wake."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Who could have gone on, who had gone before, who did, and what the step was."""

    enabled: tuple[str, ...]
    before: str | None
    chosen: str
    step: str

    @property
    def preempts(self) -> bool:
        return self.before in self.enabled and self.chosen != self.before


@dataclass(frozen=True, slots=True)
class Played:
    decisions: tuple[Decision, ...]

    @property
    def schedule(self) -> Schedule:
        return tuple(decision.chosen for decision in self.decisions)

    @property
    def story(self) -> str:
        """The run for a reader: one line a step."""
        return "\n".join(f"  {each.chosen}: {each.step}" for each in self.decisions)


Chooser: TypeAlias = Callable[[int, tuple[str, ...], str | None], str]
"""Pick one of the enabled actors, given the number of the decision and who went before."""


@dataclass(slots=True)
class Turns:
    """What one actor holds: `stop` says what it is about to do and waits until it may. `free` never waits."""

    name: str
    stopped: SimpleQueue[tuple[str, str, BaseException | None]] | None = None
    go: Semaphore = field(default_factory=lambda: Semaphore(0))

    @classmethod
    def free(cls, name: str) -> Turns:
        return cls(name)

    def stop(self, step: str) -> None:
        if self.stopped is not None:
            self.stopped.put((self.name, step, None))
            self.go.acquire()


def spell(schedule: Sequence[str]) -> str:
    return " ".join(f"{name}{len(list(steps))}" for name, steps in groupby(schedule))


def spelled(text: str) -> Schedule:
    """Read a schedule back from its spelling."""
    parts = [re.fullmatch(r"([a-z]+)([0-9]+)", word) for word in text.split()]
    return tuple(name for part in parts if part for name in [part[1]] * int(part[2]))


def following(prefix: Schedule) -> Chooser:
    """Go by the prefix, as far as those it names are still there; then let whoever runs go on until it ends."""

    def choose(number: int, enabled: tuple[str, ...], before: str | None) -> str:
        if number < len(prefix) and prefix[number] in enabled:
            return prefix[number]
        return before if before in enabled else enabled[0]

    return choose


def at_random(random: Random, *, switching: float) -> Chooser:
    """Switch to anybody before a step with that probability."""

    def choose(_number: int, enabled: tuple[str, ...], before: str | None) -> str:
        stays = before in enabled and random.random() >= switching
        return before if stays and before is not None else random.choice(enabled)

    return choose


def play(acts: Mapping[str, Act], choose: Chooser) -> Played:
    """Run the actors to their ends. What one of them raises is raised here, after all have ended."""
    stopped: SimpleQueue[tuple[str, str, BaseException | None]] = SimpleQueue()
    waiting, turns, raised = dict[str, str](), dict[str, Turns](), list[BaseException]()
    for name, act in acts.items():
        turns[name] = Turns(name, stopped)
        Thread(target=_perform, args=(act, turns[name]), name=name, daemon=True).start()
        step, error = _next_stop(stopped, name)
        assert step != _DONE, f"{name} ended before its first step: {error}"
        waiting[name] = step
    decisions = list[Decision]()
    before: str | None = None
    while waiting:
        enabled = tuple(sorted(waiting))
        chosen = choose(len(decisions), enabled, before)
        decisions.append(Decision(enabled, before, chosen, waiting.pop(chosen)))
        turns[chosen].go.release()
        step, error = _next_stop(stopped, chosen)
        if step != _DONE:
            waiting[chosen] = step
        elif error is not None:
            raised.append(error)
        before = chosen
    if raised:
        raise raised[0]
    return Played(tuple(decisions))


def _next_stop(
    stopped: SimpleQueue[tuple[str, str, BaseException | None]], expected: str
) -> tuple[str, BaseException | None]:
    try:
        name, step, error = stopped.get(timeout=_PATIENCE)
    except Empty:
        raise HungError(f"{expected} neither stopped nor ended within {_PATIENCE:.0f} s") from None
    assert name == expected, f"{name} moved while only {expected} was let go"
    return step, error


def _perform(act: Act, turns: Turns) -> None:
    """Act, and say how it ended: the thread's edge, where every error is handed to the scheduler."""
    error: BaseException | None = None
    try:
        act(turns)
    except BaseException as raised:  # noqa: BLE001 - raised again by `play`, in the test's own thread
        error = raised
    assert turns.stopped is not None
    turns.stopped.put((turns.name, _DONE, error))


def systematic(run: Callable[[Chooser], Played], *, preemptions: int) -> Iterator[Played]:
    """Run every schedule with at most so many preemptions, each once.

    A preemption takes the turn from an actor that could have gone on; most races need one or two.
    """
    open_prefixes: list[Schedule] = [()]
    while open_prefixes:
        prefix = open_prefixes.pop()
        played = run(following(prefix))
        yield played
        spent, schedule = 0, played.schedule
        for number, decision in enumerate(played.decisions):
            if number >= len(prefix):
                dearer = spent + (decision.before in decision.enabled)
                others = [name for name in decision.enabled if name != decision.chosen]
                open_prefixes += [(*schedule[:number], name) for name in others if dearer <= preemptions]
            spent += decision.preempts
