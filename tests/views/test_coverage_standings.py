"""What is told, what only a digest holds, what is silent on purpose, and what nobody hears of."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from reconciler.model.coverage import Coverage, Means, Share, Standing, Wake
from reconciler.model.layers import Cycle, Digest, Promotion, Sla
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Target
from tests.builders import (
    at,
    dbt_user,
    inventory,
    job,
    layer,
    notification,
    policy,
    relayed,
    rule,
    selector,
    team,
    tells,
    tier,
    user,
)
from tests.views.coverage_lab import channels, covered, escalation, pager, standing

FAILURE = Outcome.FAILURE


def test_a_job_without_a_rule_is_uncovered() -> None:
    assert standing(policy()) is Standing.UNCOVERED


@pytest.mark.parametrize(
    ("told", "expected"),
    [(["maria"], Standing.TOLD), (["data-team"], Standing.WAITS), (["data-team", "maria"], Standing.TOLD)],
)
def test_who_only_the_relay_would_tell_waits_for_it(told: list[str], expected: Standing) -> None:
    asked = policy(channels=channels(), jobs=[rule(layer=layer(notify={FAILURE: tells(*told)}))])
    found = covered(asked)
    assert found.jobs[0].answer.failure.standing is expected
    assert found.whole.percent == 100
    assert found.in_force.percent == 0


def test_a_notification_covers_a_job_without_a_rule() -> None:
    assert standing(policy(notifications=[notification()])) is Standing.TOLD


def test_a_notification_covers_a_job_that_is_declared_silent() -> None:
    silent = rule(silent=True, layer=layer(reason="noise"))
    assert standing(policy(jobs=[silent], notifications=[notification()])) is Standing.TOLD


def test_a_channel_whose_user_nobody_knows_covers_nothing() -> None:
    found = policy(channels=[dbt_user(email="gone@acme.example")], notifications=[notification()])
    assert standing(found) is Standing.UNCOVERED


def test_a_channel_whose_user_has_left_covers_nothing() -> None:
    assert standing(policy(notifications=[notification()]), live=inventory(users=[user(active=False)])) is (
        Standing.UNCOVERED
    )


def test_silence_with_a_reason_is_decided_and_without_one_it_is_not() -> None:
    assert standing(policy(jobs=[rule(silent=True, layer=layer(reason="CI"))])) is Standing.SILENT
    assert standing(policy(jobs=[rule(silent=True)])) is Standing.UNCOVERED


def test_an_empty_list_silences_its_outcome_by_the_reason_beside_it() -> None:
    said = layer(notify={FAILURE: tells()}, reason="restarts by itself")
    (found,) = covered(policy(jobs=[rule(layer=said)])).jobs
    assert found.answer.failure.standing is Standing.SILENT
    assert found.answer.failure.reason == "restarts by itself"
    assert found.answer.failure.at == said.notify[FAILURE].at


def test_a_reason_elsewhere_silences_nothing() -> None:
    """The rule empties the list without saying why; its team's reason is for something else."""
    head = team(layer=layer(reason="CI shows it in the pull request"))
    assert standing(policy(teams=[head], jobs=[rule(layer=layer(notify={FAILURE: tells()}))])) is Standing.UNCOVERED


def test_told_only_of_some_kinds_of_failure_is_told_in_part() -> None:
    some = tells(Target(channel="data-team", of="test"))
    assert standing(policy(channels=channels(), jobs=[rule(layer=layer(notify={FAILURE: some}))])) is Standing.PARTLY


def test_all_kinds_together_are_told() -> None:
    every = tells(*(Target(channel="data-team", of=kind) for kind in ("model", "test", "freshness", "infrastructure")))
    assert standing(policy(channels=channels(), jobs=[rule(layer=layer(notify={FAILURE: every}))])) is Standing.WAITS


def test_an_escalation_alone_tells() -> None:
    found = policy(
        channels=channels(), escalations=[escalation("oncall")], jobs=[rule(layer=layer(escalation="standard"))]
    )
    assert standing(found) is Standing.WAITS
    assert standing(found, Outcome.WARNING) is Standing.UNCOVERED


@pytest.mark.parametrize(
    ("include", "expected"),
    [((), Standing.DIGEST), (("failures",), Standing.DIGEST), (("usage",), Standing.UNCOVERED)],
)
def test_a_digest_covers_what_it_holds(include: tuple[str, ...], expected: Standing) -> None:
    digest = Digest(every=Cycle.DAY, at=time(9), to=("data-team",), include=include)
    assert standing(policy(channels=channels(), jobs=[rule(layer=layer(digest=digest))])) is expected


def test_a_digest_beside_a_message_is_told() -> None:
    digest = Digest(every=Cycle.DAY, at=time(9), to=("data-team",))
    said = layer(digest=digest, notify={FAILURE: tells("maria")})
    assert standing(policy(channels=channels(), jobs=[rule(layer=said)])) is Standing.TOLD


def test_late_cannot_happen_without_a_deadline() -> None:
    assert standing(policy(jobs=[rule()]), Outcome.LATE) is Standing.NEVER
    assert standing(policy(jobs=[rule(layer=layer(sla=Sla(at=at(), due="08:00")))]), Outcome.LATE) is Standing.UNCOVERED


def test_a_deadline_of_its_own_tier_is_told_as_that_tier_says() -> None:
    critical = tier(layer=layer(notify={Outcome.LATE: tells("data-team")}))
    sla = Sla(at=at(), stale_after=timedelta(hours=4), tier="critical")
    found = policy(channels=channels(), tiers=[critical], jobs=[rule(layer=layer(sla=sla))])
    assert standing(found, Outcome.LATE) is Standing.WAITS
    assert standing(found) is Standing.UNCOVERED
    assert covered(found).deadlines.late_waits == (101,)


def test_a_delay_covers_lateness_because_what_never_comes_exceeds_it() -> None:
    over = tells(Target(channel="data-team", over=timedelta(minutes=30)))
    said = layer(sla=Sla(at=at(), due="08:00"), notify={Outcome.LATE: over})
    assert standing(policy(channels=channels(), jobs=[rule(layer=said)]), Outcome.LATE) is Standing.WAITS


def test_a_route_names_the_line_that_says_so() -> None:
    said = layer(notify={FAILURE: tells("data-team")})
    (found,) = covered(policy(channels=channels(), jobs=[rule(layer=said)])).jobs
    (route,) = found.answer.failure.routes
    assert (route.channel, route.means, route.because) == ("data-team", Means.RELAYED, (said.notify[FAILURE].at,))


def test_jobs_of_one_rule_share_one_answer() -> None:
    live = inventory(jobs=[job(id=1), job(id=2), job(id=3)])
    found = covered(policy(notifications=[notification(jobs=selector(ids=[3]))], jobs=[rule()]), live).jobs
    assert found[0].answer is found[1].answer
    assert found[1].answer is not found[2].answer


def test_a_deactivated_job_is_shown_and_not_counted() -> None:
    found = covered(policy(), inventory(jobs=[job(id=1), job(id=2, deactivated=True)]))
    assert (found.whole.of, found.deactivated, len(found.jobs)) == (1, 1, 2)
    assert [each.id for each in found.missing] == [1]


def _woken(found: Coverage) -> list[tuple[object, ...]]:
    return [(each.tier, *(each.by[wake] for wake in Wake), each.never) for each in found.paging]


def test_who_is_woken_is_told_by_tier_and_surest_way() -> None:
    paged = tier(layer=layer(escalation="standard"))
    high = tier("high", rank=2, layer=layer(promote=(Promotion(to="critical", after_consecutive_failures=2),)))
    late = layer(sla=Sla(at=at(), due="08:00"), notify={Outcome.LATE: tells("oncall")})
    found = covered(
        policy(
            channels=channels(),
            tiers=[paged, high, tier("low", rank=4)],
            escalations=[escalation("oncall", "data-team")],
            jobs=[
                rule(match=selector(ids=[1]), tier="critical"),
                rule(match=selector(ids=[2]), tier="critical", layer=layer(notify={FAILURE: tells("oncall")})),
                rule(match=selector(ids=[3]), tier="high"),
                rule(match=selector(ids=[4]), tier="low", layer=late),
                rule(match=selector(ids=[5]), tier="low"),
                rule(match=selector(ids=[6]), silent=True),
            ],
        ),
        inventory(jobs=[job(id=number) for number in range(1, 7)]),
    )
    assert _woken(found) == [("critical", 1, 1, 0, 0, ()), ("high", 0, 0, 1, 0, ()), ("low", 0, 0, 0, 1, (5,))]


def test_a_notification_pages_for_a_job_without_a_rule_too() -> None:
    asked = policy(channels=channels(), notifications=[notification(to=["oncall"], jobs=selector(ids=[1]))])
    assert _woken(covered(asked, inventory(jobs=[job(id=1), job(id=2)]))) == [("", 1, 0, 0, 0, (2,))]


def test_details_are_those_of_the_jobs_that_somebody_hears_of() -> None:
    found = covered(
        policy(
            channels=[dbt_user(), relayed("data-team"), pager()],
            jobs=[
                rule(match=selector(ids=[1]), layer=layer(notify={FAILURE: tells("maria")}, owner="a@b.example")),
                rule(match=selector(ids=[2]), layer=layer(runbook="https://wiki.example")),
            ],
            notifications=[notification(jobs=selector(ids=[3]))],
        ),
        inventory(jobs=[job(id=1), job(id=2), job(id=3)]),
    ).details
    assert (found.of, found.owner, found.runbook, found.impact) == (2, 1, 0, 0)


@pytest.mark.parametrize(("told", "of", "text"), [(9999, 10_000, "99.9 %"), (2, 3, "66.6 %"), (5, 5, "100 %")])
def test_a_percentage_is_cut_and_never_rounded_up(told: int, of: int, text: str) -> None:
    assert Share(told=told, uncovered=of - told).percent_text == text


def test_a_hundred_percent_means_that_nothing_is_missing() -> None:
    assert not any(Share(told=n, uncovered=1).percent == 100 for n in range(0, 50_000, 7))


def test_a_floor_is_judged_exactly_and_nothing_proves_nothing() -> None:
    assert Share(told=9999, uncovered=1).under(99.995)
    assert not Share(told=9999, uncovered=1).under(99.99)
    assert not Share(told=1).under(100)
    assert Share().under(0)


def test_what_cannot_happen_is_in_no_percentage() -> None:
    assert Share(told=1, never=9).percent == 100
    assert Share(never=9).percent is None
