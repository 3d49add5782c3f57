"""Each uncovered job comes with why, and with a line that covers it when it is added."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ruamel.yaml import YAML

from reconciler.model.outcome import Outcome
from reconciler.model.policy import Target
from reconciler.model.selector import NamePattern
from tests.builders import (
    at,
    dbt_user,
    environment,
    inventory,
    job,
    layer,
    notification,
    policy,
    project,
    rule,
    selector,
    tells,
    tier,
)
from tests.views.coverage_lab import channels, covered

HIGH = tier("high", rank=2, layer=layer(notify={Outcome.FAILURE: tells("maria")}))


def test_jobs_without_a_rule_go_to_the_file_that_has_their_neighbours() -> None:
    theirs = replace(rule(match=selector(ids=[1]), tier="high"), at=at(7, file="policies/teams/finance.yml"))
    live = inventory(jobs=[job(id=1), job(id=2, name="B"), job(id=3, name="C")])
    (gap,) = covered(policy(tiers=[HIGH], jobs=[theirs]), live).gaps
    assert gap.where == "add to policies/teams/finance.yml, under `jobs:`"
    assert gap.lines == ("- match: {project: Finance, environment: Production, name: [B, C]}", "  tier: high")
    assert gap.jobs == (2, 3)


def test_a_whole_environment_without_rules_needs_no_names() -> None:
    (gap,) = covered(policy(tiers=[HIGH]), inventory(jobs=[job(id=1, name="A"), job(id=2, name="B")])).gaps
    assert gap.lines[0] == "- match: {project: Finance, environment: Production}"


@pytest.mark.parametrize(
    "name",
    ["Plain", "a: b", "{x}", "no", "1e3", "- dash", "# hash", "'", '"', "tab\tname", "\u2028", "\\", "é", "`", "~"],
)
def test_a_name_is_read_back_as_it_is(name: str) -> None:
    live = inventory(jobs=[job(id=1, name=name)])
    (gap,) = covered(policy(tiers=[HIGH]), live).gaps
    (entry,) = YAML(typ="safe").load("\n".join(gap.lines))
    assert NamePattern(entry["match"]["name"]).matches(name.strip())


def test_a_tier_that_hears_of_tests_only_is_no_remedy() -> None:
    tests_only = tier(
        "tests", rank=9, layer=layer(notify={Outcome.FAILURE: tells(Target(channel="data-team", of="test"))})
    )
    (gap,) = covered(policy(channels=channels(), tiers=[HIGH, tests_only])).gaps
    assert gap.lines[-1] == "  tier: high"


def test_only_the_odd_one_goes_by_its_id() -> None:
    live = inventory(jobs=[job(id=5, name="all *"), job(id=6, name="Plain")])
    (gap,) = covered(policy(tiers=[HIGH]), live).gaps
    assert gap.lines == (
        "- match: {project: Finance, environment: Production, name: Plain}",
        "  tier: high",
        "- match: {id: 5}",
        "  tier: high",
    )


def test_what_tells_today_is_offered_before_what_waits_for_the_relay() -> None:
    """The least severe tier is the relay's, so that following the advice would raise a number and tell nobody."""
    waits = tier("low", rank=9, layer=layer(notify={Outcome.FAILURE: tells("data-team")}))
    (gap,) = covered(policy(channels=channels(), tiers=[HIGH, waits])).gaps
    assert gap.lines[1:] == ("  tier: high",)


def test_a_tier_of_the_relay_alone_comes_with_a_native_channel_beside_it() -> None:
    waits = tier("low", rank=9, layer=layer(notify={Outcome.FAILURE: tells("data-team")}))
    asked = policy(channels=channels(), tiers=[waits], notifications=[notification(jobs=selector(ids=[1]))])
    (gap,) = covered(asked, inventory(jobs=[job(id=1), job(id=2, name="B")])).gaps
    assert gap.lines[1:] == ("  tier: low", "  notify: {failure: [+maria]}")


def test_a_name_with_a_star_is_named_by_its_id() -> None:
    (gap,) = covered(policy(tiers=[HIGH]), inventory(jobs=[job(id=5, name="all *")])).gaps
    assert gap.lines[0] == "- match: {id: 5}"


def test_the_line_covers_the_job_once_it_is_there() -> None:
    live = inventory(
        jobs=[job(id=1, name="Old Load"), job(id=2, name="New Load")],
    )
    asked = policy(tiers=[HIGH], jobs=[rule(match=selector(ids=[1]), tier="high")])
    (gap,) = covered(asked, live).gaps
    (entry,) = YAML(typ="safe").load("\n".join(gap.lines))
    match = entry["match"]
    added = rule(
        match=selector(projects=[match["project"]], environments=[match["environment"]], names=[match["name"]]),
        tier=entry["tier"],
    )
    assert entry["tier"] == "high"
    assert covered(replace(asked, jobs=(*asked.jobs, added)), live).gaps == ()


def test_a_job_outside_production_may_be_silent_if_somebody_says_why() -> None:
    live = inventory(environments=[environment(name="CI", deployment_type=None)])
    (gap,) = covered(policy(tiers=[HIGH]), live).gaps
    (entry,) = YAML(typ="safe").load("\n".join(gap.lines))
    silent = rule(silent=True, layer=layer(reason=entry["reason"]))
    assert entry["tier"] == "none"
    assert covered(policy(tiers=[HIGH], jobs=[silent]), live).gaps == ()


def test_a_rule_that_tells_nobody_is_named_by_its_line() -> None:
    quiet = replace(rule(tier="metrics"), at=at(22, file="policies/teams/platform.yml"))
    (gap,) = covered(policy(tiers=[tier("metrics", rank=4)], jobs=[quiet])).gaps
    assert gap.why == "its rule tells nobody of a failure (tier metrics)"
    assert gap.where == "add to policies/teams/platform.yml:22:"


def test_silence_without_a_reason_asks_for_one() -> None:
    (gap,) = covered(policy(jobs=[rule(silent=True)])).gaps
    assert gap.why == "declared silent without a reason"
    assert gap.lines[0].startswith("reason:")


def test_a_channel_that_delivers_nothing_is_named_with_why() -> None:
    (gap,) = covered(policy(channels=[dbt_user(email="gone@acme.example")], notifications=[notification()])).gaps
    assert "no user of the account has the e-mail gone@acme.example" in gap.why


def test_what_is_told_in_part_says_of_which_part() -> None:
    some = layer(notify={Outcome.FAILURE: tells(Target(channel="data-team", of="test"))})
    (gap,) = covered(policy(channels=channels(), jobs=[rule(layer=some)])).gaps
    assert gap.why == "the policy names somebody only for failures of test"


def test_production_comes_first_then_what_concerns_most() -> None:
    live = inventory(
        jobs=[
            job(id=1, environment_id=12),
            job(id=2, environment_id=12),
            job(id=3),
            job(id=4, project_id=2, environment_id=21),
            job(id=5, project_id=2, environment_id=21),
        ],
        projects=[project(), project(id=2, name="Growth")],
        environments=[
            environment(),
            environment(id=12, name="Staging", deployment_type="staging"),
            environment(id=21, project_id=2),
        ],
    )
    assert [gap.jobs for gap in covered(policy(), live).gaps] == [(4, 5), (3,), (1, 2)]
