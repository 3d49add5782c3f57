"""An apply that dies, fails or is in doubt at any call, in memory: every point of two changes, in some seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import pytest

from reconciler.errors import AlertsError
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.ledger import Ledger, Origin, SubscriptionState
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Policy, WebhookRule
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


def sleeper(url: str) -> WebhookRule:
    return replace(webhook(name="sleeper", jobs=selector(ids=(101,)), url=url, secret_sink=sink()), active=False)


def returning() -> WebhookRule:
    return webhook(name="returns", jobs=selector(ids=(101,)), secret_sink=sink())


def odd_before() -> Policy:
    return policy(
        channels=(dbt_user(), dbt_email(owner="maria@acme.example"), dbt_slack(channel_name="#old")),
        notifications=[notification(to=("maria",), jobs=selector(ids=(101,)))],
        webhooks=[sleeper("https://a.example/x")],
    )


def odd_after() -> Policy:
    """A deleted row revived, a tombstone wanted again, a new URL for a webhook that is off, an edge let go."""
    return policy(
        channels=CHANNELS,
        notifications=[notification(to=("data-alerts",), jobs=selector(ids=(101, 103)))],
        webhooks=[sleeper("https://b.example/x"), returning()],
    )


def plain_start() -> Lab:
    """Return an account with people's own edges in it, where `before` is applied."""
    theirs = [
        row(id=901, key=MARIA, jobs={Outcome.SUCCESS: [105], Outcome.FAILURE: [106]}),
        row(id=902, key=MAIL, jobs={Outcome.FAILURE: [104, 106]}),
    ]
    made = Lab(cloud=account(*theirs))
    assert made.apply(before()).exit_code == 0
    return made


def odd_start() -> Lab:
    theirs = [
        row(id=901, key=MARIA, jobs={Outcome.SUCCESS: [105], Outcome.FAILURE: [106]}),
        row(id=902, key=MAIL, jobs={Outcome.FAILURE: [106]}),
        row(id=903, key=SLACK, jobs={Outcome.FAILURE: [104]}, deleted=True),
    ]
    made = Lab(cloud=account(*theirs))
    first = replace(odd_before(), webhooks=(*odd_before().webhooks, returning()))
    assert made.apply(first).exit_code == 0
    assert made.apply(odd_before()).exit_code == 0
    return made


class Story(NamedTuple):
    """A change, from one policy to another."""

    name: str
    begins: Callable[[], Lab]
    old: Callable[[], Policy]
    new: Callable[[], Policy]

    def lab(self) -> Lab:
        made = self.begins()
        made.arm(Trips())
        return made


STORIES = (Story("plain", plain_start, before, after), Story("odd", odd_start, odd_before, odd_after))


@cache
def start(story: Story) -> Lab:
    """Return the state before the change. Only looked at, so made once."""
    return story.lab()


@cache
def end(story: Story) -> Lab:
    """Return the end of a run that nothing disturbed. Only looked at, so made once."""
    made = story.lab()
    assert made.apply(story.new()).exit_code == 0
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


def living(ledger: Ledger) -> set[str]:
    """Return the webhooks that are more than a tombstone."""
    dead = SubscriptionState.TOMBSTONED
    return {key for key, claim in ledger.subscriptions.items() if claim.state is not dead}


def comparable(ledger: Ledger) -> object:
    """Return what must be the same after any crash: all but generation, log, ids and `applied` of an armed webhook."""
    hooks = {key: (claim.state, bool(claim.receipt)) for key, claim in ledger.subscriptions.items()}
    return ledger.claims, ledger.pending, hooks, ledger.policy_digest


def points() -> Iterator[tuple[Story, int, str]]:
    for story in STORIES:
        for number in range(1, end(story).cloud.trips.counts["any"] + 1):
            yield story, number, "before"
            yield story, number, "after"


POINTS = list(points())
at_every_point = pytest.mark.parametrize(
    ("story", "number", "when"), POINTS, ids=lambda each: each.name if isinstance(each, Story) else str(each)
)


def crashed(story: Story, number: int, when: str) -> Lab:
    made = story.lab()
    getattr(made.cloud.trips, when)[("any", number)] = dies
    with pytest.raises(Killed):
        made.apply(story.new())
    made.arm(Trips())
    return made


def test_the_matrix_is_not_empty() -> None:
    assert len(POINTS) >= 90


@at_every_point
def test_run_again_ends_in_the_same_state(story: Story, number: int, when: str) -> None:
    made, expected = crashed(story, number, when), end(story)
    assert made.apply(story.new()).exit_code == 0
    converged(made, story.new())
    assert made.cloud.edges == expected.cloud.edges
    assert made.cloud.active_webhooks == expected.cloud.active_webhooks
    assert comparable(made.store.ledger) == comparable(expected.store.ledger)


@at_every_point
def test_run_again_with_the_change_reverted_ends_at_the_start(story: Story, number: int, when: str) -> None:
    made, at_start = crashed(story, number, when), start(story)
    adopted = {edge for edge, claim in made.store.ledger.claims.items() if claim.origin is Origin.ADOPTED}
    assert made.apply(story.old()).exit_code == 0
    converged(made, story.old())
    assert made.cloud.edges == at_start.cloud.edges - adopted
    assert made.cloud.active_webhooks == at_start.cloud.active_webhooks
    assert made.store.ledger.claims == at_start.store.ledger.claims
    assert living(made.store.ledger) == living(at_start.store.ledger)


@at_every_point
def test_without_its_ledger_it_takes_nothing_away(story: Story, number: int, when: str) -> None:
    made = crashed(story, number, when)
    edges, active, ids = made.cloud.edges, made.cloud.active_webhooks, set(made.cloud.subs)
    made.store.ledger = empty_ledger()
    made.apply(story.new())
    assert made.cloud.edges >= edges
    assert made.cloud.active_webhooks >= active - {"sleeper"}  # it was on for a moment, and the policy wants it off
    assert set(made.cloud.subs) >= ids
    assert made.cloud.calls("delete_subscription") == 0


@pytest.mark.parametrize("hook", [in_doubt, refuses(503, "busy")], ids=["in-doubt", "503"])
@at_every_point
def test_a_call_that_fails_converges_and_makes_nothing_twice(story: Story, number: int, when: str, hook: Hook) -> None:
    made = story.lab()
    getattr(made.cloud.trips, when)[("any", number)] = hook
    _apply_until_done(made, story)
    converged(made, story.new())
    assert made.cloud.edges == end(story).cloud.edges
    assert made.cloud.active_webhooks == end(story).cloud.active_webhooks


def _apply_until_done(made: Lab, story: Story) -> None:
    for _ in range(3):
        try:
            report = made.apply(story.new())
        except AlertsError:  # the probe or the first save: nothing was written
            continue
        if report.exit_code == 0:
            return
    pytest.fail("three runs did not converge")
