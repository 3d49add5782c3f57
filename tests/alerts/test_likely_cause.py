"""What messages of warehouses tell: real ones, from tests/cases/causes, and what somebody might write into one."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from reconciler.alerts.causes.likely import cause_in, likely_cause, named_relation, timed_out
from reconciler.alerts.causes.patterns import PATTERNS
from reconciler.model.alert import CauseKind, FailedThing
from reconciler.model.telling import Cause, NodeKind
from tests.alerts import alert_facts as made

CASES = Path(__file__).parents[1] / "cases" / "causes"


def _cases() -> list[Any]:
    found = []
    for path in sorted(CASES.glob("*.yml")):
        for number, case in enumerate(YAML(typ="safe").load(path)):
            found.append(pytest.param(case, id=f"{path.stem}-{number}-{case['kind']}".replace(" ", "-")))
    return found


def _thing(message: str, *, kind: NodeKind = NodeKind.MODEL, name: str = "orders", **given: Any) -> FailedThing:  # noqa: ANN401
    return FailedThing(name=name, kind=kind, unique_id=f"model.shop.{name}", error=message, **given)


def _of(*things: FailedThing, **given: Any) -> Any:  # noqa: ANN401
    values: dict[str, Any] = {"run": None, "cause": None, "below": {}}
    return likely_cause(things, **(values | given))


@pytest.mark.parametrize("case", _cases())
def test_real_messages_are_understood(case: dict[str, str]) -> None:
    found = _of(_thing(case["message"]))
    assert found.kind.value == case["kind"], found
    assert case.get("says", "") in found.sentence
    assert found.because in " ".join(case["message"].split("\n")) or found.because in case["message"]
    if "relation" in case:
        assert named_relation(case["message"]) == case["relation"]


def test_every_kind_of_cause_has_a_real_message() -> None:
    told = {case.values[0]["kind"] for case in _cases()}
    by_other_means = {CauseKind.UPSTREAM, CauseKind.FRESHNESS}
    assert told | {each.value for each in by_other_means} == {each.value for each in CauseKind}


def test_a_source_that_is_late_is_known_by_its_kind_whatever_it_says() -> None:
    found = cause_in(_thing("", kind=NodeKind.FRESHNESS, name="payments"))
    assert found is not None
    assert (found.kind, found.sentence) == (CauseKind.FRESHNESS, "The source payments was not loaded in time.")


def test_a_failed_test_without_words_is_known_by_its_rows() -> None:
    found = cause_in(_thing("odd words", kind=NodeKind.TEST, failures=1))
    assert found is not None
    assert (found.kind, found.sentence) == (CauseKind.DATA, "The data is not what a test expects.")


def test_what_failed_below_another_failed_node_is_not_the_cause_of_the_run() -> None:
    root = _thing("invalid identifier 'A'", name="stg_orders")
    later = _thing("permission denied for table x", name="orders")
    found = _of(later, root, below={"model.shop.stg_orders": ("model.shop.orders",)})
    assert found.kind is CauseKind.SCHEMA_CHANGE


def test_a_relation_that_is_missing_because_its_own_node_failed_is_an_upstream_failure() -> None:
    root = _thing("", name="stg_orders", relation="analytics.stg_orders")
    later = _thing('relation "analytics.stg_orders" does not exist', name="orders")
    found = _of(root, later)
    assert (found.kind, found.because) == (CauseKind.UPSTREAM, "stg_orders")


def test_a_run_that_timed_out_is_a_timeout_whatever_its_nodes_say() -> None:
    run = made.run(message="This run timed out after 24 hours")
    found = _of(_thing("invalid identifier 'A'"), run=run, cause=Cause.TIMEOUT)
    assert (found.kind, found.because) == (CauseKind.TIMEOUT, "This run timed out after 24 hours")
    assert timed_out(None).sentence == "The run took longer than it may."
    assert "42 min" in timed_out(made.run(finished_at=made.BEGAN + timedelta(minutes=42))).sentence


def test_without_a_node_the_runs_own_message_is_asked() -> None:
    assert _of(run=made.run(message="Connection refused")).kind is CauseKind.CONNECTION
    assert _of(run=made.run(message="dbt command failed")) is None
    assert _of() is None


@pytest.mark.parametrize(
    "message",
    [
        'relation "a; drop table users; --" does not exist',
        "Object 'A'; DROP TABLE X; --' does not exist or not authorized",
        "Not found: Table a\u202eb",
        'relation "a\nb" does not exist',
        "Not found: Table <b>x</b>",
        "Object '{{ 7 * 7 }}' does not exist or not authorized",
    ],
)
def test_a_name_with_anything_odd_in_it_is_never_put_into_a_query(message: str) -> None:
    assert named_relation(message) == ""


HOSTILE = {
    "letters": "a" * 1_000_000,
    "blanks": " " * 1_000_000,
    "quotes": "'" * 1_000_000,
    "ticks": "[TABLE_OR_VIEW_NOT_FOUND] " + "`a`." * 250_000,
    "begun": "column " * 150_000,
    "names": "relation a" * 100_000,
    "lines": "error\n" * 170_000,
    "brackets": "[unresolved_column" * 60_000,
    "of relation": 'column "a" of relation ' * 50_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_megabyte_of_anything_takes_no_time(name: str) -> None:
    began = time.process_time()
    _of(_thing(HOSTILE[name]))
    named_relation(HOSTILE[name])
    assert time.process_time() - began < 0.5


def test_what_stands_at_the_end_of_a_long_message_is_found() -> None:
    assert _of(_thing("x\n" * 400_000 + "\npermission denied for table orders")).kind is CauseKind.PERMISSION


def test_a_reason_is_one_line_and_short() -> None:
    found = _of(_thing("y" * 50 + " permission denied for " + "z" * 5000))
    assert len(found.because) <= 300
    assert len(found.sentence) < 400


def test_every_pattern_is_bounded_and_has_a_sentence_without_its_full_stop() -> None:
    for each in PATTERNS:
        assert "*" not in each.pattern.pattern.replace(r"\s*", "")
        assert "+" not in each.pattern.pattern
        assert not each.sentence.endswith(".")
