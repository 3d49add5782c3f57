"""What two selectors have in common, judged by their words: never against what any account would show."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.lint.overlap import Containers, disjoint, inside
from reconciler.model.inventory import Inventory
from reconciler.model.selector import Frequency, NamePattern, Purpose, Selector
from tests.builders import environment, inventory, job, project, selector

NAMES = ("Daily A", "Daily B", "Hourly A", "A", "Daily")
PATTERNS = (*NAMES, "Daily *", "* A", "*", "D*y A", "D*A", "Hourly*")


def _account() -> Inventory:
    """Return every combination of two projects, two kinds of environment, five names and two schedules."""
    environments = [
        environment(id=10 * p + e, project_id=p, name=name, deployment_type=kind)
        for p in (1, 2)
        for e, name, kind in ((1, "Production", "production"), (2, "Staging", "staging"), (3, "Other", "production"))
    ]
    combined = product(environments, NAMES, ("", "0 * * * *", "0 6 * * *"))
    jobs = [
        job(id=101 + n, name=name, project_id=where.project_id, environment_id=where.id, cron=cron, job_type=kind)
        for n, (where, name, cron) in enumerate(combined)
        for kind in [("scheduled", "ci")[n % 2]]
    ]
    return inventory(
        projects=[project(id=1), project(id=2, name="Growth")], environments=environments, jobs=jobs, users=[]
    )


ACCOUNT = _account()


def _some(*words: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(words), max_size=2, unique=True).map(tuple)


@st.composite
def selectors(draw: st.DrawFn) -> Selector:
    return Selector(
        at=selector().at,
        ids=draw(st.lists(st.sampled_from([101, 102, 117]), max_size=2, unique=True).map(tuple)),
        projects=draw(_some("Finance", "Growth")),
        environments=draw(_some("Production", "Staging")),
        purposes=tuple(map(Purpose, draw(_some("production", "staging")))),
        names=tuple(map(NamePattern, draw(_some(*PATTERNS)))),
        job_types=draw(_some("scheduled", "ci")),
        at_least=draw(st.sampled_from([None, None, Frequency.HOURLY, Frequency.DAILY])),
    )


@given(one=selectors(), other=selectors())
def test_what_lies_inside_holds_in_an_account(one: Selector, other: Selector) -> None:
    if inside(one, other):
        assert one.select(ACCOUNT) <= other.select(ACCOUNT)


@given(one=selectors(), other=selectors())
def test_what_is_disjoint_shares_no_job(one: Selector, other: Selector) -> None:
    if disjoint(one, other):
        assert not one.select(ACCOUNT) & other.select(ACCOUNT)


@given(one=selectors())
def test_each_selector_lies_inside_itself_and_inside_all(one: Selector) -> None:
    assert inside(one, one)
    assert inside(one, selector(everything=True))


@settings(max_examples=30)
@given(outers=st.lists(selectors(), max_size=8), inner=selectors())
def test_containers_find_what_asking_each_would_find(outers: list[Selector], inner: Selector) -> None:
    things = [
        (outer, ["mail"] if number % 3 else ["mail", "slack"], str(number)) for number, outer in enumerate(outers)
    ]
    found = list(Containers(things).around(inner, ["slack", "mail"]))
    assert sorted(found) == sorted(name for outer, _, name in things if inside(inner, outer))
    only = list(Containers(things).around(inner, ["slack"]))
    assert sorted(only) == sorted(name for outer, keys, name in things if "slack" in keys and inside(inner, outer))


@pytest.mark.parametrize(
    ("inner", "outer", "expected"),
    [
        ("Daily Revenue", "Daily *", True),
        ("Daily R*", "Daily *", True),
        ("Daily *", "Daily R*", False),
        ("Daily *", "Daily *", True),
        ("D*y *", "Daily *", False),
        ("*", "*", True),
        ("* *", "*", True),
        ("Daily [a]", "Daily [a]", True),
    ],
)
def test_patterns(inner: str, outer: str, expected: bool) -> None:
    one, other = selector(names=(inner,)), selector(names=(outer,))
    assert inside(one, other) is expected


def test_a_wide_pattern_lies_inside_no_narrow_one() -> None:
    assert not inside(selector(names=["Daily *"]), selector(names=["Daily R*"]))
