"""The page of the language, "Teams", sentence by sentence: selectors, ownership, values, mutes, deadlines, explain."""

from __future__ import annotations

import pytest

from tests.scenarios.language_desk import Desk

SATURDAY = "2026-01-03T03:00"
CHANNELS = """\
channels:
  maria: {type: dbt_user, email: maria@acme.example}
  jonas: {type: dbt_user, email: jonas@acme.example}
  chat: {type: slack, url: $X}
  team: {type: slack, url: $Y}
  figures: {type: datadog, api_key: $D}
"""
ACCOUNT = """\
projects: [Finance, Growth]
environments:
  - {name: Production, type: production, project: Finance}
  - {name: Pre, type: staging, project: Finance}
  - {name: Sandbox, type: development, project: Growth}
  - {name: Production, type: production, project: Growth}
jobs:
  - {name: Daily Revenue, project: Finance, environment: Production, cron: "0 6 * * *"}
  - {name: Daily Revenue, project: Finance, environment: Pre}
  - {name: "Load [EU] a-z", project: Finance, environment: Production, cron: "*/30 * * * *"}
  - {name: "Load E a-z", project: Finance, environment: Production}
  - {name: "Budget Load [[budget-load]]", project: Finance, environment: Production}
  - {name: "Cafe\\u0301 \\u2014 nightly ", project: Growth, environment: Production}
  - {name: "daily revenue", project: Growth, environment: Sandbox, job_type: ci}
users:
  - {email: maria@acme.example}
  - {email: jonas@acme.example}
"""


@pytest.fixture
def account(desk: Desk) -> Desk:
    desk.live(ACCOUNT)
    return desk


def chosen(desk: Desk, selector: str) -> list[str]:
    """Return the ids of the jobs that a selector means, as the plan shows them."""
    desk.policy(f"{CHANNELS}notifications: [{{to: maria, on: [failure], jobs: {selector}}}]\n")
    return sorted(str(each["job_id"] - 100) for each in desk.plan()["actions"] if each["do"] == "add")


# --- selectors --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("selector", "jobs"),
    [
        pytest.param("{id: 103}", "3", id="id"),
        pytest.param("{id: [103, 104]}", "34", id="lists mean any of them"),
        pytest.param("{project: Growth}", "67", id="project"),
        pytest.param("{project: [Finance, Growth]}", "1234567", id="projects"),
        pytest.param("{environment: Production}", "13456", id="environment by name"),
        pytest.param("{environment: {type: production}}", "13456", id="environment by type: production"),
        pytest.param("{environment: {type: staging}}", "2", id="staging"),
        pytest.param("{environment: {type: development}}", "7", id="development"),
        pytest.param("{name: Daily Revenue}", "12", id="name; case counts"),
        pytest.param("{job_type: ci}", "7", id="job_type"),
        pytest.param("{schedule: {at_least: hourly}}", "3", id="schedule at least hourly"),
        pytest.param("{schedule: {at_least: daily}}", "13", id="schedule at least daily"),
        pytest.param("{project: Finance, name: 'Daily *', environment: Pre}", "2", id="every key holds"),
        pytest.param("{name: 'Load *'}", "34", id="the star"),
        pytest.param("{name: 'Load [EU] *'}", "3", id="brackets are letters"),
        pytest.param("{name: 'Load ? a-z', optional: true}", "", id="a question mark is a letter"),
        pytest.param("{name: Budget Load}", "5", id="without a trailing identifier"),
        pytest.param("{name: 'Café — nightly'}", "6", id="after NFC and trimming"),
    ],
)
def test_a_selector_means(account: Desk, selector: str, jobs: str) -> None:
    assert "".join(chosen(account, selector)) == jobs


@pytest.mark.parametrize(("optional", "blocked"), [("", 1), (", optional: true", 0)])
def test_optional_stands_inside_the_selector(desk: Desk, optional: str, blocked: int) -> None:
    desk.policy(f"{CHANNELS}notifications: [{{to: maria, on: [failure], jobs: {{name: Gone{optional}}}}}]\n")
    done = desk.run("plan", "--live", "live.json", "--json")
    assert len(done.json["blocked"]) == blocked


# --- one job, one owner, one rule -------------------------------------------------------------------------------------
def test_two_teams_on_one_job_are_an_error_naming_both_lines_also_where_one_is_more_specific(desk: Desk) -> None:
    desk.policy(CHANNELS)
    desk.team("team: a\njobs:\n  - {match: {id: 101}, notify: {failure: [maria]}}\n", file="a.yml")
    desk.team("team: b\njobs:\n  - {match: {name: 'Daily *'}, notify: {failure: [maria]}}\n", file="b.yml")
    done = desk.run("plan", "--live", "live.json")
    assert done.code == 3
    assert "in `jobs:` of 2 teams: policies/a.yml:3 and policies/b.yml:3" in done.err
    assert "the other team writes `notifications:`" in done.err


@pytest.mark.parametrize("command", ["lint", "coverage", "explain", "test"])
def test_no_command_answers_for_a_job_that_two_teams_claim(desk: Desk, command: str) -> None:
    desk.policy(CHANNELS)
    for team in "ab":
        desk.team(
            f"team: {team}\njobs:\n  - {{match: {{id: 101}}, notify: {{failure: [maria]}}}}\n", file=f"{team}.yml"
        )
    arguments = ("job", "101") if command == "explain" else ()
    done = desk.run(command, *arguments, "--live", "live.json")
    assert "policies/a.yml:3" in done.out + done.err
    assert "policies/b.yml:3" in done.out + done.err
    assert done.code == (0 if command == "explain" else 3)


def test_who_else_wants_to_be_told_writes_notifications_for_anybody_s_jobs(desk: Desk) -> None:
    desk.policy(CHANNELS)
    desk.team("team: a\njobs:\n  - {match: {id: 101}, notify: {failure: [maria, chat]}}\n", file="a.yml")
    desk.team(
        "team: b\nnotifications:\n"
        "  - {to: [jonas, team], on: [failure], jobs: {id: 101}}\n"
        "  - {to: chat, on: [success], jobs: {id: 101}}\n",
        file="b.yml",
    )
    told = desk.told("101", "--at", SATURDAY)
    assert told == ["0m chat: at once", "0m jonas: at once", "0m maria: at once", "0m team: at once"]
    assert [each.split(":")[0] for each in desk.told("101", "--on", "success", "--at", SATURDAY)] == ["0m chat"]


# each beats the next; in this order a later difference never outweighs an earlier one
LADDER = (
    "{id: 101}",
    "{name: Daily Revenue, environment: Production, project: Finance}",
    "{name: Daily Revenue, environment: Production, schedule: {at_least: daily}}",
    "{name: Daily Revenue, environment: Production}",
    "{name: Daily Revenue, environment: {type: production}}",
    "{name: Daily Revenue, project: Finance}",
    "{name: Daily Revenue}",
    "{name: 'Daily *', environment: Production, project: Finance, schedule: {at_least: daily}}",
    "{name: 'Daily *', environment: {type: production}, project: Finance}",
    "{name: 'Daily *', project: Finance}",
    "{name: 'Daily *'}",
    "{environment: Production, project: Finance}",
    "{environment: Production}",
    "{environment: {type: production}}",
    "{project: Finance}",
    "{job_type: scheduled}",
)


def test_the_more_specific_rule_wins_whatever_the_order_of_the_file(account: Desk) -> None:
    rules = [f"  - {{match: {which}, impact: '{place}'}}\n" for place, which in enumerate(LADDER)]
    for first in range(len(LADDER) - 1):
        account.policy(CHANNELS + "jobs:\n" + "".join(reversed(rules[first:])))
        assert account.values("101")["impact"][0] == str(first)


def test_a_tie_with_different_results_is_an_error_naming_both_and_with_the_same_none(desk: Desk) -> None:
    tie = "jobs:\n  - {{match: {{name: 'Daily *'}}, impact: x}}\n  - {{match: {{name: '* Revenue'}}, impact: {}}}\n"
    desk.policy(CHANNELS + tie.format("y"))
    assert [each.split(" ")[0] for each in desk.problems()] == ["data.yml:12:5"]
    assert "equally specific and differ: policies/data.yml:12 and policies/data.yml:13" in desk.problems()[0]
    desk.policy(CHANNELS + tie.format("x"))
    assert desk.problems() == []


# --- how a value is found ---------------------------------------------------------------------------------------------
LAYERS = ("defaults", "tier", "team", "rule")


@pytest.mark.parametrize("upto", range(5))
def test_of_a_scalar_the_last_given_is_heard(desk: Desk, upto: int) -> None:
    """Built-in, defaults, tier, head of the team's file, rule: the first `upto` say a zone."""
    zones = ("Europe/Berlin", "Asia/Tokyo", "America/New_York", "Africa/Lagos")
    said = [f"timezone: {zone}" if place < upto else "impact: x" for place, zone in enumerate(zones)]
    desk.policy(f"{CHANNELS}defaults: {{{said[0]}}}\ntiers: {{t: {{rank: 1, {said[1]}}}}}\n")
    desk.team(f"team: a\n{said[2]}\njobs:\n  - {{match: {{id: 101}}, tier: t, {said[3]}}}\n", file="a.yml")
    value, where = desk.values("101").get("timezone", ("UTC", "built-in"))
    assert (value, where.split()[0]) == (("UTC", *zones)[upto], ("built-in", *LAYERS)[upto])


NOTIFY = {
    "not named": ("", "chat maria"),
    "a plain list replaces": ("notify: {failure: [team]}", "team"),
    "+ adds": ("notify: {failure: [+team]}", "chat maria team"),
    "- removes": ("notify: {failure: [-maria]}", "chat"),
    "both signs": ("notify: {failure: [-maria, +team]}", "chat team"),
    "removing who is not there": ("notify: {failure: [-team]}", "chat maria"),
    "another outcome": ("notify: {warning: [team]}", "chat maria"),
    "nobody, with a reason": ("notify: {failure: []}, reason: shown elsewhere", ""),
    "any replaces": ("notify: {any: [team]}", "team"),
    "any is for what is not named beside it": ("notify: {any: [team], failure: [+jonas]}", "chat jonas maria"),
    "any may be signed": ("notify: {any: [+team]}", "chat maria team"),
}


@pytest.mark.parametrize("case", NOTIFY)
def test_notify_goes_outcome_by_outcome(desk: Desk, case: str) -> None:
    rule, told = NOTIFY[case]
    desk.policy(
        f"{CHANNELS}tiers: {{t: {{rank: 1, notify: {{failure: [chat, maria]}}}}}}\n"
        f"jobs: [{{match: {{id: 101}}, tier: t{', ' if rule else ''}{rule}}}]\n"
    )
    names = [each["channel"] for each in desk.explain("101", "--at", SATURDAY)["told"]]
    assert " ".join(names) == told


def test_any_never_means_started(desk: Desk) -> None:
    desk.policy(f"{CHANNELS}jobs: [{{match: {{id: 101}}, notify: {{any: [chat]}}}}]\n")
    assert desk.told("101", "--on", "started") == []
    assert desk.told("101", "--on", "cancelled") == ["0m chat: at once"]


@pytest.mark.parametrize(
    ("notify", "says"),
    [
        ("{failure: [+team, chat]}", "`failure` mixes signed and plain names"),
        ("{failure: []}", "`failure: []` tells nobody and needs a reason"),
    ],
)
def test_what_notify_may_not_say(desk: Desk, notify: str, says: str) -> None:
    desk.policy(f"{CHANNELS}jobs:\n  - {{match: {{id: 101}}, notify: {notify}}}\n")
    [told] = desk.problems()
    assert told.endswith(says)


def test_promote_swaps_the_tier_layer_only(desk: Desk) -> None:
    desk.policy(
        f"{CHANNELS}tiers:\n  worst: {{rank: 1, response: at once, notify: {{failure: [chat]}}}}\n"
        "  high: {rank: 2, response: soon, notify: {failure: [figures]}, "
        "promote: {after_consecutive_failures: 3, to: worst}}\n"
    )
    desk.team(
        "team: a\nowner: maria@acme.example\njobs: [{match: {id: 101}, tier: high, notify: {failure: [+team]}}]\n",
        file="a.yml",
    )
    assert desk.told("101", "--at", SATURDAY) == ["0m figures: at once", "0m team: at once"]
    assert desk.told("101", "--at", SATURDAY, "--failures-before", "2") == ["0m chat: at once", "0m team: at once"]


def test_a_job_in_scope_without_a_rule_has_no_tier_and_nothing_is_assumed(desk: Desk) -> None:
    desk.policy(
        f"{CHANNELS}defaults: {{notify: {{failure: [maria]}}}}\n"
        f"tiers: {{t: {{rank: 1, notify: {{failure: [chat]}}}}}}\n"
        "jobs: [{match: {id: 101}, tier: t}]\n"
    )
    answer = desk.explain("102")
    assert (answer["rule"], answer["tier"], answer["told"]) == (None, None, [])
    assert not [edge for edge in desk.edges() if "Ledger" in edge]


def test_tier_none_is_declared_silence_which_coverage_counts_as_decided(desk: Desk) -> None:
    desk.policy(f"{CHANNELS}jobs: [{{match: {{project: Finance}}, tier: none, reason: shown in the pull request}}]\n")
    assert desk.problems() == []
    assert desk.told("101") == []
    failure = desk.run("coverage", "--live", "live.json", "--json").json["failure"]
    assert (failure["jobs"], failure["told"], failure["silent"], failure["uncovered"]) == (3, 0, 2, 1)


# --- mutes ------------------------------------------------------------------------------------------------------------
def test_a_mute_holds_back_relayed_messages_until_its_day_begins_and_leaves_native_edges(desk: Desk) -> None:
    desk.policy(
        f"{CHANNELS}defaults: {{timezone: America/New_York}}\n"
        "jobs: [{match: {id: 101}, notify: {failure: [chat, maria], late: [chat]}, sla: {due: '08:00'}}]\n"
        "mutes: [{jobs: {id: 101}, until: 2037-01-05, reason: migration}]\n"
    )
    assert desk.told("101", "--at", "2037-01-04T23:59") == ["0m maria: at once"]
    assert desk.told("101", "--at", "2037-01-05T00:00") == ["0m chat: at once", "0m maria: at once"]
    assert desk.told("101", "--at", "2037-01-05T04:59Z") == ["0m maria: at once"]
    assert desk.edges() == ["maria@acme.example failure Daily Revenue"]
    assert "not muted: dbt Cloud delivers" in desk.run("plan", "--live", "live.json").out
    assert len(desk.deadlines("2037-01-03T00:00Z", "2037-01-04T00:00Z")) == 1, "deadlines are still recorded"


def test_a_mute_changes_no_coverage(desk: Desk) -> None:
    shares = []
    for mute in ("", "mutes: [{jobs: all, until: 2999-01-05, reason: migration}]\n"):
        desk.policy(f"{CHANNELS}jobs: [{{match: {{id: 101}}, notify: {{failure: [chat]}}}}]\n{mute}")
        shares.append(desk.run("coverage", "--live", "live.json", "--json").json["failure"])
    assert shares[0] == shares[1]


def test_without_a_zone_a_mute_ends_at_midnight_utc(desk: Desk) -> None:
    desk.policy(
        f"{CHANNELS}jobs: [{{match: {{id: 101}}, notify: {{failure: [chat]}}}}]\n"
        "mutes: [{jobs: {id: 101}, until: 2037-01-05, reason: migration}]\n"
    )
    assert desk.told("101", "--at", "2037-01-04T23:59Z") == []
    assert desk.told("101", "--at", "2037-01-05T00:00Z") == ["0m chat: at once"]


# --- deadlines --------------------------------------------------------------------------------------------------------
def armed(desk: Desk, sla: str, after: str, until: str) -> list[str]:
    """Return each deadline that an SLA arms, in UTC: from when a run counts, due, judged."""
    desk.policy(
        "defaults: {timezone: Europe/Berlin}\ncalendars: {week: {country: US, weekdays: [mon, tue, wed, thu, fri]}}\n"
        f"tiers: {{worst: {{rank: 1}}, low: {{rank: 2}}}}\njobs: [{{match: {{id: 101}}, tier: low, sla: {{{sla}}}}}]\n"
    )
    assert desk.problems() == []
    form = "%dT%H:%M"
    return [
        f"{each.since:{form}} {each.due:{form}} {each.judged_at:{form}}"
        for each in desk.deadlines(f"2026-{after}Z", f"2026-{until}Z")
    ]


@pytest.mark.parametrize(
    ("sla", "after", "until", "expected"),
    [
        pytest.param("due: '08:00'", "01-05T00:00", "01-05T23:00", ["04T23:00 05T07:00 05T07:00"], id="from midnight"),
        pytest.param(
            "due: '08:00', since: -4h", "01-05T00:00", "01-05T23:00", ["04T19:00 05T07:00 05T07:00"], id="since"
        ),
        pytest.param(
            "due: '08:00', grace: 5m", "01-05T00:00", "01-05T23:00", ["04T23:00 05T07:00 05T07:05"], id="grace"
        ),
        pytest.param(
            "due: '08:00', timezone: UTC", "01-05T00:00", "01-05T23:00", ["05T00:00 05T08:00 05T08:00"], id="zone"
        ),
        pytest.param("due: '08:00', calendar: week", "01-03T00:00", "01-04T23:00", [], id="a weekend of the calendar"),
        pytest.param("due: '08:00', calendar: week", "01-01T00:00", "01-01T23:00", [], id="a public holiday"),
        pytest.param("every: 12h", "01-05T12:00", "01-05T23:00", ["05T11:00 05T23:00 05T23:00"], id="every"),
        pytest.param("max_duration: 90m, name: x, tier: worst", "01-05T00:00", "01-05T23:00", [], id="of runs only"),
        pytest.param("due: '02:30'", "03-29T00:00", "03-29T12:00", ["28T23:00 29T01:00 29T01:00"], id="skipped"),
        pytest.param(
            "due: '02:30'", "10-25T00:00", "10-25T12:00", ["24T22:00 25T00:30 25T00:30"], id="twice: the first"
        ),
    ],
)
def test_an_sla_arms(desk: Desk, sla: str, after: str, until: str, expected: list[str]) -> None:
    assert armed(desk, sla, after, until) == expected


@pytest.mark.parametrize(("own", "told"), [("", "0m team: at once"), (", tier: worst", "0m chat: at once")])
def test_a_missed_deadline_is_late_with_the_sla_s_severity_else_the_job_s(desk: Desk, own: str, told: str) -> None:
    desk.policy(
        f"{CHANNELS}"
        f"tiers: {{worst: {{rank: 1, notify: {{late: [chat]}}}}, low: {{rank: 2, notify: {{late: [team]}}}}}}\n"
        f"jobs: [{{match: {{id: 101}}, tier: low, sla: {{due: '08:00', max_duration: 90m{own}}}}}]\n"
    )
    assert desk.told("101", "--on", "late", "--at", SATURDAY, "--late-by", "10m") == [told]
    assert desk.told("101", "--on", "failure", "--at", SATURDAY) == []


# --- explain ----------------------------------------------------------------------------------------------------------
def test_explain_prints_the_rule_where_each_value_came_from_and_who_is_told_when_through_what(desk: Desk) -> None:
    desk.policy(
        f"{CHANNELS}tiers:\n  critical: {{rank: 1, response: at once, notify: {{failure: [chat]}}}}\n"
        "defaults: {timezone: America/New_York}\n"
    )
    desk.team(
        "team: finance\nowner: maria@acme.example\njobs:\n  - match: {name: Daily Revenue}\n    tier: critical\n"
        "    impact: old figures\n",
        file="teams/finance.yml",
    )
    told = desk.run("explain", "job", "Daily Revenue", "--on", "failure", "--at", SATURDAY, "--live", "live.json").out
    lines = [" ".join(line.split()) for line in told.splitlines()]
    for expected in (
        "= policies/teams/finance.yml:4 speaks for it: team finance, tier critical",
        "response at once (tier critical, policies/data.yml:12)",
        "owner maria@acme.example (team finance, policies/teams/finance.yml:2)",
        "impact old figures (rule, policies/teams/finance.yml:6)",
        "timezone America/New_York (defaults, policies/data.yml:13)",
        "+ Sat 3 Jan 03:00 +0m chat at once",
        "Slack by the relay, policies/data.yml:12",
    ):
        assert expected in lines
