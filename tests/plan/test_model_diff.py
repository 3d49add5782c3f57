"""Model notifications in the plan: what is added, adopted, taken back, left alone, and who contradicts whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from reconciler.model.actions import (
    AdoptModels,
    Cause,
    ForgetModels,
    ModelAction,
    OfModels,
    ReleaseModels,
    StartModels,
    StopModels,
)
from reconciler.model.inventory import Environment, Inventory
from reconciler.model.ledger import Ledger, Others
from reconciler.model.model_notifications import (
    ModelAnswer,
    ModelClaim,
    ModelNotificationRule,
    ModelNotifications,
    ModelOutcome,
    ModelRelease,
    ModelUnanswered,
)
from reconciler.model.plan import GuardName, Plan
from reconciler.model.policy import Policy, Scope
from reconciler.model.selector import NamePattern
from reconciler.plan.build import build_plan
from reconciler.plan.desire import desire
from reconciler.plan.intent import Intent
from tests.builders import ACCOUNT_ID, HOST, at, environment, inventory, job, policy, project, selector

SUCCESS, WARNING, FAILURE, SKIPPED = ModelOutcome
PRODUCTION = 11


def rule(
    *on: ModelOutcome, environment: str = "Production", project: str | None = None, team: str = "default"
) -> ModelNotificationRule:
    return ModelNotificationRule(at=at(), team=team, environment=environment, project=project, on=frozenset(on))


def declares(
    *rules: ModelNotificationRule, releases: Iterable[ModelRelease] = (), scope: Scope | None = None
) -> Policy:
    return replace(policy(scope=scope), model_notifications=rules, model_releases=tuple(releases))


def claim(
    *on: ModelOutcome,
    off: Iterable[ModelOutcome] = (),
    pending: Iterable[ModelOutcome] = (),
    found: Iterable[ModelOutcome] = (),
    environment_id: int = PRODUCTION,
) -> ModelClaim:
    applied = dict.fromkeys(on, True) | dict.fromkeys(off, False)
    return ModelClaim(
        environment_id=environment_id,
        project_id=1,
        team="default",
        applied=applied,
        pending=frozenset(pending),
        found=frozenset(found),
        at="policies/a.yml:3:1",
    )


def ledger(*claims: ModelClaim, manager: str = "acme-data-alerts") -> Ledger:
    models = {each.environment_id: each for each in claims}
    return Ledger(host=HOST, account_id=ACCOUNT_ID, manager=manager, generation=1, models=models)


def live(*told: ModelOutcome, enabled: bool = True) -> ModelNotifications:
    return ModelNotifications(environment_id=PRODUCTION, enabled=enabled, selected=frozenset(told))


def plan(
    wanted: Policy,
    answer: ModelAnswer | None = None,
    owned: Ledger | None = None,
    *,
    others: tuple[Ledger, ...] = (),
    account: Inventory | None = None,
    intent: Intent | None = None,
) -> Plan:
    there = account or inventory()
    if answer is not None:
        there = replace(there, models={answer.environment_id: answer})
    return build_plan(
        desired=desire(wanted, there),
        inventory=there,
        ledger=owned or ledger(),
        intent=intent or Intent(repair_drift=True),
        others=Others(ledgers=others, shared=True),
    )


def done(found: Plan) -> set[tuple[type[ModelAction], ModelOutcome | None]]:
    actions = [action for action in found.actions if isinstance(action, OfModels)]
    return {(type(action), getattr(action, "outcome", None)) for action in actions}


def causes(found: Plan) -> set[Cause]:
    return {action.cause for action in found.actions if isinstance(action, StartModels | StopModels)}


# --- declared ---------------------------------------------------------------------------------------------------------
def test_what_is_wanted_and_off_starts() -> None:
    found = plan(declares(rule(FAILURE, SKIPPED)), live())
    assert done(found) == {(StartModels, FAILURE), (StartModels, SKIPPED)}
    assert causes(found) == {Cause.POLICY}


def test_selected_while_switched_off_is_off() -> None:
    assert done(plan(declares(rule(FAILURE)), live(FAILURE, enabled=False))) == {(StartModels, FAILURE)}


def test_what_is_wanted_and_on_is_adopted() -> None:
    found = plan(declares(rule(FAILURE)), live(FAILURE))
    assert done(found) == {(AdoptModels, FAILURE)}
    assert found.models[PRODUCTION].found == {FAILURE}


def test_without_a_claim_nothing_is_taken() -> None:
    found = plan(declares(rule(FAILURE)), live(FAILURE, SUCCESS))
    assert (StopModels, SUCCESS) not in done(found)
    assert SUCCESS not in found.models[PRODUCTION].applied, "what is not ours is not claimed either"


def test_what_we_switched_on_and_the_policy_dropped_stops() -> None:
    found = plan(declares(rule(FAILURE)), live(FAILURE, SKIPPED), ledger(claim(FAILURE, SKIPPED)))
    assert done(found) == {(StopModels, SKIPPED)}
    assert causes(found) == {Cause.POLICY}


def test_what_somebody_switched_off_is_drift() -> None:
    found = plan(declares(rule(FAILURE)), live(), ledger(claim(FAILURE, off=(SUCCESS, WARNING, SKIPPED))))
    assert done(found) == {(StartModels, FAILURE)}
    assert causes(found) == {Cause.DRIFT}


def test_what_somebody_switched_on_is_drift() -> None:
    found = plan(declares(rule(FAILURE)), live(FAILURE, SUCCESS), ledger(claim(FAILURE, off=(SUCCESS,))))
    assert done(found) == {(StopModels, SUCCESS)}
    assert causes(found) == {Cause.DRIFT}


def test_a_wish_that_is_new_is_policy_also_where_we_had_kept_it_off() -> None:
    found = plan(declares(rule(FAILURE, SUCCESS)), live(FAILURE), ledger(claim(FAILURE, off=(SUCCESS,))))
    assert causes(found) == {Cause.POLICY}


def test_nothing_differs_when_all_is_as_it_was_left() -> None:
    found = plan(declares(rule(FAILURE)), live(FAILURE), ledger(claim(FAILURE, off=(SUCCESS, WARNING, SKIPPED))))
    assert not found.differs


def test_a_pending_outcome_is_ours_once_it_is_on() -> None:
    assert not plan(declares(rule(FAILURE)), live(FAILURE), ledger(claim(pending=(FAILURE,)))).differs
    dropped = plan(declares(rule(SKIPPED)), live(FAILURE, SKIPPED), ledger(claim(SKIPPED, pending=(FAILURE,))))
    assert (done(dropped), causes(dropped)) == ({(StopModels, FAILURE)}, {Cause.POLICY})


# --- dropped ----------------------------------------------------------------------------------------------------------
def test_a_dropped_declaration_takes_back_what_is_ours_only() -> None:
    found = plan(declares(), live(FAILURE, SUCCESS), ledger(claim(FAILURE, off=(SUCCESS,))))
    assert done(found) == {(StopModels, FAILURE)}


def test_a_dropped_declaration_of_which_nothing_is_on_is_forgotten() -> None:
    assert done(plan(declares(), live(SUCCESS), ledger(claim(FAILURE)))) == {(ForgetModels, None)}


def test_a_deleted_environment_is_forgotten() -> None:
    gone = inventory(environments=[replace(environment(), deleted=True)])
    assert done(plan(declares(), None, ledger(claim(FAILURE)), account=gone)) == {(ForgetModels, None)}


def test_an_invisible_environment_is_kept() -> None:
    found = plan(declares(), None, ledger(claim(FAILURE)), account=inventory(environments=[]))
    assert done(found) == set()
    assert any("it is in no list: kept" in note for note in found.notes)


def test_a_release_leaves_it_as_it_is() -> None:
    given_up = declares(releases=[ModelRelease(team="default", environment="Production", project="Finance")])
    assert done(plan(given_up, live(FAILURE), ledger(claim(FAILURE)))) == {(ReleaseModels, None)}
    elsewhere = declares(releases=[ModelRelease(team="default", environment="Production", project="Growth")])
    assert done(plan(elsewhere, live(FAILURE), ledger(claim(FAILURE)))) == {(StopModels, FAILURE)}


def test_another_manager_that_declares_it_takes_it_over() -> None:
    theirs = ledger(claim(FAILURE), manager="platform")
    assert done(plan(declares(), live(FAILURE), ledger(claim(FAILURE)), others=(theirs,))) == {(ReleaseModels, None)}


# --- not answered -----------------------------------------------------------------------------------------------------
def test_an_environment_that_is_not_answered_is_blocked_and_nothing_else() -> None:
    unknown = ModelUnanswered(environment_id=PRODUCTION, why="GET answered 403", next_step="give the token more")
    found = plan(declares(rule(FAILURE)), unknown, ledger(claim(SKIPPED)))
    assert done(found) == set()
    assert [(each.what, each.next_step) for each in found.blocked] == [
        ("model notifications of Production of Finance: GET answered 403", "give the token more")
    ]
    assert PRODUCTION not in found.models, "its claim stays as it is"


def test_a_dropped_one_that_is_not_answered_is_blocked_too() -> None:
    unknown = ModelUnanswered(environment_id=PRODUCTION, why="GET answered 403", next_step="give the token more")
    assert plan(declares(), unknown, ledger(claim(FAILURE))).blocked


def test_a_name_that_live_does_not_know_keeps_what_its_team_has() -> None:
    found = plan(declares(rule(FAILURE, environment="Produktion")), live(FAILURE), ledger(claim(FAILURE)))
    assert done(found) == set()
    assert "names environment Produktion, which live does not show" in found.blocked[0].what


def test_a_development_environment_is_no_place_for_them() -> None:
    develop = Environment(id=PRODUCTION, project_id=1, name="Production", type="development", deployment_type=None)
    found = plan(declares(rule(FAILURE)), account=inventory(environments=[develop]))
    assert "is for development" in found.blocked[0].what


# --- which environments -----------------------------------------------------------------------------------------------
TWO = inventory(
    projects=[project(), project(id=2, name="Growth")],
    environments=[environment(), environment(id=12, project_id=2)],
    jobs=[job(), job(id=201, project_id=2, environment_id=12)],
)
BOTH_LIVE = replace(TWO, models={PRODUCTION: live(), 12: ModelNotifications(environment_id=12)})


def started(found: Plan) -> set[int]:
    return {action.environment_id for action in found.actions if isinstance(action, StartModels)}


def test_without_a_project_every_environment_so_called_is_meant() -> None:
    assert started(plan(declares(rule(FAILURE)), account=BOTH_LIVE)) == {11, 12}


def test_with_a_project_one_is_meant() -> None:
    assert started(plan(declares(rule(FAILURE, project="Growth")), account=BOTH_LIVE)) == {12}


@pytest.mark.parametrize(
    ("scope", "inside"),
    [
        (Scope(projects=("Growth",)), {12}),
        (Scope(environments=("Staging",)), set()),
        (Scope(jobs=selector(projects=["Finance"])), {11}),
        (Scope(jobs=selector(names=["No such job"])), set()),
        (Scope(recipients=(NamePattern("*@acme.example"),)), set()),
    ],
)
def test_scope_bounds_environments_as_a_whole(scope: Scope, inside: set[int]) -> None:
    assert started(plan(declares(rule(FAILURE), scope=scope), account=BOTH_LIVE)) == inside


def test_outside_scope_nothing_is_taken_back() -> None:
    found = plan(declares(scope=Scope(projects=("Growth",))), live(FAILURE), ledger(claim(FAILURE)))
    assert done(found) == set()


def test_two_sets_of_outcomes_for_one_environment_are_a_problem() -> None:
    first, second = rule(FAILURE), rule(SKIPPED, project="Finance", team="growth")
    (problem,) = desire(declares(first, second), inventory()).problems
    assert {problem.at, *problem.also_at} == {first.at, second.at}


def test_two_teams_that_want_the_same_are_none() -> None:
    wanted = declares(rule(FAILURE), rule(FAILURE, team="growth"))
    assert desire(wanted, inventory()).problems == ()
    assert done(plan(wanted, live())) == {(StartModels, FAILURE)}


# --- guards -----------------------------------------------------------------------------------------------------------
def findings(found: Plan) -> dict[GuardName, str]:
    return {finding.guard: " ".join((finding.message, *finding.items)) for finding in found.guards}


def test_two_managers_that_differ_are_named_with_both_places() -> None:
    theirs = ledger(claim(SUCCESS, off=(FAILURE,)), manager="platform")
    wanted = rule(FAILURE)
    said = findings(plan(declares(wanted), live(SUCCESS), others=(theirs,)))[GuardName.CONFLICT]
    assert (
        f"Production of Finance: failure ({wanted.at}), and success for manager platform (policies/a.yml:3:1)" in said
    )
    assert "release:" in said


def test_two_managers_that_agree_are_no_conflict() -> None:
    theirs = ledger(claim(FAILURE, off=(SUCCESS,)), manager="platform")
    assert GuardName.CONFLICT not in findings(plan(declares(rule(FAILURE)), live(FAILURE), others=(theirs,)))


def test_taking_back_many_is_guarded_like_edges() -> None:
    numbers = range(11, 16)
    account = inventory(environments=[environment(id=number) for number in numbers])
    there = {n: ModelNotifications(environment_id=n, enabled=True, selected=frozenset({FAILURE})) for n in numbers}
    owned = ledger(*(claim(FAILURE, environment_id=number) for number in numbers))
    found = plan(declares(), None, owned, account=replace(account, models=there))
    assert {GuardName.PRUNE, GuardName.EMPTY_TEAM} <= findings(found).keys()
    assert next(each.allow for each in found.guards if each.guard is GuardName.PRUNE) == "prune=5"
    allowed = plan(declares(), None, owned, account=replace(account, models=there), intent=Intent(additions_only=True))
    assert not allowed.guards, "what does not run is not judged"
    assert {type(left.action) for left in allowed.left} == {StopModels}
