import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from reconciler.sandbox.store import Store


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(Store()) as opened:
        yield opened


def test_ids_are_counted_up_and_never_used_twice(store: Store) -> None:
    first = store.insert("jobs", {"name": "a"})
    store.delete("jobs", first["id"])
    assert store.insert("jobs", {"name": "b"})["id"] == first["id"] + 1


def test_a_given_id_is_kept_and_stepped_over(store: Store) -> None:
    first = store.insert("jobs", {"name": "a"})
    store.insert("jobs", {"id": first["id"] + 1, "name": "b"})
    assert store.insert("jobs", {"name": "c"})["id"] == first["id"] + 2


def test_a_returned_row_is_a_copy(store: Store) -> None:
    row = store.insert("notifications", {"on_failure": [1]})
    row["on_failure"].append(2)
    assert (store.get("notifications", row["id"]) or {})["on_failure"] == [1]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"status": 10}, ["b"]),
        ({"status__in": [1, 20]}, ["a", "c"]),
        ({"status__gt": 1}, ["b", "c"]),
        ({"status__lte": 10}, ["a", "b"]),
        ({"status__range": [10, 20]}, ["b", "c"]),
        ({"status__not": 10}, ["a", "c"]),
        ({"finished_at": None}, ["a"]),
        ({"dbt_version__icontains": "LAT%"}, ["c"]),
        ({"status": 10, "finished_at": None}, []),
    ],
)
def test_filters(store: Store, where: dict[str, object], expected: list[str]) -> None:
    store.insert("runs", {"name": "a", "status": 1, "finished_at": None})
    store.insert("runs", {"name": "b", "status": 10, "finished_at": "2026", "dbt_version": "late"})
    store.insert("runs", {"name": "c", "status": 20, "finished_at": "2027", "dbt_version": "lat%est"})
    assert [row["name"] for row in store.find("runs", where)] == expected
    assert store.count("runs", where) == len(expected)


def test_text_keys_are_ordered_by_age(store: Store) -> None:
    for key in ("wsu_b", "wsu_a", "wsu_c"):
        store.insert("webhooks", {"id": key})
    assert [row["id"] for row in store.find("webhooks")] == ["wsu_b", "wsu_a", "wsu_c"]
    assert [row["id"] for row in store.find("webhooks", order_by="-id")] == ["wsu_c", "wsu_a", "wsu_b"]


def test_an_unknown_column_is_an_error_not_an_injection(store: Store) -> None:
    with pytest.raises(ValueError, match="no column"):
        store.find("jobs", {"name; DROP TABLE jobs": 1})


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    with pytest.raises(Store.Duplicate):
        store.insert_many("jobs", [{"id": 1}, {"id": 2}, {"id": 1}])
    assert store.count("jobs") == 0


def test_an_update_of_what_is_not_there_says_so(store: Store) -> None:
    with pytest.raises(KeyError):
        store.update("jobs", 7, {"name": "x"})


def test_a_dump_loads_into_another_store_and_goes_on_counting(store: Store) -> None:
    store.insert("jobs", {"name": "a"})
    store.insert("webhooks", {"id": "wsu_x"})
    with closing(Store()) as other:
        other.load(store.dump())
        assert other.dump() == store.dump()
        assert other.insert("jobs", {})["id"] == store.insert("jobs", {})["id"]


def test_many_threads_write_at_once(store: Store) -> None:
    def work() -> None:
        for _ in range(50):
            store.insert("messages", {"kind": "email"})

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.count("messages") == 200


def test_a_file_keeps_the_rows(tmp_path: Path) -> None:
    first = Store(tmp_path / "sandbox.db")
    row = first.insert("jobs", {"name": "kept"})
    first.close()
    with closing(Store(tmp_path / "sandbox.db")) as second:
        assert second.get("jobs", row["id"]) == row
