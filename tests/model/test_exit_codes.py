"""What an apply tells CI by its exit code, and which code wins when there are several (design §7)."""

from __future__ import annotations

from itertools import pairwise

import pytest

from reconciler.errors import ExitCode, worst
from reconciler.model.actions import AddEdge, Cause
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.ledger import Claim
from reconciler.model.outcome import Outcome
from reconciler.model.report import ActionResult, ActionState, ApplyReport, Stop, StopReason

EDGE = Edge(RecipientKey.user(1), Outcome.FAILURE, 101)
CLAIM = Claim(edge=EDGE, project_id=1, environment_id=11, team="default", channel="maria")


def result(state: ActionState) -> ActionResult:
    return ActionResult(action=AddEdge(claim=CLAIM, cause=Cause.POLICY), state=state)


def report(*states: ActionState, blocked: int = 0) -> ApplyReport:
    return ApplyReport(results=tuple(result(state) for state in states), blocked=blocked)


def stopped(reason: StopReason, *, wrote: bool) -> ApplyReport:
    withheld = (result(ActionState.WITHHELD),)
    return ApplyReport(results=withheld, stopped=Stop(reason=reason, message="why"), wrote=wrote)


def test_all_done_is_0_and_what_waits_for_a_flag_does_not_change_that() -> None:
    assert report().exit_code == 0
    assert report(ActionState.DONE, ActionState.DEFERRED).exit_code == 0


@pytest.mark.parametrize("state", [ActionState.FAILED, ActionState.WITHHELD])
def test_what_is_left_undone_is_6(state: ActionState) -> None:
    assert report(ActionState.DONE, state).exit_code == 6


def test_a_blocked_item_is_6_even_when_every_action_is_done() -> None:
    assert report(ActionState.DONE, blocked=1).exit_code == 6


@pytest.mark.parametrize("wrote", [False, True])
def test_an_interruption_is_130_and_a_foreign_loss_1(wrote: bool) -> None:
    assert stopped(StopReason.INTERRUPTED, wrote=wrote).exit_code == 130
    assert stopped(StopReason.FOREIGN_LOST, wrote=wrote).exit_code == 1


@pytest.mark.parametrize("reason", [StopReason.FAILURE, StopReason.LEDGER])
def test_a_failure_is_1_only_if_nothing_was_written(reason: StopReason) -> None:
    assert stopped(reason, wrote=False).exit_code == 1
    assert stopped(reason, wrote=True).exit_code == 6


def test_of_several_codes_the_first_of_the_designs_list_wins() -> None:
    order = [ExitCode(code) for code in (130, 64, 1, 3, 5, 4, 6, 2, 0)]
    assert set(order) == set(ExitCode)
    for stronger, weaker in pairwise(order):
        assert worst([weaker, stronger]) is worst([stronger, weaker]) is stronger
    assert worst([]) is ExitCode.SUCCESS
