from reconciler.model.inventory import Inventory
from reconciler.model.outcome import Outcome
from reconciler.model.policy import JobRule, Policy
from reconciler.model.selector import Purpose
from reconciler.routing.rules import Ownership, conflict_problems, own
from tests.builders import environment, inventory, job, layer, policy, rule, selector, tells, tier

TIERS = [tier("critical", rank=1), tier("high", rank=2)]
LIVE = inventory(
    jobs=[
        job(id=101, name="Daily Revenue"),
        job(id=102, name="Hourly Load"),
        job(id=103, name="Checks", environment_id=12),
    ],
    environments=[environment(id=11), environment(id=12, name="Staging", deployment_type="staging")],
)


def owned(*rules: JobRule, live: Inventory = LIVE, within: frozenset[int] | None = None) -> Ownership:
    declared: Policy = policy(jobs=rules, tiers=TIERS)
    return own(declared, live, within=frozenset(live.jobs) if within is None else within)


class TestTheMoreSpecificRuleWins:
    def test_whatever_the_order_in_the_files(self) -> None:
        general = rule(tier="high", match=selector(projects=["Finance"]), line=1)
        exact = rule(tier="critical", match=selector(names=["Daily Revenue"]), line=2)
        for order in ((general, exact), (exact, general)):
            found = owned(*order)
            assert found.rules[101] is exact
            assert found.rules[102] is general
            assert not found.conflicts

    def test_by_environment_when_names_are_equally_precise(self) -> None:
        kind = rule(tier="high", match=selector(purposes=[Purpose.PRODUCTION]))
        exact = rule(tier="critical", match=selector(environments=["Production"]))
        assert owned(kind, exact).rules[101] is exact

    def test_a_silent_rule_wins_like_any_other(self) -> None:
        loud = rule(tier="critical", match=selector(projects=["Finance"]))
        silent = rule(silent=True, match=selector(names=["Hourly *"]))
        assert owned(loud, silent).rules[102] is silent


class TestJobsOfARule:
    def test_are_those_it_won_in_the_order_of_their_ids(self) -> None:
        general = rule(tier="high", match=selector(projects=["Finance"]))
        exact = rule(tier="critical", match=selector(ids=[102]))
        assert [(each is exact, jobs) for each, jobs in owned(general, exact).jobs] == [
            (False, (101, 103)),
            (True, (102,)),
        ]

    def test_a_job_without_a_rule_has_none(self) -> None:
        assert 103 not in owned(rule(match=selector(ids=[101]))).rules

    def test_are_within_scope_and_the_match_is_known_beyond_it(self) -> None:
        found = owned(rule(), within=frozenset({101}))
        assert set(found.rules) == {101}
        assert found.matched == [frozenset({101, 102, 103})]


class TestConflicts:
    def test_two_teams_on_one_job_are_an_error_naming_both_lines_however_specific(self) -> None:
        finance = rule(team="finance", match=selector(names=["Daily Revenue"]), tier="critical", line=4)
        growth = rule(team="growth", match=selector(projects=["Finance"]), tier="critical", line=9)
        found = owned(finance, growth)
        assert set(found.rules) == {102, 103}
        problems = conflict_problems(found.conflicts)
        assert [(problem.at.line, [each.line for each in problem.also_at]) for problem in problems] == [(4, [9])]
        assert "policy.yml:4 and policy.yml:9" in problems[0].message
        assert problems[0].found == "finance, growth"

    def test_a_tie_with_different_results_is_an_error_naming_both_lines(self) -> None:
        one = rule(tier="critical", match=selector(names=["Daily *"]), line=3)
        two = rule(tier="high", match=selector(names=["* Revenue"]), line=7)
        problems = conflict_problems(owned(one, two).conflicts)
        assert len(problems) == 1
        assert "policy.yml:3 and policy.yml:7" in problems[0].message
        assert "'Daily Revenue' (101)" in problems[0].message

    def test_a_tie_with_the_same_result_is_none(self) -> None:
        def same(name: str) -> JobRule:
            notify = {Outcome.FAILURE: tells("maria")}
            return rule(tier="critical", match=selector(names=[name]), layer=layer(notify=notify))

        first = same("Daily *")
        found = owned(first, same("* Revenue"))
        assert not found.conflicts
        assert found.rules[101] is first

    def test_a_tie_below_the_winner_does_not_matter(self) -> None:
        winner = rule(tier="critical", match=selector(ids=[101]))
        tied = [
            rule(tier=name, match=selector(names=[pattern])) for name, pattern in [("critical", "D*"), ("high", "*e")]
        ]
        found = owned(winner, *tied)
        assert found.rules[101] is winner
        assert not found.conflicts

    def test_outside_scope_nobody_is_in_conflict(self) -> None:
        rules = [rule(team=team, tier="critical") for team in ("finance", "growth")]
        assert not owned(*rules, within=frozenset()).conflicts

    def test_one_problem_stands_for_all_jobs_of_the_same_rules(self) -> None:
        found = owned(rule(team="finance"), rule(team="growth"))
        assert len(found.conflicts) == 3
        problems = conflict_problems(found.conflicts)
        assert len(problems) == 1
        assert "and 2 more" in problems[0].message

    def test_three_teams_are_all_named(self) -> None:
        found = owned(*(rule(team=team, line=line) for team, line in [("a", 1), ("b", 2), ("c", 3)]))
        assert [each.line for each in conflict_problems(found.conflicts)[0].also_at] == [2, 3]
