"""A webhook that sent something after the plan was made is in somebody's use: no apply deletes it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.errors import ExitCode
from reconciler.model.actions import RecreateSubscription
from reconciler.model.ledger import SubscriptionState
from reconciler.model.policy import Policy
from tests.apply.apply_lab import Lab, account, sink
from tests.builders import policy, selector, webhook

KEY = "default/lineage"


def wanted() -> Policy:
    return policy(webhooks=[webhook(jobs=selector(ids=(101,)), secret_sink=sink())])


def half_made() -> Lab:
    """Return an account with a webhook of ours that is off, and whose secret never arrived anywhere."""
    made = Lab(cloud=account(), honest=False)
    assert made.apply(wanted()).exit_code is ExitCode.PARTLY
    made.honest = True
    made.cloud.trips.counts.clear()
    return made


@pytest.mark.parametrize(
    "trace",
    [{"last_status": "200"}, {"last_status": "503"}, {"dispatched_at": "2026-03-02T05:59:00Z"}, {"active": True}],
    ids="-".join,
)
def test_it_is_kept_with_its_secret_unknown(trace: dict[str, object]) -> None:
    made = half_made()
    plan = made.plan(wanted())
    assert [type(action) for action in plan.actions] == [RecreateSubscription]
    (live,) = made.cloud.subs.values()
    made.cloud.subs[live.id] = replace(live, **trace)  # pyrefly: ignore[bad-argument-type]
    report = made.run(plan)
    assert report.exit_code is ExitCode.PARTLY
    assert made.cloud.calls("delete_subscription") == 0
    assert list(made.cloud.subs) == [live.id]
    assert made.store.ledger.subscriptions[KEY].state is SubscriptionState.SECRET_UNKNOWN


@pytest.mark.parametrize("never", [{"last_status": "0"}, {"last_status": ""}, {"last_status": None}])
def test_one_that_never_sent_is_made_anew_and_its_secret_is_kept(never: dict[str, object]) -> None:
    made = half_made()
    (live,) = made.cloud.subs.values()
    made.cloud.subs[live.id] = replace(live, **never)  # pyrefly: ignore[bad-argument-type]
    assert made.apply(wanted()).exit_code == 0
    (anew,) = made.cloud.subs.values()
    assert anew.id != live.id
    assert anew.active
    assert made.lost_secrets() == []
