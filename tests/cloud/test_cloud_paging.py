"""A list is whole or it is an error: whatever a server does to its pages, a part is never returned."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cloud import lists
from reconciler.cloud.paging import read_all
from reconciler.cloud.paths import Paths
from reconciler.errors import UnexpectedAnswer
from tests.http.http_lab import lab

PATHS = Paths(1)


@dataclass
class Book:
    """A list of projects, served in pages. `tamper` may change an answer before it is sent."""

    ids: list[int]
    most: int = 100
    totals: bool = True
    tamper: Callable[[int, dict[str, object]], None] = lambda _number, _body: None
    asked: list[tuple[int, int]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        limit, offset = int(request.url.params["limit"]), int(request.url.params["offset"])
        self.asked.append((offset, limit))
        rows = self.ids[offset : offset + min(limit, self.most)]
        body: dict[str, object] = {"data": [{"id": each, "name": f"p{each}"} for each in rows]}
        if self.totals:
            body["extra"] = {"pagination": {"count": len(rows), "total_count": len(self.ids)}}
        self.tamper(len(self.asked), body)
        return httpx.Response(200, content=json.dumps(body))


def read(book: Book, *, threads: int = 0) -> list[int]:
    client, _ = lab(finally_=book)
    if not threads:
        return [row.id for row in read_all(client, lists.projects(PATHS))]
    with ThreadPoolExecutor(threads) as pool:
        return [row.id for row in read_all(client, lists.projects(PATHS), pool=pool)]


@pytest.mark.parametrize("threads", [0, 4])
@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 200, 1234])
def test_there_are_as_many_calls_as_pages(count: int, threads: int) -> None:
    book = Book(list(range(1, count + 1)))
    assert read(book, threads=threads) == book.ids
    assert sorted(book.asked) == [(offset, 100) for offset in range(0, max(count, 1), 100)]


@pytest.mark.parametrize("count", [0, 99, 100, 101, 250])
def test_a_list_that_does_not_tell_its_total_is_read_to_its_empty_page(count: int) -> None:
    book = Book(list(range(count)), totals=False)
    assert read(book) == book.ids
    assert len(book.asked) == -(-count // 100) + 1


@pytest.mark.parametrize("most", [10, 25, 50, 99])
def test_a_server_with_smaller_pages_is_read_at_its_own_pace(most: int) -> None:
    book = Book(list(range(237)), most=most)
    assert read(book, threads=4) == book.ids
    assert len(book.asked) == 1 + -(-237 // most)


def _drop_last_of(number: int) -> Callable[[int, dict[str, object]], None]:
    def tamper(asked: int, body: dict[str, object]) -> None:
        rows = body["data"]
        assert isinstance(rows, list)
        if asked == number and rows:
            rows.pop()

    return tamper


def _count_too(tamper: Callable[[int, dict[str, object]], None]) -> Callable[[int, dict[str, object]], None]:
    def also(asked: int, body: dict[str, object]) -> None:
        tamper(asked, body)
        rows, extra = body["data"], body["extra"]
        assert isinstance(rows, list)
        assert isinstance(extra, dict)
        extra["pagination"]["count"] = len(rows)

    return also


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("honest", [False, True])
def test_one_short_page_costs_one_fresh_reading(number: int, honest: bool) -> None:
    drop = _drop_last_of(number)
    book = Book(list(range(250)), tamper=_count_too(drop) if honest else drop)
    assert read(book) == book.ids
    assert len(book.asked) <= 6


@pytest.mark.parametrize("honest", [False, True])
def test_short_pages_twice_are_an_error(honest: bool) -> None:
    def drop_first(_asked: int, body: dict[str, object]) -> None:
        rows = body["data"]
        assert isinstance(rows, list)
        del rows[:1]

    book = Book(list(range(250)), tamper=_count_too(drop_first) if honest else drop_first)
    with pytest.raises(UnexpectedAnswer, match="twice in a row") as raised:
        read(book)
    assert raised.value.next_step
    assert len(book.asked) <= 6


@pytest.mark.parametrize("count", [1, 50, 100])
def test_an_empty_page_of_a_list_that_is_not_empty_is_an_error(count: int) -> None:
    def empty(_asked: int, body: dict[str, object]) -> None:
        body["data"] = list[object]()

    with pytest.raises(UnexpectedAnswer):
        read(Book(list(range(count)), tamper=_count_too(empty)))


def test_a_row_that_vanishes_between_two_pages_costs_a_fresh_reading() -> None:
    book = Book(list(range(250)))

    def vanish(asked: int, _body: dict[str, object]) -> None:
        if asked == 1:
            del book.ids[10]

    book.tamper = vanish
    assert read(book) == book.ids
    assert len(book.ids) == 249


def test_a_row_that_vanishes_again_and_again_is_an_error() -> None:
    book = Book(list(range(350)))

    def vanish(_asked: int, _body: dict[str, object]) -> None:
        del book.ids[0]

    book.tamper = vanish
    with pytest.raises(UnexpectedAnswer, match=r"the list had \d+ rows, then \d+"):
        read(book)


def test_a_row_that_comes_between_two_pages_costs_a_fresh_reading() -> None:
    """Where the order is not by id, a new row moves the others: one of them comes twice."""
    book = Book(list(range(250)))

    def appear(asked: int, _body: dict[str, object]) -> None:
        if asked == 1:
            book.ids.insert(0, 999)

    book.tamper = appear
    assert read(book) == book.ids


def test_a_row_that_comes_twice_is_an_error() -> None:
    book = Book([*range(150), 3])
    with pytest.raises(UnexpectedAnswer, match="a row came twice"):
        read(book)


def test_a_server_that_knows_no_offset_is_not_read_for_ever() -> None:
    def begin_again(_asked: int, body: dict[str, object]) -> None:
        body["data"] = [{"id": 1, "name": "p1"}]

    book = Book([1], totals=False, tamper=begin_again)
    with pytest.raises(UnexpectedAnswer, match="the first page came again"):
        read(book)
    assert len(book.asked) == 4


def test_a_total_beyond_belief_is_not_asked_for() -> None:
    def boast(_asked: int, body: dict[str, object]) -> None:
        body["extra"] = {"pagination": {"count": 100, "total_count": 10**12}}

    book = Book(list(range(100)), tamper=boast)
    with pytest.raises(UnexpectedAnswer, match="says that it has 1000000000000 rows"):
        read(book, threads=2)
    assert len(book.asked) == 2


@given(
    count=st.integers(0, 400),
    changes=st.dictionaries(st.integers(1, 9), st.integers(0, 400), max_size=4),
    come=st.booleans(),
)
def test_what_is_returned_was_the_whole_list_at_some_moment(count: int, changes: dict[int, int], come: bool) -> None:
    """Rows go from anywhere, or come at the end, after any of the answers."""
    book = Book(list(range(count)))
    moments = [list(book.ids)]

    def change(asked: int, _body: dict[str, object]) -> None:
        if asked not in changes:
            return
        if come:
            book.ids.append(1000 + asked)
        else:
            del book.ids[changes[asked] : changes[asked] + 1]
        moments.append(list(book.ids))

    book.tamper = change
    try:
        found = read(book)
    except UnexpectedAnswer:
        return
    assert found in moments
