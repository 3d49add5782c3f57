"""Writing to a deleted notification: what dbt Cloud does is unknown, so the sandbox can be told: reference §2.6."""

import pytest

from reconciler.sandbox import Revival, SandboxOptions
from tests.contract.contract_api import PERMISSIONS, Api, Json, ok

pytestmark = [pytest.mark.contract, pytest.mark.reference("§2.6")]

ADDRESS = "revived@acme.example"


@pytest.fixture(scope="module")
def options(request: pytest.FixtureRequest) -> SandboxOptions:
    return SandboxOptions(clock_speed=0.0, revival=request.param)


@pytest.fixture
def deleted(api: Api) -> Json:
    made = api.create_notification(type=4, external_email=ADDRESS)
    assert api.delete(api.v2(f"notifications/{made['id']}/")).status_code == 204
    return made


def write(api: Api, row: Json, **fields: Json) -> Json:
    body = api.notification_body(type=4, external_email=ADDRESS, **fields)
    return api.post(api.v2(f"notifications/{row['id']}/"), body)


def listed(api: Api) -> list[tuple[int, int]]:
    rows = api.data(api.v2("notifications/"), state="all", external_email=ADDRESS)
    return [(row["id"], row["state"]) for row in rows]


@pytest.mark.parametrize("options", [Revival.REVIVE], indirect=True)
def test_it_may_come_back_as_it_is_written(api: Api, deleted: Json) -> None:
    answer = ok(write(api, deleted, on_failure=[7]))["data"]
    assert (answer["id"], answer["state"], answer["on_failure"]) == (deleted["id"], 1, [7])
    assert answer["created_at"] == deleted["created_at"]
    assert ok(api.get(api.v2(f"notifications/{deleted['id']}/")))["data"] == answer
    assert listed(api) == [(deleted["id"], 1)]


@pytest.mark.parametrize("options", [Revival.REVIVE], indirect=True)
def test_it_cannot_come_back_beside_its_successor(api: Api, deleted: Json) -> None:
    successor = api.create_notification(type=4, external_email=ADDRESS)
    assert write(api, deleted).status_code == 400
    assert listed(api) == [(deleted["id"], 2), (successor["id"], 1)]


@pytest.mark.parametrize("options", [Revival.REFUSE], indirect=True)
def test_it_may_be_refused_with_a_reason(api: Api, deleted: Json) -> None:
    answer = write(api, deleted, on_failure=[7])
    assert answer.status_code == 400
    assert answer.json()["data"].keys() == {"state"}
    assert listed(api) == [(deleted["id"], 2)]


@pytest.mark.parametrize("options", [Revival.MISSING], indirect=True)
def test_it_may_be_gone(api: Api, deleted: Json) -> None:
    answer = write(api, deleted, on_failure=[7])
    assert (answer.status_code, answer.json()["status"]["user_message"]) == (404, PERMISSIONS)
    assert listed(api) == [(deleted["id"], 2)]


@pytest.mark.parametrize("options", list(Revival), indirect=True)
def test_an_active_one_is_written_whatever_happens_to_deleted_ones(api: Api) -> None:
    made = api.create_notification(type=4, external_email=ADDRESS)
    assert ok(write(api, made, on_failure=[7]))["data"]["on_failure"] == [7]


@pytest.mark.parametrize("options", list(Revival), indirect=True)
def test_reading_a_deleted_one_is_404_always(api: Api, deleted: Json) -> None:
    assert api.get(api.v2(f"notifications/{deleted['id']}/")).status_code == 404
