"""What a channel's `include` does not name is in no part of its message, whatever the kind of channel."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final, get_args

import pytest

from reconciler.alerts.left_out import LEAVES_OUT, only
from reconciler.alerts.rendering.plain import plain_parts
from reconciler.alerts.words.view import view
from reconciler.model.alert import Alert
from reconciler.policy.documents.channels import Included
from tests.alerts.templates.shipped_messages import ALERTS, KIND_NAMES, parts_of, whole

FAILURE: Final = ALERTS["failure"]
SIGNS: Final = {
    "error": "SQL compilation error",
    "link": "/runs/90210",
    "duration": "42 min",
    "models": "not_null_fct_revenue_amount",
    "cause": FAILURE.likely.sentence if FAILURE.likely else "",
    "change": FAILURE.change.author if FAILURE.change else "",
    "history": "earlier failure",
    "impact": "Revenue dashboard shows stale data",
    "owner": "Owner: maria",
    "runbook": "finance/revenue",
    "actions": "See what changed since the last good run",
}
ALONE: Final = replace(
    FAILURE,
    actions=tuple(replace(each, url="" if "runs/" in each.url else each.url) for each in FAILURE.actions),
    affected=(),
)


def said(kind: str, alert: Alert, include: frozenset[str]) -> str:
    return whole(parts_of(kind, alert, include=include))


def test_each_word_of_the_language_has_something_to_leave_out() -> None:
    assert set(get_args(Included)) == set(LEAVES_OUT) == set(SIGNS)


@pytest.mark.parametrize("kind", KIND_NAMES)
@pytest.mark.parametrize("word", list(SIGNS))
def test_what_is_not_included_is_nowhere(kind: str, word: str) -> None:
    assert SIGNS[word] not in said(kind, ALONE, frozenset(SIGNS) - {word})


@pytest.mark.parametrize("kind", KIND_NAMES)
@pytest.mark.parametrize("include", [{"error"}, {"error", "duration", "link"}])
def test_the_error_is_there_where_the_models_are_not(kind: str, include: set[str]) -> None:
    text = said(kind, ALONE, frozenset(include))
    assert SIGNS["error"] in text
    assert SIGNS["models"] not in text
    assert kind != "email" or SIGNS["error"] in parts_of(kind, ALONE, include=frozenset(include))["attachment"]


@pytest.mark.parametrize("word", list(SIGNS))
def test_and_would_be_in_a_mail(word: str) -> None:
    assert SIGNS[word] in said("email", ALONE, frozenset(SIGNS))


@pytest.mark.parametrize("kind", KIND_NAMES)
@pytest.mark.parametrize("name", list(ALERTS))
def test_what_is_left_out_is_not_said_to_be_missing(kind: str, name: str) -> None:
    text = said(kind, replace(ALERTS[name], impact="", owner="", runbook=""), frozenset({"error"}))
    assert "none is named" not in text
    assert "Not known: who" not in text


@pytest.mark.parametrize("kind", KIND_NAMES)
@pytest.mark.parametrize("name", list(ALERTS))
def test_the_least_of_every_message_still_says_what_happened(kind: str, name: str) -> None:
    text = said(kind, ALERTS[name], frozenset({"link"}))
    assert ALERTS[name].job.name.split(",")[0].lower() in text.lower()
    assert "****" not in text
    assert "\n**\n" not in text


def test_members_of_a_group_leave_out_the_same() -> None:
    seen = only(view(ALERTS["grouped"]), frozenset({"link"}))
    assert {each["impact"] for each in seen["grouped"]["members"]} == {""}


def test_a_plain_message_that_stands_in_leaves_out_the_same() -> None:
    seen = only(view(replace(FAILURE, impact="")), frozenset({"error"}))
    assert "Impact" not in whole(plain_parts("webhook", seen))


def test_what_is_missing_is_said_of_what_is_included_alone() -> None:
    bare = replace(FAILURE, missing=("the impact: the policy says nothing of it", "when it started"))
    assert only(view(bare), frozenset({"error"}))["missing"] == ["when it started"]
    assert bare.run is not None
    assert bare.run.duration == timedelta(minutes=42)
