"""The picture: jobs to tiers to channels to escalation; teams when there are many; rules without live."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

from reconciler.model.layers import Cycle, Digest
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Policy, RelayedChannel, Target
from reconciler.plan.survey import Survey
from reconciler.views.graph.draw import MOST, draw_jobs, draw_rules
from reconciler.views.graph.parts import Graph, Kind, channel_key
from tests.builders import (
    at,
    edits,
    environment,
    inventory,
    job,
    layer,
    notification,
    policy,
    rule,
    selector,
    tells,
    tier,
)
from tests.views.coverage_lab import channels, escalation

FAILURE, LATE = Outcome.FAILURE, Outcome.LATE
CRITICAL = tier(layer=layer(notify={FAILURE: tells("data-team"), LATE: tells("oncall")}, escalation="standard"))


def arrows(graph: Graph) -> set[tuple[str, str, str]]:
    return {(each.start, each.end, each.label) for each in graph.arrows}


def drawn(found: Policy, *ids: int, team: str | None = None) -> Graph:
    return draw_jobs(Survey(found, inventory(jobs=[job(id=each) for each in ids or (1,)])), team=team)


def asked(*rules: object, **more: object) -> Policy:
    found = policy(channels=channels(), tiers=[CRITICAL], escalations=[escalation("oncall")], jobs=rules)  # pyrefly: ignore[bad-argument-type]
    return replace(found, **more)  # pyrefly: ignore[bad-argument-type]


def test_a_job_leads_to_its_tier_and_that_to_channels_and_escalation() -> None:
    assert arrows(drawn(asked(rule(tier="critical")))) == {
        ("j1", "t_critical", ""),
        ("t_critical", channel_key("data-team"), "failure"),
        ("t_critical", channel_key("oncall"), "late"),
        ("t_critical", "e_standard", "escalates"),
        ("e_standard", channel_key("oncall"), "after 5m unless acknowledged"),
    }


def test_jobs_of_one_name_and_project_are_told_apart_by_environment_and_then_by_id() -> None:
    jobs = [
        job(id=1, environment_id=11),
        job(id=2, environment_id=12),
        job(id=3, environment_id=12),
        job(id=4, name="Hourly", environment_id=12),
    ]
    environments = [environment(), environment(id=12, name="Staging")]
    graph = draw_jobs(Survey(policy(), inventory(jobs=jobs, environments=environments)))
    assert {node.key: node.lines for node in graph.nodes if node.kind is Kind.SOURCE} == {
        "j1": ("Daily Revenue", "Finance, Production"),
        "j2": ("Daily Revenue", "Finance, Staging, job 2"),
        "j3": ("Daily Revenue", "Finance, Staging, job 3"),
        "j4": ("Hourly", "Finance"),
    }


def test_what_a_rule_adds_and_leaves_out_is_on_its_own_arrow() -> None:
    edit = edits(add=["maria"], remove=["data-team"])
    graph = drawn(asked(rule(tier="critical", layer=layer(notify={FAILURE: edit}))))
    own = [each for each in graph.arrows if each.start == "j1"]
    assert ("j1", channel_key("maria"), "failure") in arrows(graph)
    assert [(each.end, each.label) for each in own if each.dotted] == [(channel_key("data-team"), "not failure")]


def test_who_is_told_nothing_and_who_is_silent_are_told_apart() -> None:
    graph = drawn(asked(rule(match=selector(ids=[1]), silent=True)), 1, 2)
    assert {("j1", "silent", ""), ("j2", "nobody", "")} <= arrows(graph)


def test_a_job_that_is_told_of_other_outcomes_only_leads_to_nobody_when_it_fails() -> None:
    success = notification(jobs=selector(ids=[1]), on=[Outcome.SUCCESS])
    failure = notification(jobs=selector(ids=[2]), on=[FAILURE])
    graph = drawn(policy(channels=channels(), notifications=[success, failure]), 1, 2)
    nobody = [(each.start, each.label, each.dotted) for each in graph.arrows if each.end == "nobody"]
    assert nobody == [("j1", "failure", True)]
    late = tier("late", layer=layer(notify={LATE: tells("data-team")}))
    assert ("j1", "nobody", "failure") in arrows(drawn(asked(rule(tier="late"), tiers={"late": late})))


def test_a_notification_leads_from_the_job_to_the_channel() -> None:
    graph = drawn(policy(channels=channels(), notifications=[notification(on=[FAILURE, Outcome.SUCCESS])]))
    assert arrows(graph) == {("j1", "c_maria", "success, failure")}


def test_conditions_and_digests_are_in_the_words() -> None:
    digest = Digest(every=Cycle.WEEK, at=time(9), to=("data-team",))
    some = layer(notify={FAILURE: tells(Target(channel="oncall", of="test"))}, digest=digest)
    assert arrows(drawn(asked(rule(layer=some)))) == {
        ("j1", "c_oncall", "failure of test"),
        ("j1", channel_key("data-team"), "digest every week"),
    }


def test_a_fallback_is_drawn_only_from_where_something_goes() -> None:
    deep = RelayedChannel(name="deep", at=at(), kind="email")
    first = RelayedChannel(name="first", at=at(), kind="slack", fallback="deep")
    unused = RelayedChannel(name="unused", at=at(), kind="slack", fallback="deep")
    found = policy(channels=[first, deep, unused], notifications=[notification(to=["first"])])
    graph = drawn(found)
    assert ("c_first", "c_deep", "fallback") in arrows(graph)
    assert "c_unused" not in {node.key for node in graph.nodes}


def test_fallbacks_in_a_circle_end() -> None:
    one = RelayedChannel(name="one", at=at(), kind="slack", fallback="two")
    two = RelayedChannel(name="two", at=at(), kind="slack", fallback="one")
    graph = drawn(policy(channels=[one, two], notifications=[notification(to=["one"])]))
    assert {("c_one", "c_two", "fallback")} <= arrows(graph)


def test_many_jobs_are_their_teams_with_counts() -> None:
    ids = tuple(range(1, MOST + 2))
    found = asked(rule(match=selector(ids=ids[1:]), tier="critical", team="finance"))
    graph = drawn(found, *ids)
    assert [node.lines for node in graph.nodes if node.kind is Kind.SOURCE] == [
        ("no team", "1 job"),
        ("team finance", f"{MOST} jobs"),
    ]
    assert {("team_finance", "t_critical", f"{MOST} jobs"), ("team_", "nobody", "1 job")} <= arrows(graph)
    assert len(drawn(found, *ids[:-1]).nodes) > MOST


def test_what_some_jobs_of_a_team_add_is_counted_with_its_outcomes() -> None:
    ids = tuple(range(1, MOST + 2))
    found = asked(
        rule(tier="critical", team="finance"),
        notifications=(
            notification(jobs=selector(ids=[1, 2])),
            notification(jobs=selector(ids=[3]), on=[Outcome.SUCCESS]),
        ),
    )
    assert ("team_finance", "c_maria", "3 jobs: success, failure") in arrows(drawn(found, *ids))


def test_without_live_the_rules_are_drawn() -> None:
    found = asked(
        rule(match=selector(projects=["Finance"]), tier="critical", team="finance"),
        notifications=(notification(jobs=selector(names=["Daily *"]), team="growth"),),
    )
    graph = draw_rules(found)
    assert [node.lines for node in graph.nodes if node.kind is Kind.SOURCE] == [
        ("project Finance", "team finance"),
        ("name Daily *", "team growth"),
    ]
    assert len(draw_rules(found, team="growth").nodes) == 2


def test_a_rule_s_key_stays_when_its_line_moves_and_two_rules_have_two() -> None:
    def keys(*rules: object) -> list[str]:
        return [node.key for node in draw_rules(asked(*rules)).nodes if node.kind is Kind.SOURCE]

    one = rule(match=selector(projects=["Finance"]), tier="critical")
    moved = rule(match=selector(projects=["Finance"]), tier="critical")
    assert keys(one) == keys(moved)
    assert len(set(keys(one, moved))) == 2


def test_two_names_never_become_one_key() -> None:
    names = ["a-b", "a_b", "a b", "a2d_b", "é", "_e9_", ""]
    assert len({channel_key(name) for name in names}) == len(names)
