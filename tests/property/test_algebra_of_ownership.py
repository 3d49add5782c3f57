"""Every line of the ownership algebra, as a property over arbitrary sides, overlaps and predicates."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.outcome import NATIVE_OUTCOMES
from reconciler.plan.algebra import EdgeClass, Sides, partition

RECIPIENTS = [RecipientKey.user(1), RecipientKey.email("a@b.example"), RecipientKey.slack("C1")]
EDGES = [Edge(r, o, j) for r in RECIPIENTS for o in NATIVE_OUTCOMES[:2] for j in (1, 2, 3)]
SUBSETS = st.frozensets(st.sampled_from(EDGES))


@dataclass(frozen=True, kw_only=True)
class World:
    """Sides, and the sets behind its predicates, so that the algebra can be written down independently."""

    sides: Sides
    scope: frozenset[Edge]
    blocked: frozenset[Edge]
    invisible: frozenset[Edge]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    scope, blocked, invisible = draw(SUBSETS), draw(SUBSETS), draw(SUBSETS)
    sides = Sides(
        owned=draw(SUBSETS),
        desired=draw(SUBSETS) & scope,
        live=draw(SUBSETS),
        others=draw(SUBSETS),
        released=draw(SUBSETS),
        exclusive=draw(st.frozensets(st.sampled_from(RECIPIENTS))),
        in_scope=scope.__contains__,
        blocked=blocked.__contains__,
        invisible=invisible.__contains__,
    )
    return World(sides=sides, scope=scope, blocked=blocked, invisible=invisible)


def classes_of(world: World) -> dict[EdgeClass, frozenset[Edge]]:
    return {name: frozenset(edges) for name, edges in partition(world.sides).items()}


@given(worlds())
def test_every_edge_of_the_three_sides_falls_in_exactly_one_class(world: World) -> None:
    found = partition(world.sides)
    edges = [edge for members in found.values() for edge in members]
    assert sorted(edges) == sorted(world.sides.owned | world.sides.desired | world.sides.live)
    assert set(found) == set(EdgeClass)


@given(worlds())
def test_each_class_is_what_the_design_writes(world: World) -> None:
    s, found = world.sides, classes_of(world)
    taken_out = world.blocked | (world.invisible & s.owned)
    b, d, live = s.owned - taken_out, s.desired - taken_out, s.live - taken_out
    exclusive = frozenset(edge for edge in EDGES if edge.recipient in s.exclusive)
    released = s.released
    evicted = (((live - d - b) - s.others) - released) & world.scope & exclusive
    assert found[EdgeClass.BLOCKED] == (s.owned | s.desired | s.live) & world.blocked
    assert found[EdgeClass.INVISIBLE] == (s.owned & world.invisible) - world.blocked
    assert found[EdgeClass.ADD] == d - live
    assert found[EdgeClass.ADOPT] == (d & live) - b
    assert found[EdgeClass.KEEP] == b & d & live
    assert found[EdgeClass.FORGET] == (b - d) - live
    assert found[EdgeClass.RELEASE] == (b - d) & live & (s.others | released)
    assert found[EdgeClass.REMOVE] == ((((b - d) & live) - s.others) - released) & world.scope
    assert found[EdgeClass.HELD] == ((((b - d) & live) - s.others) - released) - world.scope
    assert found[EdgeClass.EVICT] == evicted
    assert found[EdgeClass.FOREIGN] == live - d - b - evicted


@given(worlds())
def test_a_removal_needs_both_a_claim_and_scope_but_for_exclusive_channels(world: World) -> None:
    found = classes_of(world)
    assert found[EdgeClass.REMOVE] <= world.sides.owned & world.scope & world.sides.live
    assert not found[EdgeClass.REMOVE] & (world.sides.desired | world.sides.others)
    assert all(edge.recipient in world.sides.exclusive and edge in world.scope for edge in found[EdgeClass.EVICT])


@given(worlds())
def test_without_a_ledger_nothing_of_ours_is_removed(world: World) -> None:
    lost = Sides(
        owned=frozenset(),
        desired=world.sides.desired,
        live=world.sides.live,
        in_scope=world.sides.in_scope,
        blocked=world.sides.blocked,
        invisible=world.sides.invisible,
    )
    found = partition(lost)
    assert not found[EdgeClass.REMOVE]
    assert not found[EdgeClass.EVICT]


@given(worlds())
def test_carrying_a_plan_out_leaves_only_what_is_kept(world: World) -> None:
    s, found = world.sides, classes_of(world)
    live = (s.live | found[EdgeClass.ADD]) - found[EdgeClass.REMOVE] - found[EdgeClass.EVICT]
    gone = found[EdgeClass.REMOVE] | found[EdgeClass.RELEASE] | found[EdgeClass.FORGET]
    owned = (s.owned | found[EdgeClass.ADD] | found[EdgeClass.ADOPT]) - gone
    again = partition(
        Sides(
            owned=owned,
            desired=s.desired,
            live=live,
            others=s.others,
            released=s.released,
            exclusive=s.exclusive,
            in_scope=s.in_scope,
            blocked=s.blocked,
            invisible=s.invisible,
        )
    )
    # An edge that was just added to a job in no list is invisible from then on; nothing is done about it again.
    for name in (
        EdgeClass.ADD,
        EdgeClass.REMOVE,
        EdgeClass.EVICT,
        EdgeClass.ADOPT,
        EdgeClass.RELEASE,
        EdgeClass.FORGET,
    ):
        assert not again[name], name
