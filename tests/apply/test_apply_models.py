"""Model notifications applied: verified, killed at any point, reverted after a crash, and what the ledger then says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.model_notifications import (
    ModelNotificationRule,
    ModelNotifications,
    ModelOutcome,
    ModelUnanswered,
)
from reconciler.model.policy import Policy
from reconciler.plan.intent import Intent
from tests.apply.apply_lab import Lab, account
from tests.builders import at, policy
from tests.doubles import Killed, Trips, dies, in_doubt

SUCCESS, WARNING, FAILURE, SKIPPED = ModelOutcome
PRODUCTION = 11
Outcomes = frozenset[ModelOutcome]
SETS = st.frozensets(st.sampled_from(list(ModelOutcome)))


def declares(*on: ModelOutcome) -> Policy:
    rule = ModelNotificationRule(at=at(), team="default", environment="Production", on=frozenset(on))
    return replace(policy(), model_notifications=(rule,) if on else ())


def told(lab: Lab) -> Outcomes:
    live = lab.cloud.models.get(PRODUCTION, ModelNotifications(environment_id=PRODUCTION))
    assert isinstance(live, ModelNotifications)
    return live.told


def by_hand(lab: Lab, outcomes: Outcomes) -> None:
    lab.cloud.models[PRODUCTION] = ModelNotifications(
        environment_id=PRODUCTION, enabled=bool(outcomes), selected=outcomes
    )


def test_what_is_applied_is_recorded_with_what_was_there_before() -> None:
    lab = Lab(cloud=account())
    by_hand(lab, frozenset({SUCCESS}))
    assert lab.apply(declares(FAILURE)).exit_code == 0
    claim = lab.store.ledger.models[PRODUCTION]
    assert (claim.on, claim.found, claim.pending) == ({FAILURE}, {SUCCESS}, frozenset())
    assert claim.applied == {FAILURE: True, WARNING: False, SKIPPED: False}


def test_the_intent_is_announced_before_the_write() -> None:
    lab = Lab(cloud=account())
    lab.arm(Trips(before={("switch_models", 1): dies}))
    with pytest.raises(Killed):
        lab.apply(declares(FAILURE))
    claim = lab.store.ledger.models[PRODUCTION]
    assert (claim.applied, claim.pending) == ({}, {FAILURE})


def test_a_write_that_does_not_hold_is_no_success() -> None:
    lab = Lab(cloud=account())
    lab.arm(Trips(after={("switch_models", 0): lambda: by_hand(lab, frozenset())}))
    report = lab.apply(declares(FAILURE))
    assert report.exit_code == 6
    assert "re-reading does not show it" in report.failed[0].message
    assert lab.store.ledger.models[PRODUCTION].on == frozenset(), "not claimed before it is verified"


def test_an_answer_that_was_lost_is_looked_up() -> None:
    lab = Lab(cloud=account())
    lab.arm(Trips(after={("switch_models", 1): in_doubt}))
    assert lab.apply(declares(FAILURE)).exit_code == 0
    assert lab.cloud.calls("switch_models") == 1, "it had happened, so it is not sent again"


def test_an_environment_that_closes_meanwhile_fails_with_its_next_step() -> None:
    lab = Lab(cloud=account())
    plan = lab.plan(declares(FAILURE))
    lab.cloud.models[PRODUCTION] = ModelUnanswered(environment_id=PRODUCTION, why="403", next_step="give it more")
    report = lab.run(plan)
    assert (report.exit_code, report.failed[0].next_step) == (6, "give it more")


def test_a_failed_start_withholds_every_stop() -> None:
    lab = Lab(cloud=account())
    lab.apply(declares(FAILURE))
    lab.arm(Trips(before={("switch_models", 0): in_doubt}))
    report = lab.apply(declares(SKIPPED))
    assert [result.message for result in report.withheld] == ["an addition failed"]
    assert told(lab) == {FAILURE}


def test_additions_only_keeps_the_claim_on_what_it_does_not_stop() -> None:
    lab = Lab(cloud=account())
    lab.apply(declares(FAILURE))
    lab.apply(declares(SKIPPED), intent=Intent(additions_only=True))
    assert told(lab) == {FAILURE, SKIPPED}
    assert lab.store.ledger.models[PRODUCTION].on == {FAILURE, SKIPPED}, "still ours: the next full apply stops it"
    lab.apply(declares(SKIPPED))
    assert told(lab) == {SKIPPED}


def test_a_dropped_environment_leaves_the_ledger_when_it_is_done() -> None:
    lab = Lab(cloud=account())
    lab.apply(declares(FAILURE))
    assert lab.apply(declares()).exit_code == 0
    assert lab.store.ledger.models == {}


# --- wherever it dies -------------------------------------------------------------------------------------------------
def killed_at(lab: Lab, wanted: Policy, call: int) -> None:
    lab.arm(Trips(before={("any", call): dies}))
    try:
        lab.apply(wanted)
    except Killed:
        pass
    finally:
        lab.arm(Trips())


@pytest.mark.parametrize("last", [frozenset[ModelOutcome](), frozenset({SKIPPED})])
def test_killed_at_any_call_and_reverted_nothing_of_ours_stays_on(last: Outcomes) -> None:
    switched = 0
    for call in range(1, 12):
        lab = Lab(cloud=account())
        by_hand(lab, frozenset({SUCCESS}))
        killed_at(lab, declares(FAILURE), call)
        switched += FAILURE in told(lab)
        lab.apply(declares(*last))
        assert told(lab) == {SUCCESS} | last, f"killed before call {call}"
    assert 0 < switched < 11, "some runs died before the write, and some after it"


@given(before=SETS, first=SETS, second=SETS, third=SETS, call=st.integers(1, 14), after=st.booleans())
def test_a_killed_run_converges_also_when_the_change_was_reverted(
    *, before: Outcomes, first: Outcomes, second: Outcomes, third: Outcomes, call: int, after: bool
) -> None:
    """What was on before us stays on unless the policy once claimed it; what the policy wants is on; nothing else."""
    lab = Lab(cloud=account())
    by_hand(lab, before)
    lab.apply(declares(*first))
    killed_at(lab, declares(*second), call)
    last = declares(*(first if after else third))
    lab.apply(last)
    wanted = first if after else third
    assert wanted <= told(lab)
    assert told(lab) - wanted <= before, "nothing of ours is left on"
    assert (before - first - second) - wanted <= told(lab), "what we never declared is never taken"
    assert not lab.plan(last).differs


@given(before=SETS, first=SETS, edited=SETS)
def test_drift_is_left_until_it_is_asked_for_and_then_the_plan_is_empty(
    before: Outcomes, first: Outcomes, edited: Outcomes
) -> None:
    lab = Lab(cloud=account())
    by_hand(lab, before)
    lab.apply(declares(*first))
    by_hand(lab, edited)
    lab.apply(declares(*first))
    assert told(lab) == edited
    lab.apply(declares(*first), intent=Intent(repair_drift=True))
    assert first <= told(lab)
    assert not lab.plan(declares(*first), intent=Intent(repair_drift=True)).differs
