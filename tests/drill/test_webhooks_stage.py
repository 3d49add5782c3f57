"""Stage webhooks: dbt Cloud's own test call, both generations of its answer, and which subscriptions are left alone."""

from __future__ import annotations

import pytest

from reconciler.drill.stages.webhooks import stage
from reconciler.errors import NotFound, RuntimeFailure
from reconciler.model.delivery import TestDelivery, Tried
from reconciler.model.evidence import Evidence, Standing
from reconciler.model.inventory import Subscription
from reconciler.model.ledger import SubscriptionState
from reconciler.model.rotation import Retired
from tests.builders import policy, webhook
from tests.drill.bench_lab import Clock, WebhookDouble, bench, claimed, ledger

MARK = "Lineage [dbt-alerts:acme-data-alerts/default/lineage]"


def live(
    id: str = "wsu_1",  # noqa: A002
    *,
    name: str = "lineage",
    active: bool = True,
    description: str = MARK,
    deactivate_reason: str | None = None,
) -> Subscription:
    return Subscription(
        id=id,
        name=name,
        url="https://catalog.acme.example/…",
        events=frozenset(),
        jobs=frozenset({101}),
        active=active,
        description=description,
        deactivate_reason=deactivate_reason,
    )


def one(tests: WebhookDouble, *, there: Subscription | None = None, clock: Clock | None = None) -> Evidence:
    used = bench(subscriptions=[there or live()], owned=ledger(claimed()), tests=tests, clock=clock)
    (found,) = stage(used)
    return found


# --- the old generation answers at once -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "standing", "says", "fix"),
    [
        (200, Standing.PROVED, "the receiver answered 200", ""),
        (204, Standing.PROVED, "the receiver answered 204", ""),
        (500, Standing.FAILED, "the receiver answered 500", "look into the receiver's log"),
        (401, Standing.FAILED, "the receiver answered 401", "its secret is another one"),
        (410, Standing.FAILED, "the receiver answered 410", "nothing answers at this URL"),
        (0, Standing.FAILED, "dbt Cloud had no answer of the receiver", "see that its receiver runs"),
    ],
)
def test_the_old_backend_says_how_the_receiver_answered(status: int, standing: Standing, says: str, fix: str) -> None:
    found = one(WebhookDouble(TestDelivery(status=status)))
    assert (found.route, found.standing, found.answer) == ("webhook:default/lineage", standing, says)
    assert found.fix.startswith(fix)


# --- the new one shows a receipt, later -----------------------------------------------------------------------------
def test_the_receipt_of_the_new_backend_is_waited_for() -> None:
    clock = Clock()
    found = one(WebhookDouble(TestDelivery(event_id="wev_1"), [(), (), (500, 200)]), clock=clock)
    assert (found.standing, found.answer) == (Standing.PROVED, "the receiver answered 200")
    assert found.seconds == clock.now == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("tried", "says"),
    [
        (Tried(status=503), "the receiver answered 503"),
        (
            Tried(status=0, why="not sent: loopback only"),
            "dbt Cloud had no answer of the receiver: not sent: loopback only",
        ),
    ],
)
def test_the_wait_ends_when_a_receipt_is_there(tried: Tried, says: str) -> None:
    clock = Clock()
    found = one(WebhookDouble(TestDelivery(event_id="wev_1"), [(), (tried,)]), clock=clock)
    assert (found.standing, found.answer, clock.now) == (Standing.FAILED, says, pytest.approx(0.2))


def test_no_receipt_is_told_when_patience_ends() -> None:
    clock = Clock()
    found = one(WebhookDouble(TestDelivery(event_id="wev_1"), [()]), clock=clock)
    assert found.standing is Standing.FAILED
    assert found.answer == f"dbt Cloud shows no receipt of its test call after {clock.now:.0f} s"
    assert 60 <= clock.now < 65


def test_what_dbt_cloud_refuses_is_said() -> None:
    found = one(WebhookDouble(RuntimeFailure("dbt Cloud answered 403", next_step="ask for the permission")))
    assert (found.standing, found.answer, found.fix) == (
        Standing.FAILED,
        "dbt Cloud answered 403",
        "ask for the permission",
    )


# --- what is not called ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("reason", ["too many failures", None])
def test_one_that_was_switched_off_fails_and_is_not_called(reason: str | None) -> None:
    tests = WebhookDouble()
    found = one(tests, there=live(active=False, deactivate_reason=reason))
    assert found.standing is Standing.FAILED
    assert found.answer.startswith("the subscription is switched off")
    assert (reason or "") in found.answer
    assert "apply --repair-drift --allow rearm=1`" in found.fix
    assert tests.called == []


def test_one_that_was_never_switched_on_needs_no_allowance() -> None:
    used = bench(subscriptions=[live(active=False)], owned=ledger(claimed(state=SubscriptionState.CREATING)))
    (found,) = stage(used)
    assert "then `dbt-alerts apply` switches it on" in found.fix


def test_one_of_ours_that_is_gone_fails() -> None:
    (found,) = stage(bench(owned=ledger(claimed("wsu_7"))))
    assert (found.route, found.standing) == ("webhook:default/lineage", Standing.FAILED)
    assert found.answer == "subscription wsu_7 is not in dbt Cloud any more"
    assert "dbt-alerts plan" in found.fix


@pytest.mark.parametrize(
    ("owned", "says"),
    [
        (claimed(state=SubscriptionState.TOMBSTONED), "webhook lineage is not in the policy any more"),
        (claimed("wsu_2", retired=(Retired(id="wsu_1"),)), "webhook lineage was replaced by a rotation"),
    ],
)
def test_one_that_is_to_be_silent_is_left_out(owned: object, says: str) -> None:
    tests = WebhookDouble()
    found = bench(
        subscriptions=[live(active=False), live("wsu_2")],
        owned=ledger(owned),  # type: ignore[arg-type]
        tests=tests,
    )
    assert [each.standing for each in stage(found)] == [Standing.PROVED]
    assert found.notebook.skipped == [says]
    assert tests.called == ["wsu_2"]


def test_one_that_the_policy_switches_off_is_left_out() -> None:
    used = bench(
        of=policy(webhooks=[webhook(active=False)]), subscriptions=[live(active=False)], owned=ledger(claimed())
    )
    assert list(stage(used)) == []
    assert used.notebook.skipped == ["webhook lineage is switched off by the policy"]


def test_others_are_called_only_where_the_user_says_so() -> None:
    theirs = live("wsu_9", name="pager", description="by hand")
    tests = WebhookDouble()
    quiet = bench(subscriptions=[theirs], tests=tests)
    assert list(stage(quiet)) == []
    assert "--third-party" in quiet.notebook.skipped[0]
    assert tests.called == []
    (found,) = stage(bench(subscriptions=[theirs], tests=tests, third_party=True))
    assert (found.route, tests.called) == ("webhook:pager", ["wsu_9"])


# --- a token that may not -------------------------------------------------------------------------------------------
def hidden() -> NotFound:
    return NotFound(method="GET", path="/webhooks/subscriptions", status=404)


def test_a_token_that_may_not_read_webhooks_fails_each_of_them_and_names_the_right() -> None:
    used = bench(of=policy(webhooks=[webhook()]), subscriptions=hidden(), owned=ledger(claimed(key="default/other")))
    found = list(stage(used))
    assert [(each.route, each.standing) for each in found] == [
        ("webhook:default/lineage", Standing.FAILED),
        ("webhook:default/other", Standing.FAILED),
    ]
    assert {each.answer for each in found} == {"this token may not read webhooks, so none was tested"}
    assert all("`webhooks_only`" in each.fix for each in found)


def test_where_the_policy_has_no_webhooks_nothing_is_missed() -> None:
    used = bench(subscriptions=hidden())
    assert list(stage(used)) == []
    assert used.notebook.skipped == [
        "webhooks: this token may not read webhooks, so none was tested; the policy has none"
    ]


def test_a_vendor_out_of_reach_fails_the_stage_only() -> None:
    used = bench(subscriptions=RuntimeFailure("dbt Cloud answered 503"), owned=ledger(claimed()))
    (found,) = stage(used)
    assert (found.standing, found.answer, found.fix) == (Standing.FAILED, "dbt Cloud answered 503", "run again")
