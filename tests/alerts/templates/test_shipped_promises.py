"""What every message has, whatever the kind of channel: asked of the shipped templates, all of them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import html5lib  # pyrefly: ignore[untyped-import]
import pytest

from reconciler.alerts.words.sentences import first_line
from reconciler.model.alert import Alert, Audience, Case, Drill
from reconciler.model.telling import NodeKind
from tests.alerts.templates.shipped_messages import ALERTS, KIND_NAMES, parts_of, whole

RUNS = ("failure", "warning", "cancelled", "slow", "recovered", "success", "escalation", "test")
FAILED = tuple(f"failure-{kind.value}" for kind in NodeKind)
TITLES = {"email": "subject", "pagerduty": "summary"}
BODIES = {
    "slack": "summary",
    "teams": "summary",
    "pagerduty": "details",
    "monte_carlo": "description",
    "apprise": "body",
}
SHORT = ("slack", "teams", "email")
MARK = Drill(correlation="7f3a9c", asked_by="maria@acme.example")


def said(kind: str, name: str, *, audience: Audience = Audience.ENGINEERS) -> str:
    return whole(parts_of(kind, ALERTS[name], audience=audience))


def title(kind: str, alert: Alert) -> str:
    return parts_of(kind, alert)[TITLES.get(kind, "title")]


@pytest.mark.parametrize("kind", KIND_NAMES)
@pytest.mark.parametrize("name", RUNS)
def test_severity_job_environment_and_times_are_in_every_message_of_a_run(kind: str, name: str) -> None:
    text = said(kind, name)
    for wanted in (
        "CRITICAL",
        "Daily Revenue",
        "Production",
        "07:43 EST",
        "08:25 EST",
        "America/New_York",
        "4 min ago",
    ):
        assert wanted in text, wanted


@pytest.mark.parametrize("kind", KIND_NAMES)
@pytest.mark.parametrize("name", RUNS)
def test_the_duration_is_held_against_what_is_usual(kind: str, name: str) -> None:
    assert "42 min, usually 18 min" in said(kind, name)


@pytest.mark.parametrize("kind", KIND_NAMES)
@pytest.mark.parametrize("name", ["late", "digest", "grouped", "anomaly", "started"])
def test_what_has_no_end_has_severity_and_zone_too(kind: str, name: str) -> None:
    text = said(kind, name)
    assert re.search("CRITICAL|INFORMATIONAL", text)
    assert kind == "pagerduty" or "America/New_York" in text


@pytest.mark.parametrize("kind", KIND_NAMES)
@pytest.mark.parametrize("name", FAILED)
def test_each_failed_node_is_named_with_its_count_or_its_error(kind: str, name: str) -> None:
    text = said(kind, name)
    for each in ALERTS[name].failed:
        assert each.name in text
        assert (f"{each.failures} failing row" if each.failures else first_line(each.error)[:40]) in text


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_a_warning_names_each_node_with_its_count(kind: str) -> None:
    text = said(kind, "warning")
    assert ALERTS["warning"].warned
    for each in ALERTS["warning"].warned:
        assert each.name in text
        assert f"{each.failures} failing row" in text


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_a_failure_of_a_critical_job_has_what_somebody_needs_at_night(kind: str) -> None:
    text = said(kind, "failure")
    wanted = ("Revenue dashboard shows stale data", "maria@acme.example", "runs/90210", "finance/revenue", "AMOUNT_EUR")
    assert not [each for each in (*wanted, "STG_PAYMENTS") if each not in text]


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_what_is_not_known_is_said_to_be_missing(kind: str) -> None:
    text = said(kind, "failure-bare")
    assert re.search(r"[Ii]mpact.{0,12}none is named in the policy", text)
    assert len(re.findall("none is named in the policy", text)) >= 3
    assert "artifacts are not there yet" in text


@pytest.mark.parametrize("kind", [each for each in KIND_NAMES if each not in ("teams", "pagerduty")])
def test_a_failed_test_has_its_owner_its_documentation_its_rows_and_the_tests_near_it(kind: str) -> None:
    failed = next(each for each in ALERTS["failure-test"].failed if each.neighbours)
    text = said(kind, "failure-test")
    assert failed.failures_query
    for wanted in (failed.owner, failed.docs_url, failed.failures_query, *failed.neighbours[:10]):
        assert wanted in text, wanted


@pytest.mark.parametrize("kind", ["slack", "teams"])
def test_a_member_of_a_group_counts_what_it_does_not_show(kind: str) -> None:
    failed = parts_of(kind, ALERTS["grouped"])["failed"]
    members = ALERTS["grouped"].grouped.members if ALERTS["grouped"].grouped else ()
    assert failed.count("and 1 more") == sum(len(each.failed) == 2 for each in members) > 0


def test_the_subject_of_a_mail() -> None:
    assert title("email", ALERTS["failure"]) == "[CRITICAL] Daily Revenue failed · Production"


def test_the_summary_of_an_incident_in_pagerduty() -> None:
    assert title("pagerduty", ALERTS["failure"]) == "CRITICAL: dbt job failed - Daily Revenue"


def test_the_details_of_an_incident_in_pagerduty() -> None:
    keys = {line.partition("|")[0] for line in parts_of("pagerduty", ALERTS["failure"])["details"].splitlines()}
    assert keys >= {"Job", "Run", "Run URL", "Failed models", "Error", "Owner", "Runbook", "Impact", "Next 1"}


@pytest.mark.parametrize("kind", KIND_NAMES)
@pytest.mark.parametrize("case", list(Case))
def test_a_test_says_so_in_title_and_body_whatever_the_case(kind: str, case: Case) -> None:
    alert = replace(ALERTS[case.value], test=MARK)
    parts = parts_of(kind, alert)
    assert parts[TITLES.get(kind, "title")].replace("\\", "").startswith("[TEST] ")
    assert "TEST" in parts[BODIES.get(kind, "text")]
    assert kind != "email" or ">TEST<" in parts["html"]


@pytest.mark.parametrize("kind", KIND_NAMES)
@pytest.mark.parametrize("case", list(Case))
def test_a_test_for_stakeholders_says_so_too(kind: str, case: Case) -> None:
    parts = parts_of(kind, replace(ALERTS[case.value], test=MARK), audience=Audience.STAKEHOLDERS)
    assert "TEST" in parts[TITLES.get(kind, "title")]
    assert "TEST" in parts[BODIES.get(kind, "text")]


@pytest.mark.parametrize("kind", ["slack", "teams"])
def test_a_test_names_who_is_on_call_and_rings_nobody(kind: str) -> None:
    mention = parts_of(kind, replace(ALERTS["failure"], test=MARK))["mention"]
    assert "oncall" in mention
    assert "<" not in mention


def test_a_failure_rings_in_slack_and_in_teams() -> None:
    assert "<!subteam^S0123ABCD>" in parts_of("slack", ALERTS["failure"])["mention"]
    teams = parts_of("teams", ALERTS["failure"])
    assert "<at>data-engineer-oncall</at>" in teams["mention"]
    assert teams["mention_id"] == "oncall@acme.example"


@pytest.mark.parametrize("name", ["success", "recovered", "started", "warning", "digest", "late-completed"])
def test_what_needs_nobody_rings_nobody(name: str) -> None:
    assert "mention" not in parts_of("slack", ALERTS[name])


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_a_late_message_has_deadline_and_delay_in_the_zone_of_the_promise(kind: str) -> None:
    text = said(kind, "late")
    assert "Sat 3 Jan 2026, 08:00 EST" in text
    assert "29 min" in text
    assert "not yet" in text


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_what_ended_late_says_by_how_much(kind: str) -> None:
    assert "completed 25 min late" in said(kind, "late-completed").lower()


@pytest.mark.parametrize("kind", KIND_NAMES)
@pytest.mark.parametrize("name", ["failure", "failure-test", "warning", "grouped", "escalation", "late", "recovered"])
def test_stakeholders_read_no_node_and_no_error(kind: str, name: str) -> None:
    text = said(kind, name, audience=Audience.STAKEHOLDERS)
    for secret in ("fct_revenue", "stg_payments", "AMOUNT_EUR", "SQL", "schema.yml", "select"):
        assert secret not in text, secret


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_stakeholders_read_what_since_when_and_who(kind: str) -> None:
    text = said(kind, "failure", audience=Audience.STAKEHOLDERS)
    for wanted in ("Revenue dashboard shows stale data", "08:25 EST (4 min ago)", "data-engineer-oncall"):
        assert wanted in text


def test_good_news_for_stakeholders_begins_with_the_good() -> None:
    text = parts_of("email", ALERTS["recovered"], audience=Audience.STAKEHOLDERS)["text"]
    assert text.startswith("It works again")


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_next_steps_are_numbered(kind: str) -> None:
    text = said(kind, "failure")
    numbered = r"(?:Next 1\||1\.</td>|1\.) ?" if kind in {"pagerduty", "email"} else r"1\. "
    assert re.search(numbered + r".*Look at what it reads", text, re.DOTALL)


@pytest.mark.parametrize("kind", ["slack", "teams"])
@pytest.mark.parametrize("name", list(ALERTS))
def test_a_short_message_fits_a_phone(kind: str, name: str) -> None:
    """About forty characters go on a line of a phone, and forty lines on a screen; fields stand side by side."""
    parts = parts_of(kind, ALERTS[name])
    shown = [text for part, text in parts.items() if part not in {"detail", "fallback", "mention_id"}]
    visible = re.sub(r"<(?:https?|mailto)[^|>]*\|([^>]*)>|\]\([^)]*\)", r"\1", "\n".join(shown))
    assert sum(max(1, -(-len(line) // 40)) for line in visible.splitlines() if line.strip()) <= 42


@pytest.mark.parametrize("name", list(ALERTS))
def test_the_text_of_a_mail_says_what_its_html_says(name: str) -> None:
    alert = ALERTS[name]
    parts = parts_of("email", alert)
    shown = html5lib.parse(parts["html"], namespaceHTMLElements=False)
    for row in shown.iter("td"):
        words = " ".join("".join(row.itertext()).split())
        if row.get("class") == "soft" and words.istitle() and not row.get("width"):
            assert f"{words}:" in parts["text"], words


@pytest.mark.parametrize("name", list(ALERTS))
@pytest.mark.parametrize("audience", list(Audience))
def test_the_html_of_a_mail_is_html(name: str, audience: Audience) -> None:
    parser = html5lib.HTMLParser(strict=True)
    parser.parse(parts_of("email", ALERTS[name], audience=audience)["html"])


@pytest.mark.parametrize("name", list(ALERTS))
def test_a_mail_needs_no_picture_and_no_other_file(name: str) -> None:
    html = parts_of("email", ALERTS[name])["html"]
    assert not re.search(r"<img|<link|url\(|<script|@import", html)
    assert "max-width:600px" in html
    assert "color-scheme" in html


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_the_acknowledge_link_is_there_where_a_relay_answers_it(kind: str) -> None:
    alert = replace(ALERTS["failure"], ack_url="https://alerts.acme.example/ack/abc")
    there = "https://alerts.acme.example/ack/abc" in whole(parts_of(kind, alert))
    assert there == (kind in {"email", "pagerduty"}), "Slack and Teams have buttons, which compose makes"


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_a_job_without_a_run_or_an_owner_or_a_place_is_told_of_all_the_same(kind: str) -> None:
    bare = ALERTS["failure-bare"]
    alert = replace(bare, run=None, job=replace(bare.job, project="", environment="", url=""))
    assert "Daily Revenue" in whole(parts_of(kind, alert))


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_a_digest_is_a_table_of_what_the_policy_wants_and_no_more(kind: str) -> None:
    digest = ALERTS["digest"].digest
    assert digest is not None
    few = replace(ALERTS["digest"], digest=replace(digest, include=("slowest",)))
    assert "2 h 5 min" in whole(parts_of(kind, few)) or kind == "pagerduty"
    assert "give it an owner" not in whole(parts_of(kind, few))


@pytest.mark.parametrize("kind", SHORT)
def test_of_many_failed_nodes_some_are_shown_and_the_rest_counted(kind: str) -> None:
    failure = ALERTS["failure"]
    many = tuple(replace(failure.failed[0], name=f"model_{number:03}") for number in range(60))
    text = whole(parts_of(kind, replace(failure, failed=many)))
    assert re.search(r"and 5\d more", text)


@pytest.mark.parametrize("kind", SHORT)
def test_an_escalation_says_since_when_nobody_reacted(kind: str) -> None:
    text = said(kind, "escalation")
    assert "ot acknowledged for 15 min" in text
    assert "08:14 EST (15 min ago)" in text
    assert "are more people needed?" in text


def test_minutes_of_a_delay_are_those_of_the_alert() -> None:
    late = ALERTS["late"]
    assert late.late is not None
    later = replace(late, now=late.now + timedelta(hours=2))
    assert "Delay|149 min" in parts_of("slack", later)["fields"]
