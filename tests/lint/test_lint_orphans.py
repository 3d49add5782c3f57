"""Notifications that reach nobody, as far as an account described in YAML cannot hold them."""

from collections.abc import Sequence
from datetime import date

import pytest

from reconciler.lint.rule import Found, Looked
from reconciler.lint.rules.orphan_recipient import RULE
from reconciler.model.edge import RecipientKey
from reconciler.model.inventory import NotificationRow, User
from reconciler.model.lint import RuleSetting
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Scope
from reconciler.model.problem import NOWHERE
from reconciler.model.selector import NamePattern
from reconciler.plan.survey import Survey
from tests.builders import inventory, policy, row, user


def found(
    rows: Sequence[NotificationRow], users: Sequence[User] = (user(id=1),), scope: Scope | None = None
) -> list[Found]:
    wanted = policy(channels=[], scope=scope)
    live = inventory(rows=rows, users=users)
    looked = Looked(policy=wanted, today=date(2026, 1, 5), setting=RuleSetting(at=NOWHERE), survey=Survey(wanted, live))
    return list(RULE.judge(looked))


GONE = row(id=901, key=RecipientKey.user(7), user_id=7, jobs={Outcome.WARNING: [101]})


def test_a_mail_without_an_address_reaches_nobody() -> None:
    """Reference §2.3: such rows are there in real accounts."""
    nameless = NotificationRow(id=902, type=4, key=None, user_id=1, jobs={Outcome.FAILURE: frozenset({101})})
    (one,) = found([nameless])
    assert (one.subject, "it has no address" in one.message) == ("notification 902", True)


def test_a_kind_that_we_do_not_know_is_left_alone() -> None:
    unknown = NotificationRow(id=903, type=3, key=None, user_id=1, jobs={Outcome.FAILURE: frozenset({101})})
    assert found([unknown]) == []


def test_any_outcome_counts_and_a_deleted_row_does_not() -> None:
    (one,) = found([GONE])
    assert one.subject == "recipient user:7"
    assert found([row(key=RecipientKey.user(7), user_id=7, jobs={Outcome.FAILURE: [101]}, deleted=True)]) == []


@pytest.mark.parametrize("glob", ["*@acme.example", "maria*"])
def test_a_recipient_outside_scope_is_other_people_s(glob: str) -> None:
    assert found([GONE], scope=Scope(recipients=(NamePattern(glob),))) == []


def test_a_token_that_sees_no_users_says_nothing_about_them() -> None:
    assert found([GONE], users=[]) == []
