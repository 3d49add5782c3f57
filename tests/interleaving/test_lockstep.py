"""The scheduler itself: it runs every order once, replays one by its spelling, and finds a race that is there."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise, permutations
from random import Random

import pytest

from tests.interleaving.lockstep import (
    Act,
    Chooser,
    Played,
    Schedule,
    Turns,
    at_random,
    following,
    play,
    spell,
    spelled,
    systematic,
)


def steps(count: int) -> Act:
    def act(turns: Turns) -> None:
        for number in range(count):
            turns.stop(f"step {number}")

    return act


def schedules(acts: Mapping[str, Act], *, preemptions: int) -> list[Schedule]:
    return [played.schedule for played in systematic(lambda choose: play(acts, choose), preemptions=preemptions)]


def test_every_order_is_run_once() -> None:
    found = schedules({"a": steps(3), "b": steps(3)}, preemptions=9)
    assert len(found) == len(set(found)) == 20


def taken_away(schedule: Schedule) -> int:
    """Count the switches away from an actor that has steps left."""
    pairs = enumerate(pairwise(schedule), start=1)
    return sum(one != other and one in schedule[number:] for number, (one, other) in pairs)


@pytest.mark.parametrize("preemptions", range(5))
def test_the_bound_counts_turns_that_were_taken_away(preemptions: int) -> None:
    every = set(permutations("aaabbb"))
    found = schedules({"a": steps(3), "b": steps(3)}, preemptions=preemptions)
    assert set(found) == {schedule for schedule in every if taken_away(schedule) <= preemptions}


def test_without_preemptions_each_actor_runs_to_its_end() -> None:
    assert set(map(spell, schedules({"a": steps(2), "b": steps(3)}, preemptions=0))) == {"a2 b3", "b3 a2"}


def test_three_actors_are_interleaved_too() -> None:
    found = schedules({"a": steps(1), "b": steps(1), "c": steps(1)}, preemptions=0)
    assert len(set(found)) == 6


def test_a_spelling_is_read_back() -> None:
    assert spelled("a3 b1 a2") == ("a", "a", "a", "b", "a", "a")
    assert spell(spelled("a3 b1 a2")) == "a3 b1 a2"


class Counter:
    """A number that everybody reads, and later writes back one higher."""

    def __init__(self) -> None:
        self.value = 0

    def add(self, turns: Turns) -> None:
        turns.stop("read")
        seen = self.value
        turns.stop("write")
        self.value = seen + 1


def counted(choose: Chooser) -> tuple[Played, int]:
    counter = Counter()
    return play({"a": counter.add, "b": counter.add}, choose), counter.value


def test_a_lost_update_is_found_and_replayed() -> None:
    lost = list[Schedule]()

    def run(choose: Chooser) -> Played:
        played, value = counted(choose)
        if value != 2:
            lost.append(played.schedule)
        return played

    assert len(list(systematic(run, preemptions=1))) == 4
    assert {spell(schedule) for schedule in lost} == {"a1 b2 a1", "b1 a2 b1"}
    assert counted(following(lost[0]))[1] == 1


def test_the_same_seed_gives_the_same_schedules() -> None:
    def drawn(seed: int) -> list[str]:
        random = Random(seed)  # noqa: S311 - chooses schedules
        return [spell(counted(at_random(random, switching=0.5))[0].schedule) for _ in range(8)]

    assert drawn(7) == drawn(7)
    assert len(set(drawn(7))) > 1


def test_what_an_actor_raises_reaches_the_test() -> None:
    def fails(turns: Turns) -> None:
        turns.stop("step")
        raise ValueError("of the actor")

    with pytest.raises(ValueError, match="of the actor"):
        play({"a": fails, "b": steps(2)}, following(()))
