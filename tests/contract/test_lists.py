"""Pages, order, filters and envelopes of every list: reference §1.5, §1.6 and §8.9."""

import json

import pytest

from tests.contract.contract_api import Api, ok

pytestmark = pytest.mark.contract

LISTS = ["jobs/", "notifications/", "runs/", "projects/", "environments/"]


@pytest.mark.reference("§1.6")
@pytest.mark.parametrize("path", LISTS)
def test_a_list_says_what_it_filtered_how_it_ordered_and_how_much_there_is(api: Api, path: str) -> None:
    answer = ok(api.get(api.v2(path), limit=2))
    assert answer["status"] == {
        "code": 200,
        "is_success": True,
        "user_message": "Success!",
        "developer_message": "",
    }
    extra = answer["extra"]
    assert extra["order_by"] == "id"
    assert extra["pagination"]["count"] == len(answer["data"]) <= 2
    assert extra["pagination"]["total_count"] >= extra["pagination"]["count"]
    filters = extra["filters"]
    assert (filters["limit"], filters["offset"], filters["account_id"]) == (2, 0, api.account_id)


@pytest.mark.reference("§1.6")
def test_only_lists_have_extra(api: Api) -> None:
    assert "extra" not in ok(api.get(api.v2()))


@pytest.mark.reference("§1.6")
def test_the_filters_in_effect_are_echoed(api: Api, project_id: int) -> None:
    filters = ok(api.get(api.v2("jobs/"), project_id=project_id))["extra"]["filters"]
    assert filters["project_id"] == project_id
    assert filters["state"] == "active"


@pytest.mark.reference("§1.5")
def test_the_default_page_is_100_long(api: Api) -> None:
    assert ok(api.get(api.v2("jobs/")))["extra"]["filters"]["limit"] == 100


@pytest.mark.reference("§8.9")
@pytest.mark.parametrize("path", ["jobs/", "notifications/", "runs/"])
def test_a_limit_over_100_is_clamped_and_says_so(api: Api, path: str) -> None:
    answer = ok(api.get(api.v2(path), limit=5000))
    assert answer["extra"]["filters"]["limit"] == 100
    assert len(answer["data"]) <= 100


@pytest.mark.reference("§1.5")
def test_more_than_100_rows_come_in_pages_that_neither_overlap_nor_leave_out(api: Api) -> None:
    for number in range(103):
        api.create_notification(type=4, external_email=f"page-{number}@acme.example")
    pages = [ok(api.get(api.v2("notifications/"), limit=100, offset=offset)) for offset in (0, 100)]
    total = pages[0]["extra"]["pagination"]["total_count"]
    ids = [row["id"] for page in pages for row in page["data"]]
    assert [page["extra"]["pagination"]["count"] for page in pages] == [100, total - 100]
    assert len(set(ids)) == len(ids) == total > 100
    assert ids == sorted(ids)


@pytest.mark.reference("§1.5")
def test_a_page_past_the_end_is_empty_and_keeps_the_total(api: Api) -> None:
    answer = ok(api.get(api.v2("jobs/"), offset=100000))
    assert answer["data"] == []
    assert answer["extra"]["pagination"]["count"] == 0
    assert answer["extra"]["pagination"]["total_count"] > 0


@pytest.mark.reference("§1.5")
@pytest.mark.parametrize("path", LISTS)
def test_the_oldest_comes_first_unless_asked_otherwise(api: Api, jobs: dict[str, int], path: str) -> None:
    for name in ("ok", "fail"):
        api.trigger(jobs[name])
    ascending = [row["id"] for row in api.data(api.v2(path))]
    assert ascending == sorted(ascending)
    assert len(ascending) > 1
    total = ok(api.get(api.v2(path)))["extra"]["pagination"]["total_count"]
    if total <= 100:
        assert [row["id"] for row in api.data(api.v2(path), order_by="-id")] == ascending[::-1]
    assert ok(api.get(api.v2(path), order_by="-id"))["extra"]["order_by"] == "-id"


@pytest.mark.reference("§1.5")
@pytest.mark.parametrize("form", ["[{a},{b}]", "[{a}, {b}]", '["{a}","{b}"]'])
def test_a_list_valued_filter_is_one_json_array(api: Api, form: str) -> None:
    first, second, *_ = [project["id"] for project in api.data(api.v2("projects/"))]
    text = form.format(a=first, b=second)
    found = {job["project_id"] for job in api.data(api.v2("jobs/"), project_id__in=text)}
    assert found == {first, second}


@pytest.mark.reference("§1.5")
def test_an_array_of_one_selects_one(api: Api) -> None:
    first, *rest = [project["id"] for project in api.data(api.v2("projects/"))]
    assert rest
    found = {job["project_id"] for job in api.data(api.v2("jobs/"), project_id__in=json.dumps([first]))}
    assert found == {first}


@pytest.mark.reference("§1.5")
@pytest.mark.parametrize("form", ["trigger,job", '["trigger","job"]', "[trigger,job]"])
def test_include_related_comes_in_three_forms(api: Api, finished_run: int, form: str) -> None:
    run = api.run(finished_run, include_related=form)
    assert run["trigger"]["cause"]
    assert run["job"]["name"]
    assert run["environment"] is None


@pytest.mark.reference("§1.5")
@pytest.mark.parametrize(
    ("state", "seen"), [(None, False), ("1", False), ("active", False), ("2", True), ("deleted", True), ("all", True)]
)
def test_the_deleted_are_hidden_unless_asked_for(api: Api, state: str | None, seen: bool) -> None:
    gone = api.create_notification(type=4, external_email=f"gone-{state}@acme.example")
    assert api.delete(api.v2(f"notifications/{gone['id']}/")).status_code == 204
    params = {} if state is None else {"state": state}
    rows = api.data(api.v2("notifications/"), external_email=f"gone-{state}@acme.example", **params)
    assert ([row["id"] for row in rows] == [gone["id"]]) is seen


@pytest.mark.reference("§1.5")
def test_asking_for_the_deleted_leaves_out_the_active(api: Api) -> None:
    assert {row["state"] for row in api.data(api.v2("jobs/"), state="deleted")} <= {2}
    assert {row["state"] for row in api.data(api.v2("jobs/"))} == {1}


@pytest.mark.reference("§1.5")
def test_a_webhook_page_is_ten_long_by_default(api: Api) -> None:
    for number in range(12):
        api.create_webhook(name=f"page {number}")
    answer = ok(api.get(api.v3("webhooks/subscriptions")))
    assert len(answer["data"]) == 10
    assert answer["extra"]["filters"] == {"limit": 10, "offset": 0}
    rest = ok(api.get(api.v3("webhooks/subscriptions"), limit=100, offset=10))
    ids = [row["id"] for row in answer["data"] + rest["data"]]
    assert len(set(ids)) == len(ids) == answer["extra"]["pagination"]["total_count"]


@pytest.mark.reference("§1.6")
def test_webhook_envelopes_are_terser(api: Api) -> None:
    webhook = api.create_webhook()
    answer = ok(api.get(api.v3("webhooks/subscriptions"), limit=1))
    assert answer["status"] == {"code": 200}
    assert answer["extra"].keys() == {"pagination", "filters"}
    assert answer["extra"]["pagination"].keys() == {"count", "total_count"}
    assert answer["extra"]["filters"] == {"limit": 1, "offset": 0}
    assert ok(api.get(api.v3(f"webhooks/subscription/{webhook['id']}")))["status"] == {"code": 200}


@pytest.mark.reference("§1.6")
@pytest.mark.parametrize("path", ["jobs/", "notifications/", "runs/"])
@pytest.mark.parametrize(
    "query", ["limit=abc", "limit=-1", "offset=-5", "limit=0", "state=nonsense", "pk=x", "order_by=nonsense"]
)
def test_nonsense_in_a_query_never_breaks_the_server(api: Api, path: str, query: str) -> None:
    assert api.raw.get(f"{api.v2(path)}?{query}").status_code < 500


@pytest.mark.reference("§4.3")
def test_the_token_list_holds_the_deleted_too_unless_asked_for_active(api: Api) -> None:
    every = ok(api.get(api.v3("service-tokens/")))["data"]
    active = ok(api.get(api.v3("service-tokens/"), state=1))["data"]
    assert {row["state"] for row in active} == {1}
    assert len(every) >= len(active)
    assert not any("token_string" in row or "token" in row for row in every)
