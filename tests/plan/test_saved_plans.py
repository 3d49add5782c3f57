"""A saved plan held against today's: what may wait, what refuses, and what is not a plan at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciler.errors import StalePlan
from reconciler.model.actions import Action, AddEdge, Cause, ChangeRecipient, RemovalReason, RemoveEdge, SettingChange
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Names, Plan
from reconciler.plan.document import digest_of, plan_document
from reconciler.plan.saved import SavedPlan, compare
from reconciler.plan.wording import describe
from tests.builders import claim

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
KEY = RecipientKey.user(1)


def add(job_id: int, *, cause: Cause = Cause.POLICY) -> AddEdge:
    return AddEdge(claim=claim(Edge(KEY, Outcome.FAILURE, job_id)), cause=cause)


def remove(job_id: int) -> RemoveEdge:
    return RemoveEdge(claim=claim(Edge(KEY, Outcome.FAILURE, job_id)), reason=RemovalReason.UNWANTED)


def setting(after: str, *, cause: Cause = Cause.POLICY) -> ChangeRecipient:
    change = SettingChange(name="slack_channel_name", before="#old", after=after)
    return ChangeRecipient(key=KEY, team="t", channel="c", changes=(change,), cause=cause)


def plan(*actions: Action) -> Plan:
    return Plan(
        host="ab123.us1.dbt.com",
        account_id=1,
        manager="m",
        policy_digest="p",
        created_at=NOW.isoformat(),
        expires_at=(NOW + timedelta(days=7)).isoformat(),
        actions=actions,
    )


def saved(*actions: Action) -> SavedPlan:
    return SavedPlan.from_document(plan_document(plan(*actions)))


def test_the_same_plan_runs_whole() -> None:
    found = compare(saved(add(1), remove(2)), plan(add(1), remove(2)), at=NOW)
    assert (found.run, found.deferred) == ((add(1), remove(2)), ())


def test_what_is_already_done_is_no_longer_there_so_running_it_again_is_the_resume() -> None:
    found = compare(saved(add(1), remove(2)), plan(remove(2)), at=NOW)
    assert found.run == (remove(2),)


def test_an_extra_addition_waits_for_the_next_plan() -> None:
    found = compare(saved(add(1)), plan(add(1), add(2)), at=NOW)
    assert (found.run, found.deferred) == ((add(1),), (add(2),))


@pytest.mark.parametrize("extra", [remove(3), setting("#new")])
def test_an_extra_removal_or_changed_setting_refuses_and_is_named(extra: Action) -> None:
    with pytest.raises(StalePlan) as refused:
        compare(saved(add(1)), plan(add(1), extra), at=NOW)
    assert describe(extra, Names()) in refused.value.message
    assert describe(add(1), Names()) not in refused.value.message


def test_a_setting_that_would_become_something_else_than_reviewed_refuses() -> None:
    with pytest.raises(StalePlan):
        compare(saved(setting("#a")), plan(setting("#b")), at=NOW)


def test_drift_never_makes_a_plan_stale() -> None:
    found = compare(saved(add(1)), plan(add(1), setting("#new", cause=Cause.DRIFT)), at=NOW)
    assert found.deferred == (setting("#new", cause=Cause.DRIFT),)


@pytest.mark.parametrize(
    ("changes", "named"),
    [({"host": "other"}, "host"), ({"account_id": 2}, "account"), ({"manager": "n"}, "manager")],
)
def test_a_plan_for_elsewhere_is_refused(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(StalePlan, match=named):
        compare(saved(add(1)), replace(plan(add(1)), **changes), at=NOW)


def test_an_old_plan_is_refused() -> None:
    with pytest.raises(StalePlan, match="expired"):
        compare(saved(add(1)), plan(add(1)), at=NOW + timedelta(days=7))


def test_an_altered_plan_is_refused() -> None:
    document = plan_document(plan(add(1)))
    document["actions"][0]["id"] = "remove user:1|failure|9"
    with pytest.raises(StalePlan, match="digest"):
        SavedPlan.from_document(document)


def test_a_plan_from_a_snapshot_is_for_reading_only() -> None:
    with pytest.raises(StalePlan, match="snapshot"):
        SavedPlan.from_document(plan_document(replace(plan(add(1)), from_snapshot=True)))


@pytest.mark.parametrize("junk", [None, 1, "x", [], {}, {"format": "9.0"}, {"format": "1.0"}])
def test_what_is_no_plan_of_ours_is_refused(junk: object) -> None:
    with pytest.raises(StalePlan):
        SavedPlan.from_document(junk)


def test_a_plan_with_a_right_digest_but_without_its_fields_is_refused() -> None:
    forged: dict[str, Any] = {"format": "1.0", "applyable": True}
    forged["digest"] = digest_of(forged)
    with pytest.raises(StalePlan):
        SavedPlan.from_document(forged)


def test_the_digest_does_not_depend_on_order_or_spacing() -> None:
    document = plan_document(plan(add(1), remove(2)))
    assert digest_of(dict(reversed(document.items()))) == document["digest"]
