"""The page of the language, "Tiers", sentence by sentence: who, how and how fast, as `explain` answers it."""

from __future__ import annotations

import pytest

from tests.scenarios.language_desk import Desk

OUTCOMES = ("success", "warning", "failure", "cancelled", "late", "slow", "anomaly", "recovered", "started")
SATURDAY, MONDAY = "2026-01-03T03:00", "2026-01-05T10:00"
CHANNELS = """\
calendars: {us-business: {country: US, weekdays: [mon, tue, wed, thu, fri]}}
channels:
  chat: {type: slack, url: $X}
  team: {type: slack, url: $Y}
  tests: {type: monte_carlo, key_id: $I, key_token: $T}
  oncall: {type: pagerduty, routing_key: $K}
  leads: {type: teams, url: $L}
  boss: {type: email, to: [boss@acme.example]}
  tickets: {type: webhook, url: $W}
  figures: {type: datadog, api_key: $D}
  maria: {type: dbt_user, email: maria@acme.example}
"""
ESCALATION = """\
escalations:
  standard:
    - {after: 5m,  notify: [oncall], unless: acknowledged, ticket: tickets}
    - {after: 15m, notify: [leads], unless: acknowledged, note: "are more people needed?"}
    - {after: 30m, notify: [boss], unless: resolved}
"""
JOBS = "jobs:\n  - {match: {name: Daily Revenue}, tier: high}\n"


def tiers(desk: Desk, high: str, *, critical: str = "rank: 1, notify: {any: [chat]}", more: str = ESCALATION) -> None:
    desk.policy(f"{CHANNELS}{more}tiers:\n  critical: {{{critical}}}\n  high: {{rank: 2, {high}}}\n{JOBS}")
    assert desk.problems() == []


def test_two_tiers_of_one_rank_are_an_error_naming_both(desk: Desk) -> None:
    desk.policy("tiers:\n  a: {rank: 1}\n  b: {rank: 1}\n")
    [told] = desk.lint()
    assert "have the same rank 1" in told["message"]
    assert {told["line"], *(each["line"] for each in told["also_at"])} == {6, 7}


def test_response_is_shown(desk: Desk) -> None:
    tiers(desk, "response: within business hours, notify: {failure: [chat]}")
    assert desk.values("Daily Revenue")["response"][0] == "within business hours"


def test_notify_is_level_0_and_names_each_outcome(desk: Desk) -> None:
    tiers(desk, "notify: {failure: [team], warning: [chat]}")
    assert desk.told("101", "--at", SATURDAY) == ["0m team: at once"]
    assert desk.told("101", "--on", "warning", "--at", SATURDAY) == ["0m chat: at once"]
    assert desk.told("101", "--on", "slow", "--at", SATURDAY) == []


def test_of_tells_only_of_such_nodes_and_over_only_past_that_delay(desk: Desk) -> None:
    tiers(desk, "notify: {failure: [team, {to: tests, of: test}], late: [team, {to: chat, over: 30m}]}")
    assert desk.told("101", "--at", MONDAY, "--failed-model", "x") == ["0m team: at once"]
    assert desk.told("101", "--at", MONDAY, "--failed-test", "x") == ["0m team: at once", "0m tests: at once"]
    late = ("101", "--on", "late", "--at", MONDAY, "--late-by")
    assert desk.told(*late, "29m") == ["0m team: at once"]
    assert desk.told(*late, "31m") == ["0m chat: at once", "0m team: at once"]


@pytest.mark.parametrize("where", [*OUTCOMES, "any"])
@pytest.mark.parametrize(
    ("condition", "holds_under"),
    [("of: test", ("failure", "warning", "any")), ("over: 30m", ("late", "any"))],
)
def test_a_condition_that_can_never_hold_is_an_error(
    desk: Desk, condition: str, holds_under: tuple[str, ...], where: str
) -> None:
    desk.policy(f"{CHANNELS}tiers:\n  high: {{rank: 1, notify: {{{where}: [{{to: chat, {condition}}}]}}}}\n")
    key = condition.partition(":")[0]
    told = [each.partition(" ")[2] for each in desk.problems()]
    assert told == ([] if where in holds_under else [f"`{key}` under `{where}` never holds"])


def test_outside_hours_a_message_is_held_until_the_next_opening_of_their_calendar(desk: Desk) -> None:
    tiers(desk, "notify: {failure: [team]}, hours: {from: '08:00', to: '19:00', calendar: us-business}")
    assert desk.told("101", "--at", MONDAY) == ["0m team: at once"]
    assert desk.told("101", "--at", "2026-01-05T19:00") == [f"{13 * 60}m team: opening"]
    assert desk.told("101", "--at", SATURDAY) == [f"{53 * 60}m team: opening"]
    assert desk.told("101", "--at", "2026-01-01T10:00") == [f"{22 * 60}m team: opening"], "New Year's Day is a holiday"


def test_a_group_waits_for_its_window(desk: Desk) -> None:
    tiers(desk, "notify: {failure: [team]}, group: {by: project, window: 10m}")
    assert desk.told("101", "--at", MONDAY) == ["10m team: grouped"]


PROMOTE = "notify: {failure: [team]}, hours: {from: '08:00', to: '19:00', calendar: us-business}, promote: "


def test_promote_after_so_many_failures_in_a_row_and_what_it_promotes_is_released_from_hours(desk: Desk) -> None:
    tiers(desk, PROMOTE + "[{after_consecutive_failures: 3, to: critical}]")
    assert desk.told("101", "--at", SATURDAY, "--failures-before", "1") == [f"{53 * 60}m team: opening"]
    promoted = desk.explain("101", "--at", SATURDAY, "--failures-before", "2")
    assert [(each["channel"], each["after"]) for each in promoted["told"]] == [("chat", 0)]
    assert (promoted["tier"], promoted["promoted"]["from"]) == ("critical", "high")


@pytest.mark.parametrize(
    ("node", "promoted"),
    [
        (("--failed-model", "fct_revenue_daily"), True),
        (("--failed-model", "fct_orders"), False),
        (("--failed-model", "fct_orders", "--tag", "pii"), True),
        (("--failed-model", "fct_orders", "--tag", "other"), False),
    ],
)
def test_of_several_entries_of_promote_any_counts(desk: Desk, node: tuple[str, ...], *, promoted: bool) -> None:
    entries = "[{when: {models: ['fct_revenue*']}, to: critical}, {when: {tags: [revenue, pii]}, to: critical}]"
    tiers(desk, PROMOTE + entries)
    assert (desk.explain("101", "--at", SATURDAY, *node)["tier"] == "critical") is promoted


def test_the_keys_of_one_when_hold_for_one_node(desk: Desk) -> None:
    tiers(desk, PROMOTE + "[{when: {models: ['fct_*'], tags: [pii]}, to: critical}]")
    assert desk.explain("101", "--failed-model", "fct_x", "--tag", "pii")["tier"] == "critical"
    assert desk.explain("101", "--failed-model", "fct_x")["tier"] == "high"
    assert desk.explain("101", "--failed-model", "stg_x", "--tag", "pii")["tier"] == "high"


@pytest.mark.parametrize(("to", "wrong"), [("critical", False), ("high", True), ("low", True)])
def test_a_tier_promotes_to_a_worse_one_only(desk: Desk, to: str, *, wrong: bool) -> None:
    desk.policy(
        f"{CHANNELS}tiers:\n  critical: {{rank: 1}}\n  low: {{rank: 3}}\n"
        f"  high: {{rank: 2, promote: {{after_consecutive_failures: 3, to: {to}}}}}\n"
    )
    says = f"data.yml:19:19 tier `high` promotes to `{to}`, which is not worse"
    assert desk.problems() == ([says] if wrong else [])


def test_a_digest_goes_out_at_its_time_on_days_of_its_calendar(desk: Desk) -> None:
    tiers(desk, "digest: {every: day, at: '09:00', calendar: us-business, to: [team], include: [failures]}")
    for outcome in ("failure", "success"):
        told = desk.told("101", "--on", outcome, "--at", "2026-01-03T09:00")
        assert told == [f"{48 * 60}m team: digest"], outcome


def test_a_tier_may_tell_nothing_and_metrics_get_every_run_whatever_its_tier(desk: Desk) -> None:
    desk.policy(
        f"{CHANNELS}metrics: [figures]\ntiers: {{idle: {{rank: 1}}}}\njobs: [{{match: {{id: 101}}, tier: idle}}]\n"
    )
    for job in ("101", "102"):
        for outcome in ("success", "failure", "cancelled", "warning"):
            assert desk.told(job, "--on", outcome) == ["0m figures: metrics"], (job, outcome)


def test_escalation_lists_what_happens_later_counted_from_the_start(desk: Desk) -> None:
    tiers(desk, "notify: {failure: [team], late: [team]}, escalation: standard")
    levels = [
        "0m team: at once",
        "5m oncall: escalation",
        "5m tickets: ticket",
        "15m leads: escalation",
        "30m boss: escalation",
    ]
    for outcome in ("failure", "late", "timeout"):
        assert desk.told("101", "--on", outcome, "--at", SATURDAY) == levels, outcome


@pytest.mark.parametrize(
    ("reaction", "told"),
    [
        (("--ack-after", "4m"), ["0m team", "30m boss"]),
        (("--resolve-after", "4m"), ["0m team"]),
        (("--ack-after", "10m"), ["0m team", "5m oncall", "5m tickets", "30m boss"]),
        (("--ack-after", "4m", "--resolve-after", "20m"), ["0m team"]),
    ],
)
def test_what_each_unless_skips(desk: Desk, reaction: tuple[str, ...], told: list[str]) -> None:
    tiers(desk, "notify: {failure: [team]}, escalation: standard")
    assert [each.partition(":")[0] for each in desk.told("101", "--at", SATURDAY, *reaction)] == told


@pytest.mark.parametrize("outcome", ["warning", "cancelled", "slow", "anomaly", "recovered", "success", "started"])
def test_only_failures_and_deadlines_open_incidents_and_the_rest_is_told_once(desk: Desk, outcome: str) -> None:
    tiers(desk, "notify: {any: [team], started: [team]}, escalation: standard")
    answer = desk.explain("101", "--on", outcome, "--at", SATURDAY)
    assert (answer["opens_incident"], [each["channel"] for each in answer["told"]]) == (False, ["team"])
    assert desk.explain("101", "--at", SATURDAY)["opens_incident"]
    assert desk.explain("101", "--on", "late", "--at", SATURDAY)["opens_incident"]


def test_an_escalated_alert_is_released_from_hours(desk: Desk) -> None:
    office = "hours: {from: '08:00', to: '19:00', calendar: us-business}"
    tiers(desk, f"notify: {{failure: [team]}}, escalation: standard, {office}")
    assert desk.told("101", "--at", SATURDAY)[:2] == ["5m team: escalation", "5m oncall: escalation"]


def test_a_failure_within_a_mute_is_not_told_after_it_and_the_first_one_after_it_is(desk: Desk) -> None:
    office = "hours: {from: '08:00', to: '19:00', calendar: us-business}"
    mute = "mutes: [{jobs: {id: 101}, until: 2035-01-08, reason: migration}]\n"
    digest = "digest: {to: [team], every: day, at: '09:00'}"
    tiers(desk, f"notify: {{failure: [team]}}, escalation: standard, {office}, {digest}", more=ESCALATION + mute)
    assert desk.told("101", "--at", "2035-01-07T23:59") == []
    assert desk.told("101", "--at", "2035-01-08T00:00", "--failures-before", "1")[:1] == ["5m team: escalation"]


def test_a_level_that_names_a_pager_which_rings_already_is_found(desk: Desk) -> None:
    again = ESCALATION.replace("notify: [leads]", "notify: [oncall, leads]")
    tiers(desk, "notify: {failure: [team]}, escalation: standard", more=again)
    assert [level for _, level in desk.found("escalation-repeats")] == ["warn"]
    tiers(desk, "notify: {failure: [team]}, escalation: standard")
    assert desk.found("escalation-repeats") == []


# --- outcomes ---------------------------------------------------------------------------------------------------------
def test_a_timed_out_run_is_cancelled_for_dbt_cloud_and_a_failure_for_the_relay(desk: Desk) -> None:
    tiers(desk, "notify: {failure: [team], cancelled: [maria]}")
    answer = desk.explain("101", "--on", "timeout", "--at", SATURDAY)
    assert {(each["channel"], each["outcome"]) for each in answer["told"]} == {
        ("maria", "cancelled"),
        ("team", "failure"),
    }
    assert answer["asked"]["cause"] == "timeout"


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_ranks_1_and_2_with_a_native_failure_route_and_no_cancelled_are_found(desk: Desk, rank: int) -> None:
    for cancelled, missing in (("", True), (", cancelled: [maria]", False)):
        desk.policy(
            f"{CHANNELS}tiers: {{t: {{rank: {rank}, notify: {{failure: [maria]{cancelled}}}}}}}\n"
            "jobs: [{match: {name: Daily Revenue}, tier: t}]\n"
        )
        assert bool(desk.found("timeout-untold")) is (missing and rank < 3), (rank, cancelled)


def test_a_word_that_is_no_outcome_is_answered_with_those_that_are(desk: Desk) -> None:
    desk.policy(f"{CHANNELS}notifications: [{{to: chat, on: [sometimes], jobs: all}}]\n")
    [told] = desk.lint()
    outcomes = ("success", "warning", "failure", "cancelled", "late", "slow", "anomaly", "recovered", "started", "any")
    assert [each for each in outcomes if f"`{each}`" not in told["expected"]] == []


@pytest.mark.parametrize("event", ["started", "completed", "errored"])
def test_a_webhook_has_three_events(desk: Desk, event: str) -> None:
    hook = "webhooks: [{{name: x, url: 'https://x.acme.example/dbt', on: [{0}], jobs: {{name: Daily Revenue}}, {1}}}]\n"
    sink = "secret_sink: {store: file, path: .dbt-alerts/x.secret}"
    desk.policy(hook.format(event, sink))
    assert [each["do"] for each in desk.plan()["actions"]] == ["create-webhook"]
    desk.policy(hook.format("failed", sink))
    [told] = desk.lint()
    assert all(f"`{each}`" in told["expected"] for each in ("started", "completed", "errored"))


@pytest.mark.parametrize("layer", ["tier", "job"])
def test_anomalies_are_changed_by_tier_and_by_job(desk: Desk, layer: str) -> None:
    own = "anomalies: {slower: {by: 20%, recent: 2, min_runs: 4}}"
    of_tier, of_job = (f", {own}", "") if layer == "tier" else ("", f", {own}")
    desk.policy(
        f"{CHANNELS}"
        f"anomalies: {{success_rate: {{below: 95%, over: 7d}}, slower: {{by: 50%, recent: 3, min_runs: 5}}}}\n"
        f"tiers: {{high: {{rank: 1, notify: {{slow: [chat]}}{of_tier}}}}}\n"
        f"jobs: [{{match: {{name: Daily Revenue}}, tier: high{of_job}}}, {{match: {{name: Daily Ledger}}}}]\n"
    )
    assert desk.problems() == []
    value, where = desk.values("Daily Revenue")["anomalies"]
    assert ("20" in value, where.split()[0]) == (True, "tier" if layer == "tier" else "rule")


@pytest.mark.parametrize(
    ("place", "column", "wrong"),
    [
        ("country: ZZ", 18, "the public holidays of country `ZZ` are not known"),
        ("country: DE, subdivision: ZZ", 35, "`ZZ` is no region of DE"),
    ],
)
def test_a_calendar_of_a_country_that_is_not_known_is_a_problem_where_days_are_counted(
    desk: Desk, place: str, column: int, wrong: str
) -> None:
    desk.policy(
        f"calendars:\n  odd: {{{place}, weekdays: [mon]}}\n"
        'jobs: [{match: {name: Daily Revenue}, sla: {due: "08:00", calendar: odd}}]\n'
    )
    [told] = desk.problems()
    assert told.startswith(f"data.yml:6:{column} calendar `odd`: {wrong}")
    for words in (("explain", "job", "101"), ("coverage",), ("test",)):
        done = desk.run(*words, "--live", "live.json")
        assert (done.code, f"policies/data.yml:6:{column}" in done.err) == (3, True), words
    assert desk.run("plan", "--live", "live.json").code == 0
