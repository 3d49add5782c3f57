"""Made-up alerts: believable, always the same, in the user's own words where these are given, and marked as tests."""

from dataclasses import replace

import pytest

from reconciler.alerts.missing import what_is_missing
from reconciler.alerts.synthetic.alerts import MADE_UP_NOW, Likeness, every_synthetic_alert, synthetic_alert
from reconciler.alerts.synthetic.hostile import HOSTILE, hostile_alert, huge_alert
from reconciler.alerts.words.view import view
from reconciler.model.alert import Alert, AlertJob, Audience, Case, Drill
from reconciler.model.outcome import Outcome
from reconciler.model.telling import NodeKind

EVERY = dict(every_synthetic_alert())


@pytest.mark.parametrize("case", list(Case))
def test_there_is_one_for_each_case_and_it_lacks_nothing(case: Case) -> None:
    alert = synthetic_alert(case)
    assert alert.case is case
    assert alert == synthetic_alert(case)
    assert case in {Case.DIGEST, Case.GROUPED} or what_is_missing(alert) == ()


def test_every_outcome_is_told_by_some_of_them() -> None:
    assert {each.outcome for each in EVERY.values()} == set(Outcome)


def test_each_kind_of_failure_is_among_them() -> None:
    for kind in NodeKind:
        assert EVERY[f"failure-{kind.value}"].failed[0].kind is kind


def test_stakeholders_are_shown_what_stakeholders_hear_of() -> None:
    names = {name for name, _ in every_synthetic_alert(audience=Audience.STAKEHOLDERS)}
    assert names < set(EVERY)
    assert "failure-infrastructure" not in names


def test_it_looks_like_the_users_own_where_that_is_given() -> None:
    job = AlertJob(id=7, name="Nightly", project="Growth", environment="Staging", url="https://h.example/7")
    like = Likeness(job=job, severity="HIGH", rank=2, owner="ana@acme.example", impact="Reports are old", oncall=None)
    alert = synthetic_alert(Case.FAILURE, like=like)
    assert (alert.job, alert.severity, alert.owner, alert.impact) == (
        job,
        "HIGH",
        "ana@acme.example",
        "Reports are old",
    )
    assert alert.oncall is None
    assert ":7:" in alert.incident


def test_a_drill_is_marked_whatever_the_case_and_the_case_test_always() -> None:
    drill = Drill(correlation="abc")
    assert [view(synthetic_alert(case, drill=drill))["mark"] for case in Case] == ["TEST"] * len(Case)
    assert view(synthetic_alert(Case.TEST))["mark"] == "TEST"
    assert view(synthetic_alert(Case.FAILURE))["mark"] == ""


def test_a_made_up_alert_of_a_real_job_never_joins_its_incident_in_a_drill() -> None:
    real = synthetic_alert(Case.FAILURE).incident
    assert synthetic_alert(Case.FAILURE, drill=Drill(correlation="abc")).incident not in {real, ""}
    assert synthetic_alert(Case.TEST).incident != real


def test_time_is_counted_from_when_it_is_told() -> None:
    later = MADE_UP_NOW.replace(year=2027)
    assert view(synthetic_alert(Case.FAILURE, now=later))["finished"]["ago"] == "4 min ago"


def _words(alert: Alert) -> str:
    return repr(replace(alert, incident="", id=""))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stands_in_every_name_and_in_no_address(text: str) -> None:
    alert = hostile_alert(Case.FAILURE, text)
    assert alert.job.name.endswith(text)
    assert alert.failed[0].error.endswith(text)
    assert alert.failed[0].neighbours[0].endswith(text)
    assert alert.change is not None
    assert alert.change.branch.endswith(text)
    assert repr(text)[1:-1] in _words(alert)
    assert alert.job.url == synthetic_alert(Case.FAILURE).job.url
    assert [each.url for each in alert.actions] == [each.url for each in synthetic_alert(Case.FAILURE).actions]


def test_hostile_text_reaches_the_members_of_a_group_and_the_figures_of_a_digest() -> None:
    grouped, digest = (hostile_alert(case, "<b>") for case in (Case.GROUPED, Case.DIGEST))
    assert grouped.grouped is not None
    assert all(each.job.name.endswith("<b>") for each in grouped.grouped.members)
    assert digest.digest is not None
    assert digest.digest.failures[0][1].endswith("<b>")


def test_a_huge_alert_is_huge() -> None:
    alert = huge_alert(Case.FAILURE)
    assert (len(alert.failed), len(alert.failed[0].error)) == (500, len(alert.failed[-1].error))
    assert len(alert.failed[0].error) > 80_000
