from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.ledger import Claim
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Blocked, BlockedKind
from reconciler.model.policy import Mute, Release
from reconciler.plan.desire import Desired, desire
from reconciler.plan.hold import Hold, HoldIndex
from tests.builders import (
    at,
    claim,
    dbt_email,
    dbt_user,
    edge,
    inventory,
    job,
    layer,
    notification,
    policy,
    row,
    rule,
    selector,
    tells,
    webhook,
)

MARIA, MAIL = RecipientKey.user(1), RecipientKey.email("finance@acme.example")
LIVE = inventory(jobs=[job(id=101, name="Daily Revenue"), job(id=102, name="Hourly Load")])
NOWHERE = selector(names=["Renamed"])
MAYBE = selector(names=["Renamed"], optional=True)


def held(found: Desired, what: Edge, ours: Claim | None = None) -> bool:
    """Tell whether any hold covers an edge, and that the index says the same."""
    desired = what in found.claims
    covered = any(hold.covers(what, ours, desired=desired) for hold in found.holds)
    assert (HoldIndex(found.holds).covering(what, ours, desired=desired) is not None) is covered
    return covered


def kinds(found: Desired) -> list[BlockedKind]:
    return [hold.blocked.kind for hold in found.holds]


class TestARuleThatMatchesNothing:
    FOUND = desire(
        policy(
            jobs=[
                rule(team="finance", match=NOWHERE, layer=layer(notify={Outcome.FAILURE: tells("maria")})),
                rule(team="finance", match=selector(ids=[101]), layer=layer(notify={Outcome.FAILURE: tells("maria")})),
            ]
        ),
        LIVE,
    )

    def test_is_blocked_with_its_line_and_next_step(self) -> None:
        (hold,) = self.FOUND.holds
        assert (hold.blocked.kind, hold.blocked.at) == (BlockedKind.NO_MATCH, NOWHERE.at)
        assert "name Renamed" in hold.blocked.what
        assert str(NOWHERE.at) in hold.blocked.next_step
        assert "optional: true" in hold.blocked.next_step

    def test_keeps_what_its_team_owns_for_its_recipients_and_outcomes(self) -> None:
        kept = edge(job_id=102)
        assert held(self.FOUND, kept, claim(kept, team="finance"))

    def test_keeps_it_by_the_channels_name_too_whoever_the_channel_is_now(self) -> None:
        before = edge(key=RecipientKey.user(77), job_id=102)
        assert held(self.FOUND, before, claim(before, team="finance", channel="maria"))

    def test_keeps_nothing_else(self) -> None:
        foreign, other_team, other_outcome = edge(job_id=102), edge(job_id=102), edge(outcome=Outcome.SUCCESS)
        other_recipient = edge(key=MAIL, job_id=102)
        assert not held(self.FOUND, foreign, None)
        assert not held(self.FOUND, other_team, claim(other_team, team="growth"))
        assert not held(self.FOUND, other_outcome, claim(other_outcome, team="finance"))
        assert not held(self.FOUND, other_recipient, claim(other_recipient, team="finance", channel="finance-mail"))

    def test_does_not_hold_what_another_rule_wants(self) -> None:
        wanted = edge(job_id=101)
        assert wanted in self.FOUND.claims
        assert not held(self.FOUND, wanted, None)
        assert not held(self.FOUND, wanted, claim(wanted, team="finance"))

    def test_is_not_blocked_when_it_is_optional(self) -> None:
        assert not desire(policy(jobs=[rule(match=MAYBE)]), LIVE).holds

    def test_is_not_blocked_when_a_more_specific_rule_takes_all_its_jobs(self) -> None:
        rules = [rule(match=selector(names=["Daily *"])), rule(match=selector(ids=[101]), layer=layer(owner="x"))]
        assert not desire(policy(jobs=rules), LIVE).holds

    def test_is_reported_even_if_it_is_silent_and_holds_nothing(self) -> None:
        found = desire(policy(jobs=[rule(silent=True, match=NOWHERE, layer=layer(reason="x"))]), LIVE)
        assert kinds(found) == [BlockedKind.NO_MATCH]
        assert not held(found, edge(), claim(edge()))


class TestOtherEntriesThatMatchNothing:
    def test_a_notification_holds_its_recipients_and_outcomes(self) -> None:
        found = desire(policy(notifications=[notification(jobs=NOWHERE)]), LIVE)
        assert kinds(found) == [BlockedKind.NO_MATCH]
        assert held(found, edge(), claim(edge()))
        assert not desire(policy(notifications=[notification(jobs=MAYBE)]), LIVE).holds

    def test_a_mute_is_reported_and_holds_nothing(self) -> None:
        def muted(jobs_of: object) -> Desired:
            entry = Mute(at=at(), team="default", jobs=jobs_of, until=date(2027, 1, 5), reason="x")  # pyrefly: ignore
            return desire(policy(mutes=[entry]), LIVE)

        assert kinds(muted(NOWHERE)) == [BlockedKind.NO_MATCH]
        assert not held(muted(NOWHERE), edge(), claim(edge()))
        assert not muted(MAYBE).holds

    def test_a_webhook_is_held_by_its_key(self) -> None:
        found = desire(policy(webhooks=[webhook(team="finance", name="lineage", jobs=NOWHERE)]), LIVE)
        assert kinds(found) == [BlockedKind.NO_MATCH]
        assert HoldIndex(found.holds).webhook("finance/lineage") is found.holds[0]
        assert HoldIndex(found.holds).webhook("finance/other") is None

    def test_a_release_holds_what_it_means_to_give_up(self) -> None:
        def released(release: Release) -> Desired:
            return desire(policy(releases=[release]), LIVE)

        named = released(Release(at=at(), team="default", to="maria", on=(Outcome.FAILURE,), jobs=NOWHERE))
        success = edge(outcome=Outcome.SUCCESS)
        assert held(named, edge(), claim(edge()))
        assert not held(named, success, claim(success))
        assert held(released(Release(at=at(), team="default", jobs=NOWHERE)), success, claim(success))
        assert not released(Release(at=at(), team="default", jobs=MAYBE)).holds


class TestAnUnknownUser:
    FOUND = desire(
        policy(
            channels=[dbt_user("maria"), dbt_user("boss", email="boss@acme.example")],
            notifications=[notification(to=["maria", "boss"], jobs=selector(ids=[101]))],
        ),
        LIVE,
    )

    def test_blocks_the_recipient_and_everything_else_is_planned(self) -> None:
        assert kinds(self.FOUND) == [BlockedKind.UNKNOWN_USER]
        assert set(self.FOUND.claims) == {edge(job_id=101)}

    def test_keeps_what_is_owned_through_that_channel_of_any_team(self) -> None:
        before = edge(key=RecipientKey.user(9), outcome=Outcome.SUCCESS)
        assert held(self.FOUND, before, claim(before, team="growth", channel="boss"))
        assert not held(self.FOUND, before, claim(before, channel="nora"))
        assert not held(self.FOUND, before, None)

    def test_does_not_keep_from_planning_what_another_channel_wants(self) -> None:
        assert not held(self.FOUND, edge(job_id=101), claim(edge(job_id=101), channel="boss"))

    def test_of_a_channel_that_nothing_uses_blocks_nothing(self) -> None:
        unused = [dbt_user("maria"), dbt_user("boss", email="boss@acme.example")]
        assert not desire(policy(channels=unused, notifications=[notification()]), LIVE).holds

    def test_who_stands_for_an_address_blocks_that_address(self) -> None:
        channels = [dbt_email(owner="boss@acme.example")]
        found = desire(policy(channels=channels, notifications=[notification(to=["finance-mail"])]), LIVE)
        assert held(found, edge(key=MAIL), None)
        assert not found.claims


class TestRows:
    def test_two_live_rows_leave_their_recipient_alone(self) -> None:
        live = inventory(rows=[row(id=1, key=MARIA), row(id=2, key=MARIA)])
        found = desire(policy(notifications=[notification()]), live)
        assert kinds(found) == [BlockedKind.TWO_ROWS]
        assert held(found, edge(), None)
        foreign = edge(job_id=999)
        assert held(found, foreign, None)
        assert not found.latent

    def test_two_rows_of_somebody_else_are_latent(self) -> None:
        live = inventory(rows=[row(id=1, key=MAIL), row(id=2, key=MAIL)])
        found = desire(policy(notifications=[notification()]), live)
        assert not found.holds
        (hold,) = found.latent
        assert hold.recipients == {MAIL}

    def test_an_incomplete_recipient_is_blocked_only_when_a_row_must_be_created(self) -> None:
        wanted = policy(channels=[dbt_email(owner=None)], notifications=[notification(to=["finance-mail"])])
        assert kinds(desire(wanted, LIVE)) == [BlockedKind.INCOMPLETE]
        assert not desire(wanted, inventory(rows=[row(key=MAIL)])).holds

    def test_an_incomplete_recipient_that_nobody_is_told_through_is_not_blocked(self) -> None:
        unused = policy(channels=[dbt_email(owner=None, exclusive=True)])
        assert not desire(unused, LIVE).holds


KEYS = st.sampled_from([MARIA, MAIL, RecipientKey.slack("C01")])
CHANNELS = st.sampled_from(["maria", "boss"])
OUTCOMES = st.sampled_from([Outcome.FAILURE, Outcome.SUCCESS])
TEAMS = st.sampled_from(["finance", "growth"])
HOLDS = st.builds(
    Hold,
    blocked=st.just(Blocked(kind=BlockedKind.NO_MATCH, what="", next_step="")),
    recipients=st.frozensets(KEYS, max_size=1),
    channels=st.frozensets(CHANNELS, max_size=1),
    team=TEAMS,
    routes=st.frozensets(st.tuples(KEYS | CHANNELS, OUTCOMES), max_size=2),
)
EDGES = st.builds(Edge, KEYS, OUTCOMES, st.just(101))


@given(st.lists(HOLDS, max_size=4), EDGES, st.lists(st.tuples(TEAMS, CHANNELS), max_size=2, unique=True), st.booleans())
def test_the_index_covers_what_some_hold_covers(
    holds: list[Hold], what: Edge, owners: list[tuple[str, str]], desired: bool
) -> None:
    ours = None
    if owners:
        (team, channel), *also = owners
        ours = replace(claim(what, team=team, channel=channel), also=tuple(also))
    found = HoldIndex(holds).covering(what, ours, desired=desired)
    assert (found is not None) is any(hold.covers(what, ours, desired=desired) for hold in holds)
    assert found is None or found.covers(what, ours, desired=desired)
