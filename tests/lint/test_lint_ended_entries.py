"""A mute whose day has come is told by lint, on its line: it holds nothing back any more."""

from __future__ import annotations

from datetime import date

import pytest

from reconciler.lint.engine import lint
from reconciler.model.policy import Mute
from tests.builders import at, policy, selector


@pytest.mark.parametrize(("today", "ended"), [(date(2026, 1, 4), False), (date(2026, 1, 5), True)])
def test_a_mute_that_ended_is_found(today: date, ended: bool) -> None:
    mute = Mute(at=at(), team="finance", jobs=selector(), until=date(2026, 1, 5), reason="migration")
    found = lint(policy(mutes=[mute]), today=today, rules=()).findings
    said = [("policy-warning", "this mute ended on 2026-01-05: its jobs' messages are sent again")]
    assert [(each.rule, each.message) for each in found] == (said if ended else [])
