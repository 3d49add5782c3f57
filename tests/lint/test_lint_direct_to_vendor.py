"""Webhooks aimed at services that cannot read them: what is offered without a relay, and names that are taken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.lint.rule import Found, Looked
from reconciler.lint.rules.direct_to_vendor import RULE
from reconciler.model.edit import AddEntry, RemoveItem
from reconciler.model.lint import RuleSetting
from reconciler.model.outcome import WebhookEvent
from reconciler.model.policy import Policy
from reconciler.model.problem import NOWHERE
from tests.builders import policy, selector, webhook
from tests.lint.cases import TODAY

HOOK = "https://hooks.slack.com/services/T0/B0/x"


def _found(known: Policy, *, relay: str | None = "https://alerts.acme.example/dbt") -> list[Found]:
    known = replace(known, relay_url=relay)
    return list(RULE.judge(Looked(policy=known, today=TODAY, setting=RuleSetting(at=NOWHERE))))


def test_without_a_relay_the_way_is_told_and_nothing_is_edited() -> None:
    (found,) = _found(policy(webhooks=[webhook(url=HOOK)]), relay=None)
    assert found.edits == ()
    assert "no `relay:` yet" in found.fix


def test_a_file_checked_alone_does_not_say_that_the_relay_is_missing() -> None:
    (found,) = _found(replace(policy(webhooks=[webhook(url=HOOK)]), missing=("account",)), relay=None)
    assert "no `relay:`" not in found.fix


def test_a_webhook_that_is_switched_off_is_not_brought_to_life() -> None:
    (found,) = _found(policy(webhooks=[webhook(url=HOOK, active=False)]))
    assert found.edits == ()


def test_each_edit_makes_a_channel_and_a_variable_of_its_own() -> None:
    hooks = [webhook(name=name, url=HOOK) for name in ("Maria!", "maria", "42", "Ünïcode…", "GitHub", "my url")]
    added = [edit for found in _found(policy(webhooks=hooks)) for edit in found.edits if isinstance(edit, AddEntry)]
    channels = [(edit.name, edit.value) for edit in added if edit.section == "channels"]
    assert channels == [
        ("maria-2", "{type: slack, url: $MARIA_2_URL}"),
        ("maria-3", "{type: slack, url: $MARIA_3_URL}"),
        ("42", "{type: slack, url: $ALERTS_42_URL}"),
        ("n-code", "{type: slack, url: $N_CODE_URL}"),
        ("github", "{type: slack, url: $ALERTS_GITHUB_URL}"),
        ("my-url", "{type: slack, url: $MY_URL}"),
    ]


def test_a_name_that_yaml_reads_as_a_number_is_quoted() -> None:
    (found,) = _found(policy(webhooks=[webhook(name="42", url=HOOK, on=[WebhookEvent.ERRORED])]))
    told = found.edits[-1]
    assert isinstance(told, AddEntry)
    assert told.value == '{to: "42", on: [failure], jobs: {project: Finance}}'


def test_the_literal_url_is_nowhere_in_what_is_told_or_written() -> None:
    (found,) = _found(policy(webhooks=[webhook(url=HOOK)]))
    assert isinstance(found.edits[0], RemoveItem)
    assert "services/T0" not in repr(found)


@pytest.mark.parametrize(
    ("events", "outcomes"),
    [
        ([WebhookEvent.ERRORED], "[failure]"),
        ([WebhookEvent.COMPLETED], "[success, warning, failure]"),
        ([WebhookEvent.STARTED], "[started]"),
        (list(WebhookEvent), "[success, warning, failure, started]"),
    ],
)
def test_events_become_the_outcomes_that_they_are_sent_for(events: list[WebhookEvent], outcomes: str) -> None:
    (found,) = _found(policy(webhooks=[webhook(url=HOOK, on=events, jobs=selector(everything=True))]))
    told = found.edits[-1]
    assert isinstance(told, AddEntry)
    assert told.value == f"{{to: lineage, on: {outcomes}, jobs: all}}"
