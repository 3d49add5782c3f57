"""The page of the language, "Channels", sentence by sentence: what a channel can carry, and what is answered if not."""

from __future__ import annotations

import pytest

from tests.scenarios.language_desk import HEAD, RELAY, Desk

NATIVE = {
    "dbt_user": "{type: dbt_user, email: maria@acme.example}",
    "dbt_email": "{type: dbt_email, address: finance@acme.example, owner: maria@acme.example}",
    "dbt_slack": "{type: dbt_slack, channel_id: C0123456789, channel_name: '#alerts', linked_by: maria@acme.example}",
}
RELAYED = {
    "slack": "{type: slack, url: $X}",
    "slack by a bot": "{type: slack, token: $X, channel_id: C0987654321}",
    "pagerduty": "{type: pagerduty, routing_key: $X}",
    "email": "{type: email, to: [oncall@acme.example], include: [error, duration, link]}",
    "teams": "{type: teams, url: $X}",
    "datadog": "{type: datadog, api_key: $X, site: datadoghq.com}",
    "monte_carlo": "{type: monte_carlo, key_id: $X, key_token: $Y}",
    "webhook": "{type: webhook, url: $X, headers: {X-Token: $Y}, sign: {secret: $Z}}",
    "apprise": "{type: apprise, url: $X, pages: true}",
}
DAILY = "match: {name: Daily Revenue}"
CARRIES_NO = ("late", "recovered", "slow", "anomaly", "started", "any")


@pytest.mark.parametrize("kind", NATIVE)
def test_a_native_channel_is_told_of_four_outcomes_at_once_one_edge_for_each_job(desk: Desk, kind: str) -> None:
    outcomes = ("cancelled", "failure", "success", "warning")
    desk.policy(
        f"channels: {{x: {NATIVE[kind]}}}\njobs: [{{match: {{project: Finance, name: 'Daily *'}}, "
        f"notify: {{{', '.join(f'{each}: [x]' for each in outcomes)}}}}}]\n",
        head=HEAD,
    )
    told = {edge.split(" ", 1)[1] for edge in desk.edges()}
    assert told == {f"{outcome} {job}" for outcome in outcomes for job in ("Daily Revenue", "Daily Ledger")}
    for outcome in outcomes:
        assert desk.told("Daily Revenue", "--on", outcome, "--at", "2026-01-03T03:00") == ["0m x: at once"]


def test_relayed_channels_are_told_of_every_outcome_and_make_no_edge(desk: Desk) -> None:
    channels = "".join(f"  x{number}: {text}\n" for number, text in enumerate(RELAYED.values()))
    names = [f"x{number}" for number in range(len(RELAYED))]
    everybody = ", ".join(names)
    desk.policy(f"channels:\n{channels}jobs: [{{{DAILY}, notify: {{any: [{everybody}], started: [{everybody}]}}}}]\n")
    assert desk.problems() == []
    assert desk.edges() == []
    outcomes = ("success", "warning", "failure", "cancelled", "late", "slow", "anomaly", "recovered", "started")
    for outcome in outcomes:
        told = desk.explain("Daily Revenue", "--on", outcome, "--at", "2026-01-03T03:00")["told"]
        assert sorted(each["channel"] for each in told) == names, outcome
        assert {each["via"] for each in told} == {"relayed"}


def test_each_relayed_channel_without_a_relay_is_an_error(desk: Desk) -> None:
    desk.policy(
        "channels:\n" + "".join(f"  x{line}: {text}\n" for line, text in enumerate(RELAYED.values(), 5)), head=HEAD
    )
    assert desk.problems() == [
        f"data.yml:{line}:3 channel `x{line}` is relayed, and the policy has no relay" for line in range(5, 14)
    ]


MISUSE = [
    *(f"jobs: [{{match: {{name: {each}}}, notify: {{{each}: [x]}}}}]\n" for each in CARRIES_NO),
    *(f"notifications: [{{to: x, on: [{each}], jobs: all}}]\n" for each in CARRIES_NO),
    "tiers: {low: {rank: 1, digest: {every: day, at: '09:00', to: [x]}}}\n",
    "escalations: {standard: [{after: 5m, notify: [x], unless: resolved}]}\n",
    "channels: {y: {type: slack, url: $X, fallback: x}}\n",
]


@pytest.mark.parametrize("kind", NATIVE)
def test_where_only_a_relay_can_tell_a_native_channel_is_an_error_that_names_the_relayed_kind(
    desk: Desk, kind: str
) -> None:
    desk.policy(f"channels: {{x: {NATIVE[kind]}}}\n")
    for number, text in enumerate(MISUSE):
        desk.team(text, file=f"{number}.yml")
    told = desk.lint()
    assert {each["file"] for each in told} == {f"policies/{number}.yml" for number in range(len(MISUSE))}
    for each in told:
        assert each["message"].startswith("a native channel cannot stand under")
        assert "a relayed channel" in each["expected"]
        assert ("type: slack" if kind == "dbt_slack" else "type: email") in each["fix"]


@pytest.mark.parametrize(
    "layer",
    [
        "hours: {from: '08:00', to: '19:00'}",
        "group: {by: project, window: 10m}",
        "promote: {after_consecutive_failures: 3, to: worst}",
    ],
)
def test_in_a_tier_that_waits_it_is_allowed_told_at_once_and_lint_says_so(desk: Desk, layer: str) -> None:
    desk.policy(
        f"channels: {{x: {NATIVE['dbt_user']}, y: {RELAYED['pagerduty']}}}\n"
        "tiers:\n  worst: {rank: 1, notify: {failure: [y]}}\n"
        f"  high: {{rank: 2, notify: {{failure: [x]}}, {layer}}}\njobs: [{{{DAILY}, tier: high}}]\n"
    )
    assert desk.problems() == []
    assert desk.found("native-bypasses") == [(8, "info")]
    assert desk.told("Daily Revenue", "--at", "2026-01-03T03:00") == ["0m x: at once"]


@pytest.mark.parametrize("kind", NATIVE)
def test_include_on_a_native_channel_is_answered_with_who_writes_that_mail(desk: Desk, kind: str) -> None:
    desk.policy(f"channels: {{x: {NATIVE[kind][:-1]}, include: [error]}}}}\n")
    [told] = desk.lint()
    assert (told["message"], "dbt Cloud writes that mail" in told["fix"]) == ("there is no key `include` here", True)


@pytest.mark.parametrize(
    ("channel", "pages"),
    [
        ("{type: pagerduty, routing_key: $X}", True),
        ("{type: pagerduty, routing_key: $X, pages: false}", False),
        ("{type: slack, url: $X}", False),
        ("{type: apprise, url: $X, pages: true}", True),
    ],
)
def test_pages_marks_a_channel_that_wakes_people_and_is_the_default_of_pagerduty(
    desk: Desk, channel: str, *, pages: bool
) -> None:
    desk.policy(
        f"channels: {{x: {channel}}}\ntiers: {{critical: {{rank: 1, notify: {{failure: [x]}}}}}}\n"
        f"jobs: [{{{DAILY}, tier: critical}}]\n"
    )
    [told] = desk.explain("Daily Revenue")["told"]
    assert told["pages"] is pages
    assert (desk.found("critical-must-page") == []) is pages


def test_a_slack_channel_of_dbt_cloud_needs_no_relay_and_one_of_ours_does(desk: Desk) -> None:
    desk.policy(f"channels: {{x: {NATIVE['dbt_slack']}}}\n", head=HEAD)
    assert desk.problems() == []
    desk.policy(f"channels: {{x: {RELAYED['slack']}}}\n", head=HEAD + RELAY)
    assert desk.problems() == []
