"""From a happening, its facts and the policy to an alert: complete whatever is known, and honest about the rest."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.alerts.build import NO_TIER_WORD, build_alert
from reconciler.model.alert import Case, Drill, Escalated, Lateness
from reconciler.model.outcome import Outcome
from reconciler.model.run import NodeStatus, RunStatus
from reconciler.model.telling import Cause, NodeKind, Occasion
from reconciler.routing.place import Placed
from tests import builders
from tests.alerts import alert_facts as made

HOST = builders.HOST


def test_an_alert_says_what_the_policy_says_of_the_job() -> None:
    alert = build_alert(made.asked(made.facts(made.failed())))
    assert (alert.severity, alert.rank, alert.response) == ("CRITICAL", 1, "at once")
    assert (alert.owner, alert.team, alert.impact) == (
        "maria@acme.example",
        "finance",
        "Revenue dashboard shows stale data",
    )
    assert (alert.runbook, alert.zone) == ("https://wiki.acme.example/revenue", "America/New_York")
    assert alert.missing == ()


def test_after_a_promotion_the_values_are_those_of_the_tier_that_counts() -> None:
    alert = build_alert(made.asked(made.facts(made.failed()), tier="high", promoted_because="failure 3 in a row"))
    assert (alert.severity, alert.rank, alert.response) == ("HIGH", 2, "today")
    assert alert.promoted_because == "failure 3 in a row"


def test_a_job_without_a_rule_is_told_under_no_tier_and_says_what_is_missing() -> None:
    placed = Placed(job=builders.job(), project=builders.project(), environment=builders.environment())
    alert = build_alert(made.asked(made.facts(made.failed()), placed=placed))
    assert (alert.severity, alert.rank, alert.owner) == (NO_TIER_WORD, None, "")
    assert any(each.startswith("who: ") for each in alert.missing)


def test_the_job_and_its_place_are_those_of_live_and_the_links_are_made_of_ids() -> None:
    alert = build_alert(made.asked(made.facts(made.failed()), host=f"{HOST}/"))
    assert (alert.job.name, alert.job.project, alert.job.environment) == ("Daily Revenue", "Finance", "Production")
    assert alert.job.production
    assert alert.job.url == f"{HOST}/deploy/7/projects/1/jobs/101"
    assert alert.run is not None
    assert alert.run.url == f"{HOST}/deploy/7/projects/1/runs/90210"
    assert alert.run.docs_url == f"{HOST}/explore/7/projects/1/environments/11"
    assert alert.failed[0].docs_url == f"{HOST}/explore/7/projects/1/environments/11/details/model.shop.orders"


def test_a_failed_node_has_its_error_its_file_at_the_commit_and_the_line_that_the_message_names() -> None:
    found = made.facts(
        made.failed(compiled_file="target/compiled/shop/models/orders.sql", seconds=2.4),
        run=made.run(repository="git@github.com:acme/dbt.git"),
        nodes=made.nodes(
            made.node(
                "model.shop.orders",
                file="models/orders.sql",
                relation="ANALYTICS.ORDERS",
                owner="Ana",
                tags=("revenue",),
                parents=("model.shop.stg_orders",),
            )
        ),
    )
    (thing,) = build_alert(made.asked(found)).failed
    assert (thing.name, thing.kind, thing.line) == ("orders", NodeKind.MODEL, 14)
    assert thing.file_url == f"https://github.com/acme/dbt/blob/{made.COMMIT}/models/orders.sql"
    assert thing.compiled_file == "target/compiled/shop/models/orders.sql"
    assert (thing.relation, thing.owner, thing.tags, thing.parents) == (
        "ANALYTICS.ORDERS",
        "Ana",
        ("revenue",),
        ("stg_orders",),
    )
    assert thing.error == made.MISSING_COLUMN


def test_a_line_of_the_projects_own_file_is_linked_and_one_of_compiled_code_is_not() -> None:
    message = "Compilation Error in model orders (models/orders.sql)\n  unexpected '}'\n    line 3"
    found = made.facts(
        made.failed(message=message),
        run=made.run(repository="https://github.com/acme/dbt.git"),
        nodes=made.nodes(made.node("model.shop.orders", file="models/orders.sql")),
    )
    assert build_alert(made.asked(found)).failed[0].file_url.endswith("/models/orders.sql#L3")


def test_code_is_linked_by_the_policys_repository_before_the_remote_of_the_run() -> None:
    rule = builders.layer(repository="https://gitlab.acme.example/data/dbt", repository_path="transform")
    found = made.facts(
        made.failed(),
        run=made.run(repository="git@github.com:acme/other.git", pull_request=481),
        nodes=made.nodes(made.node("model.shop.orders", file="models/orders.sql")),
        past=made.past(RunStatus.SUCCESS),
    )
    alert = build_alert(made.asked(found, policy=made.policy(rule=rule)))
    web = "https://gitlab.acme.example/data/dbt/-"
    assert alert.failed[0].file_url == f"{web}/blob/{made.COMMIT}/transform/models/orders.sql"
    assert alert.change is not None
    assert alert.change.compare_url == f"{web}/compare/{made.GOOD_COMMIT}...{made.COMMIT}"
    assert alert.change.pull_request_url == f"{web}/merge_requests/481"


@pytest.mark.parametrize(("named", "folder"), [(None, "transform/"), ("core", "core/"), ("", "")])
@pytest.mark.parametrize("repository", [None, "https://github.com/acme/dbt"])
def test_the_projects_folder_is_dbt_clouds_where_the_policy_names_none(
    named: str | None, folder: str, repository: str | None
) -> None:
    found = made.facts(
        made.failed(),
        run=made.run(repository="git@github.com:acme/dbt.git", subdirectory="transform"),
        nodes=made.nodes(made.node("model.shop.orders", file="models/orders.sql")),
    )
    rule = builders.layer(repository=repository, repository_path=named)
    alert = build_alert(made.asked(found, policy=made.policy(rule=rule)))
    assert alert.failed[0].file_url == f"https://github.com/acme/dbt/blob/{made.COMMIT}/{folder}models/orders.sql"


def test_a_teams_own_line_on_a_failed_test_names_what_the_test_stands_on() -> None:
    test, other, model = "test.shop.not_null_orders_id.1a2b", "model.shop.customers", "model.shop.orders"
    found = made.facts(
        made.failed_test(relation="audit.not_null_orders_id"),
        nodes=made.nodes(
            made.node(test, parents=(other, model), attached=model, file="models/schema.yml"),
            made.node(model, relation="analytics.orders", file="models/orders.sql"),
            made.node(other, relation="analytics.customers"),
        ),
    )
    own = builders.layer(actions=("SELECT * FROM {{ relation }} -- {{ model }}, {{ file }}",))
    alert = build_alert(made.asked(found, policy=made.policy(rule=own)))
    assert alert.actions[-1].text == "SELECT * FROM analytics.orders -- orders, models/orders.sql"


def test_without_a_repository_the_change_is_named_and_not_linked() -> None:
    found = made.facts(made.failed(), past=made.past(RunStatus.SUCCESS))
    change = build_alert(made.asked(found)).change
    assert change is not None
    assert (change.commit, change.previous_commit, change.branch) == (made.COMMIT, made.GOOD_COMMIT, "main")
    assert (change.commit_url, change.compare_url) == ("", "")


def test_a_failed_test_has_its_rows_a_query_on_those_stored_and_its_neighbours() -> None:
    test, model = "test.shop.not_null_orders_id.1a2b", "model.shop.orders"
    found = made.facts(
        made.failed_test(relation='"dev"."dbt_test__audit"."not_null_orders_id"'),
        nodes=made.nodes(
            made.node(test, parents=(model,), owner="Ana", owner_email="ana@acme.example"),
            made.node("test.shop.unique_orders_id.9", parents=(model,)),
            made.node("test.shop.elsewhere.9", parents=("model.shop.customers",)),
            made.node(model),
        ),
    )
    (thing,) = build_alert(made.asked(found)).failed
    assert (thing.failures, thing.owner, thing.neighbours) == (37, "Ana", ("unique_orders_id",))
    assert thing.failures_query == 'select * from "dev"."dbt_test__audit"."not_null_orders_id" limit 100'


def test_a_test_that_stores_nothing_names_the_compiled_query_instead() -> None:
    alert = build_alert(made.asked(made.facts(made.failed_test(compiled_file="target/compiled/x.sql"))))
    assert alert.failed[0].failures_query == ""
    assert alert.actions[0].text == "See the failing rows: run the query in target/compiled/x.sql"


def test_in_a_good_run_what_failed_is_a_warning_and_is_shown_as_one() -> None:
    stale = replace(made.failed(), unique_id="source.shop.stripe.payments", kind=NodeKind.FRESHNESS)
    alert = build_alert(made.asked(made.facts(stale), outcome=Outcome.WARNING))
    assert (alert.failed, [each.name for each in alert.warned]) == ((), ["payments"])
    silent = build_alert(made.asked(made.facts(step=made.step("dbt source freshness")), outcome=Outcome.WARNING))
    assert [each.name for each in silent.warned] == ["dbt source freshness"]


def test_skipped_nodes_are_counted_and_traced_and_never_listed_as_failed() -> None:
    skipped = [made.result(f"model.shop.s{number}", NodeStatus.SKIPPED) for number in range(3)]
    found = made.facts(
        made.failed(),
        *skipped,
        made.failed("other"),
        made.result("model.shop.o1", NodeStatus.SKIPPED),
        below={
            "model.shop.orders": ("model.shop.s0", "model.shop.s1", "model.shop.s2", "exposure.shop.board"),
            "model.shop.other": ("model.shop.s2", "model.shop.o1"),
        },
        nodes=made.nodes(made.node("exposure.shop.board", name="Board report")),
    )
    alert = build_alert(made.asked(found))
    assert [(each.because, each.count, each.names) for each in alert.skipped] == [
        ("orders", 3, ("s0", "s1", "s2")),
        ("other", 1, ("o1",)),
    ]
    assert [each.name for each in alert.failed] == ["orders", "other"]
    assert alert.affected == ("Board report",)


def test_without_descendants_a_skipped_node_is_traced_through_its_parents() -> None:
    found = made.facts(
        made.failed(),
        made.result("model.shop.far", NodeStatus.SKIPPED),
        made.result("model.shop.alone", NodeStatus.SKIPPED),
        nodes=made.nodes(
            made.node("model.shop.far", parents=("model.shop.near",)),
            made.node("model.shop.near", parents=("model.shop.orders", "model.shop.far")),
            made.node("model.shop.alone"),
        ),
    )
    assert [(each.because, each.count) for each in build_alert(made.asked(found)).skipped] == [("orders", 1), ("", 1)]


def test_a_failure_without_a_node_shows_the_step_and_the_end_of_its_log() -> None:
    found = made.facts(run=made.run(steps=(made.step(),)), step=made.step())
    (thing,) = build_alert(made.asked(found)).failed
    assert (thing.name, thing.kind, thing.error) == (
        "Clone git repository",
        NodeKind.INFRASTRUCTURE,
        "fatal: could not read",
    )


def test_a_step_without_a_log_shows_what_the_run_says() -> None:
    (thing,) = build_alert(made.asked(made.facts(step=made.step(log_tail="")))).failed
    assert thing.error == "dbt command failed"


def test_nodes_that_failed_without_a_word_have_the_end_of_the_steps_log() -> None:
    found = made.facts(made.failed("a", message=""), made.failed("b", message=""), step=made.step(log_tail="boom"))
    assert [each.error for each in build_alert(made.asked(found)).failed] == ["boom", ""]
    said = made.facts(made.failed("a", message=""), made.failed("b", message="why"), step=made.step(log_tail="boom"))
    assert [each.error for each in build_alert(made.asked(said)).failed] == ["", "why"]


def test_a_run_that_timed_out_has_no_failed_step_and_says_how_long_it_ran() -> None:
    found = made.facts(step=made.step(), run=made.run(message="The run timed out", status=RunStatus.CANCELLED))
    alert = build_alert(made.asked(found, cause=Cause.TIMEOUT))
    assert alert.failed == ()
    assert alert.likely is not None
    assert alert.likely.sentence == "The run took longer than it may. It was ended after 42 min."


def test_an_event_alone_makes_a_complete_alert_that_says_what_is_missing() -> None:
    alert = build_alert(made.asked(event=made.event()))
    assert alert.run is not None
    assert (alert.run.id, alert.run.started_at, alert.run.finished_at) == (90210, made.BEGAN, made.ENDED)
    assert alert.actions[0].url == alert.run.url
    assert alert.missing == (
        "the run's details: its artifacts were not read yet",
        "what failed: no artifact or log of the run names it",
        "the error: no artifact, log or message of the run has it",
    )


def test_what_the_reader_could_not_read_is_said_in_its_words() -> None:
    alert = build_alert(made.asked(made.facts(made.failed(), missing=("the manifest: it is not there",))))
    assert alert.missing == ("the manifest: it is not there",)


def test_good_news_lacks_nothing_and_asks_for_nothing() -> None:
    policy = builders.policy(jobs=[builders.rule()])
    for outcome in (Outcome.SUCCESS, Outcome.RECOVERED):
        alert = build_alert(made.asked(made.facts(), policy=policy, outcome=outcome))
        assert (alert.missing, alert.actions, alert.change, alert.failed) == ((), (), None, ())


def test_an_address_in_a_name_or_a_message_is_never_a_link() -> None:
    evil = "https://evil.example/x"
    event = made.event(job_name=evil, message=f"see {evil}", project_name=evil, reason=evil)
    found = made.facts(made.failed(message=f"go to {evil}"), run=made.run(message=evil, repository="file:///etc/x"))
    for alert in (build_alert(made.asked(event=event)), build_alert(made.asked(found, event=event))):
        links = [
            alert.job.url,
            alert.run.url if alert.run else "",
            *(each.url for each in alert.actions),
            *(each.file_url for each in alert.failed),
            *(each.docs_url for each in alert.failed),
        ]
        assert [each for each in links if each and not each.startswith(f"{HOST}/")] == []


def test_an_incident_is_one_of_failures_or_of_deadlines_and_a_recovery_belongs_to_the_one_that_is_over() -> None:
    def incident(**given: Any) -> str:  # noqa: ANN401
        return build_alert(made.asked(**given)).incident

    failure, late = incident(), incident(outcome=Outcome.LATE)
    assert failure != late
    assert incident(outcome=Outcome.RECOVERED) == failure
    assert incident(outcome=Outcome.RECOVERED, recovered_outcome=Outcome.LATE) == late
    assert incident(event=made.event(run_id=1)) == incident(event=made.event(run_id=2)) == failure
    other = Placed(job=builders.job(id=102))
    assert incident(placed=other) != failure


def test_a_test_never_shares_the_incident_of_what_is_real() -> None:
    real, first, second = (
        build_alert(made.asked(drill=drill)).incident
        for drill in (None, Drill(correlation="a"), Drill(correlation="b"))
    )
    assert len({real, first, second}) == 3


def test_a_message_keeps_its_key_in_every_retry_and_another_message_has_another() -> None:
    def key(**given: Any) -> str:  # noqa: ANN401
        return build_alert(made.asked(event=made.event(), **given)).id

    later = made.NOW + timedelta(minutes=9)
    assert key() == key(now=later)
    level = Escalated(level=1, since=made.ENDED, unless="acknowledged")
    keys = {
        key(),
        key(occasion=Occasion.ESCALATION, escalated=level),
        key(occasion=Occasion.ESCALATION, escalated=replace(level, level=2)),
        key(drill=Drill(correlation="a")),
        key(drill=Drill(correlation="b")),
        key(outcome=Outcome.LATE),
    }
    assert len(keys) == 6


def test_a_missed_deadline_without_any_run_is_whole() -> None:
    late = Lateness(name="revenue", due=made.NOW - timedelta(minutes=29), zone="America/New_York", cause=Cause.DUE)
    alert = build_alert(made.asked(outcome=Outcome.LATE, cause=Cause.DUE, late=late))
    assert (alert.case, alert.run, alert.missing) == (Case.LATE, None, ())
    assert alert.actions[0].url == alert.job.url


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_its_case(outcome: Outcome) -> None:
    assert build_alert(made.asked(outcome=outcome)).case.value == outcome.value


def test_an_escalation_is_told_as_one() -> None:
    level = Escalated(level=1, since=made.ENDED, unless="acknowledged")
    assert build_alert(made.asked(occasion=Occasion.ESCALATION, escalated=level)).case is Case.ESCALATION


def test_the_teams_own_actions_come_last_with_what_is_known_in_them() -> None:
    rule = builders.layer(
        actions=("Ask {{ owner }} about {{ model }} in run {{ run_id }}", "Look at {{ compiled_file }}")
    )
    alert = build_alert(made.asked(made.facts(made.failed()), policy=made.policy(rule=rule)))
    assert [each.text for each in alert.actions][-2:] == [
        "Ask <owner> about orders in run 90210 (the owner is not known here)",
        "Look at <compiled_file> (the compiled file is not known here)",
    ]


_TEXTS = st.one_of(st.none(), st.just("said"))


@settings(max_examples=60, deadline=None)
@given(
    outcome=st.sampled_from(list(Outcome)),
    tier=st.sampled_from(["critical", "high"]),
    owner=_TEXTS,
    runbook=_TEXTS,
    impact=_TEXTS,
    known=st.sampled_from(["nothing", "event", "run", "step", "node", "silent node"]),
)
def test_an_alert_of_rank_1_or_2_has_each_essential_or_says_that_it_is_missing(
    outcome: Outcome, tier: str, owner: str | None, runbook: str | None, impact: str | None, known: str
) -> None:
    found = {
        "run": made.facts(run=made.run(message="")),
        "step": made.facts(step=made.step()),
        "node": made.facts(made.failed()),
        "silent node": made.facts(made.failed(message=""), run=made.run(message="")),
    }.get(known)
    rule = builders.layer(owner=owner, runbook=runbook, impact=impact)
    event = made.event() if known == "event" else None
    alert = build_alert(made.asked(found, policy=made.policy(rule=rule), outcome=outcome, tier=tier, event=event))
    said = " | ".join(alert.missing)
    bad = outcome not in {Outcome.SUCCESS, Outcome.STARTED, Outcome.RECOVERED}
    assert alert.rank in {1, 2}
    assert alert.job.name
    assert alert.job.url
    assert not bad or bool(alert.owner) != ("who: " in said)
    assert not bad or bool(alert.impact) != ("the impact: " in said)
    assert not bad or bool(alert.runbook) != ("the runbook: " in said)
    if outcome is Outcome.FAILURE:
        error = any(each.error for each in alert.failed) or bool(alert.run and alert.run.message)
        assert error != ("the error: " in said)
        assert bool(alert.failed) != ("what failed: " in said)
        assert alert.actions
        assert (alert.run is not None) != ("the run: " in said)
