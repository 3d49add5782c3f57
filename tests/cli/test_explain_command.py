"""`dbt-alerts explain`: who is told, when, through what, and which line says so; asked of a snapshot."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.cli.explain_desk import Desk, told

NIGHT = "2026-01-03T03:00"
REVENUE = ("job", "101", "--at", NIGHT)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk.at(tmp_path, monkeypatch, capsys)


# --- what people read -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "question",
    [
        pytest.param((*REVENUE, "--ack-after", "10m"), id="a page at night and who is spared"),
        pytest.param(("job", "Daily Orders", "--at", NIGHT), id="held until monday"),
        pytest.param(("job", "Daily Orders", "--at", NIGHT, "--failures-before", "2"), id="promoted"),
        pytest.param(("job", "Daily Ledger", "--at", NIGHT), id="muted"),
        pytest.param(("job", "Weekly Funnel", "--at", NIGHT), id="in the digest"),
        pytest.param(("job", "CI", "--at", NIGHT), id="declared silent"),
        pytest.param(("job", "202", "--at", NIGHT), id="no rule"),
        pytest.param(("job", "Old Load", "--at", NIGHT), id="outside scope"),
        pytest.param(("job", "Gone", "--at", NIGHT), id="deleted"),
        pytest.param(("channel", "data-team", "--at", NIGHT), id="channel"),
        pytest.param(("channel", "leo"), id="channel of somebody who left"),
        pytest.param(("person", "maria@acme.example", "--at", NIGHT), id="person"),
    ],
)
def test_the_answer_reads_like_this(desk: Desk, question: tuple[str, ...], snapshot: SnapshotAssertion) -> None:
    done = desk.explain(*question)
    assert (done.code, done.err) == (0, "")
    assert done.out == snapshot


def test_the_json_holds_everything(desk: Desk, snapshot: SnapshotAssertion) -> None:
    assert desk.answer(*REVENUE, "--ack-after", "10m") == snapshot
    assert desk.answer("person", "maria@acme.example", "--at", NIGHT) == snapshot


# --- who is told ------------------------------------------------------------------------------------------------------
def test_whoever_acknowledges_spares_what_comes_later(desk: Desk) -> None:
    quick = desk.answer(*REVENUE, "--ack-after", "4m")
    assert told(quick, fate="spared") == [(5, "oncall")]
    assert told(quick) == [(0, "data-team"), (0, "leo"), (0, "maria"), (30, "management")]
    late = desk.answer(*REVENUE, "--ack-after", "6m")
    assert told(late, fate="spared") == []


def test_whoever_resolves_spares_more(desk: Desk) -> None:
    answer = desk.answer(*REVENUE, "--resolve-after", "4m")
    assert told(answer, fate="spared") == [(5, "oncall"), (30, "management")]
    assert {each["spared_by"] for each in answer["told"] if each["fate"] == "spared"} == {"resolved"}


def test_a_timeout_is_a_failure_and_cancelled_for_dbt_cloud(desk: Desk) -> None:
    answer = desk.answer(*REVENUE, "--on", "timeout")
    assert answer["asked"]["cause"] == "timeout"
    assert [each["channel"] for each in answer["told"] if each["via"] == "native"] == []
    assert {(each["channel"], each["reason"]) for each in answer["not_told"]} >= {
        ("maria", "dbt Cloud calls a timed-out run cancelled")
    }


def test_what_does_not_happen_to_a_job_is_said(desk: Desk) -> None:
    late = ("--on", "late", "--at", NIGHT)
    assert "The rule gives no `sla`, so nothing makes this job late." in desk.answer("job", "103", *late)["notes"]
    assert not any("sla" in note for note in desk.answer("job", "101", *late)["notes"])


@pytest.mark.parametrize(
    ("at", "day", "coming"),
    [
        ("2026-12-25T08:30", "Fri 2026-12-25", "Mon 2026-12-28 08:00"),
        ("2026-01-03T08:30", "Sat 2026-01-03", "Mon 2026-01-05 08:00"),
    ],
)
def test_a_day_without_a_deadline_is_said_before_who_would_be_told(desk: Desk, at: str, day: str, coming: str) -> None:
    _sla_by_calendar()
    out = desk.explain("job", "101", "--on", "late", "--at", at).out
    said = (
        f"This does not happen: {day} does not count in calendar `office`, so the job has no deadline on it. "
        f"The next one is due on {coming}. If it were late all the same:"
    )
    assert out.splitlines()[2] == said


@pytest.mark.parametrize("late", [("late", "--at", "2026-12-24T08:30"), ("failure", "--at", "2026-12-25T08:30")])
def test_a_day_that_counts_and_another_outcome_say_nothing_of_a_deadline(desk: Desk, late: tuple[str, ...]) -> None:
    _sla_by_calendar()
    assert "no deadline" not in desk.explain("job", "101", "--on", *late).out


def test_late_since_a_day_that_counts_may_happen(desk: Desk) -> None:
    _sla_by_calendar()
    asked = ("job", "101", "--on", "late", "--at", "2026-12-25T08:30", "--late-by")
    assert "no deadline" in desk.explain(*asked, "8h").out
    assert "no deadline" not in desk.explain(*asked, "24h").out


def _sla_by_calendar() -> None:
    policy = Path("policies/data.yml")
    text = policy.read_text(encoding="utf-8")
    policy.write_text(text.replace('sla: {due: "08:00"}', 'sla: {due: "08:00", calendar: office}'), encoding="utf-8")


@pytest.mark.parametrize(
    ("job", "said"),
    [
        ("CI", "  nobody, on purpose: failures show in the pull request (policies/data.yml:50)"),
        ("Daily Ledger", "  nobody, by this policy"),
        ("Old Load", "  ! nobody"),
    ],
)
def test_nobody_on_purpose_by_this_policy_or_without_a_rule(desk: Desk, job: str, said: str) -> None:
    policy = Path("policies/data.yml")
    text = policy.read_text(encoding="utf-8").replace("metrics: [datadog]\n", "")
    policy.write_text(text, encoding="utf-8")
    lines = desk.explain("job", job, "--at", NIGHT).out.splitlines()
    assert lines[lines.index("Who is told") + 1 :][0] == said


def test_a_person_whom_only_dbt_cloud_mails_is_not_told_that_nothing_is_sent(desk: Desk) -> None:
    out = desk.explain("person", "jonas@acme.example", "--at", NIGHT).out
    assert "    nothing is sent by this policy; dbt Cloud mails them when 1 job fails, see below\n" in out


def test_a_notification_on_cancelled_is_named_for_a_timeout(desk: Desk) -> None:
    policy = Path("policies/data.yml")
    policy.write_text(
        policy.read_text(encoding="utf-8").replace("{to: leo, on: [failure]", "{to: leo, on: [cancelled]")
    )
    answer = desk.answer(*REVENUE, "--on", "timeout")
    assert [each["to"] for each in answer["notifications"]] == [["leo"]]
    assert [(each["channel"], each["outcome"]) for each in answer["told"] if each["via"] == "native"] == [
        ("leo", "cancelled")
    ]


def test_a_failed_node_and_its_tags_are_part_of_the_question(desk: Desk) -> None:
    answer = desk.answer(*REVENUE, "--failed-model", "fct_revenue", "--failed-test", "unique_id", "--tag", "pii")
    assert answer["asked"]["failed"] == [
        {"name": "fct_revenue", "kind": "model", "tags": ["pii"]},
        {"name": "unique_id", "kind": "test", "tags": ["pii"]},
    ]


def test_how_late_decides_who_is_told(desk: Desk) -> None:
    late = ("job", "Daily Orders", "--on", "late", "--at", "2026-01-06T09:00")
    assert told(desk.answer(*late, "--late-by", "10m")) == []
    assert [name for _, name in told(desk.answer(*late, "--late-by", "45m"))] == ["management"]


def test_a_time_is_local_unless_it_has_an_offset(desk: Desk) -> None:
    local, same = (desk.answer("job", "101", "--at", text) for text in (NIGHT, "2026-01-03T08:00Z"))
    assert local == same
    assert local["asked"]["at"] == "2026-01-03T03:00:00-05:00"


def test_who_cannot_be_reached_is_said_and_what_is_not_applied(desk: Desk) -> None:
    answer = desk.answer(*REVENUE)
    natives = {
        each["channel"]: (each["trouble"], each["in_dbt_cloud"]) for each in answer["told"] if each["via"] == "native"
    }
    assert natives == {
        "leo": ("channel leo: the user leo@acme.example is deactivated, so dbt Cloud delivers nothing", False),
        "maria": ("", True),
    }


def test_others_who_are_told_are_named(desk: Desk) -> None:
    assert [(each["name"], each["delivers"]) for each in desk.answer(*REVENUE)["foreign"]] == [
        ("jonas@acme.example", True)
    ]
    assert desk.answer("job", "102", "--at", NIGHT)["foreign"] == []


# --- what is open already -------------------------------------------------------------------------------------------
def test_a_further_failure_tells_nobody_again_and_the_levels_go_on(desk: Desk) -> None:
    answer = desk.answer(*REVENUE, "--failures-before", "1", "--incident-open-for", "20m")
    relayed = [each["channel"] for each in answer["told"] if each["via"] == "relayed" and each["occasion"] != "metrics"]
    assert relayed == ["management"]
    assert told(answer)[-1] == (10, "management")
    open_already = "told already: the incident is open"
    assert [each["channel"] for each in answer["not_told"] if each["reason"] == open_already] == ["data-team"]
    assert answer["asked"]["incident_since"] == "2026-01-03T02:40:00-05:00"


def test_a_job_that_keeps_failing_does_not_page_every_hour(desk: Desk) -> None:
    again = ("job", "Daily Orders", "--at", NIGHT, "--failures-before", "3", "--incident-open-for", "1h")
    assert told(desk.answer(*again, "--incident-tier", "critical")) == []
    assert (5, "oncall") in told(desk.answer(*again)), "an incident of its own tier is promoted now"


def test_failures_before_say_that_no_incident_is_asked_about(desk: Desk) -> None:
    twice = ("job", "Daily Orders", "--at", NIGHT, "--failures-before", "1")
    as_if = "Asked as if no incident were open."
    assert as_if in desk.explain(*twice).out
    with_one = desk.explain(*twice, "--incident-open-for", "2h", "--incident-tier", "critical").out
    assert as_if not in with_one
    assert "With an incident open, told 2h ago as critical." in with_one
    assert as_if not in desk.explain("job", "Daily Orders", "--at", NIGHT).out


# --- held, and then ---------------------------------------------------------------------------------------------------
HELD = ("job", "Daily Orders", "--at", NIGHT)


def escalating(desk: Desk) -> Desk:
    """Return a desk whose tier high has office hours and an escalation."""
    policy = Path("policies/data.yml")
    hours = '    hours: {from: "08:00"'
    policy.write_text(policy.read_text(encoding="utf-8").replace(hours, f"    escalation: standard\n{hours}"))
    return desk


def test_the_first_level_that_is_told_ends_the_hold_and_is_named(desk: Desk) -> None:
    at_five = escalating(desk).explain(*HELD).out
    assert "+5m   data-team   released from office hours by level 1\n" in at_five
    acknowledged = desk.explain(*HELD, "--ack-after", "2m").out
    assert "+5m   data-team   spared: released from office hours by level 1\n" in acknowledged
    assert "+30m  data-team   then: released from office hours by level 2\n" in acknowledged
    assert "level 0" not in at_five + acknowledged


def test_what_is_resolved_is_told_at_the_opening_all_the_same(desk: Desk) -> None:
    answer = escalating(desk).answer(*HELD, "--resolve-after", "2m")
    assert told(answer, fate="added") == [(53 * 60, "data-team")]
    assert told(answer) == []


def test_who_hears_only_of_what_is_later_still_is_no_never(desk: Desk) -> None:
    late = desk.explain("job", "Daily Orders", "--on", "late", "--at", "2026-01-06T09:00", "--late-by", "10m").out
    assert "  ~ Tue  6 Jan 09:20  +20m  management  if it is still late then (over 30m)\n" in late
    assert "not late enough" not in late


def test_what_would_come_after_the_mute_does_not_and_the_reason_is_said(desk: Desk) -> None:
    muted = escalating(desk).explain("job", "Daily Ledger", "--at", "2026-01-31T23:57").out
    reason = "muted when it failed (until 2026-02-01: warehouse migration)"
    assert f"oncall      escalation level 1, {reason}: it opens no incident, so nothing of it is told later" in muted


def test_what_dbt_cloud_sends_a_person_besides_is_listed(desk: Desk) -> None:
    answer = desk.answer("person", "jonas@acme.example")
    assert [(each["outcome"], [job["id"] for job in each["jobs"]]) for each in answer["beside"]] == [("failure", [101])]
    assert desk.answer("person", "maria@acme.example")["beside"] == [], "the policy asks for hers"
    assert (
        "Told by dbt Cloud too, and not by this policy\n  = failure" in desk.explain("person", "jonas@acme.example").out
    )


def test_somebody_who_only_stands_in_is_sent_nothing_of_any_job(desk: Desk) -> None:
    out = desk.explain("person", "oncall@acme.example", "--at", NIGHT).out
    assert "If any job fails on Sat 2026-01-03 03:00\n    nothing is sent by this policy" in out
    assert out.endswith("\nTold of no job, unless another channel fails.\n")


def test_in_the_night_with_an_hour_twice_the_clock_is_named(desk: Desk) -> None:
    out = desk.explain("job", "101", "--at", "2026-11-01T01:50").out
    assert out.startswith("If Daily Revenue fails on Sun 2026-11-01 01:50 EDT America/New_York\n")
    assert "+ Sun  1 Nov 01:55 EDT  +5m " in out
    assert "+ Sun  1 Nov 01:20 EST  +30m " in out
    assert "  + Sun  1 Nov 02:10      +30m " in desk.explain("job", "101", "--at", "2026-11-01T01:40-05:00").out


def test_what_does_not_happen_to_a_job_comes_first(desk: Desk) -> None:
    out = desk.explain("job", "103", "--on", "late", "--at", NIGHT).out
    assert out.splitlines()[2] == "The rule gives no `sla`, so nothing makes this job late."
    assert out.count("gives no `sla`") == 1


# --- which job --------------------------------------------------------------------------------------------------------
def test_a_name_that_means_several_lists_them_and_says_how_to_choose(desk: Desk) -> None:
    done = desk.explain("job", "Daily Revenue")
    assert done.code == 64
    assert "101  Daily Revenue (Finance, Production)" in done.err
    assert "202  Daily Revenue (Growth, Production)" in done.err
    assert "--project and --environment" in done.err
    assert desk.answer("job", "Daily Revenue", "--project", "Growth")["job"]["id"] == 202


def test_a_pattern_that_means_one_job_is_enough(desk: Desk) -> None:
    assert desk.answer("job", "*Funnel")["job"]["id"] == 201
    assert desk.explain("job", "Daily *").code == 64


def test_where_only_capitals_differ_that_job_alone_is_meant(desk: Desk) -> None:
    assert "did you mean Daily Orders?\n" in desk.explain("job", "daily orders").err


def test_a_name_that_means_none_gets_the_near_ones(desk: Desk) -> None:
    done = desk.explain("job", "weekly funel")
    assert (done.code, "did you mean Weekly Funnel?" in done.err) == (64, True)


# --- what cannot be asked ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("question", "says"),
    [
        (("job", "101", "--at", "tomorrow"), "this is not a time"),
        (("job", "101", "--at", "2026-03-08T02:30"), "this time does not exist"),
        (("job", "101", "--at", "0001-01-01T00:00"), "this is not a time"),
        (("job", "101", "--ack-after", "10"), "is not a length of time"),
        (("job", "101", "--late-by", "10m"), "--on late"),
        (("job", "101", "--tag", "pii"), "--failed-model"),
        (("job", "101", "--incident-tier", "critical"), "--incident-open-for"),
        (("job", "101", "--incident-open-for", "1h", "--incident-tier", "criticl"), "no tier 'criticl'"),
        (("job", "101", "--on", "exploded"), "'exploded' is not one of"),
        (("channel", "data-taem"), "did you mean data-team?"),
        (("person", "mario@acme.example"), "did you mean maria@acme.example?"),
        (("person", "nobody@acme.example"), "addresses are "),
        (("person", ""), "nobody here has the address ''"),
        (("person", " "), "nobody here has the address ' '"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(desk: Desk, question: tuple[str, ...], says: str) -> None:
    done = desk.explain(*question)
    assert (done.code, done.out) == (64, "")
    assert says in done.err


def test_without_an_account_to_look_at_it_says_what_is_missing(desk: Desk) -> None:
    done = desk.run("explain", "job", "101")
    assert done.code == 64
    assert "$DBT_CLOUD_TOKEN not set" in done.err
    assert "--live FILE" in done.err


def test_a_hostile_name_moves_no_cursor(desk: Desk) -> None:
    live = Path("live.json")
    live.write_text(live.read_text(encoding="utf-8").replace("Weekly Funnel", "Weekly\\u001b[2J\\u202eFunnel"))
    done = desk.explain("job", "201", "--at", NIGHT)
    assert done.code == 0
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out
