"""The page of the language, "Guardrails": each sentence of the table by the nearest bad and the nearest good policy.

What the rules find in detail is in `tests/cases/lint`; here is what the page promises, as `lint` shows it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.scenarios.language_desk import HEAD, RELAY, Desk

CHANNELS: Final = """\
channels:
  maria: {type: dbt_user, email: maria@acme.example}
  chat: {type: slack, url: $X}
  mail: {type: email, to: [maria@acme.example]}
  oncall: {type: pagerduty, routing_key: $K}
"""
HOOK: Final = "https://hooks.slack.com/services/T00000000/B00000000/not-a-real-hook"
ACCOUNT: Final = """\
projects: [Finance]
environments:
  - {name: Production, type: production}
  - {name: Pre, type: staging}
  - {name: Sandbox, type: development}
  - {name: CI, type: general}
jobs:
  - {name: Daily, cron: "0 6 * * *"}
  - {name: Hourly, cron: "0 * * * *"}
  - {name: Monthly, cron: "0 6 1 * *"}
  - {name: Docs, cron: "0 6 * * *", generate_docs: true, execute_steps: [dbt docs generate]}
  - {name: Staging, environment: Pre, cron: "0 6 * * *"}
  - {name: Mine, environment: Sandbox}
  - {name: Pull request, environment: CI, job_type: ci}
  - {name: Gone, deleted: true}
users:
  - {email: maria@acme.example}
  - {email: leo@acme.example, active: false}
  - {email: linker@acme.example}
rows:
  - {to: "slack:C0123456789", failure: [101], by: linker@acme.example}
"""


def webhook(url: str, rest: str = "on: [completed], jobs: {name: Daily}") -> str:
    return f'webhooks: [{{name: x, url: "{url}", {rest}}}]\n'


def tier(rank: int, says: str, jobs: str = "name: Daily", rest: str = "") -> str:
    return f"tiers: {{t: {{rank: {rank}, {says}}}}}\njobs: [{{match: {{{jobs}}}, tier: t{rest}}}]\n"


def two_tiers(rank: int, channel: str) -> str:
    """Return a policy in which jobs of rank 1 tell the pager, and those of another rank a channel."""
    return (
        "tiers: {a: {rank: 1, notify: {failure: [oncall]}}, "
        f"b: {{rank: {rank}, notify: {{failure: [{channel}]}}}}}}\n"
        "jobs: [{match: {name: Daily}, tier: a}, {match: {name: Hourly}, tier: b}]\n"
    )


def told(name: str, outcome: str = "success", to: str = "maria") -> str:
    return f"notifications: [{{to: {to}, on: [{outcome}], jobs: {{name: {name}}}}}]\n"


PAGED: Final = tier(1, "notify: {failure: [oncall]}")
COMPLETE: Final = ", owner: maria@acme.example, runbook: 'https://wiki.acme.example/x', impact: old figures"
ESCALATES: Final = "escalations: {s: [{after: 5m, notify: [oncall], unless: %s}%s]}\n"
ENDS: Final = ", {after: 30m, notify: [mail], unless: resolved}"

SUNDAYS: Final = "calendars: {sun: {weekdays: [sun]}}\n"

FINDS: Final = {
    "https-only": [
        (webhook("http://x.acme.example/dbt"), webhook("https://x.acme.example/dbt")),
        (webhook("http://x.acme.example/dbt"), webhook("http://127.0.0.1:8080/dbt")),
        ("channels: {x: {type: webhook, url: 'http://x.acme.example'}}\n", "channels: {x: {type: webhook, url: $X}}\n"),
    ],
    "literal-secret": [
        (f"channels: {{x: {{type: slack, url: '{HOOK}'}}}}\n", "channels: {x: {type: slack, url: $X}}\n"),
        ("channels: {x: {type: pagerduty, routing_key: 0123456789abcdef0123456789abcdef}}\n", PAGED),
    ],
    "critical-must-page": [
        (tier(1, "notify: {failure: [chat]}"), PAGED),
        (tier(1, "notify: {failure: [chat]}"), tier(2, "notify: {failure: [chat]}")),
        (
            tier(1, "notify: {failure: [chat]}"),
            ESCALATES % ("acknowledged", ENDS) + tier(1, "notify: {failure: [chat]}, escalation: s"),
        ),
    ],
    "production-job-covered": [
        ("", "notifications: [{to: maria, on: [failure], jobs: all}]\n"),
        ("", "jobs: [{match: {project: Finance}, tier: none, reason: a sandbox}]\n"),
        ("", "notifications: [{to: maria, on: [failure], jobs: {environment: {type: production}}}]\n"),
    ],
    "actionable-alert": [
        (PAGED, tier(1, "notify: {failure: [oncall]}", rest=COMPLETE)),
        (tier(2, "notify: {failure: [oncall]}"), tier(3, "notify: {failure: [oncall]}")),
    ],
    "success-on-frequent-job": [
        (told("Hourly"), told("Daily")),
        (told("Hourly"), told("Hourly", "failure")),
        (tier(3, "notify: {success: [chat]}"), tier(1, "notify: {success: [chat]}")),
        (tier(3, "notify: {success: [chat]}", "name: Monthly"), told("Monthly")),
    ],
    "duplicate-delivery": [
        (
            tier(2, "notify: {failure: [maria]}") + told("Daily", "failure", "mail"),
            tier(2, "notify: {failure: [maria]}"),
        ),
        (
            webhook("https://x.acme.example/dbt", "on: [errored, completed], jobs: {name: Daily}"),
            webhook("https://x.acme.example/dbt", "on: [completed], jobs: {name: Daily}"),
        ),
    ],
    "mixed-severity-channel": [
        (two_tiers(rank, "oncall"), good)
        for rank, good in ((3, two_tiers(2, "oncall")), (4, two_tiers(4, "chat")), (3, two_tiers(3, "chat")))
    ],
    "max-recipients": [
        *(
            (
                f"channels: {{x: {{type: email, to: [{address}]}}}}\n{told('Daily', 'failure', 'x')}",
                f"channels: {{x: {{type: email, to: [finance@acme.example]}}}}\n{told('Daily', 'failure', 'x')}",
            )
            for address in (
                "all-staff@acme.example",
                "everyone@acme.example",
                "entire-it@acme.example",
                "execs@acme.example",
            )
        ),
        (
            "rules: {max-recipients: {limit: 1}}\nchannels: {x: {type: email, to: [a@acme.example, b@acme.example]}}\n"
            + told("Daily", "failure", "x"),
            "channels: {x: {type: email, to: [a@acme.example, b@acme.example]}}\n" + told("Daily", "failure", "x"),
        ),
    ],
    "non-production-pages": [
        (told(job, "failure", "oncall"), told(job, "failure", "chat"))
        for job in ("Staging", "Mine", "Pull request", "Docs")
    ],
    "hours-on-critical": [
        (
            tier(1, "notify: {failure: [chat]}, hours: {from: '08:00', to: '19:00'}"),
            tier(2, "notify: {failure: [chat]}, hours: {from: '08:00', to: '19:00'}"),
        )
    ],
    "escalation-has-end": [
        (ESCALATES % ("acknowledged", ""), ESCALATES % ("acknowledged", ENDS)),
        (ESCALATES % ("acknowledged", ENDS + ENDS.replace("30m", "60m")), ESCALATES % ("acknowledged", ENDS)),
        (ESCALATES % ("acknowledged", ENDS.replace("30m", "5m")), ESCALATES % ("acknowledged", ENDS)),
    ],
    "sla-feasible": [
        (
            "jobs: [{match: {name: Daily}, sla: {due: '05:00', timezone: UTC}}]\n",
            "jobs: [{match: {name: Daily}, sla: {due: '08:00', timezone: UTC}}]\n",
        ),
        (
            "jobs: [{match: {name: Hourly}, sla: {due: '08:00', timezone: UTC}}]\n",
            "jobs: [{match: {name: Hourly}, sla: {every: 2h, timezone: UTC}}]\n",
        ),
        (
            "jobs: [{match: {name: Daily}, sla: {stale_after: 4h}}]\n",
            "jobs: [{match: {name: Daily}, sla: {stale_after: 30h}}]\n",
        ),
        (
            SUNDAYS + "jobs: [{match: {name: Monthly}, sla: {due: '08:00', timezone: UTC, calendar: sun}}]\n",
            SUNDAYS + "jobs: [{match: {name: Daily}, sla: {due: '08:00', timezone: UTC, calendar: sun}}]\n",
        ),
    ],
    "direct-to-vendor": [
        (webhook(url), webhook("https://catalog.acme.example/dbt"))
        for url in (
            HOOK,
            "https://events.pagerduty.com/v2/enqueue",
            "https://api.datadoghq.com/api/v1/events",
            "https://acme.webhook.office.com/webhookb2/x",
            "https://integrations.getmontecarlo.com/webhook",
        )
    ],
    "slack-linked-by": [
        (
            "channels: {s: {type: dbt_slack, channel_id: C0123456789, linked_by: maria@acme.example}}\n"
            + told("Daily", "failure", "s"),
            "channels: {s: {type: dbt_slack, channel_id: C0123456789, linked_by: linker@acme.example}}\n"
            + told("Daily", "failure", "s"),
        )
    ],
    "all-jobs-webhook": [
        (
            "scope: {all_jobs_webhooks: true}\n" + webhook("https://x.acme.example/dbt", "on: [completed], jobs: all"),
            webhook("https://x.acme.example/dbt"),
        )
    ],
    "departed-user": [
        ("channels: {x: {type: dbt_user, email: leo@acme.example}}\n" + told("Daily", "failure", "x"), told("Daily"))
    ],
    "dangling-job": [("jobs: [{match: {id: 108}, impact: x}]\n", "jobs: [{match: {id: 101}, impact: x}]\n")],
}
LEVELS: Final = {
    "error": "https-only, literal-secret, critical-must-page, mixed-severity-channel, max-recipients, "
    "non-production-pages, hours-on-critical, direct-to-vendor",
    "info": "native-bypasses, all-jobs-webhook",
}
CASES: Final = [
    pytest.param(rule, bad, good, id=f"{rule}-{number}")
    for rule, pairs in FINDS.items()
    for number, (bad, good) in enumerate(pairs)
]


def judged(desk: Desk, rule: str, text: str) -> list[str]:
    """Return the levels of what one rule finds in a policy that loads."""
    desk.policy(CHANNELS, head=HEAD + RELAY)
    desk.team("", file="case.yml")
    for number, part in enumerate(_sections(text)):
        desk.team(part, file=f"case-{number}.yml")
    found = desk.lint("--live", "live.json")
    assert [each["message"] for each in found if each["rule"] == "invalid-policy"] == []
    return [each["level"] for each in found if each["rule"] == rule]


def _sections(text: str) -> list[str]:
    """Return a policy's top-level keys, each to stand in a file of its own: a case may declare channels too."""
    return [line + "\n" for line in text.splitlines()]


@pytest.mark.parametrize(("rule", "bad", "good"), CASES)
def test_each_rule_finds_what_the_table_says_and_not_what_is_nearly_that(
    desk: Desk, rule: str, bad: str, good: str
) -> None:
    desk.live(ACCOUNT)
    level = next((level for level, rules in LEVELS.items() if rule in rules.split(", ")), "warn")
    assert set(judged(desk, rule, bad)) == {level}
    for old in Path("policies").iterdir():
        old.unlink()
    assert judged(desk, rule, good) == []


def test_success_on_a_frequent_job_says_how_many_a_day_and_offers_the_digest(desk: Desk) -> None:
    desk.live(ACCOUNT)
    desk.policy(CHANNELS + told("Hourly"))
    [found] = [each for each in desk.lint("--live", "live.json") if each["rule"] == "success-on-frequent-job"]
    assert "24" in found["message"] + found["found"]
    assert "digest" in found["fix"] + found["expected"]


# --- levels, excuses, baselines ---------------------------------------------------------------------------------------
BAD: Final = (
    'webhooks:\n  - {name: x, url: "http://x.acme.example/dbt", on: [completed], jobs: {name: Daily Revenue}}%s\n'
)


def test_lint_judges_and_plan_refuses_only_what_is_an_error_of_the_language(desk: Desk) -> None:
    desk.policy(BAD % "")
    assert desk.found("https-only") == [(6, "error")]
    assert desk.run("lint").code == 3
    assert desk.run("plan", "--live", "live.json").code == 0


@pytest.mark.parametrize("level", ["error", "warn", "info"])
def test_a_rule_has_the_level_that_the_policy_gives_it(desk: Desk, level: str) -> None:
    for setting in (level, f"{{level: {level}}}"):
        desk.policy(BAD % "" + f"rules: {{https-only: {setting}}}\n")
        assert desk.found("https-only") == [(6, level)]
        assert desk.run("lint", "--select", "https-only").code == (3 if level == "error" else 0)


def test_a_line_is_excused_with_a_reason_and_without_one_that_is_a_finding_itself(desk: Desk) -> None:
    desk.policy(BAD % "   # dbt-alerts: ignore[https-only] inside the VPN")
    assert (desk.found("https-only"), desk.found("excuse-without-reason")) == ([], [])
    desk.policy(BAD % "   # dbt-alerts: ignore[https-only]")
    assert (desk.found("https-only"), desk.found("excuse-without-reason")) == ([(6, "error")], [(6, "warn")])
    desk.policy(BAD % "   # dbt-alerts: ignore[literal-secret] another rule")
    assert desk.found("https-only") == [(6, "error")]


def test_a_baseline_holds_what_was_there_before_and_a_missing_one_is_empty(desk: Desk) -> None:
    desk.policy(BAD % "" + "rules: {https-only: {level: error, baseline: guardrails-baseline.yml}}\n")
    assert desk.found("https-only") == [(6, "error")]
    assert desk.run("lint", "--write-baseline").code == 0
    assert desk.found("https-only") == []


def test_fix_mends_and_keeps_comments(desk: Desk) -> None:
    text = CHANNELS + "# who is told\nnotifications:\n  - {to: maria, on: [run.error], jobs: all}   # all of it\n"
    desk.policy(text)
    desk.run("lint", "--fix")
    assert Path("policies/data.yml").read_text(encoding="utf-8") == HEAD + RELAY + text.replace("run.error", "failure")


def test_every_rule_has_a_page_that_a_finding_names(desk: Desk) -> None:
    desk.policy(BAD % "")
    pages = {each["page"] for each in desk.lint()}
    root = Path(__file__).parents[2]
    assert pages
    assert all((root / page).exists() for page in pages)
