import json

import pytest
from starlette.datastructures import QueryParams

from reconciler.sandbox.envelope import Refusal
from reconciler.sandbox.paging import Limits, Page, boolean, integer, page_of, related

FILTERS = {"project_id": integer, "project_id__in": integer, "name__icontains": str, "triggers_schedule": boolean}


def page(query: str) -> Page:
    return page_of(QueryParams(query), "jobs", FILTERS, Limits(), state="active")


def test_the_defaults() -> None:
    found = page("")
    assert (found.limit, found.offset, found.order_by) == (100, 0, "id")
    assert found.where == {"state": 1}
    assert found.echo == {"limit": 100, "offset": 0, "state": "active"}


@pytest.mark.parametrize(("query", "limit"), [("limit=5", 5), ("limit=100000", 100), ("limit=0", 100), ("limit=", 100)])
def test_the_limit_is_clamped(query: str, limit: int) -> None:
    assert page(query).limit == limit


@pytest.mark.parametrize(
    "query",
    ["project_id__in=[1,2]", "project_id__in=1,2", "project_id__in=1&project_id__in=2", 'project_id__in=["1","2"]'],
)
def test_lists_travel_in_many_forms(query: str) -> None:
    assert page(query).where["project_id__in"] == [1, 2]


@pytest.mark.parametrize(
    ("query", "where"),
    [("state=1", {"state": 1}), ("state=deleted", {"state": 2}), ("state=2", {"state": 2}), ("state=all", {})],
)
def test_the_soft_delete_filter(query: str, where: dict[str, int]) -> None:
    assert page(query).where == where


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=abc", "limit"),
        ("limit=-1", "limit"),
        ("offset=1.5", "offset"),
        ("offset=%D9%A3", "offset"),
        ("state=gone", "state"),
        ("project_id=x", "project_id"),
        ("project_id=99999999999999999999", "project_id"),
        ("triggers_schedule=maybe", "triggers_schedule"),
        ("order_by=doc", "order_by"),
    ],
)
def test_nonsense_is_400_and_named(query: str, name: str) -> None:
    with pytest.raises(Refusal) as caught:
        page(query)
    assert list(json.loads(bytes(caught.value.response.body))["data"]) == [name]


def test_a_huge_offset_is_an_empty_page_not_an_error() -> None:
    assert page(f"offset={'9' * 40}").offset == 2**63 - 1


@pytest.mark.parametrize(
    "text", ["job,environment", '["job","environment"]', "[job,environment]", "[job, environment]"]
)
def test_related_objects_are_named_in_three_forms(text: str) -> None:
    assert related(QueryParams({"include_related": text})) == {"job", "environment"}
