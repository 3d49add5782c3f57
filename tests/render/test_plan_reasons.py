"""What a plan says of what it leaves, hands over, protects and refuses: each with the reason that is true of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.model.outcome import Outcome
from reconciler.model.plan import GuardFinding, GuardName, Plan
from reconciler.model.policy import Policy
from reconciler.plan.document import plan_document
from reconciler.plan.guards import refusal
from reconciler.plan.intent import Intent
from reconciler.plan.saved import SavedPlan
from reconciler.render.terminal import plan_text
from tests.apply.apply_lab import Lab, account
from tests.builders import dbt_slack, dbt_user, notification, policy, selector
from tests.property.managers_lab import Company

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
DRIFT, TAKES = "Left for another run: drift", "Left for another run: it takes something away"
WAITS, REFUSED = "Not in the saved plan: waits", "Not in the saved plan: refused"


def tells(*jobs: int, protect: bool | None = None, manager: str = "acme-data-alerts") -> Policy:
    wanted = [notification(jobs=selector(ids=jobs))] if jobs else []
    channel = dbt_user() if protect is None else dbt_user(protect=protect)
    return policy(channels=[channel], notifications=wanted, manager=manager)


def applied(wanted: Policy) -> Lab:
    made = Lab(cloud=account())
    assert made.apply(wanted).exit_code == 0
    return made


def saved(plan: Plan) -> SavedPlan:
    stamped = replace(plan, created_at=AT.isoformat(), expires_at=(AT + timedelta(days=7)).isoformat())
    return SavedPlan.from_document(plan_document(stamped))


def below(title: str, plan: Plan) -> list[str]:
    """Return the lines of one section, without its title."""
    text = plan_text(plan)
    if f"\n{title}\n" not in text:
        return []
    return [line.strip() for line in text.split(f"\n{title}\n")[1].split("\n\n")[0].splitlines()]


def test_drift_is_left_because_it_is_drift_and_for_no_other_reason() -> None:
    made = applied(tells(101))
    made.cloud.edit(next(iter(made.cloud.rows)), {})
    left = made.plan(tells(101))
    assert below(DRIFT, left)[0] == "`apply --repair-drift` puts it back."
    assert "--additions-only" not in plan_text(left)


def test_what_takes_away_is_left_by_additions_only_and_not_called_drift() -> None:
    left = applied(tells(101, 102)).plan(tells(101), intent=Intent(additions_only=True))
    assert below(TAKES, left)[1].startswith("- maria@acme.example  failure  Job 102")
    assert "--repair-drift" not in plan_text(left)


def test_what_a_saved_plan_does_not_have_waits_or_refuses_it() -> None:
    made = applied(tells(101, 102))
    reviewed = Intent(saved=saved(made.plan(tells(101, 102, 103))))
    now = made.plan(tells(101, 103, 104), intent=reviewed)
    assert [line.split()[-1] for line in below(WAITS, now)[1:]] == ["104"]
    assert [line.split()[-1] for line in below(REFUSED, now)[1:]] == ["102"]
    assert below("Who starts being told", now) == ["+ maria@acme.example  failure  Job 103"]
    assert "others left alone, 2 not in the saved plan.\n" in plan_text(now)
    assert "--repair-drift" not in plan_text(now)
    assert "--additions-only" not in plan_text(now)


def test_an_adoption_that_waits_is_not_said_to_be_done() -> None:
    made = applied(tells(101))
    reviewed = Intent(saved=saved(made.plan(tells(101))))
    made.cloud.edit(next(iter(made.cloud.rows)), {Outcome.FAILURE: [101, 102]})
    now = made.plan(tells(101, 102), intent=reviewed)
    assert below("In the ledger only", now) == []
    assert below(WAITS, now)[1:] == ["= maria@acme.example  failure  Job 102  (already told, from now on ours)"]


def test_a_hand_over_names_the_other_manager_on_both_sides() -> None:
    made = Company(cloud=account())
    made.apply(tells(101, manager="growth"))
    takes = made.plan(tells(101, manager="finance")).plan
    assert below("In the ledger only", takes)[1:] == [
        "= maria@acme.example  failure  Job 101  (growth has it; from now on ours too)"
    ]
    made.apply(tells(101, manager="finance"))
    gives = made.plan(tells(manager="growth")).plan
    assert below("In the ledger only", gives)[1:] == ["= maria@acme.example  failure  Job 101  (stays: finance has it)"]


def test_what_is_protected_is_named_and_refused_and_that_is_not_called_no_changes() -> None:
    plan = applied(tells(101, protect=True)).plan(tells(protect=True))
    text = plan_text(plan)
    assert "  maria@acme.example, failure of Job 101\n" in text
    assert "(protected: apply `protect: false` first, then the next plan removes it)" in text
    assert "Nothing to do, and refused." in text
    assert "No changes" not in text
    assert "would be removed" not in text


def test_where_protection_ends_the_plan_announces_the_removal() -> None:
    made = applied(tells(101, protect=True))
    plan = made.plan(tells(protect=False))
    announced = "= maria@acme.example  failure  Job 101  (protection ends with this apply; the next plan removes it)"
    assert below("In the ledger only", plan)[1:] == [announced]
    assert below("Ours, not wanted, and kept", plan) == [announced]
    made.run(plan)
    assert below("Who stops being told", made.plan(tells(protect=False))) == ["- maria@acme.example  failure  Job 101"]


def test_a_channels_settings_are_called_as_in_the_policy() -> None:
    def named(shown: str) -> Policy:
        wanted = [notification(to=["data-alerts"], jobs=selector(ids=(101,)))]
        return policy(channels=[dbt_slack(channel_name=shown)], notifications=wanted)

    made = applied(named("#old"))
    assert below("Settings of recipients", made.plan(named("#new"))) == ["~ #new  channel_name: #old → #new"]


NEVER = GuardFinding(guard=GuardName.CONFLICT, message="two opinions")
MAYBE = GuardFinding(guard=GuardName.PRUNE, message="many removals", allow="prune=4")


@pytest.mark.parametrize(
    ("standing", "step"),
    [
        ([MAYBE], "see the plan's last section: give the exact --allow value that it names, or change the policy"),
        ([NEVER], "change the policy as the plan's last section says; no --allow lets conflict pass"),
        ([MAYBE, NEVER], "change the policy as the plan's last section says; no --allow lets conflict pass"),
        ([replace(MAYBE, allowed=True), NEVER], "change the policy as the plan's last section says; no --allow lets"),
    ],
    ids=["may be allowed", "cannot", "one of both cannot", "the other is allowed"],
)
def test_a_refusal_offers_an_allowance_only_where_there_is_one(standing: list[GuardFinding], step: str) -> None:
    assert refusal(standing).next_step.startswith(step)
