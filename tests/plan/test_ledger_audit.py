"""A ledger held against live: each way in which it may be wrong is found once, with what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import Inventory, Subscription
from reconciler.model.lease import Lease
from reconciler.model.ledger import Claim, Ledger, Others, SubscriptionClaim, SubscriptionState
from reconciler.model.ledger_finding import FindingKind, LedgerFinding
from reconciler.model.model_notifications import ModelClaim, ModelNotifications, ModelOutcome, ModelUnanswered
from reconciler.model.outcome import Outcome
from reconciler.plan.ledger_audit import Audited, audit
from tests import builders

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WHO = RecipientKey.user(1)


def claimed(*jobs: int) -> dict[Edge, Claim]:
    edges = [Edge(WHO, Outcome.FAILURE, job) for job in jobs]
    return {edge: Claim(edge=edge, project_id=1, environment_id=1, team="default", channel="maria") for edge in edges}


def ledger_of(*jobs: int) -> Ledger:
    return Ledger(
        host=builders.HOST, account_id=builders.ACCOUNT_ID, manager="acme", generation=3, claims=claimed(*jobs)
    )


def live(*jobs: int) -> Inventory:
    """Return an account with jobs 101 and 102, of which 102 is deleted, where Maria is told of these failures."""
    return builders.inventory(
        jobs=[builders.job(id=101), builders.job(id=102, deleted=True)],
        rows=[builders.row(key=WHO, jobs={Outcome.FAILURE: jobs})],
    )


def found(
    ledger: Ledger, inventory: Inventory, *, others: Others | None = None, lease: Lease | None = None
) -> list[LedgerFinding]:
    whole = Audited(ledger=ledger, others=others or Others(), inventory=inventory, lease=lease, now=NOW)
    return list(audit(whole))


def kinds(findings: list[LedgerFinding]) -> list[FindingKind]:
    assert all(each.next_step for each in findings)
    return [each.kind for each in findings]


def test_a_sound_ledger_has_no_finding() -> None:
    assert found(ledger_of(101), live(101)) == []


def test_an_empty_one_may_have_been_lost() -> None:
    (finding,) = found(replace(ledger_of(), generation=0), live())
    assert (finding.kind, finding.asks) == (FindingKind.EMPTY, True)
    assert "ledger rebuild" in finding.next_step


def test_an_edge_that_somebody_took_away() -> None:
    (finding,) = found(ledger_of(101), live())
    assert (finding.kind, finding.count, finding.examples) == (
        FindingKind.NOT_LIVE,
        1,
        ("maria@acme.example failure: Daily Revenue",),
    )


def test_edges_on_deleted_jobs_and_on_jobs_in_no_list_are_told_apart() -> None:
    assert kinds(found(ledger_of(102, 999), live(102))) == [FindingKind.DELETED_JOB, FindingKind.INVISIBLE_JOB]


def test_what_a_dead_run_announced() -> None:
    (finding,) = found(replace(ledger_of(101), pending=claimed(101)), live(101))
    assert finding.kind is FindingKind.PENDING
    assert "apply" in finding.next_step


def test_edges_of_two_managers_are_good_to_know() -> None:
    others = Others(ledgers=(replace(ledger_of(101), manager="growth"),), shared=True)
    (finding,) = found(ledger_of(101), live(101), others=others)
    assert (finding.kind, finding.asks) == (FindingKind.SHARED, False)


def test_examples_are_few_and_the_count_is_whole() -> None:
    (finding,) = found(ledger_of(*range(900, 930)), live())
    assert (finding.count, finding.shown) == (30, 30)
    assert finding.examples == ("maria@acme.example failure: job 900, job 901, job 902, job 903, job 904 and 25 more",)


def test_of_many_recipients_some_are_shown_and_the_rest_is_counted() -> None:
    keys = [RecipientKey.user(number) for number in range(1, 9)]
    edges = [Edge(key, Outcome.FAILURE, job) for key in keys for job in (900, 901)]
    claims = {each: Claim(edge=each, project_id=1, environment_id=1, team="default", channel="maria") for each in edges}
    owned = replace(ledger_of(), claims=claims)
    (finding,) = found(owned, live())
    assert (finding.count, finding.shown, len(finding.examples)) == (16, 10, 5)


@pytest.mark.parametrize(("minutes", "says"), [(5, "wait for it"), (-5, "ledger unlock")])
def test_a_lease_says_whether_it_can_be_broken(minutes: int, says: str) -> None:
    lease = Lease(run="r", manager="growth", actor="noah", since=NOW, expires_at=NOW + timedelta(minutes=minutes))
    (finding,) = found(ledger_of(101), live(101), lease=lease)
    assert finding.kind is FindingKind.LEASE
    assert says in finding.next_step
    assert "noah for growth" in finding.what


def hook(state: SubscriptionState) -> Ledger:
    claim = SubscriptionClaim(key="default/hook", team="default", state=state, id="wsu_1")
    return replace(ledger_of(), subscriptions={claim.key: claim})


@pytest.mark.parametrize(
    ("state", "there", "expected"),
    [
        (SubscriptionState.ARMED, True, []),
        (SubscriptionState.ARMED, False, [FindingKind.WEBHOOK_GONE]),
        (SubscriptionState.SECRET_UNKNOWN, True, [FindingKind.SECRET_UNKNOWN]),
        (SubscriptionState.CREATING, False, [FindingKind.WEBHOOK_UNFINISHED]),
        (SubscriptionState.TOMBSTONED, False, [FindingKind.TOMBSTONE]),
    ],
)
def test_each_state_of_a_webhook(state: SubscriptionState, there: bool, expected: list[FindingKind]) -> None:
    inventory = replace(live(), subscriptions=(webhook("wsu_1"),) if there else ())
    assert kinds(found(hook(state), inventory)) == expected


def test_webhooks_with_a_secret_that_we_do_not_know_are_one_note_that_names_them_all() -> None:
    unknown = SubscriptionState.SECRET_UNKNOWN
    claims = {
        f"default/hook {number}": SubscriptionClaim(
            key=f"default/hook {number}", team="default", state=unknown, id=f"wsu_{number}"
        )
        for number in range(7)
    }
    inventory = replace(live(), subscriptions=tuple(webhook(f"wsu_{number}") for number in range(7)))
    (finding,) = found(replace(ledger_of(), subscriptions=claims), inventory)
    assert (finding.kind, finding.asks, finding.count) == (FindingKind.SECRET_UNKNOWN, False, 7)
    assert finding.examples == tuple(claims)
    assert finding.shown == 7


def test_a_webhook_with_our_mark_is_not_gone_though_its_id_is_another() -> None:
    marked = replace(webhook("wsu_9"), description="for us [dbt-alerts:acme/default/hook]")
    assert found(hook(SubscriptionState.ARMED), replace(live(), subscriptions=(marked,))) == []


def test_what_asks_for_something_comes_first() -> None:
    ledger = replace(hook(SubscriptionState.TOMBSTONED), pending=claimed(101))
    assert [each.asks for each in found(ledger, live(101))] == [True, False]


def webhook(number: str) -> Subscription:
    return Subscription(
        id=number, name="hook", url="https://x.example", events=frozenset(), jobs=frozenset({101}), active=True
    )


# --- model notifications ---------------------------------------------------------------------------------------------
F, S = ModelOutcome.FAILURE, ModelOutcome.SUCCESS


def models_of(**more: object) -> ModelClaim:
    claim = ModelClaim(environment_id=11, project_id=1, team="default", applied={F: True, S: False})
    return replace(claim, **more)  # pyrefly: ignore[bad-argument-type]


def with_models(ledger: Ledger, claim: ModelClaim) -> Ledger:
    return replace(ledger, models={claim.environment_id: claim})


def telling(*outcomes: ModelOutcome) -> Inventory:
    told = ModelNotifications(environment_id=11, enabled=True, selected=frozenset(outcomes))
    return replace(live(101), models={11: told})


def test_model_notifications_as_we_left_them_are_sound() -> None:
    assert found(with_models(ledger_of(101), models_of()), telling(F)) == []


@pytest.mark.parametrize(
    ("inventory", "claim", "kind", "example"),
    [
        (telling(), models_of(), FindingKind.MODELS_DIFFERENT, "Production of Finance: failure off"),
        (telling(F, S), models_of(), FindingKind.MODELS_DIFFERENT, "Production of Finance: success on"),
        (telling(S), models_of(), FindingKind.MODELS_DIFFERENT, "Production of Finance: failure off; success on"),
        (telling(F), models_of(pending=frozenset({S})), FindingKind.MODELS_PENDING, "Production of Finance: success"),
        (telling(F), models_of(environment_id=99), FindingKind.MODELS_INVISIBLE, "environment 99"),
        (
            replace(telling(F), environments={11: replace(builders.environment(), deleted=True)}),
            models_of(),
            FindingKind.MODELS_GONE,
            "Production of Finance",
        ),
    ],
)
def test_model_notifications_that_ask_for_something(
    inventory: Inventory, claim: ModelClaim, kind: FindingKind, example: str
) -> None:
    (finding,) = found(with_models(ledger_of(101), claim), inventory)
    assert (finding.kind, finding.asks, finding.examples) == (kind, True, (example,))


@pytest.mark.parametrize(
    "models", [{}, {11: ModelUnanswered(environment_id=11, why="404", next_step="")}], ids=["not asked", "not shown"]
)
def test_model_notifications_that_live_does_not_show_are_not_called_gone(models: dict[int, ModelUnanswered]) -> None:
    (finding,) = found(with_models(ledger_of(101), models_of()), replace(live(101), models=models))
    assert (finding.kind, finding.asks) == (FindingKind.MODELS_UNSEEN, False)


@pytest.mark.parametrize(
    ("theirs", "kind", "asks"),
    [
        ({F: True}, FindingKind.MODELS_SHARED, False),
        ({F: False}, FindingKind.MODELS_CONFLICT, True),
        ({S: True}, FindingKind.MODELS_CONFLICT, True),
    ],
)
def test_model_notifications_of_two_managers(theirs: dict[ModelOutcome, bool], kind: FindingKind, asks: bool) -> None:
    other = with_models(replace(ledger_of(), manager="growth"), models_of(applied=theirs))
    others = Others(ledgers=(other,), shared=True)
    (finding,) = found(with_models(ledger_of(101), models_of()), telling(F), others=others)
    assert (finding.kind, finding.asks) == (kind, asks)
    assert "growth" in finding.examples[0]
