"""What failed is told in the order of cause and effect, whatever the order in which a thread happened to finish."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.alerts.build import build_alert
from reconciler.alerts.causes.order import in_order_of_cause
from reconciler.alerts.words.view import view
from reconciler.model.run import NodeResult, NodeStatus
from reconciler.model.telling import NodeKind
from tests.alerts import alert_facts as made

STAGING, ORDERS, REVENUE = (f"model.shop.{name}" for name in ("stg_orders", "orders", "revenue"))


def _source(name: str = "raw.payments") -> NodeResult:
    return NodeResult(unique_id=f"source.shop.{name}", status=NodeStatus.ERROR, kind=NodeKind.FRESHNESS)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_models_and_sources_come_before_tests_and_the_first_line_is_the_models(order: tuple[int, ...]) -> None:
    rows = (made.failed_test("a"), made.failed_test("b"), made.failed("orders"), made.failed_test("c"))
    alert = build_alert(made.asked(made.facts(*(rows[place] for place in order))))
    assert alert.failed[0].name == "orders"
    seen = view(alert)
    assert (seen["error_of"], seen["error"]) == ("orders", made.MISSING_COLUMN)


def test_what_is_earlier_in_the_graph_comes_first_by_all_that_is_below_it() -> None:
    rows = (made.failed("revenue"), made.failed("orders"), made.failed("stg_orders"))
    below = {STAGING: (ORDERS, REVENUE), ORDERS: (REVENUE,)}
    found = build_alert(made.asked(made.facts(*rows, below=below)))
    assert [each.name for each in found.failed] == ["stg_orders", "orders", "revenue"]


def test_where_nothing_is_known_of_what_is_below_the_parents_tell() -> None:
    rows = (made.failed("revenue"), made.failed("orders"), _source())
    nodes = made.nodes(made.node(REVENUE, parents=(ORDERS,)), made.node(ORDERS, parents=("source.shop.raw.payments",)))
    found = in_order_of_cause(made.facts(*rows, nodes=nodes))
    assert [each.unique_id for each in found] == ["source.shop.raw.payments", ORDERS, REVENUE]


def test_tests_follow_the_order_of_what_they_test() -> None:
    late, early = made.failed_test("revenue_is_positive"), made.failed_test("not_null_orders_id")
    below = {early.unique_id: (REVENUE, late.unique_id)}
    found = in_order_of_cause(made.facts(late, early, below=below))
    assert [each.name for each in found] == ["not_null_orders_id", "revenue_is_positive"]


def test_what_two_failures_keep_from_running_is_traced_to_the_first_cause() -> None:
    rows = (made.failed_test("t"), made.failed("orders"), made.result(REVENUE, NodeStatus.SKIPPED))
    below = {rows[0].unique_id: (REVENUE,), ORDERS: (REVENUE,)}
    (skipped,) = build_alert(made.asked(made.facts(*rows, below=below))).skipped
    assert skipped.because == "orders"


@given(st.permutations(range(6)), st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=9))
def test_nothing_is_lost_and_no_cause_stands_behind_its_effect(order: list[int], edges: set[tuple[int, int]]) -> None:
    """Edges lead from the smaller number to the greater: any such graph has no circle."""
    down = {(low, high) for low, high in edges if low < high}
    names = [f"model.shop.m{number}" for number in range(6)]
    reach: dict[int, set[int]] = {number: set() for number in range(6)}
    for number in reversed(range(6)):
        for low, high in down:
            if low == number:
                reach[number] |= {high, *reach[high]}
    below = {names[number]: tuple(names[each] for each in found) for number, found in reach.items()}
    rows = [made.failed(f"m{number}") for number in order]
    found = [each.unique_id for each in in_order_of_cause(made.facts(*rows, below=below))]
    assert sorted(found) == sorted(names)
    assert all(found.index(names[low]) < found.index(names[high]) for low in range(6) for high in reach[low])


def test_a_circle_which_no_real_graph_has_ends_and_loses_nothing() -> None:
    nodes = made.nodes(made.node(ORDERS, parents=(REVENUE,)), made.node(REVENUE, parents=(ORDERS,)))
    assert len(in_order_of_cause(made.facts(made.failed("orders"), made.failed("revenue"), nodes=nodes))) == 2
