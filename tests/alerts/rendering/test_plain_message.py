"""The message that stands in for a broken template says everything that a poor one leaves out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.alerts.rendering.media import Medium, escaped, medium_of
from reconciler.alerts.rendering.plain import body_part, plain_parts
from reconciler.alerts.synthetic.alerts import every_synthetic_alert, synthetic_alert
from reconciler.alerts.words.view import view
from reconciler.model.alert import Alert, Case, Drill
from tests.parsed_html import parsed

KINDS = ("slack", "teams", "email", "pagerduty", "datadog", "monte_carlo", "webhook", "apprise")
EVERY = dict(every_synthetic_alert())
FAILURE = synthetic_alert(Case.FAILURE)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", EVERY)
def test_who_what_when_impact_and_the_next_step_are_there(kind: str, name: str) -> None:
    parts = plain_parts(kind, view(EVERY[name]))
    title = parts.get("title") or parts.get("subject") or parts["summary"]
    assert "Daily Revenue" in title or EVERY[name].case in (Case.GROUPED, Case.DIGEST)
    body = parts[body_part(kind)]
    for label in ("Job", "What", "When", "Impact", "Owner", "On call"):
        assert f"\n{label}" in f"\n{body}"
    assert "Next|" in body or "\n1. " in body


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_the_same_message_each_time(kind: str, snapshot: object) -> None:
    parts = plain_parts(kind, view(FAILURE))
    assert "".join(f"== {name}\n{text}\n" for name, text in parts.items()) == snapshot


def test_what_nobody_knows_is_said_to_be_missing() -> None:
    bare = replace(FAILURE, impact="", owner="", team="", oncall=None, runbook="", actions=(), missing=("the commit",))
    body = plain_parts("webhook", view(bare))["text"]
    for line in (
        "Impact: not known",
        "Owner: not known",
        "On call: not known",
        "Not known: the commit",
        "1. Open the run",
    ):
        assert line in body


def test_a_test_says_so_first() -> None:
    tested = replace(FAILURE, test=Drill(correlation="c-123", asked_by="maria", what="the monthly test", code="K4"))
    parts = plain_parts("email", view(tested))
    assert parts["subject"].startswith("[TEST] [CRITICAL] ")
    assert parts["text"].startswith(
        "Test: the monthly test, asked for by maria (c-123); nothing has to be done\n"
        "Prove it: dbt-alerts alert-test confirm K4\n"
    )


def test_a_long_error_is_cut_in_the_body_and_whole_in_the_attachment() -> None:
    error = "\n".join(f"line {number} " + "x" * 1000 for number in range(200))
    long = replace(FAILURE, failed=(replace(FAILURE.failed[0], error=error),))
    parts = plain_parts("email", view(long))
    assert len(parts["text"]) < 8_000
    assert parts["attachment"] == error


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20)
@given(text=st.text(max_size=40) | st.sampled_from(["<!channel>", "<b>", "[x](http://e.vil)", "a\nSubject: b", "a|b"]))
def test_no_name_breaks_out_of_it(kind: str, text: str) -> None:
    hostile = replace(FAILURE, job=replace(FAILURE.job, name=text), impact=text, owner=text)
    parts = plain_parts(kind, view(hostile))
    usual = plain_parts(kind, view(replace(FAILURE, impact="x", owner="x")))
    body = body_part(kind)
    assert parts[body].count("\n") == usual[body].count("\n")
    if text.strip():
        assert escaped(medium_of(kind, body), text).strip() in parts[body]
    if kind == "email":
        assert {each.tag for each in parsed(parts["html"]).iter()} <= {"body", "p", "pre", "a", "code"}
        assert "\n" not in parts["subject"]


def test_a_group_names_each_of_its_members() -> None:
    grouped: Alert = synthetic_alert(Case.GROUPED)
    body = plain_parts("webhook", view(grouped))["text"]
    assert grouped.grouped is not None
    assert body.count("Also: ") == len(grouped.grouped.members) > 1


def test_every_part_is_escaped_for_its_medium() -> None:
    hostile = replace(FAILURE, job=replace(FAILURE.job, name="*a* <b>"))
    assert escaped(Medium.SLACK, "*a* <b>") in plain_parts("slack", view(hostile))["summary"]
    assert "*a* <b>" in plain_parts("slack", view(hostile))["title"]
