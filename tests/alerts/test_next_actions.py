"""What to do next: numbered by order, ready to use, and never without a first step."""

import pytest

from reconciler.alerts.next_actions import Situation, next_actions
from reconciler.model.alert import AlertJob, AlertRun, Change, FailedThing, Upstream
from reconciler.model.telling import NodeKind
from tests.alerts import alert_facts as made

JOB = AlertJob(id=1, name="Daily Revenue", project="Finance", environment="Production", url="https://h.example/job")
RUN = AlertRun(id=9, url="https://h.example/run")
CHANGE = Change(commit=made.COMMIT, previous_commit=made.GOOD_COMMIT, compare_url="https://g.example/compare")
MODEL = FailedThing(
    name="orders",
    kind=NodeKind.MODEL,
    error='relation "raw.payments" does not exist',
    file="models/orders.sql",
    file_url="https://g.example/orders.sql",
    relation="analytics.orders",
)


def _steps(**given: object) -> list[tuple[str, str]]:
    situation = Situation(**({"job": JOB, "run": RUN} | given))  # pyrefly: ignore[bad-argument-type]
    return [(each.text, each.code or each.url) for each in next_actions(situation)]


def test_data_first_then_the_file_then_what_changed_then_the_teams_own() -> None:
    own = ("Ask {{ owner }}", "Rerun {{ job }} ({{ run_url }}) of {{ project }}, {{ environment }} at {{ commit }}")
    assert _steps(failed=[MODEL], change=CHANGE, own=own, owner="Ana") == [
        ("Look at what it reads", "select * from raw.payments limit 100"),
        ("Open models/orders.sql at the run's commit", "https://g.example/orders.sql"),
        ("See what changed since the last good run", "https://g.example/compare"),
        ("Ask Ana", ""),
        (f"Rerun Daily Revenue (https://h.example/run) of Finance, Production at {made.COMMIT}", ""),
    ]


def test_without_a_relation_in_the_error_its_own_is_looked_at() -> None:
    model = FailedThing(name="orders", kind=NodeKind.MODEL, error="odd", relation='"db"."analytics"."orders"')
    assert _steps(failed=[model])[0] == ("Look at orders", 'select * from "db"."analytics"."orders" limit 100')


def test_a_failed_test_shows_its_rows_before_anything_else() -> None:
    test = FailedThing(name="t", kind=NodeKind.TEST, failures_query="select * from x limit 100", relation="x")
    assert _steps(failed=[test]) == [("See the failing rows", "select * from x limit 100")]


def test_a_test_that_stores_nothing_is_run_by_hand_and_one_that_broke_says_what_it_asks() -> None:
    failed = FailedThing(name="t", kind=NodeKind.TEST, failures=3, compiled_file="target/t.sql")
    broken = FailedThing(name="t", kind=NodeKind.TEST, error="odd", compiled_file="target/t.sql")
    assert _steps(failed=[failed])[0][0] == "See the failing rows: run the query in target/t.sql"
    assert _steps(failed=[broken])[0][0] == "See what the test asks: run the query in target/t.sql"
    named = FailedThing(name="t", kind=NodeKind.TEST, error='relation "a.b" does not exist', compiled_file="t.sql")
    assert _steps(failed=[named])[0] == ("Look at what it reads", "select * from a.b limit 100")


def test_a_failed_step_is_read_in_the_run() -> None:
    step = FailedThing(name="Clone git repository", kind=NodeKind.INFRASTRUCTURE, error="fatal")
    assert _steps(failed=[step]) == [("Read the log of the step “Clone git repository”", RUN.url)]


def test_where_nothing_is_known_the_run_is_opened_and_without_a_run_the_job() -> None:
    assert _steps() == [("Read the log of run 9", RUN.url)]
    assert _steps(run=None) == [("See the job's runs", JOB.url)]
    assert _steps(failed=[FailedThing(name="orders", kind=NodeKind.MODEL)]) == [("Read the log of run 9", RUN.url)]


def test_the_same_commit_as_the_last_good_run_is_said_since_the_code_is_not_it() -> None:
    same = Change(commit=made.COMMIT, previous_commit=made.COMMIT)
    assert _steps(change=same)[1][0].startswith("The code is that of the last good run")


def test_what_the_remote_says_is_never_read_as_a_name_of_ours() -> None:
    model = FailedThing(name="{{ owner }}", kind=NodeKind.MODEL, relation="r")
    assert _steps(failed=[model], own=("Look at {{ model }}",), owner="Ana")[-1] == ("Look at {{ owner }}", "")


def test_without_an_address_of_the_code_the_commits_are_named_for_git() -> None:
    change = Change(commit=made.COMMIT, previous_commit=made.GOOD_COMMIT)
    assert _steps(change=change)[1] == (
        "See what changed since the last good run",
        f"git log --format='%h %an: %s' {made.GOOD_COMMIT[:12]}..{made.COMMIT[:12]}",
    )


def test_what_is_no_commit_stands_in_no_command() -> None:
    for odd in ("", "$(rm -rf /)", "--output=/etc/passwd", "main"):
        assert len(_steps(change=Change(commit=made.COMMIT, previous_commit=odd))) == 1
        assert len(_steps(change=Change(commit=odd, previous_commit=made.GOOD_COMMIT))) == 1


ORDERS = Upstream(name="orders", relation="analytics.orders", file="models/orders.sql")
OWN = ("SELECT * FROM {{ relation }}", "{{ model }}", "{{ file }}")
STORED = "audit.not_null_orders_id"


def _test(*upstream: Upstream, relation: str = "") -> FailedThing:
    return FailedThing(name="not_null_orders_id", kind=NodeKind.TEST, upstream=upstream, relation=relation)


def _own(*failed: FailedThing) -> list[str]:
    return [text for text, _ in _steps(failed=failed, own=OWN)][-3:]


@pytest.mark.parametrize("stored", ["", STORED])
def test_of_a_failed_test_a_team_means_the_model_that_it_stands_on(stored: str) -> None:
    other = Upstream(name="customers", relation="analytics.customers", file="models/customers.sql")
    assert _own(_test(ORDERS, other, relation=stored)) == [
        "SELECT * FROM analytics.orders",
        "orders",
        "models/orders.sql",
    ]


def test_of_a_test_that_stands_on_nothing_known_the_next_failed_thing_tells() -> None:
    assert _own(_test(), MODEL) == ["SELECT * FROM analytics.orders", "orders", "models/orders.sql"]


def test_where_nothing_that_failed_has_a_relation_what_it_reads_from_tells() -> None:
    ephemeral = FailedThing(name="odd", kind=NodeKind.MODEL, upstream=(Upstream(name="raw"), ORDERS))
    assert _own(ephemeral) == ["SELECT * FROM analytics.orders", "odd", "models/orders.sql"]


def test_where_failing_rows_are_kept_is_the_last_resort() -> None:
    assert _own(_test(relation=STORED))[:2] == ["SELECT * FROM audit.not_null_orders_id", "not_null_orders_id"]


def test_what_nobody_knows_leaves_a_line_that_can_be_read() -> None:
    step = FailedThing(name="Clone git repository", kind=NodeKind.INFRASTRUCTURE, error="fatal")
    assert _own(step) == [
        "SELECT * FROM <relation> (the relation is not known here)",
        "<model> (the model is not known here)",
        "<file> (the file is not known here)",
    ]
