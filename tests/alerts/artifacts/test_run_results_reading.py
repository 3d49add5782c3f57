"""run_results.json of every version and sources.json, beside an independent small reading of the same files."""

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.alerts.artifacts.results import RUN_RESULTS, SOURCES, read_results
from reconciler.model.run import NodeStatus
from reconciler.model.telling import NodeKind
from tests.alerts.artifacts.artifact_files import FOLDER, plain, recorded_results, results_of

WORDS = {"success": "success", "pass": "success", "no-op": "success", "skipped": "skipped"} | {
    word: word for word in ("warn", "fail", "error")
}
RECORDED = sorted(path.parent.name for path in FOLDER.glob(f"*/{RUN_RESULTS}"))


@pytest.mark.parametrize("folder", RECORDED)
def test_each_recorded_row_is_read_in_its_place(folder: str) -> None:
    rows = plain(folder, RUN_RESULTS)["results"]
    read = recorded_results(folder)
    assert [
        (each.unique_id, each.status.value, each.message, each.failures, each.seconds, each.relation)
        for each in read.results
    ] == [
        (
            row["unique_id"],
            WORDS[row["status"]],
            row["message"] or "",
            row["failures"],
            pytest.approx(row["execution_time"]),
            row.get("relation_name") or "",
        )
        for row in rows
    ]
    assert read.missing == ()
    assert read.generated_at == datetime.fromisoformat(plain(folder, RUN_RESULTS)["metadata"]["generated_at"])


@pytest.mark.parametrize("folder", RECORDED)
def test_a_row_was_completed_when_its_last_timing_was(folder: str) -> None:
    for row, each in zip(plain(folder, RUN_RESULTS)["results"], recorded_results(folder).results, strict=True):
        ends = [datetime.fromisoformat(timing["completed_at"]) for timing in row["timing"]]
        assert each.completed_at == (max(ends) if ends else None)


def test_the_recordings_are_of_the_oldest_and_newest_versions_that_we_have() -> None:
    schemas = {plain(folder, RUN_RESULTS)["metadata"]["dbt_schema_version"][-7:] for folder in RECORDED}
    assert schemas == {"v4.json", "v6.json"}


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("success", NodeStatus.SUCCESS),
        ("pass", NodeStatus.SUCCESS),
        ("no-op", NodeStatus.SUCCESS),
        ("reused", NodeStatus.SUCCESS),
        ("Reused: no changes", NodeStatus.OTHER),
        ("reused no changes", NodeStatus.SUCCESS),
        ("warn", NodeStatus.WARNED),
        ("fail", NodeStatus.FAILED),
        ("error", NodeStatus.ERROR),
        ("runtime error", NodeStatus.ERROR),
        ("runtime_error", NodeStatus.ERROR),
        ("partial success", NodeStatus.ERROR),
        ("partial-success", NodeStatus.ERROR),
        ("skipped", NodeStatus.SKIPPED),
        ("skipped_upstream_failed", NodeStatus.SKIPPED),
        ("SUCCESS", NodeStatus.SUCCESS),
        ("successful-ish", NodeStatus.OTHER),
        ("", NodeStatus.OTHER),
        (None, NodeStatus.OTHER),
        (7, NodeStatus.OTHER),
    ],
)
def test_each_word_for_a_status_is_known_and_an_unknown_one_is_no_success(word: object, status: NodeStatus) -> None:
    assert results_of({"unique_id": "model.a.b", "status": word}).results[0].status is status


@pytest.mark.parametrize(
    ("unique_id", "kind"),
    [
        ("model.shop.orders", NodeKind.MODEL),
        ("seed.shop.orders", NodeKind.MODEL),
        ("snapshot.shop.orders", NodeKind.MODEL),
        ("exposure.shop.orders", NodeKind.MODEL),
        ("test.shop.unique.1a", NodeKind.TEST),
        ("unit_test.shop.m.t", NodeKind.TEST),
        ("source.shop.raw.orders", NodeKind.FRESHNESS),
        ("operation.shop.on-run-end-0", NodeKind.INFRASTRUCTURE),
        ("macro.shop.explode", NodeKind.INFRASTRUCTURE),
    ],
)
def test_the_kind_is_what_the_id_begins_with(unique_id: str, kind: NodeKind) -> None:
    assert results_of({"unique_id": unique_id, "status": "error"}).results[0].kind is kind


@pytest.mark.parametrize("version", range(1, 7))
def test_the_known_versions_say_nothing_of_themselves(version: int) -> None:
    assert results_of({"unique_id": "model.a.b", "status": "pass"}, version=version).missing == ()


def test_a_newer_version_is_read_by_the_same_keys_and_says_so() -> None:
    read = results_of({"unique_id": "model.a.b", "status": "error", "message": "no", "new": {}}, version=9)
    assert [each.message for each in read.results] == ["no"]
    assert read.missing == (
        "run_results.json is of version 9, newer than 6, the newest known here: read by the same keys",
    )


def test_rows_without_an_id_are_counted_and_the_others_read() -> None:
    """Before dbt 0.19 the id stood inside the row's node."""
    old = {"node": {"unique_id": "model.a.old"}, "status": "CREATE TABLE"}
    read = results_of(old, {"unique_id": "model.a.b", "status": "pass"}, None, 7, {"unique_id": 5})
    assert [each.unique_id for each in read.results] == ["model.a.b"]
    assert read.missing == ("run_results.json: 4 results without an id could not be read",)


def test_half_a_file_is_read_as_far_as_it_goes() -> None:
    content = (FOLDER / "exam-shop-dbt1.10-mixed" / RUN_RESULTS).read_bytes()
    cut = content.index(b'"unique_id": "model.exam_shop.good_one"')
    read = read_results(io.BytesIO(content[:cut]), RUN_RESULTS)
    whole = recorded_results("exam-shop-dbt1.10-mixed").results
    assert read.results == whole[:10]
    assert read.missing == ("run_results.json: it breaks off in the middle; 10 results of it could be read",)


def test_the_file_that_the_adapter_named_is_found_in_the_message() -> None:
    broken = [each for each in recorded_results("jaffle-dbt-1.0").results if each.status.bad]
    assert [each.compiled_file for each in broken] == ["target/run/jaffle_shop/models/test_insert_overwrite.sql"]
    said = "Database Error\n  compiled code at target/run/a b.sql"
    assert results_of({"unique_id": "model.a.b", "status": "error", "message": said}).results[0].compiled_file == (
        "target/run/a"
    )


def test_a_long_message_is_cut_and_says_by_how_much() -> None:
    read = results_of({"unique_id": "model.a.b", "status": "error", "message": "x" * 100_020})
    assert read.results[0].message == "x" * 100_000 + "\n… 20 characters more"


def test_all_messages_together_are_bounded_and_the_first_ones_are_whole() -> None:
    rows = [{"unique_id": f"model.a.m{number}", "status": "error", "message": "x" * 90_000} for number in range(60)]
    found = results_of(*rows).results
    assert len(found) == 60
    assert [len(each.message) for each in found[:44]] == [90_000] * 44
    assert sum(len(each.message) for each in found) < 4_100_000
    assert found[-1].message.endswith("… 89,700 characters more")


def test_a_message_that_is_no_text_is_shown_as_one() -> None:
    assert results_of({"unique_id": "model.a.b", "status": "fail", "message": 5}).results[0].message == "5"


def test_a_source_says_when_it_was_loaded_and_what_it_may() -> None:
    found = recorded_results("exam-shop-dbt1.10-freshness", SOURCES)
    rows = plain("exam-shop-dbt1.10-freshness", SOURCES)["results"]
    assert [each.unique_id for each in found.results] == [row["unique_id"] for row in rows]
    assert {each.kind for each in found.results} == {NodeKind.FRESHNESS}
    assert [(each.status, each.message) for each in found.results] == [
        (
            NodeStatus.SUCCESS,
            "last loaded 2026-11-22 06:59 UTC, 9 seconds before it was checked; warns after 1 day; fails after 2 days",
        ),
        (
            NodeStatus.ERROR,
            "last loaded 2026-11-19 06:59 UTC, 3 days before it was checked; warns after 1 hour; fails after 2 hours",
        ),
        (
            NodeStatus.WARNED,
            "last loaded 2026-11-19 06:59 UTC, 3 days before it was checked; warns after 1 hour; fails after 900 days",
        ),
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"status": "runtime error", "error": "no such table"}, "no such table"),
        ({"status": "error"}, ""),
        ({"status": "error", "criteria": {"error_after": {"count": None, "period": None}}}, ""),
        ({"status": "error", "criteria": {"error_after": {"count": 1, "period": "moon"}}}, ""),
        ({"status": "warn", "criteria": {"warn_after": {"count": 1, "period": "minute"}}}, "warns after 1 minute"),
        ({"status": "warn", "max_loaded_at": "2026-03-02T06:00:00Z"}, "last loaded 2026-03-02 06:00 UTC"),
        (
            {"status": "warn", "max_loaded_at": "2026-03-02T06:00:00Z", "max_loaded_at_time_ago_in_s": -5},
            "last loaded 2026-03-02 06:00 UTC",
        ),
    ],
)
def test_a_source_says_only_what_its_row_knows(row: dict[str, object], message: str) -> None:
    read = results_of({"unique_id": "source.a.b.c", **row}, name=SOURCES, version=3)
    assert read.results[0].message == message


def test_a_generated_time_comes_in_utc() -> None:
    read = results_of(metadata={"generated_at": "2026-03-02T08:00:00+02:00"})
    assert read.generated_at == datetime(2026, 3, 2, 6, tzinfo=UTC)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(1 - 2**63, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)
_ROW = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ["status", "message", "failures", "execution_time", "timing", "relation_name", "criteria", "max_loaded_at"],
        _JSON,
    ),
)


@settings(max_examples=40)
@given(rows=st.lists(_ROW | _JSON, max_size=4), name=st.sampled_from([RUN_RESULTS, SOURCES]))
def test_garbage_rows_are_results_or_counted(rows: list[object], name: str) -> None:
    named = [{**row, "unique_id": "model.a.b"} if isinstance(row, dict) else row for row in rows]
    read = results_of(*named, name=name, version=3)
    readable = sum(isinstance(row, dict) for row in rows)
    assert len(read.results) == readable
    assert len(read.missing) == (readable < len(rows))
    assert f"{read}".encode()
