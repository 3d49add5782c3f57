from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from reconciler.model.layers import Cycle, Digest, When
from reconciler.model.outcome import NATIVE_OUTCOMES, Outcome
from reconciler.model.policy import Escalation, Layer, Level, Mute, Policy, Sla
from reconciler.model.selector import NamePattern
from reconciler.model.telling import Cause, FailedNode, History, NodeKind, Occasion, Reaction, Via
from reconciler.routing.place import Placed
from reconciler.routing.route import Router, route
from tests.builders import at, edits, job, layer, notification, rule, selector, tells, tier
from tests.routing.routing_lab import (
    LEVELS,
    MINUTE,
    MONDAY,
    OFFICE,
    SATURDAY,
    TEN_MINUTES,
    ask,
    becomes,
    company,
    fails,
    kept_back,
    late,
    node,
    of,
    over,
    placed,
    promote,
    said,
)

ESCALATES = ["5m oncall escalation failure", "5m tickets ticket failure", "15m leads escalation failure"]
LAST = "30m boss escalation failure"


def telling(*who: object, on: Outcome = Outcome.FAILURE, **values: object) -> Layer:
    return layer(notify={on: tells(*who)}, **values)  # pyrefly: ignore[bad-argument-type]


class TestFirstMessages:
    def test_the_tiers_channels_hear_at_once(self) -> None:
        assert said(ask(company(), fails())) == ["0m team at once failure"]

    @pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome is not Outcome.RECOVERED])
    def test_of_an_outcome_only_those_who_are_named_for_it_hear(self, outcome: Outcome) -> None:
        declared = company(high=telling("team", on=outcome))
        for other in Outcome:
            expected = [f"0m team at once {outcome.value}"] if other is outcome else []
            assert said(ask(declared, becomes(other))) == expected

    def test_a_rule_edits_what_its_tier_says_and_each_names_its_own_line(self) -> None:
        declared = company()
        edit = edits(add=["info"])
        own = rule(tier="high", layer=layer(notify={Outcome.FAILURE: edit}))
        routed = route(declared, placed(own), fails())
        assert said(routed) == ["0m info at once failure", "0m team at once failure"]
        info, team = routed.tellings
        assert info.because == (own.at, edit.at)
        assert team.because == (own.at, declared.tiers["high"].layer.notify[Outcome.FAILURE].at)

    def test_a_job_without_a_rule_has_no_tier_and_tells_nobody(self) -> None:
        routed = route(company(), placed(), fails())
        assert (routed.tier, routed.tellings, routed.opens_incident) == (None, (), False)

    def test_the_order_is_of_time_then_level_then_channel(self) -> None:
        declared = company(critical=telling("tests", "critical", "info", escalation="standard"))
        found = ask(declared, fails(), of_tier="critical").tellings
        assert [(each.at, each.level, each.channel) for each in found] == sorted(
            (each.at, each.level, each.channel) for each in found
        )


class TestConditions:
    @pytest.mark.parametrize(
        ("nodes", "told"),
        [
            ((node("a", NodeKind.TEST),), ["tests"]),
            ((node("a"), node("b", NodeKind.TEST)), ["critical", "tests"]),
            ((node("a"),), ["critical"]),
            ((), ["oncall"]),
        ],
    )
    def test_of_a_kind_of_node(self, nodes: tuple[FailedNode, ...], told: list[str]) -> None:
        kinds = (of("tests", "test"), of("critical", "model"), of("oncall", "infrastructure"))
        routed = ask(company(high=telling(*kinds)), fails(MONDAY, *nodes))
        assert [each.channel for each in routed.tellings] == told
        assert set(kept_back(routed).values()) == {"OTHER_KIND"}
        assert {*kept_back(routed), *told} == {"tests", "critical", "oncall"}

    def test_a_warning_without_nodes_is_of_no_kind(self) -> None:
        declared = company(high=telling(of("oncall", "infrastructure"), on=Outcome.WARNING))
        assert kept_back(ask(declared, becomes(Outcome.WARNING))) == {"oncall": "OTHER_KIND"}

    @pytest.mark.parametrize(("minutes", "told"), [(29, False), (30, True), (31, True)])
    def test_over_a_delay(self, minutes: int, *, told: bool) -> None:
        routed = ask(company(high=telling(over("critical", 30), on=Outcome.LATE)), late(minutes * MINUTE))
        assert bool(routed.tellings) is told
        assert [each.at for each in routed.withheld] == ([] if told else [MONDAY + MINUTE])

    def test_one_of_two_targets_is_enough(self) -> None:
        routed = ask(company(high=telling(of("tests", "test"), of("tests", "model"))), fails(MONDAY, node()))
        assert said(routed) == ["0m tests at once failure"]
        assert routed.withheld == ()


class TestNative:
    NATIVE = layer(notify={outcome: tells("maria") for outcome in NATIVE_OUTCOMES}, hours=OFFICE, group=TEN_MINUTES)

    @pytest.mark.parametrize("outcome", NATIVE_OUTCOMES)
    def test_dbt_cloud_tells_at_once_also_at_night(self, outcome: Outcome) -> None:
        routed = ask(company(high=self.NATIVE), becomes(outcome, SATURDAY))
        assert said(routed, SATURDAY) == [f"0m maria at once {outcome.value} (native)"]

    @pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if not outcome.native])
    def test_and_knows_four_outcomes_only(self, outcome: Outcome) -> None:
        assert said(ask(company(high=self.NATIVE), becomes(outcome))) == []

    def test_no_mute_holds_it_back(self) -> None:
        own = rule(tier="high", layer=telling("maria", "team"))
        muted = placed(own, mutes=(mute(date(2026, 2, 1)),))
        routed = route(company(), muted, fails())
        assert said(routed) == ["0m maria at once failure (native)"]
        assert kept_back(routed) == {"team": "MUTED"}

    def test_its_edges_are_of_the_jobs_own_tier_after_a_promotion_too(self) -> None:
        high = telling("maria", "team", promote=(promote("critical", after=1),))
        declared = company(high=high, critical=telling("finance-mail", "critical"))
        routed = ask(declared, fails())
        assert said(routed) == ["0m critical at once failure", "0m maria at once failure (native)"]
        assert kept_back(routed) == {"finance-mail": "EDGES_STAY"}

    def test_a_timed_out_run_is_cancelled_for_it_and_a_failure_for_us(self) -> None:
        high = layer(notify={Outcome.FAILURE: tells("finance-mail", "team"), Outcome.CANCELLED: tells("maria", "info")})
        routed = ask(company(high=high), fails(cause=Cause.TIMEOUT))
        assert said(routed) == ["0m maria at once cancelled (native)", "0m team at once failure"]
        assert kept_back(routed) == {"finance-mail": "CALLED_CANCELLED"}

    def test_who_hears_of_it_as_cancelled_is_not_said_to_hear_nothing(self) -> None:
        high = layer(notify={each: tells("maria") for each in (Outcome.FAILURE, Outcome.CANCELLED)})
        routed = ask(company(high=high), fails(cause=Cause.TIMEOUT))
        assert said(routed) == ["0m maria at once cancelled (native)"]
        assert kept_back(routed) == {}


class TestNotifications:
    def test_add_to_what_the_tier_says(self) -> None:
        more = notification(to=("maria", "info"))
        routed = route(company(), placed(rule(tier="high"), notifications=(more,)), fails())
        assert said(routed) == [
            "0m info at once failure",
            "0m maria at once failure (native)",
            "0m team at once failure",
        ]

    def test_stand_outside_every_tier(self) -> None:
        high = telling("team", hours=OFFICE, group=TEN_MINUTES, promote=(promote("critical", after=9),))
        place = placed(rule(tier="high"), notifications=(notification(to=("info",)),))
        routed = route(company(high=high), place, fails(SATURDAY))
        assert said(routed, SATURDAY)[0] == "0m info at once failure"
        assert routed.tellings[1].occasion is Occasion.OPENING

    def test_are_told_of_a_job_that_is_declared_silent(self) -> None:
        place = placed(rule(silent=True, layer=layer(reason="CI")), notifications=(notification(to=("info", "maria")),))
        assert said(route(company(), place, fails())) == [
            "0m info at once failure",
            "0m maria at once failure (native)",
        ]

    def test_a_channel_that_both_name_is_told_once_and_both_lines_say_so(self) -> None:
        more = notification(to=("team", "maria"))
        own = rule(tier="high", layer=layer(notify={Outcome.FAILURE: edits(add=["maria"])}))
        routed = route(company(), placed(own, notifications=(more,)), fails())
        assert said(routed) == ["0m maria at once failure (native)", "0m team at once failure"]
        assert all({own.at, more.at} <= set(each.because) for each in routed.tellings)

    def test_hear_once_of_an_incident(self) -> None:
        place = placed(rule(tier="high"), notifications=(notification(to=("info",)),))
        routed = route(company(), place, fails(), history=History(failures_before=1, incident_since=SATURDAY))
        assert kept_back(routed) == {"info": "INCIDENT_OPEN", "team": "INCIDENT_OPEN"}


class TestSilence:
    def test_nobody_hears_and_those_who_would_are_named(self) -> None:
        silent = rule(silent=True, layer=telling("info", reason="CI failures show in the pull request"))
        declared = company(defaults=telling("team", "maria"))
        routed = route(declared, placed(silent), fails())
        assert routed.tellings == ()
        assert kept_back(routed) == {"info": "SILENT"}
        assert routed.withheld[0].detail == "CI failures show in the pull request"
        assert routed.withheld[0].because[-1] == silent.at

    def test_it_has_no_digest_and_opens_no_incident(self) -> None:
        digest = Digest(every=Cycle.DAY, at=time(9), to=("info",))
        declared = company(defaults=telling("team", digest=digest, escalation="standard"))
        routed = route(declared, placed(rule(silent=True)), fails())
        assert (routed.tellings, routed.opens_incident) == ((), False)


class TestPromotion:
    @pytest.mark.parametrize(("before", "tier_told"), [(0, "high"), (1, "high"), (2, "critical"), (7, "critical")])
    def test_after_so_many_failures_this_one_included(self, before: int, tier_told: str) -> None:
        declared = company(high=telling("team", promote=(promote("critical", after=3),)))
        routed = ask(declared, fails(), history=History(failures_before=before))
        assert routed.tier == tier_told
        assert (routed.promoted is not None) is (tier_told == "critical")

    def test_the_line_and_the_reason_are_told(self) -> None:
        place = at(24, file="tiers.yml")
        high = telling("team", promote=(promote("critical", after=3),), places={"promote": place})
        routed = ask(company(high=high), fails(), history=History(failures_before=2))
        assert routed.promoted is not None
        assert (routed.promoted.tier, routed.promoted.to) == ("high", "critical")
        assert (routed.promoted.why, routed.promoted.at) == ("failure 3 in a row", place)
        assert all(place in each.because for each in routed.tellings)

    @pytest.mark.parametrize(
        ("nodes", "promoted"),
        [
            ((node("fct_revenue_daily", NodeKind.MODEL, "pii"),), True),
            ((node("fct_revenue_daily", NodeKind.TEST, "revenue"),), True),
            ((node("fct_revenue_daily"),), False),
            ((node("stg_orders", NodeKind.MODEL, "pii"),), False),
            ((node("fct_revenue_daily"), node("stg_orders", NodeKind.MODEL, "pii")), False),
            ((), False),
        ],
    )
    def test_the_keys_of_one_when_hold_for_one_node(self, nodes: tuple[FailedNode, ...], *, promoted: bool) -> None:
        when = When(models=(NamePattern("fct_revenue*"), NamePattern("dim_*")), tags=("revenue", "pii"))
        declared = company(high=telling("team", promote=(promote("critical", when=when),)))
        assert (ask(declared, fails(MONDAY, *nodes)).tier == "critical") is promoted

    @pytest.mark.parametrize(("before", "name", "promoted"), [(2, "a", True), (1, "a", False), (2, "b", False)])
    def test_the_keys_of_one_entry_all_hold(self, before: int, name: str, *, promoted: bool) -> None:
        both = promote("critical", after=3, when=When(models=(NamePattern("a"),)))
        routed = ask(
            company(high=telling("team", promote=(both,))),
            fails(MONDAY, node(name)),
            history=History(failures_before=before),
        )
        assert (routed.promoted.why if routed.promoted else None) == (
            "failure 3 in a row, a failed" if promoted else None
        )

    def test_of_several_that_hold_the_worst_tier_counts(self) -> None:
        entries = (promote("high", after=1), promote("critical", after=1), promote("high", after=1))
        assert ask(company(low=telling("info", promote=entries)), fails(), of_tier="low").tier == "critical"

    def test_it_goes_on_in_the_tier_that_it_came_to(self) -> None:
        declared = company(
            low=telling("info", promote=(promote("high", after=1),)),
            high=telling("team", promote=(promote("critical", after=2), promote("low", after=1))),
        )
        assert ask(declared, fails(), of_tier="low").tier == "high"
        routed = ask(declared, fails(), of_tier="low", history=History(failures_before=1))
        assert (routed.tier, routed.promoted and routed.promoted.tier) == ("critical", "low")

    def test_never_to_a_better_tier(self) -> None:
        declared = company(
            critical=telling("critical", promote=(promote("low", after=1), promote("critical", after=1)))
        )
        routed = ask(declared, fails(), of_tier="critical")
        assert (routed.tier, routed.promoted) == ("critical", None)

    def test_a_rule_without_a_tier_may_be_promoted_into_one(self) -> None:
        routed = ask(company(), fails(), of_tier=None, layer=layer(promote=(promote("critical", after=1),)))
        assert (routed.tier, routed.promoted and routed.promoted.tier) == ("critical", None)

    @pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome is not Outcome.FAILURE])
    def test_nothing_but_a_failure_is_promoted(self, outcome: Outcome) -> None:
        declared = company(high=telling("team", on=outcome, promote=(promote("critical", after=1),)))
        assert ask(declared, becomes(outcome)).tier == "high"

    def test_the_tier_layer_alone_is_swapped(self) -> None:
        declared = company(high=telling("team", promote=(promote("critical", after=1),)))
        own = layer(notify={Outcome.FAILURE: edits(add=["info"])})
        assert said(ask(declared, fails(), layer=own)) == [
            "0m critical at once failure",
            "0m info at once failure",
            *ESCALATES,
            LAST,
        ]


class TestHours:
    HIGH = telling("team", hours=OFFICE)

    def test_outside_a_message_waits_for_the_opening(self) -> None:
        routed = ask(company(high=self.HIGH), fails(SATURDAY))
        [only] = routed.tellings
        assert (only.at, only.occasion) == (datetime.fromisoformat("2026-01-05T08:00Z"), Occasion.OPENING)

    def test_inside_it_does_not(self) -> None:
        assert said(ask(company(high=self.HIGH), fails())) == ["0m team at once failure"]

    def test_their_zone_is_the_jobs_unless_they_name_one(self) -> None:
        new_york = layer(timezone="America/New_York")
        morning = fails(datetime.fromisoformat("2026-01-05T12:59Z"))
        [waits] = ask(company(high=self.HIGH), morning, layer=new_york).tellings
        assert waits.at == datetime.fromisoformat("2026-01-05T13:00Z")
        in_berlin = company(high=telling("team", hours=replace(OFFICE, timezone="Europe/Berlin")))
        [told] = ask(in_berlin, morning, layer=new_york).tellings
        assert told.occasion is Occasion.AT_ONCE

    def test_the_lines_of_calendar_and_hours_say_so(self) -> None:
        place = at(19, file="tiers.yml")
        declared = company(high=telling("team", hours=OFFICE, places={"hours": place}))
        [held] = ask(declared, fails(SATURDAY)).tellings
        assert held.because[-2:] == (declared.calendars["workdays"].at, place)

    @pytest.mark.parametrize("outcome", [Outcome.SUCCESS, Outcome.WARNING, Outcome.LATE, Outcome.SLOW])
    def test_hold_every_outcome(self, outcome: Outcome) -> None:
        [held] = ask(company(high=telling("team", on=outcome, hours=OFFICE)), becomes(outcome, SATURDAY)).tellings
        assert held.occasion is Occasion.OPENING

    def test_do_not_hold_a_promoted_alert_whatever_its_new_tier_says(self) -> None:
        high = telling("team", hours=OFFICE, promote=(promote("critical", after=1),))
        declared = company(high=high, critical=telling("critical", hours=OFFICE))
        assert said(ask(declared, fails(SATURDAY)), SATURDAY) == ["0m critical at once failure"]

    def test_a_level_that_is_told_releases_what_they_hold(self) -> None:
        declared = company(high=telling("team", hours=OFFICE, escalation="standard"))
        assert said(ask(declared, fails(SATURDAY)), SATURDAY) == ["5m team escalation failure", *ESCALATES, LAST]

    def test_a_level_that_is_not_told_releases_nothing(self) -> None:
        declared = company(high=telling("team", hours=OFFICE, escalation="standard"))
        routed = ask(declared, fails(SATURDAY), reaction=Reaction(acknowledged_at=SATURDAY + MINUTE))
        assert said(routed, SATURDAY) == ["30m team escalation failure", LAST]
        resolved = ask(declared, fails(SATURDAY), reaction=Reaction(resolved_at=SATURDAY + MINUTE))
        assert [each.occasion for each in resolved.tellings] == [Occasion.OPENING]

    def test_that_never_open_are_named(self) -> None:
        declared = company(high=self.HIGH)
        never = replace(declared, calendars={"workdays": replace(declared.calendars["workdays"], weekdays=frozenset())})
        assert kept_back(ask(never, fails())) == {"team": "NEVER_OPEN"}


class TestGrouping:
    HIGH = telling("team", group=TEN_MINUTES)

    def test_a_failure_waits_for_more(self) -> None:
        assert said(ask(company(high=self.HIGH), fails())) == ["10m team grouped failure"]

    @pytest.mark.parametrize(("ago", "waits"), [(0, 10), (4, 6), (10, 0), (11, 10)])
    def test_from_the_first_of_the_open_group(self, ago: int, waits: int) -> None:
        routed = ask(company(high=self.HIGH), fails(), history=History(group_since=MONDAY - ago * MINUTE))
        assert said(routed) == [f"{waits}m team grouped failure"]

    @pytest.mark.parametrize("outcome", [Outcome.WARNING, Outcome.LATE, Outcome.CANCELLED])
    def test_nothing_else_waits(self, outcome: Outcome) -> None:
        declared = company(high=telling("team", on=outcome, group=TEN_MINUTES))
        assert said(ask(declared, becomes(outcome))) == [f"0m team at once {outcome.value}"]

    def test_hours_are_asked_when_the_window_is_over(self) -> None:
        declared = company(high=telling("team", group=TEN_MINUTES, hours=OFFICE))
        evening = datetime.fromisoformat("2026-01-05T18:55Z")
        [held] = ask(declared, fails(evening)).tellings
        assert (held.at, held.occasion) == (datetime.fromisoformat("2026-01-06T08:00Z"), Occasion.OPENING)
        dawn = datetime.fromisoformat("2026-01-05T07:55Z")
        assert said(ask(declared, fails(dawn)), dawn) == ["10m team grouped failure"]

    def test_a_release_does_not_cut_the_window_short(self) -> None:
        declared = company(high=telling("team", group=TEN_MINUTES, hours=OFFICE, escalation="standard"))
        assert "10m team escalation failure" in said(ask(declared, fails(SATURDAY)), SATURDAY)


class TestEscalation:
    CRITICAL = company()

    def critical(self, **asked: object) -> list[str]:
        return said(ask(self.CRITICAL, fails(), of_tier="critical", **asked))  # pyrefly: ignore[bad-argument-type]

    def test_level_by_level_from_the_start(self) -> None:
        assert self.critical() == ["0m critical at once failure", *ESCALATES, LAST]

    @pytest.mark.parametrize(
        ("acknowledged", "resolved", "later"),
        [
            (None, None, [*ESCALATES, LAST]),
            (0, None, [LAST]),
            (5, None, [LAST]),
            (6, None, [*ESCALATES[:2], LAST]),
            (15, None, [*ESCALATES[:2], LAST]),
            (None, 4, []),
            (None, 20, ESCALATES),
            (6, 30, ESCALATES[:2]),
            (None, 31, [*ESCALATES, LAST]),
        ],
    )
    def test_as_each_levels_unless_says(self, acknowledged: int | None, resolved: int | None, later: list[str]) -> None:
        reaction = Reaction(
            acknowledged_at=None if acknowledged is None else MONDAY + acknowledged * MINUTE,
            resolved_at=None if resolved is None else MONDAY + resolved * MINUTE,
        )
        assert self.critical(reaction=reaction) == ["0m critical at once failure", *later]

    def test_what_made_a_level_needless_is_said(self) -> None:
        reaction = Reaction(acknowledged_at=MONDAY + MINUTE, resolved_at=MONDAY + 20 * MINUTE)
        routed = ask(self.CRITICAL, fails(), of_tier="critical", reaction=reaction)
        assert kept_back(routed) == {
            "oncall": "ACKNOWLEDGED",
            "tickets": "ACKNOWLEDGED",
            "leads": "ACKNOWLEDGED",
            "boss": "RESOLVED",
        }
        assert [each.level for each in routed.withheld] == [1, 1, 2, 3]

    def test_a_telling_says_what_would_make_it_needless_and_its_line(self) -> None:
        routed = ask(self.CRITICAL, fails(), of_tier="critical")
        last = routed.tellings[-1]
        assert (last.level, last.unless, last.via) == (3, "resolved", Via.RELAYED)
        assert last.because[-1] == self.CRITICAL.escalations["standard"].at

    @pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome not in ("failure", "late")])
    def test_only_failures_and_missed_deadlines_escalate(self, outcome: Outcome) -> None:
        declared = company(critical=telling("critical", on=outcome, escalation="standard"))
        routed = ask(declared, becomes(outcome), of_tier="critical")
        assert said(routed) == [f"0m critical at once {outcome.value}"]
        assert not routed.opens_incident

    def test_a_level_is_never_held(self) -> None:
        declared = company(critical=telling("critical", hours=OFFICE, escalation="standard"))
        routed = ask(declared, fails(SATURDAY), of_tier="critical")
        assert said(routed, SATURDAY)[1:] == [*ESCALATES, LAST]

    def test_a_first_message_that_nobody_gets_does_not_stop_it(self) -> None:
        declared = company(critical=telling(of("tests", "test"), escalation="standard"))
        assert said(ask(declared, fails(), of_tier="critical")) == [*ESCALATES, LAST]

    def test_two_levels_at_one_time_tell_a_channel_once(self) -> None:
        declared = company()
        twice = Escalation(name="standard", at=at(), levels=(LEVELS[0], replace(LEVELS[0], ticket=None)))
        routed = ask(replace(declared, escalations={"standard": twice}), fails(), of_tier="critical")
        assert [(each.channel, each.level) for each in routed.tellings] == [
            ("critical", 0),
            ("oncall", 1),
            ("tickets", 1),
        ]

    def test_a_ticket_is_no_message(self) -> None:
        declared = company()
        both = Escalation(
            name="standard",
            at=at(),
            levels=(Level(after=MINUTE, notify=("oncall",), unless="resolved", ticket="oncall"),),
        )
        routed = ask(replace(declared, escalations={"standard": both}), fails(), of_tier="critical")
        assert said(routed)[1:] == ["1m oncall escalation failure", "1m oncall ticket failure"]


class TestOpenIncidents:
    def open_since(self, minutes: int, **history: object) -> History:
        return History(
            failures_before=1,
            incident_since=MONDAY - minutes * MINUTE,
            **history,  # pyrefly: ignore[bad-argument-type]
        )

    def test_a_failure_opens_one_if_somebody_is_told(self) -> None:
        assert ask(company(), fails()).opens_incident
        assert not ask(company(high=telling("maria")), fails()).opens_incident
        assert not ask(company(high=telling(of("tests", "test"))), fails()).opens_incident

    def test_a_further_failure_joins_it_and_the_levels_to_come_are_told(self) -> None:
        routed = ask(company(), fails(), of_tier="critical", history=self.open_since(10))
        assert said(routed) == ["5m leads escalation failure", "20m boss escalation failure"]
        assert kept_back(routed) == {"critical": "INCIDENT_OPEN"}
        assert not routed.opens_incident

    def test_who_has_not_heard_of_it_is_told(self) -> None:
        declared = company(high=telling("team", of("tests", "test")))
        history = self.open_since(10, told=frozenset({"team"}))
        routed = ask(declared, fails(MONDAY, node("a", NodeKind.TEST)), history=history)
        assert said(routed) == ["0m tests at once failure"]
        assert kept_back(routed) == {"team": "INCIDENT_OPEN"}

    def test_a_promotion_tells_it_again_and_starts_its_levels(self) -> None:
        declared = company(high=telling("team", promote=(promote("critical", after=2),)))
        routed = ask(declared, fails(), history=self.open_since(180))
        assert said(routed) == ["0m critical at once failure", *ESCALATES, LAST]
        assert not routed.opens_incident

    def test_once_promoted_it_is_not_told_again(self) -> None:
        declared = company(high=telling("team", promote=(promote("critical", after=2),)))
        history = replace(self.open_since(10, incident_tier="critical"), failures_before=2)
        routed = ask(declared, fails(), history=history)
        assert said(routed) == ["5m leads escalation failure", "20m boss escalation failure"]
        assert routed.promoted is not None

    def test_it_never_gets_better(self) -> None:
        history = self.open_since(10, incident_tier="critical")
        routed = ask(company(), fails(), history=history)
        assert (routed.tier, routed.promoted) == ("critical", None)
        assert said(routed) == ["5m leads escalation failure", "20m boss escalation failure"]

    def test_a_tier_that_is_gone_is_the_jobs_own(self) -> None:
        assert ask(company(), fails(), history=self.open_since(10, incident_tier="abolished")).tier == "high"

    def test_other_outcomes_do_not_join(self) -> None:
        declared = company(high=telling("team", on=Outcome.WARNING))
        routed = ask(declared, becomes(Outcome.WARNING), history=self.open_since(10))
        assert said(routed) == ["0m team at once warning"]


class TestRecovery:
    DECLARED = company(high=layer(notify={each: tells("team") for each in (Outcome.SUCCESS, Outcome.RECOVERED)}))

    @pytest.mark.parametrize("history", [History(failures_before=1), History(incident_since=SATURDAY)])
    def test_a_success_after_failures_is_one_too(self, history: History) -> None:
        routed = ask(self.DECLARED, becomes(Outcome.SUCCESS), history=history)
        assert said(routed) == ["0m team at once success", "0m team at once recovered"]

    def test_a_success_after_success_is_none(self) -> None:
        assert said(ask(self.DECLARED, becomes(Outcome.SUCCESS))) == ["0m team at once success"]

    def test_a_failure_does_not_recover(self) -> None:
        assert said(ask(self.DECLARED, fails(), history=History(failures_before=3))) == []

    def test_those_whom_the_incident_was_promoted_to_hear_that_it_is_over(self) -> None:
        history = History(failures_before=3, incident_since=SATURDAY, incident_tier="critical")
        routed = ask(self.DECLARED, becomes(Outcome.SUCCESS), history=history)
        assert said(routed) == ["0m critical at once recovered", "0m team at once success"]
        assert routed.tier == "high"

    def test_it_is_not_held_where_the_incident_was_not(self) -> None:
        own = rule(tier="high", layer=layer(hours=OFFICE))
        history = History(failures_before=3, incident_since=SATURDAY, incident_tier="critical")
        recovered = route(company(), placed(own), becomes(Outcome.SUCCESS, SATURDAY), history=history)
        assert said(recovered, SATURDAY) == ["0m critical at once recovered"]


class TestLate:
    @staticmethod
    def with_sla(severity: str | None) -> Layer:
        return layer(sla=Sla(at=at(), due="08:00", tier=severity))

    def test_has_the_severity_of_its_sla(self) -> None:
        routed = ask(company(), late(), layer=self.with_sla("critical"))
        assert said(routed) == [
            each.replace("failure", "late") for each in ["0m critical at once failure", *ESCALATES, LAST]
        ]
        assert (routed.tier, routed.promoted, routed.opens_incident) == ("critical", None, True)

    def test_else_that_of_its_job(self) -> None:
        declared = company(high=telling("team", on=Outcome.LATE))
        assert said(ask(declared, late(), layer=self.with_sla(None))) == ["0m team at once late"]

    def test_a_failure_does_not(self) -> None:
        assert ask(company(), fails(), layer=self.with_sla("critical")).tier == "high"

    def test_it_is_held_by_the_hours_of_that_severity(self) -> None:
        declared = company(low=telling("info", on=Outcome.LATE, hours=OFFICE))
        [held] = ask(declared, late(moment=SATURDAY), layer=self.with_sla("low")).tellings
        assert held.occasion is Occasion.OPENING


def mute(until: date, reason: str = "warehouse migration") -> Mute:
    return Mute(at=at(), team="default", jobs=selector(everything=True), until=until, reason=reason)


class TestMutes:
    def muted(self, declared: Policy, moment: datetime, *mutes: Mute) -> dict[str, str]:
        return kept_back(route(declared, placed(rule(tier="high"), mutes=mutes), fails(moment)))

    @pytest.mark.parametrize(
        ("moment", "zone", "held"),
        [
            ("2026-01-04T23:59:59Z", "UTC", True),
            ("2026-01-05T00:00:00Z", "UTC", False),
            ("2026-01-05T04:59:59Z", "America/New_York", True),
            ("2026-01-05T05:00:00Z", "America/New_York", False),
            ("2026-01-04T15:00:00Z", "Asia/Tokyo", False),
        ],
    )
    def test_end_at_the_start_of_their_day_in_the_policys_zone(self, moment: str, zone: str, *, held: bool) -> None:
        found = self.muted(company(timezone=zone), datetime.fromisoformat(moment), mute(date(2026, 1, 5)))
        assert found == ({"team": "MUTED"} if held else {})

    def test_of_several_the_last_to_end_counts(self) -> None:
        found = self.muted(company(), MONDAY, mute(date(2026, 1, 4)), mute(date(2026, 2, 1)), mute(date(2026, 1, 2)))
        assert found == {"team": "MUTED"}

    def test_hold_back_escalation_and_digest_and_keep_the_measurements(self) -> None:
        digest = Digest(every=Cycle.DAY, at=time(9), to=("info",))
        declared = company(critical=telling("critical", escalation="standard", digest=digest), metrics=("figures",))
        place = placed(rule(tier="critical"), mutes=(mute(date(2026, 2, 1)),))
        routed = route(declared, place, fails())
        assert said(routed) == ["0m figures metrics failure"]
        assert set(kept_back(routed)) == {"critical", "oncall", "leads", "boss", "tickets", "info"}

    def test_open_no_incident_that_would_hide_what_comes_after(self) -> None:
        place = placed(rule(tier="critical"), mutes=(mute(date(2026, 2, 1)),))
        assert not route(company(), place, fails()).opens_incident

    def test_hold_back_notifications_and_say_why(self) -> None:
        until = mute(date(2026, 2, 1))
        place = placed(None, notifications=(notification(to=("info",)),), mutes=(until,))
        [held] = route(company(), place, fails()).withheld
        assert (held.because[-1], held.detail) == (until.at, "until 2026-02-01: warehouse migration")

    def test_that_ended_before_all_time_is_no_trouble(self) -> None:
        assert self.muted(company(timezone="Asia/Tokyo"), MONDAY, mute(date.min)) == {}


class TestSummaries:
    DIGEST = Digest(every=Cycle.DAY, at=time(9), to=("info", "team"), calendar="workdays")

    @pytest.mark.parametrize("outcome", list(Outcome))
    def test_a_finished_run_is_in_the_next_digest_and_in_the_figures(self, outcome: Outcome) -> None:
        declared = company(low=layer(digest=self.DIGEST), metrics=("figures",))
        routed = ask(declared, becomes(outcome, SATURDAY), of_tier="low")
        expected = [("figures", "metrics"), ("info", "digest"), ("team", "digest")] if outcome.native else []
        assert [(each.channel, each.occasion.value) for each in routed.tellings] == expected
        assert {each.at for each in routed.tellings[1:]} <= {datetime.fromisoformat("2026-01-05T09:00Z")}

    def test_a_promotion_takes_no_run_out_of_the_digest_of_its_job(self) -> None:
        declared = company(low=layer(digest=self.DIGEST, promote=(promote("critical", after=1),)))
        assert {"info", "team", "critical"} <= {each.channel for each in ask(declared, fails(), of_tier="low").tellings}

    def test_the_digests_zone_is_the_policys_unless_it_names_one(self) -> None:
        declared = company(low=layer(digest=self.DIGEST), timezone="America/New_York")
        assert ask(declared, fails(), of_tier="low").tellings[0].at == datetime.fromisoformat("2026-01-05T14:00Z")

    @pytest.mark.parametrize("ruled", [None, rule(silent=True), rule(tier="low")])
    def test_every_job_is_in_the_figures(self, ruled: object) -> None:
        declared = company(low=layer(), metrics=("figures",))
        place = Placed(job=job(), rule=ruled)  # pyrefly: ignore[bad-argument-type]
        assert said(route(declared, place, fails())) == ["0m figures metrics failure"]

    def test_one_channel_hears_an_alert_and_measures_it(self) -> None:
        declared = company(metrics=("team",))
        assert said(ask(declared, fails())) == ["0m team at once failure", "0m team metrics failure"]


def test_one_router_answers_as_many_do() -> None:
    declared = company()
    router = Router(declared)
    for name in ("high", "critical", "high", "low"):
        own = rule(tier=name)
        assert router.route(placed(own), fails()) == route(declared, placed(own), fails())


def test_ranks_and_not_names_say_what_is_worse() -> None:
    declared = company(low=telling("info", promote=(promote("zero", after=1), promote("critical", after=1))))
    ranked = replace(declared, tiers={**declared.tiers, "zero": tier("zero", rank=9)})
    assert ask(ranked, fails(), of_tier="low").tier == "critical"


def test_a_digest_after_a_long_time_is_still_the_next() -> None:
    declared = company(low=layer(digest=TestSummaries.DIGEST))
    later = SATURDAY + timedelta(days=3650)
    assert ask(declared, fails(later), of_tier="low").tellings[0].at > later
