"""What every plan says of rotations and secrets: an account's worth of adopted webhooks is one line, not many."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.ledger import Ledger, SubscriptionClaim, SubscriptionState, Successor
from reconciler.plan.webhook_rotation import rotation_notes
from tests.builders import ACCOUNT_ID, HOST


def adopted(name: str) -> SubscriptionClaim:
    key = f"default/{name}"
    return SubscriptionClaim(key=key, team="default", state=SubscriptionState.SECRET_UNKNOWN, id=f"wsu_{name}")


def notes(*claims: SubscriptionClaim) -> tuple[str, ...]:
    ledger = Ledger(host=HOST, account_id=ACCOUNT_ID, manager="acme", subscriptions={each.key: each for each in claims})
    return rotation_notes(ledger, wanted=frozenset(ledger.subscriptions), actions=())


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("", ""),
        (
            "a",
            (
                "webhook default/a: secret unknown to us;"
                " with a `secret_sink`, `dbt-alerts rotate default/a` gives it a new one"
            ),
        ),
        (
            "abc",
            (
                "3 webhooks, secret unknown to us: default/a, default/b, default/c;"
                " with a `secret_sink`, `dbt-alerts rotate KEY` gives one a new one"
            ),
        ),
        (
            "abcdefg",
            (
                "7 webhooks, secret unknown to us: default/a, default/b, default/c and 4 more, all in"
                " `dbt-alerts ledger verify`; with a `secret_sink`, `dbt-alerts rotate KEY` gives one a new one"
            ),
        ),
    ],
)
def test_secrets_that_we_do_not_know_are_one_line(names: str, said: str) -> None:
    assert notes(*map(adopted, names)) == ((said,) if said else ())


def test_a_rotation_that_did_not_end_has_a_line_of_its_own_and_is_not_counted_again() -> None:
    begun = replace(adopted("b"), successor=Successor(id="wsu_new"))
    (rotating, unknown) = notes(adopted("a"), begun)
    assert rotating == "webhook default/b: its rotation did not end; finish it with `dbt-alerts rotate default/b`"
    assert unknown.startswith("webhook default/a: secret unknown")


def test_a_secret_that_is_kept_is_not_spoken_of() -> None:
    assert notes(replace(adopted("a"), state=SubscriptionState.ARMED, receipt="file")) == ()
