from collections.abc import Mapping
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.layers import Anomalies, Cycle, Digest, GroupBy, Grouping, OfficeHours, Promotion, When
from reconciler.model.outcome import Outcome
from reconciler.model.plan import RelayChange
from reconciler.model.policy import Escalation, Layer, Level, Mute, Policy, Sla, Target
from reconciler.model.selector import NamePattern
from reconciler.plan.desire import Desired, desire
from reconciler.plan.relay import relay_changes
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
    tells,
    tier,
)

CHANNELS = [dbt_user(), relayed("data-critical"), relayed("data-team"), relayed("oncall")]
LIVE = inventory(jobs=[job(id=101, name="Daily Revenue"), job(id=102, name="Hourly Load")])
STANDARD = Escalation(
    name="standard",
    at=at(),
    levels=(
        Level(after=timedelta(minutes=5), notify=("oncall",), unless="acknowledged", ticket="ticketing"),
        Level(after=timedelta(minutes=30), notify=("data-team", "data-critical"), unless="resolved", note="review"),
    ),
)


def facts(own: Layer, *, mutes: list[Mute] | None = None) -> Mapping[str, str]:
    """Return the facts of Daily Revenue when its rule says this."""
    rules = [rule(match=selector(ids=[101]), layer=own)]
    declared: Policy = policy(channels=CHANNELS, jobs=rules, escalations=[STANDARD], mutes=mutes or [])
    return desire(declared, LIVE).relay.get(101, {})


def mute(*, until: date = date(2027, 1, 5), reason: str = "warehouse migration", ids: tuple[int, ...] = (101,)) -> Mute:
    return Mute(at=at(7), team="default", jobs=selector(ids=ids), until=until, reason=reason)


class TestWhichJobs:
    @pytest.mark.parametrize(
        "own",
        [
            layer(notify={Outcome.LATE: tells("data-critical")}),
            layer(sla=Sla(at=at(), due="08:00")),
            layer(escalation="standard"),
            layer(digest=Digest(every=Cycle.DAY, at=time(9), to=("data-team",))),
            layer(promote=(Promotion(after_consecutive_failures=3, to="critical"),)),
        ],
    )
    def test_need_the_relay(self, own: Layer) -> None:
        assert facts(own)

    @pytest.mark.parametrize(
        "own",
        [layer(), layer(notify={Outcome.FAILURE: tells("maria")}), layer(anomalies=Anomalies(slower_by=50))],
    )
    def test_do_not(self, own: Layer) -> None:
        assert not facts(own)

    def test_a_silent_job_does_not_whatever_its_team_says(self) -> None:
        silent = rule(silent=True, layer=layer(sla=Sla(at=at(), due="08:00"), reason="x"))
        assert not desire(policy(jobs=[silent]), LIVE).relay

    def test_a_notification_alone_is_enough(self) -> None:
        entry = notification(to=["data-team"], on=[Outcome.SUCCESS], jobs=selector(ids=[102]))
        found = desire(policy(channels=CHANNELS, notifications=[entry]), LIVE)
        assert found.relay == {102: {"tell on success": "data-team"}}

    def test_jobs_with_the_same_facts_share_them(self) -> None:
        rules = [rule(layer=layer(sla=Sla(at=at(), due="08:00")))]
        found = desire(policy(jobs=rules), LIVE).relay
        assert found[101] is found[102]


class TestTexts:
    def test_a_deadline(self) -> None:
        sla = Sla(
            at=at(),
            name="revenue_dashboard",
            due="08:00",
            timezone="America/New_York",
            calendar="us-business",
            grace=timedelta(minutes=5),
            max_duration=timedelta(minutes=90),
        )
        assert facts(layer(sla=sla)) == {
            "deadline": "revenue_dashboard",
            "due": "08:00",
            "timezone": "America/New_York",
            "calendar": "us-business",
            "grace": "5m",
            "max duration": "90m",
        }

    def test_a_due_time_is_in_the_zone_that_the_job_inherits(self) -> None:
        assert facts(layer(sla=Sla(at=at(), due="08:00"), timezone="Europe/Paris"))["timezone"] == "Europe/Paris"
        assert facts(layer(sla=Sla(at=at(), due="08:00")))["timezone"] == "UTC"
        assert "timezone" not in facts(layer(sla=Sla(at=at(), stale_after=timedelta(hours=4))))

    def test_who_is_told_and_under_which_condition(self) -> None:
        targets = (Target(channel="data-team", of="test"), Target(channel="data-critical", over=timedelta(minutes=30)))
        told = facts(layer(notify={Outcome.FAILURE: tells(*targets, "maria")}))
        assert told == {"tell on failure": "data-critical over 30m, data-team of test"}

    def test_a_rule_and_a_notification_tell_together(self) -> None:
        found = desire(
            policy(
                channels=CHANNELS,
                jobs=[rule(match=selector(ids=[101]), layer=layer(notify={Outcome.FAILURE: tells("oncall")}))],
                notifications=[notification(to=["data-team", "oncall"], jobs=selector(ids=[101]))],
            ),
            LIVE,
        )
        assert found.relay[101] == {"tell on failure": "data-team, oncall"}

    def test_an_escalation(self) -> None:
        assert facts(layer(escalation="standard")) == {
            "escalation": "5m oncall unless acknowledged, ticket in ticketing; "
            "30m data-team, data-critical unless resolved, note 'review'"
        }

    def test_office_hours_and_promotion(self) -> None:
        hours = OfficeHours(start=time(8), end=time(19), calendar="us-business")
        promote = (
            Promotion(after_consecutive_failures=3, to="critical"),
            Promotion(when=When(models=(NamePattern("fct_*"),), tags=("pii", "revenue")), to="critical"),
        )
        found = facts(layer(hours=hours, promote=promote))
        assert found["hours"] == "from 08:00, to 19:00, calendar us-business"
        assert found["promote"] == (
            "(after_consecutive_failures 3, to critical); (when models fct_* and tags pii + revenue, to critical)"
        )

    def test_a_digest_grouping_and_anomalies(self) -> None:
        digest = Digest(every=Cycle.WEEK, at=time(9), weekday=2, to=("data-team", "oncall"), include=("failures",))
        found = facts(
            layer(
                digest=digest,
                group=Grouping(by=GroupBy.PROJECT, window=timedelta(minutes=10)),
                anomalies=Anomalies(success_rate_below=95.0, success_rate_over=timedelta(days=7), slower_min_runs=5),
            )
        )
        assert found["digest"] == "every week, on wed, at 09:00, to data-team + oncall, include failures"
        assert found["group"] == "by project, window 10m"
        assert found["anomalies"] == "success_rate below 95%, over 7d, min_runs 5"

    def test_the_tier(self) -> None:
        tiers = [tier("critical", layer=layer(notify={Outcome.LATE: tells("oncall")}))]
        found = desire(policy(channels=CHANNELS, tiers=tiers, jobs=[rule(tier="critical")]), LIVE)
        assert found.relay[101] == {"tier": "critical", "tell on late": "oncall"}


class TestMutes:
    RELAYED = layer(notify={Outcome.FAILURE: tells("data-team")})

    def muted(self, notify: tuple[str, ...], *mutes: Mute) -> Desired:
        rules = [rule(layer=layer(notify={Outcome.FAILURE: tells(*notify)}))]
        return desire(policy(channels=CHANNELS, jobs=rules, mutes=mutes), LIVE)

    def test_are_a_fact_of_relayed_jobs(self) -> None:
        found = self.muted(("data-team",), mute())
        assert found.relay[101]["muted"] == "until 2027-01-05: warehouse migration"
        assert "muted" not in found.relay[102]

    def test_of_one_job_the_one_that_ends_last_counts(self) -> None:
        found = self.muted(("data-team",), mute(until=date(2027, 3, 1), reason="long"), mute(reason="short"))
        assert found.relay[101]["muted"] == "until 2027-03-01: long"

    def test_leave_native_edges_and_say_so(self) -> None:
        found = self.muted(("maria",), mute())
        assert {each.job_id for each in found.claims} == {101, 102}
        assert found.notes == ("Daily Revenue: not muted: dbt Cloud delivers (policy.yml:7)",)

    def test_of_relayed_messages_only_need_no_note(self) -> None:
        assert not self.muted(("data-team",), mute()).notes


class TestChanges:
    def test_the_same_change_of_several_jobs_is_one(self) -> None:
        before = {1: {"due": "08:00"}, 2: {"due": "08:00"}, 3: {"due": "07:00"}}
        after = {1: {"due": "09:00"}, 2: {"due": "09:00"}, 3: {"due": "09:00"}}
        assert relay_changes(before, after) == (
            RelayChange(job_ids=(1, 2), what="due", before="08:00", after="09:00"),
            RelayChange(job_ids=(3,), what="due", before="07:00", after="09:00"),
        )

    def test_a_fact_that_comes_or_goes_has_no_other_side(self) -> None:
        assert relay_changes({1: {"due": "08:00"}}, {1: {"tier": "high"}}) == (
            RelayChange(job_ids=(1,), what="due", before="08:00", after=None),
            RelayChange(job_ids=(1,), what="tier", before=None, after="high"),
        )

    def test_a_job_that_comes_or_goes_brings_all_its_facts(self) -> None:
        assert [change.before for change in relay_changes({1: {"a": "x", "b": "y"}}, {})] == ["x", "y"]


FACTS = st.dictionaries(st.sampled_from(["due", "tier", "muted"]), st.sampled_from("xy"), max_size=3)
POLICIES = st.dictionaries(st.integers(1, 4), FACTS, max_size=4)


@given(POLICIES, POLICIES)
def test_changes_applied_to_before_give_after(
    before: dict[int, dict[str, str]], after: dict[int, dict[str, str]]
) -> None:
    result = {(job_id, what): text for job_id, facts in before.items() for what, text in facts.items()}
    for change in relay_changes(before, after):
        for job_id in change.job_ids:
            assert result.pop((job_id, change.what), None) == change.before
            if change.after is not None:
                result[job_id, change.what] = change.after
    assert result == {(job_id, what): text for job_id, facts in after.items() for what, text in facts.items()}


@given(POLICIES)
def test_nothing_changes_from_a_policy_to_itself(facts: dict[int, dict[str, str]]) -> None:
    assert not relay_changes(facts, {job_id: dict(each) for job_id, each in facts.items()})
