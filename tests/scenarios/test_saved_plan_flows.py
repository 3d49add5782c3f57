"""`plan --out`, then `apply --plan`: what was reviewed is done, anything else refuses with 5 and writes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciler.plan.document import digest_of
from tests.scenarios.policies_lab import HEAD, tells
from tests.scenarios.process_lab import Done, Workplace

pytestmark = pytest.mark.slow

Document = dict[str, Any]


def _saved(place: Workplace, *more: str) -> Document:
    done = place.run("plan", "--out", "saved.json", "--json", *more)
    assert done.code == 0, done
    return dict(json.loads((place.folder / "saved.json").read_text(encoding="utf-8")))


def _apply(place: Workplace, *more: str) -> Done:
    place.sandbox.control.clear_log()
    return place.run("apply", "--plan", "saved.json", *more)


def _refused(place: Workplace, done: Done) -> None:
    assert done.code == 5, f"a plan that was not reviewed like this must refuse with 5\n{done}"
    assert place.sandbox.writes() == [], f"nothing may be written\n{done}"
    assert "plan" in done.err, f"it must say what to do next\n{done}"


def test_what_was_reviewed_is_done_and_the_next_plan_is_empty(place: Workplace) -> None:
    place.policy(tells("maria", "new-mail"))
    _saved(place)
    done = _apply(place, "--json")
    assert done.code == 0, done
    assert place.sandbox.writes(), "the saved plan had additions"
    again = place.run("plan", "--detailed-exitcode")
    assert again.code == 0, again


def test_the_same_saved_plan_twice_writes_nothing_the_second_time(place: Workplace) -> None:
    place.policy(tells("maria", "new-mail"))
    _saved(place)
    assert _apply(place).code == 0
    done = _apply(place)
    assert done.code == 0, done
    assert place.sandbox.writes() == [], f"everything was there already\n{done}"


def _sealed(document: Document) -> Document:
    """Give a changed plan its right digest, as somebody would who knows how it is made."""
    return {**document, "digest": digest_of(document)}


ALTERED: dict[str, Callable[[Document], object]] = {
    "forged": lambda document: {**document, "actions": []},
    "expired": lambda document: _sealed(
        {**document, "expires_at": (datetime.now(UTC) - timedelta(minutes=1)).isoformat()}
    ),
    "another host": lambda document: _sealed({**document, "host": "ab123.us1.dbt.com"}),
    "another account": lambda document: _sealed({**document, "account_id": 4711}),
    "another manager": lambda document: _sealed({**document, "manager": "somebody-else"}),
    "from a snapshot": lambda document: _sealed({**document, "applyable": False}),
    "a newer format": lambda document: _sealed({**document, "format": "2.0"}),
    "no plan": lambda _: {"hello": "world"},
    "a list": lambda _: [1, 2, 3],
    "an expiry that is no time": lambda document: _sealed({**document, "expires_at": "tomorrow"}),
    "an expiry without a zone": lambda document: _sealed({**document, "expires_at": "2999-01-01T00:00:00"}),
    "actions that are none": lambda document: _sealed({**document, "actions": "all of them"}),
}


@pytest.mark.parametrize("alter", ALTERED.values(), ids=ALTERED.keys())
def test_an_altered_plan_refuses(place: Workplace, alter: Callable[[Document], object]) -> None:
    place.policy(tells("maria"))
    altered = alter(_saved(place))
    (place.folder / "saved.json").write_text(json.dumps(altered), encoding="utf-8")
    _refused(place, _apply(place))


def test_a_plan_from_a_snapshot_is_for_reading_only(place: Workplace) -> None:
    place.policy(tells("maria"))
    assert place.run("snapshot", "--out", "live.json").code == 0
    _saved(place, "--live", "live.json")
    _refused(place, _apply(place))


def test_a_removal_that_nobody_reviewed_refuses_and_is_named(place: Workplace) -> None:
    place.policy(tells("maria", "priya", jobs="{project: Growth, name: Docs}"))
    assert place.run("apply").code == 0
    _saved(place)
    place.policy(tells("maria", jobs="{project: Growth, name: Docs}"))
    done = _apply(place)
    _refused(place, done)
    assert "priya@acme.example" in done.err, f"the extra removal must be printed\n{done}"


def test_an_addition_that_nobody_reviewed_waits(place: Workplace) -> None:
    place.policy(tells("maria", jobs="{project: Growth, name: Docs}"))
    _saved(place)
    place.policy(tells("maria", "priya", jobs="{project: Growth, name: Docs}"))
    done = _apply(place, "--json")
    assert done.code == 0, done
    assert len(done.json["not_in_saved_plan"]) == 1, f"one addition waits for the next plan\n{done}"
    assert place.run("plan", "--detailed-exitcode").code == 2, "the addition is still to come"


def test_expect_takes_the_digest_of_the_plan_or_of_the_policy_and_no_other(place: Workplace) -> None:
    place.policy(tells("maria"))
    document = _saved(place)
    for digest in (document["digest"], document["policy_digest"]):
        done = _apply(place, "--expect", digest)
        assert done.code == 0, f"{digest} is the right one\n{done}"
    _refused(place, _apply(place, "--expect", "sha256:" + "0" * 64))
    place.sandbox.control.clear_log()
    done = place.run("apply", "--expect", document["policy_digest"])
    assert done.code == 0, f"without a saved plan the policy's digest counts\n{done}"


def test_an_allowance_with_another_number_refuses_and_writes_nothing(place: Workplace) -> None:
    place.policy(tells("priya", jobs="{project: Growth}", on="success, cancelled"))
    assert place.run("apply").code == 0
    place.policy(HEAD)
    plan = place.run("plan", "--json")
    assert plan.code == 4, plan
    asked = [guard["allow"] for guard in plan.json["guards"]]
    assert {each.partition("=")[0] for each in asked} == {"prune", "empty-team"}, plan
    exact = int(next(each for each in asked if each.startswith("prune=")).partition("=")[2])
    place.sandbox.control.clear_log()
    for number in (exact - 1, exact + 1, 0, 999):
        done = place.run("apply", "--allow", f"prune={number}", "--allow", "empty-team=default")
        assert done.code == 4, f"prune={number} is not {exact}\n{done}"
    done = place.run("apply", "--allow", f"prune={exact}")
    assert done.code == 4, f"every guard wants its own allowance\n{done}"
    assert place.sandbox.writes() == [], "a refused apply writes nothing"
    done = place.run("apply", *[word for each in asked for word in ("--allow", each)])
    assert done.code == 0, done
    used = json.loads(place.ledger.read_text(encoding="utf-8"))["log"][-1]["allowed"]
    assert set(used) == {"prune", "empty-team"}, f"used allowances are recorded in the ledger: {used}"
