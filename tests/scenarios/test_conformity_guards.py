"""Design §5, the table of guards: the arithmetic at its edges."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.conformity_lab import Bench
from tests.scenarios.test_conformity_edges import MARIA, ORDERS, PAYMENTS, REVENUE, on, told, whys


def many(bench: Bench, count: int) -> list[int]:
    """Put that many jobs J000, J001, … beside Daily Revenue."""
    like = bench.job("Daily Revenue")
    rows = [{**like, "id": None, "name": f"J{number:03}"} for number in range(count)]
    return bench.sandbox.control.put_many("jobs", [{k: v for k, v in row.items() if k != "id"} for row in rows])


def rule(who: str, first: int, last: int, *, optional: bool = False) -> str:
    """Tell of cancelled runs: nobody else is told of those, and coverage has no part in it."""
    names = ", ".join(f"J{number:03}" for number in range(first, last))
    extra = ", optional: true" if optional else ""
    return f"{{to: {who}, on: [cancelled], jobs: {{name: [{names}]{extra}}}}}"


def fired(plan: dict[str, Any]) -> list[tuple[str, str]]:
    return [(finding["guard"], finding["allow"]) for finding in plan["guards"]]


@pytest.mark.parametrize(("gone", "expected"), [(8, []), (9, [("prune", "prune=9")])])
def test_prune_fires_above_exactly_a_fifth(bench: Bench, gone: int, expected: list[tuple[str, str]]) -> None:
    many(bench, 40)
    bench.policy(told(rule("maria", 0, 40)))
    bench.apply()
    bench.policy(told(rule("maria", gone, 40)))
    assert fired(bench.plan()) == expected


@pytest.mark.parametrize(("gone", "expected"), [(3, []), (4, [("prune", "prune=4")])])
def test_prune_is_silent_up_to_three(bench: Bench, gone: int, expected: list[tuple[str, str]]) -> None:
    many(bench, 6)
    bench.policy(told(rule("maria", 0, 6)))
    bench.apply()
    bench.policy(told(rule("maria", gone, 6)))
    assert fired(bench.plan()) == expected


def test_prune_judges_each_team_besides_all(bench: Bench) -> None:
    many(bench, 60)
    team = "team: small\nnotifications:\n  - "
    bench.policy(told(rule("maria", 0, 50)))
    bench.policy(f"{team}{rule('jonas', 50, 60)}\n", head="", file="small.yml")
    bench.apply()
    bench.policy(f"{team}{rule('jonas', 54, 60)}\n", head="", file="small.yml")
    assert [finding["items"] for finding in bench.plan()["guards"]] == [["team small: 4 of 10 edges"]]
    assert bench.run("apply", "--allow", "prune=5").code == 4
    assert bench.run("apply", "--allow", "prune=4").code == 0
    assert bench.ledger()["log"][-1]["allowed"] == {"prune": "prune=4"}
    Path("policies/small.yml").unlink()
    assert fired(bench.plan()) == [("prune", "prune=6"), ("empty-team", "empty-team=small")]


@pytest.mark.parametrize(("lost", "expected"), [(4, []), (5, [("visibility", "visibility=5")])])
def test_visibility_fires_above_exactly_a_twentieth(bench: Bench, lost: int, expected: list[tuple[str, str]]) -> None:
    jobs = many(bench, 80)
    bench.policy(told(rule("maria", 0, 80, optional=True)))
    bench.apply()
    for job in jobs[:lost]:
        bench.sandbox.control.remove("jobs", job)
    plan = bench.plan()
    assert fired(plan) == expected
    assert whys(plan) == ["invisible"] * lost


def test_a_job_silenced_on_purpose_is_listed_and_not_counted_by_coverage(bench: Bench) -> None:
    bench.policy(told(REVENUE, ORDERS))
    bench.apply()
    match = "{project: Finance, environment: Production, name: Daily Revenue}"
    silent = f"jobs:\n  - {{match: {match}, tier: none, reason: nobody reads it}}\n"
    bench.policy(told(ORDERS, more=silent))
    plan = bench.plan()
    assert (plan["silenced"], fired(plan)) == ([bench.job("Daily Revenue")["id"]], [])


def test_additions_only_removes_nothing_and_is_judged_for_what_it_does(bench: Bench) -> None:
    bench.policy(told(REVENUE, ORDERS))
    bench.apply()
    bench.policy(told(PAYMENTS))
    assert fired(bench.plan()) == [("coverage", "coverage=2")]
    assert bench.apply("--additions-only")["counts"]["deferred"] == 2
    row = bench.row(type=1, user_id=bench.user("maria@acme.example")["id"])
    assert {bench.job(name)["id"] for name in ("Daily Revenue", "Hourly Orders", "Hourly Payments")} <= {
        *row["on_failure"]
    }


def test_a_departed_replacement_covers_nobody(bench: Bench) -> None:
    bench.policy(told(REVENUE))
    bench.apply()
    leo = MARIA + "  leo: {type: dbt_user, email: leo@acme.example}\n"
    bench.policy(told(on("leo", "Finance", "Daily Revenue"), channels=leo))
    assert fired(bench.plan()) == [("coverage", "coverage=1")]
