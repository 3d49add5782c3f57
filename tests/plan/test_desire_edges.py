from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Scope, Sla
from reconciler.model.selector import NamePattern, Purpose
from reconciler.plan.desire import desire
from tests.builders import (
    at,
    dbt_email,
    dbt_slack,
    dbt_user,
    edge,
    edits,
    environment,
    inventory,
    job,
    layer,
    notification,
    policy,
    project,
    relayed,
    row,
    rule,
    selector,
    tells,
    tier,
    user,
)

MARIA, NORA = RecipientKey.user(1), RecipientKey.user(2)
TWO = [dbt_user("maria"), dbt_user("nora", email="nora@acme.example")]
LIVE = inventory(
    jobs=[
        job(id=101, name="Daily Revenue"),
        job(id=102, name="Hourly Load"),
        job(id=201, name="Daily Revenue", project_id=2, environment_id=21),
        job(id=109, name="Old", deleted=True),
    ],
    projects=[project(), project(id=2, name="Growth")],
    environments=[environment(), environment(id=21, project_id=2, name="Staging", deployment_type="staging")],
    users=[user(), user(id=2, email="nora@acme.example")],
)
FAILURE = {Outcome.FAILURE: tells("maria")}


def triples(edges: object) -> set[tuple[str, str, int]]:
    return {(str(each.recipient), each.outcome.value, each.job_id) for each in edges}  # pyrefly: ignore


class TestFromRules:
    def test_each_native_route_of_each_job_is_an_edge(self) -> None:
        notify = {Outcome.FAILURE: tells("maria", "nora"), Outcome.CANCELLED: tells("maria")}
        rules = [rule(match=selector(projects=["Finance"]), layer=layer(notify=notify), team="finance")]
        found = desire(policy(channels=TWO, jobs=rules), LIVE)
        assert triples(found.claims) == {
            (who, what, job_id)
            for who, what in [("user:1", "failure"), ("user:2", "failure"), ("user:1", "cancelled")]
            for job_id in (101, 102)
        }

    def test_a_claim_keeps_what_will_be_needed_when_the_job_is_gone(self) -> None:
        rules = [rule(match=selector(ids=[201]), layer=layer(notify=FAILURE), team="growth")]
        claim = desire(policy(jobs=rules), LIVE).claims[edge(job_id=201)]
        assert (claim.project_id, claim.environment_id, claim.team, claim.channel) == (2, 21, "growth", "maria")

    def test_only_the_rule_that_wins_speaks_for_a_job(self) -> None:
        rules = [
            rule(match=selector(projects=["Finance"]), layer=layer(notify=FAILURE)),
            rule(match=selector(ids=[101]), layer=layer(notify={Outcome.SUCCESS: tells("maria")})),
        ]
        found = desire(policy(jobs=rules), LIVE)
        assert triples(found.claims) == {("user:1", "success", 101), ("user:1", "failure", 102)}

    def test_a_tier_tells_and_a_rule_edits(self) -> None:
        rules = [
            rule(
                tier="critical",
                match=selector(ids=[101]),
                layer=layer(notify={Outcome.FAILURE: edits(add=["nora"], remove=["maria"])}),
            )
        ]
        tiers = [tier("critical", layer=layer(notify=FAILURE))]
        found = desire(policy(channels=TWO, jobs=rules, tiers=tiers), LIVE)
        assert triples(found.claims) == {("user:2", "failure", 101)}

    def test_a_job_without_a_rule_gets_nothing_from_defaults(self) -> None:
        assert not desire(policy(defaults=layer(notify=FAILURE)), LIVE).claims

    def test_relayed_routes_make_no_edges(self) -> None:
        rules = [rule(layer=layer(notify={Outcome.FAILURE: tells("data-critical")}))]
        found = desire(policy(channels=[relayed()], jobs=rules), LIVE)
        assert not found.claims
        assert set(found.relay) == {101, 102, 201}

    def test_which_outcomes_the_relay_tells_is_known_by_job(self) -> None:
        notify = {Outcome.FAILURE: tells("data-critical"), Outcome.LATE: tells("data-critical")}
        found = desire(
            policy(
                channels=[relayed()],
                jobs=[rule(match=selector(ids=[101]), layer=layer(notify=notify))],
                notifications=[notification(to=["data-critical"], on=[Outcome.SUCCESS])],
            ),
            LIVE,
        )
        assert found.relayed[101] == {Outcome.FAILURE, Outcome.LATE, Outcome.SUCCESS}
        assert found.relayed[102] == {Outcome.SUCCESS}


class TestFromNotifications:
    def test_add_for_anybodys_jobs(self) -> None:
        rules = [rule(match=selector(projects=["Finance"]), team="finance", layer=layer(notify=FAILURE))]
        entry = notification(to=["nora"], on=[Outcome.FAILURE], jobs=selector(names=["Daily *"]), team="growth")
        found = desire(policy(channels=TWO, jobs=rules, notifications=[entry]), LIVE)
        assert ("user:2", "failure", 101) in triples(found.claims)
        assert ("user:1", "failure", 101) in triples(found.claims)
        assert ("user:2", "failure", 201) in triples(found.claims)
        assert not found.problems

    def test_reach_a_silent_job_too(self) -> None:
        silent = rule(silent=True, layer=layer(reason="told in the pull request"))
        found = desire(policy(jobs=[silent], notifications=[notification(jobs=selector(ids=[101]))]), LIVE)
        assert triples(found.claims) == {("user:1", "failure", 101)}

    def test_all_means_every_live_job(self) -> None:
        found = desire(policy(notifications=[notification(jobs=selector(everything=True))]), LIVE)
        assert {each.job_id for each in found.claims} == {101, 102, 201}


class TestWhoseClaim:
    def test_of_two_teams_the_first_by_name_stands_in_the_claim(self) -> None:
        entries = [notification(team=team, jobs=selector(ids=[101])) for team in ("growth", "finance")]
        found = desire(policy(notifications=entries), LIVE)
        assert [claim.team for claim in found.claims.values()] == ["finance"]
        assert found.recipients[MARIA].team == ""

    def test_of_two_channels_of_one_recipient_the_first_by_name_wherever_it_is_written(self) -> None:
        channels = [dbt_user("zoe"), dbt_user("amy")]
        entries = [notification(to=[name], jobs=selector(ids=[101])) for name in ("zoe", "amy")]
        for order in (entries, entries[::-1]):
            found = desire(policy(channels=channels, notifications=order), LIVE)
            assert [claim.channel for claim in found.claims.values()] == ["amy"]

    def test_protection_of_a_channel_protects_its_recipient(self) -> None:
        channels = [dbt_user("amy"), dbt_user("zoe", protect=True)]
        found = desire(policy(channels=channels, notifications=[notification(to=["amy"])]), LIVE)
        assert all(claim.protected for claim in found.claims.values())
        assert found.recipients[MARIA].protect


class TestRecipients:
    def test_are_those_that_are_told(self) -> None:
        found = desire(policy(channels=TWO, notifications=[notification(to=["nora"], team="growth")]), LIVE)
        assert set(found.recipients) == {NORA}
        nora = found.recipients[NORA]
        assert (nora.channel, nora.team, nora.display) == ("nora", "growth", "nora@acme.example")

    def test_an_exclusive_one_is_there_even_if_nobody_uses_it(self) -> None:
        found = desire(policy(channels=[dbt_user(exclusive=True)]), LIVE)
        assert found.recipients[MARIA].exclusive
        assert not found.claims

    def test_settings_of_two_channels_of_one_recipient_come_together(self) -> None:
        channels = [
            dbt_slack("one", channel_name=None, linked_by="maria@acme.example"),
            dbt_slack("two", channel_name="#alerts", linked_by=None),
        ]
        found = desire(policy(channels=channels, notifications=[notification(to=["one", "two"])]), LIVE)
        (recipient,) = found.recipients.values()
        assert (recipient.settings.slack_channel_name, recipient.settings.user_id) == ("#alerts", 1)
        assert not found.holds
        assert not found.problems

    def test_settings_that_contradict_each_other_are_an_error_naming_both_lines(self) -> None:
        channels = [dbt_slack("one", channel_name="#a"), dbt_slack("two", channel_name="#b")]
        (problem,) = desire(policy(channels=channels, notifications=[notification(to=["one", "two"])]), LIVE).problems
        assert (problem.at, problem.also_at) == (channels[1].at, (channels[0].at,))

    def test_a_departed_user_is_told_about_in_a_note(self) -> None:
        live = inventory(users=[user(active=False)])
        found = desire(policy(notifications=[notification()]), live)
        assert found.claims
        assert any("is deactivated" in note for note in found.notes)


class TestScopeBounds:
    def test_jobs(self) -> None:
        scope = Scope(projects=("Growth",))
        found = desire(policy(scope=scope, notifications=[notification()]), LIVE)
        assert {each.job_id for each in found.claims} == {201}

    def test_recipients_with_a_note(self) -> None:
        scope = Scope(recipients=(NamePattern("nora@*"),))
        found = desire(policy(channels=TWO, scope=scope, notifications=[notification(to=["maria", "nora"])]), LIVE)
        assert {each.recipient for each in found.claims} == {NORA}
        assert set(found.recipients) == {NORA}
        assert found.notes == ("channel maria (user:1) is outside scope: nothing is planned for it",)

    def test_a_rule_that_matches_jobs_outside_only_is_no_blocked_item(self) -> None:
        scope = Scope(projects=("Growth",))
        found = desire(policy(scope=scope, jobs=[rule(match=selector(ids=[101]), layer=layer(notify=FAILURE))]), LIVE)
        assert not found.holds
        assert not found.claims
        assert any("outside scope only" in note for note in found.notes)

    def test_a_name_in_scope_that_live_does_not_show_is_told(self) -> None:
        found = desire(policy(scope=Scope(projects=("Finanec",))), LIVE)
        what = [hold.blocked.what for hold in found.holds]
        assert what == ["scope names project 'Finanec', which live does not show"]


class TestConflictsAndSilence:
    def test_a_conflict_is_a_problem_and_nothing_is_desired_for_the_job(self) -> None:
        rules = [rule(team=team, match=selector(ids=[101]), layer=layer(notify=FAILURE)) for team in ("a", "b")]
        found = desire(policy(jobs=rules), LIVE)
        assert len(found.problems) == 1
        assert not found.claims

    def test_jobs_declared_silent_with_a_reason_are_silenced_on_purpose(self) -> None:
        with_reason = rule(silent=True, match=selector(ids=[101]), layer=layer(reason="told elsewhere"))
        without = rule(silent=True, match=selector(ids=[102]))
        assert desire(policy(jobs=[with_reason, without]), LIVE).silenced == {101}

    def test_a_team_that_only_declares_silence_wants_nothing(self) -> None:
        silent = rule(silent=True, team="quiet", layer=layer(reason="x"))
        assert desire(policy(jobs=[silent]), LIVE).teams == frozenset()

    def test_a_team_wants_something_by_an_edge_a_deadline_or_an_unanswered_rule(self) -> None:
        rules = [
            rule(team="native", match=selector(ids=[101]), layer=layer(notify=FAILURE)),
            rule(team="deadline", match=selector(ids=[102]), layer=layer(sla=Sla(at=at(), due="08:00"))),
            rule(team="unanswered", match=selector(names=["Nowhere"]), layer=layer(notify=FAILURE)),
        ]
        assert desire(policy(jobs=rules), LIVE).teams == {"native", "deadline", "unanswered"}


SCOPES = st.builds(
    Scope,
    projects=st.none() | st.sets(st.sampled_from(["Finance", "Growth", "Nowhere"])).map(tuple),
    environments=st.none() | st.sets(st.sampled_from(["Production", "Staging"])).map(tuple),
    jobs=st.none() | st.builds(selector, ids=st.lists(st.sampled_from([101, 102, 201]), min_size=1)),
    recipients=st.none()
    | st.sets(st.sampled_from(["maria@*", "*@acme.example", "C0*", "#x"])).map(
        lambda texts: tuple(NamePattern(text) for text in texts)
    ),
)
ANY_NATIVE = st.sampled_from(["maria", "nora", "mail", "slack"])
OUTCOMES = st.lists(st.sampled_from(list(Outcome)[:4]), min_size=1, max_size=3)
WHICH = st.sampled_from(
    [selector(everything=True), selector(names=["Daily *"]), selector(purposes=[Purpose.STAGING]), selector(ids=[102])]
)
ENTRIES = st.builds(
    notification,
    to=st.lists(ANY_NATIVE, min_size=1, max_size=3),
    on=OUTCOMES,
    jobs=WHICH,
    team=st.sampled_from(["finance", "growth"]),
)
FOUR = [*TWO, dbt_email("mail", owner="maria@acme.example"), dbt_slack("slack")]


@given(SCOPES, st.lists(ENTRIES, max_size=5))
def test_desire_never_leaves_scope_and_asks_for_all_that_is_inside(scope: Scope, entries: list) -> None:  # pyrefly: ignore
    found = desire(policy(channels=FOUR, scope=scope, notifications=entries), LIVE)
    unbounded = desire(policy(channels=FOUR, notifications=entries), LIVE)
    assert all(found.scope.edge(each, claim) for each, claim in found.claims.items())
    assert set(found.claims) == {each for each in unbounded.claims if found.scope.edge(each)}


@given(st.lists(ENTRIES, max_size=5), st.randoms())
def test_the_order_of_entries_means_nothing(entries: list, random: object) -> None:  # pyrefly: ignore
    shuffled = list(entries)
    random.shuffle(shuffled)  # pyrefly: ignore
    first, second = (desire(policy(channels=FOUR, notifications=order), LIVE) for order in (entries, shuffled))
    assert first.claims == second.claims
    assert first.recipients == second.recipients


def test_an_edge_is_one_recipient_outcome_and_job() -> None:
    live = inventory(rows=[row(key=MARIA, jobs={Outcome.FAILURE: [101]})])
    assert set(desire(policy(notifications=[notification()]), live).claims) == {Edge(MARIA, Outcome.FAILURE, 101)}
