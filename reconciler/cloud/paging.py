"""Pages into one whole list. A part of a list is never returned: what is not in it would look deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from reconciler.cloud.wire import WirePage, WirePagination
from reconciler.errors import UnexpectedAnswer
from reconciler.http import Client

__all__ = ["PAGE_SIZE", "Collection", "Progress", "read_all"]

W = TypeVar("W")
T = TypeVar("T")

PAGE_SIZE: Final = 100
_SMALLEST_PAGE: Final = 10  # the webhooks' default limit (reference §1.5)
_MOST_ROWS: Final = 1_000_000  # far beyond any account; more would be asked for at once

Progress = Callable[[str, int, int], None]
"""Called with a collection's name, how many of its rows are there, and how many there are in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection(Generic[W, T]):
    """One list of the API: where it is, how its pages are read, and what becomes of a row."""

    name: str
    path: str
    decode: Callable[[bytes], WirePage[W]]
    convert: Callable[[W], T]
    identify: Callable[[T], int | str]
    params: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Page(Generic[T]):
    rows: list[T]
    pagination: WirePagination


class _Torn(Exception):
    """The pages do not add up to one list."""

    def __init__(self, reason: str, *, page_size: int = PAGE_SIZE) -> None:
        super().__init__(reason)
        self.page_size = page_size


def read_all(
    client: Client, collection: Collection[W, T], *, pool: Executor | None = None, progress: Progress | None = None
) -> list[T]:
    """Read a collection whole: as many calls as pages; with a `pool`, all but the first page at once.

    Whole means: every page is as long as it says and as it must be, all agree on the total, and no row comes twice.
    Otherwise somebody changed the list meanwhile, or the server tore it: it is read once more from the start, then
    UnexpectedAnswer is raised. A first page that is short is asked for again in its own size: the server may give
    smaller pages than it was asked for.
    """
    try:
        return _Reading(client, collection, pool, progress, PAGE_SIZE).rows()
    except _Torn as torn:
        page_size = torn.page_size
    try:
        return _Reading(client, collection, pool, progress, page_size).rows()
    except _Torn as torn:
        raise UnexpectedAnswer(
            method="GET",
            path=collection.path,
            status=200,
            detail=f"{torn}, twice in a row",
            next_step="Nothing was planned from a partial list. Run again when nobody changes the account.",
        ) from None


@dataclass(frozen=True, slots=True)
class _Reading(Generic[W, T]):
    client: Client
    collection: Collection[W, T]
    pool: Executor | None
    progress: Progress | None
    page_size: int

    def rows(self) -> list[T]:
        first = self.pool.submit(self._page, 0).result() if self.pool else self._page(0)
        total = first.pagination.total_count
        found = self._untold(first) if total is None else self._counted(first, total)
        if len({self.collection.identify(row) for row in found}) != len(found):
            raise _Torn("a row came twice")
        return found

    def _counted(self, first: _Page[T], total: int) -> list[T]:
        if total > _MOST_ROWS:
            raise _Torn(f"the list says that it has {total} rows")
        if len(first.rows) < min(self.page_size, total):
            size = len(first.rows) if len(first.rows) >= _SMALLEST_PAGE else PAGE_SIZE
            raise _Torn(f"the first page has {len(first.rows)} of {total} rows", page_size=size)
        found = first.rows
        self._tell(len(found), total)
        for page in self._pages(range(len(found), total, self.page_size)):
            if page.pagination.total_count != total:
                raise _Torn(f"the list had {total} rows, then {page.pagination.total_count}")
            if len(page.rows) != min(self.page_size, total - len(found)):
                raise _Torn(f"a page of {self.page_size} has {len(page.rows)} rows")
            found += page.rows
            self._tell(len(found), total)
        if len(found) != total:
            raise _Torn(f"{len(found)} rows came of {total}")
        return found

    def _untold(self, page: _Page[T]) -> list[T]:
        """Follow pages that do not tell their total until one is empty."""
        found: list[T] = []
        identify = self.collection.identify
        while page.rows:
            if found and identify(page.rows[0]) == identify(found[0]):
                raise _Torn("the first page came again")
            found += page.rows
            self._tell(len(found), len(found))
            page = self._page(len(found))
        return found

    def _pages(self, offsets: range) -> Iterator[_Page[T]]:
        return self.pool.map(self._page, offsets) if self.pool else map(self._page, offsets)

    def _page(self, offset: int) -> _Page[T]:
        params: dict[str, Any] = {**self.collection.params, "limit": self.page_size, "offset": offset}
        page = self.client.get(self.collection.path, self.collection.decode, params=params)
        pagination = page.pagination
        if pagination.count is not None and pagination.count != len(page.data):
            raise _Torn(f"a page says {pagination.count} rows and has {len(page.data)}")
        convert = self.collection.convert
        return _Page([convert(row) for row in page.data], pagination)

    def _tell(self, done: int, total: int) -> None:
        if self.progress is not None:
            self.progress(self.collection.name, done, total)
