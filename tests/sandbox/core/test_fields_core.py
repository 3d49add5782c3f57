import json
from typing import Any

import pytest

from reconciler.sandbox.envelope import REQUIRED, Refusal
from reconciler.sandbox.fields import accept, boolean, filled, integer, list_of, object_of, one_of, optional, required

FIELDS = (
    required("name", filled),
    required("count", integer),
    optional("ids", list_of(integer), default=[]),
    optional("kind", one_of(1, 2), default=1),
    optional("on", boolean, default=False),
    optional("deep", object_of(required("inner", object_of(required("leaf", integer))))),
)
GOOD: dict[str, Any] = {"name": "a", "count": 1}


def refused(body: dict[str, Any]) -> dict[str, Any]:
    with pytest.raises(Refusal) as caught:
        accept(body, FIELDS)
    assert caught.value.response.status_code == 400
    tree = json.loads(bytes(caught.value.response.body))["data"]
    assert isinstance(tree, dict)
    return tree


def test_what_is_left_out_gets_its_default_and_what_is_unknown_is_dropped() -> None:
    assert accept({**GOOD, "stranger": 1}, FIELDS) == {
        **GOOD,
        "ids": [],
        "kind": 1,
        "on": False,
        "deep": None,
    }


def test_a_default_list_is_fresh_each_time() -> None:
    accept(GOOD, FIELDS)["ids"].append(1)
    assert accept(GOOD, FIELDS)["ids"] == []


def test_null_means_left_out_where_it_is_allowed() -> None:
    assert accept({**GOOD, "ids": None}, FIELDS)["ids"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": 7}, "name"),
        ({"count": "1"}, "count"),
        ({"count": True}, "count"),
        ({"count": 1.5}, "count"),
        ({"count": 2**63}, "count"),
        ({"ids": 5}, "ids"),
        ({"ids": ["5"]}, "ids"),
        ({"kind": 3}, "kind"),
        ({"kind": True}, "kind"),
        ({"kind": []}, "kind"),
        ({"on": 1}, "on"),
        ({"deep": []}, "deep"),
    ],
)
def test_each_misfit_is_named(change: dict[str, Any], field: str) -> None:
    assert list(refused({**GOOD, **change})) == [field]


def test_all_problems_come_at_once_in_a_tree() -> None:
    assert refused({"deep": {"inner": {}}}) == {
        "name": REQUIRED,
        "count": REQUIRED,
        "deep": {"inner": {"leaf": REQUIRED}},
    }
