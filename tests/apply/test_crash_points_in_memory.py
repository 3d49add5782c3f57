"""An apply that dies at any call, in memory: the same matrix as tests/crash, at every point, in a second or two."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from reconciler.errors import AlertsError
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import NotificationRow
from reconciler.model.ledger import Ledger, SubscriptionState
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Policy
from tests.apply.apply_lab import Lab, account, empty_ledger, sink
from tests.builders import dbt_email, dbt_slack, dbt_user, notification, policy, row, selector, webhook
from tests.doubles import Hook, Killed, Trips, dies, in_doubt, refuses

MARIA, MAIL = RecipientKey.user(1), RecipientKey.email("finance@acme.example")
SLACK = RecipientKey.slack("C0123456789")
CHANNELS = (dbt_user(), dbt_email(owner="maria@acme.example"), dbt_slack())
FOREIGN = frozenset(
    {Edge(MARIA, Outcome.SUCCESS, 105), Edge(MARIA, Outcome.FAILURE, 106), Edge(MAIL, Outcome.FAILURE, 106)}
)


def before() -> Policy:
    return policy(
        channels=CHANNELS,
        notifications=[notification(to=("maria",), jobs=selector(ids=(101, 102)))],
        webhooks=[
            webhook(name="changes", jobs=selector(ids=(101, 102)), secret_sink=sink()),
            webhook(name="goes", jobs=selector(ids=(101,)), secret_sink=sink()),
        ],
    )


def after() -> Policy:
    """One edge kept, one moved to a new recipient, one added, one adopted; a webhook made, one changed, one dropped."""
    return policy(
        channels=CHANNELS,
        notifications=[
            notification(to=("maria",), jobs=selector(ids=(101,))),
            notification(to=("maria",), on=(Outcome.CANCELLED,), jobs=selector(ids=(103,))),
            notification(to=("data-alerts",), jobs=selector(ids=(102,))),
            notification(to=("finance-mail",), jobs=selector(ids=(104,))),
        ],
        webhooks=[
            webhook(name="changes", jobs=selector(ids=(102, 103)), url="https://new.example/x", secret_sink=sink()),
            webhook(name="comes", jobs=selector(ids=(101,)), secret_sink=sink()),
        ],
    )


@cache
def start() -> Lab:
    """Return the state before the change. Only looked at, so made once."""
    return lab()


def lab() -> Lab:
    """Return an account with people's own edges in it, where `before` is applied."""
    theirs: list[NotificationRow] = [
        row(id=901, key=MARIA, jobs={Outcome.SUCCESS: [105], Outcome.FAILURE: [106]}),
        row(id=902, key=MAIL, jobs={Outcome.FAILURE: [104, 106]}),
    ]
    made = Lab(cloud=account(*theirs))
    assert made.apply(before()).exit_code == 0
    made.arm(Trips())
    return made


def converged(made: Lab, wanted: Policy) -> None:
    assert made.plan(wanted).actions == ()
    assert made.store.ledger.pending == {}
    assert made.cloud.edges >= FOREIGN
    assert made.lost_secrets() == []
    keys = [each.key for each in made.cloud.rows.values() if not each.deleted]
    assert len(keys) == len(set(keys)), "a recipient has two rows"
    names = [each.name for each in made.cloud.subs.values()]
    assert len(names) == len(set(names)), "a webhook is there twice"


def comparable(ledger: Ledger) -> object:
    """Return what must be the same after any crash: all but generation, log, ids and `applied` of an armed webhook."""
    hooks = {key: (claim.state, bool(claim.receipt)) for key, claim in ledger.subscriptions.items()}
    return ledger.claims, ledger.pending, hooks, ledger.policy_digest


@cache
def undisturbed() -> Lab:
    """Return the end of a run that nothing disturbed. Only looked at, so made once."""
    made = lab()
    assert made.apply(after()).exit_code == 0
    return made


def points() -> Iterator[tuple[int, str]]:
    made = undisturbed()
    for number in range(1, made.cloud.trips.counts["any"] + 1):
        yield number, "before"
        yield number, "after"


POINTS = list(points())


def crashed(number: int, when: str, hook: Hook = dies) -> Lab:
    made = lab()
    getattr(made.cloud.trips, when)[("any", number)] = hook
    with pytest.raises(Killed):
        made.apply(after())
    made.arm(Trips())
    return made


def test_the_matrix_is_not_empty() -> None:
    assert len(POINTS) >= 60


@pytest.mark.parametrize(("number", "when"), POINTS)
def test_run_again_ends_in_the_same_state(number: int, when: str) -> None:
    made, expected = crashed(number, when), undisturbed()
    assert made.apply(after()).exit_code == 0
    converged(made, after())
    assert made.cloud.edges == expected.cloud.edges
    assert made.cloud.active_webhooks == expected.cloud.active_webhooks
    assert comparable(made.store.ledger) == comparable(expected.store.ledger)
    assert made.cloud.creates.count(str(SLACK)) == 1


@pytest.mark.parametrize(("number", "when"), POINTS)
def test_run_again_with_the_change_reverted_ends_at_the_start(number: int, when: str) -> None:
    made, at_start = crashed(number, when), start()
    adopted = Edge(MAIL, Outcome.FAILURE, 104) in made.store.ledger.claims
    assert made.apply(before()).exit_code == 0
    converged(made, before())
    taken_back = {Edge(MAIL, Outcome.FAILURE, 104)} if adopted else set()
    assert made.cloud.edges == at_start.cloud.edges - taken_back
    assert made.cloud.active_webhooks == at_start.cloud.active_webhooks
    assert made.store.ledger.claims == at_start.store.ledger.claims
    tombstones = {
        key for key, claim in made.store.ledger.subscriptions.items() if claim.state is SubscriptionState.TOMBSTONED
    }
    assert set(made.store.ledger.subscriptions) - tombstones == set(at_start.store.ledger.subscriptions)


@pytest.mark.parametrize(("number", "when"), POINTS)
def test_without_its_ledger_it_takes_nothing_away(number: int, when: str) -> None:
    made = crashed(number, when)
    edges, active, ids = made.cloud.edges, made.cloud.active_webhooks, set(made.cloud.subs)
    made.store.ledger = empty_ledger()
    made.apply(after())
    assert made.cloud.edges >= edges
    assert made.cloud.active_webhooks >= active
    assert set(made.cloud.subs) >= ids
    assert made.cloud.calls("delete_subscription") == 0


@pytest.mark.parametrize(("number", "when"), POINTS)
def test_a_call_in_doubt_converges_and_makes_nothing_twice(number: int, when: str) -> None:
    made = lab()
    getattr(made.cloud.trips, when)[("any", number)] = in_doubt
    _apply_until_done(made)
    converged(made, after())
    assert made.cloud.edges == undisturbed().cloud.edges


@pytest.mark.parametrize(("number", "when"), POINTS)
def test_a_failing_call_converges(number: int, when: str) -> None:
    made = lab()
    getattr(made.cloud.trips, when)[("any", number)] = refuses(503, "busy")
    _apply_until_done(made)
    converged(made, after())
    assert made.cloud.edges == undisturbed().cloud.edges


def _apply_until_done(made: Lab) -> None:
    for _ in range(3):
        try:
            report = made.apply(after())
        except AlertsError:  # the probe or the first save: nothing was written
            continue
        if report.exit_code == 0:
            return
    pytest.fail("three runs did not converge")
