"""Giving up: which claims a key means, and that neither the command nor `release:` ever writes to dbt Cloud."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.apply.order import phases
from reconciler.model.actions import ForgetEdge, ForgetSubscription, ReleaseEdge, ReleaseSubscription
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import Subscription
from reconciler.model.ledger import Claim, Ledger, RecipientSettings, SubscriptionClaim, SubscriptionState
from reconciler.model.outcome import NATIVE_OUTCOMES, Outcome
from reconciler.model.policy import Release
from reconciler.plan.build import build_plan
from reconciler.plan.desire import desire
from reconciler.plan.giving_up import give_up, still_wanted, without
from reconciler.plan.intent import Intent
from tests.builders import (
    ACCOUNT_ID,
    HOST,
    at,
    claim,
    dbt_email,
    dbt_user,
    inventory,
    job,
    notification,
    policy,
    row,
    webhook,
)

MARIA, MAIL = RecipientKey.user(1), RecipientKey.email("finance@acme.example")
KEYS = (MARIA, MAIL)
CHANNELS = {"maria": MARIA, "finance-mail": MAIL}


def ledger(*claims: Claim, pending: tuple[Claim, ...] = ()) -> Ledger:
    hook = SubscriptionClaim(key="default/lineage", team="default", state=SubscriptionState.ARMED, id="wsu_1")
    return Ledger(
        host=HOST,
        account_id=ACCOUNT_ID,
        manager="acme-data-alerts",
        generation=1,
        claims={each.edge: each for each in claims},
        pending={each.edge: each for each in pending},
        recipients={MARIA: RecipientSettings(), MAIL: RecipientSettings(user_id=1)},
        exclusive=frozenset({MAIL}),
        subscriptions={hook.key: hook},
    )


FAILURE = claim(Edge(MARIA, Outcome.FAILURE, 101), channel="maria")
SUCCESS = claim(Edge(MARIA, Outcome.SUCCESS, 101), channel="boss")
MAILED = claim(Edge(MAIL, Outcome.FAILURE, 101), channel="finance-mail")


@pytest.mark.parametrize(
    ("key", "edges"),
    [
        ("maria", {FAILURE.edge, SUCCESS.edge}),
        ("boss", {SUCCESS.edge}),
        ("user:1", {FAILURE.edge, SUCCESS.edge}),
        ("email: Finance@ACME.example ", {MAILED.edge}),
        ("user:1|failure|101", {FAILURE.edge}),
    ],
)
def test_a_key_means_a_channel_of_policy_or_ledger_a_recipient_or_an_edge(key: str, edges: set[Edge]) -> None:
    found = give_up(ledger(FAILURE, pending=(SUCCESS, MAILED)), [key], channels=CHANNELS)
    assert set(found.edges) == edges
    assert not found.unknown


@pytest.mark.parametrize("key", ["user:11", "user", "user:", "finance@acme.example", "lineage", "user:1|failure", "*"])
def test_what_is_nearly_a_key_means_nothing(key: str) -> None:
    assert give_up(ledger(FAILURE, MAILED), [key], channels=CHANNELS).unknown == (key,)


def test_with_its_last_edge_a_recipient_is_forgotten_and_with_its_claim_a_webhook() -> None:
    before = ledger(FAILURE, MAILED)
    left = without(before, give_up(before, ["finance-mail", "default/lineage"], channels=CHANNELS))
    assert left.claims == {FAILURE.edge: FAILURE}
    assert (left.recipients.keys(), left.exclusive, left.subscriptions) == ({MARIA}, frozenset(), {})


def test_one_of_two_edges_leaves_the_recipient_known() -> None:
    before = ledger(FAILURE, SUCCESS)
    assert MARIA in without(before, give_up(before, ["boss"], channels=CHANNELS)).recipients


def test_what_the_policy_wants_is_named() -> None:
    wanted = desire(policy(notifications=[notification()], webhooks=[webhook()]), inventory())
    given_up = give_up(ledger(FAILURE, SUCCESS), ["maria", "default/lineage"], channels=CHANNELS)
    assert still_wanted(given_up, wanted) == ("user:1|failure|101", "default/lineage")


edges = st.builds(Edge, st.sampled_from(KEYS), st.sampled_from(NATIVE_OUTCOMES), st.sampled_from((101, 102, 109, 999)))
releases = st.builds(
    Release,
    at=st.just(at()),
    team=st.just("default"),
    to=st.sampled_from([*CHANNELS, None]),
    on=st.lists(st.sampled_from(NATIVE_OUTCOMES), max_size=2, unique=True).map(tuple),
)


@given(
    owned=st.frozensets(edges, max_size=8),
    live=st.frozensets(edges, max_size=8),
    given_up=st.lists(releases, max_size=2),
    everything=st.booleans(),
)
def test_release_in_the_policy_never_writes_what_it_gives_up(
    owned: frozenset[Edge], live: frozenset[Edge], given_up: list[Release], *, everything: bool
) -> None:
    whole = [Release(at=at(), team="default", to=name) for name in CHANNELS]
    hook = Release(at=at(), team="default", webhook="lineage")
    wanted = policy(channels=[dbt_user(), dbt_email()], releases=[*(whole if everything else given_up), hook])
    there = inventory(
        jobs=[job(), job(id=102, name="Hourly"), job(id=109, name="Old", deleted=True)],
        rows=[
            row(
                id=900 + number,
                key=key,
                jobs={each: [e.job_id for e in live if e[:2] == (key, each)] for each in NATIVE_OUTCOMES},
            )
            for number, key in enumerate(KEYS)
        ],
        subscriptions=[
            Subscription(id="wsu_1", name="lineage", url="https://x.example", events=frozenset({"job.run.errored"}),
                         jobs=frozenset({101}), active=True)
        ],
    )  # fmt: skip
    desired = desire(wanted, there)
    plan = build_plan(
        desired=desired, inventory=there, ledger=ledger(*map(claim, owned)), intent=Intent(repair_drift=True)
    )
    touched = {
        each.edge for each in plan.actions if hasattr(each, "edge") and not isinstance(each, ReleaseEdge | ForgetEdge)
    }
    assert not touched & desired.released
    assert [type(each) for each in plan.actions if hasattr(each, "key")] == [ReleaseSubscription]
    if everything:
        kinds = ReleaseEdge | ForgetEdge | ReleaseSubscription | ForgetSubscription
        assert all(isinstance(each, kinds) for each in plan.actions)
        assert phases(plan.actions, repair_drift=True).writes == 0
