"""Who is told of what, and as which level: one place for what is sent, what is shown and what is tried."""

from dataclasses import replace
from datetime import timedelta

from reconciler.alerts.build import build_alert
from reconciler.alerts.of_telling import Told
from reconciler.model.alert import Case
from reconciler.model.outcome import Outcome
from reconciler.model.telling import Happening, Occasion, Routed, Telling, Via
from reconciler.routing.place import Placed
from tests import builders
from tests.alerts import alert_facts as made


def _telling(channel: str, minutes: int, *, level: int = 0, occasion: Occasion = Occasion.AT_ONCE) -> Telling:
    return Telling(
        channel=channel,
        outcome=Outcome.FAILURE,
        at=made.ENDED + timedelta(minutes=minutes),
        via=Via.RELAYED,
        occasion=occasion,
        because=(),
        level=level,
        unless="acknowledged" if level else "",
    )


LEVEL = _telling("pager", 15, level=1, occasion=Occasion.ESCALATION)
BEFORE = (_telling("slack", 0), _telling("points", 0, occasion=Occasion.METRICS), _telling("mail", 5), LEVEL)


def _told(*tellings: Telling) -> Told:
    policy = made.policy()
    return Told(
        policy=policy,
        placed=Placed(
            job=builders.job(), project=builders.project(), environment=builders.environment(), rule=policy.jobs[0]
        ),
        happening=Happening(outcome=Outcome.FAILURE, at=made.ENDED),
        routed=Routed(tier="critical", tellings=tellings),
        host=builders.HOST,
        account_id=7,
    )


def test_a_level_names_whom_it_was_told_before_and_since_when_nobody_reacts() -> None:
    alert = build_alert(_told(*BEFORE).asked(LEVEL, now=LEVEL.at))
    assert (alert.case, alert.severity) == (Case.ESCALATION, "CRITICAL")
    assert alert.escalated is not None
    assert (alert.escalated.level, alert.escalated.since) == (1, made.ENDED)
    assert alert.escalated.told == ("slack", "mail")


def test_what_is_made_up_looks_like_what_is_real() -> None:
    told = _told(*BEFORE)
    like, alert = told.likeness(), build_alert(told.asked(None, now=made.NOW))
    for name in ("job", "severity", "rank", "zone", "account_id", "response", "impact", "owner", "team", "runbook"):
        assert getattr(like, name) == getattr(alert, name), name


def test_a_job_that_no_rule_names_is_told_under_no_tier() -> None:
    told = _told()
    nobody = replace(told, placed=replace(told.placed, rule=None), routed=Routed(tier=None, tellings=()))
    assert (nobody.likeness().severity, nobody.likeness().owner) == ("ALERT", "")
